from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyfob_core.access import Judge, judge, may_deny_a_tool
from keyfob_core.config import Config, Group, Levels, Rule, Server, ToolLevel
from keyfob_core.model import Verdict
from keyfob_core.tools.pins import Facts
from keyfob_core.traits import Trait

A, K, D = Verdict.ALLOW, Verdict.ASK, Verdict.DENY


def verdict(
    config: Config,
    tool: str | None = "t",
    client: str = "zed",
    now: float = 0,
    facts: Facts | None = None,
) -> Verdict:
    return judge(
        config, client=client, server="s", tool=tool, account="acc", now=now, facts=facts
    ).verdict


def config(
    *rules: Rule,
    levels: Levels | None = None,
    own: Levels | None = None,
    default: Verdict = K,
    read_only: bool = False,
) -> Config:
    return Config(
        servers={"s": Server("s", "https://x/mcp", levels or Levels())},
        clients={"zed": {"s": own}} if own else {},
        default_access=default,
        read_only_clients=frozenset({"zed"} if read_only else ()),
        rules=rules,
    )


def test_without_any_word_the_person_is_asked() -> None:
    assert verdict(config()) is K


@pytest.mark.parametrize("where", ["rule", "tool", "group", "server"])
def test_an_explicit_deny_anywhere_wins(where: str) -> None:
    allow_all = Rule("r1", A)
    deny = {
        "rule": config(allow_all, Rule("r2", D, tool="t")),
        "tool": config(allow_all, levels=Levels(tools={"t": ToolLevel(D)})),
        "group": config(allow_all, levels=Levels(groups=(Group("g", ("t*",), D),))),
        "server": config(allow_all, levels=Levels(access=D)),
    }
    assert verdict(deny[where]) is D


def test_the_nearer_level_decides() -> None:
    levels = Levels(access=K, groups=(Group("g", ("t",), A),), tools={"u": ToolLevel(A)})
    assert verdict(config(levels=levels), "t") is A
    assert verdict(config(levels=levels), "u") is A
    assert verdict(config(levels=levels), "v") is K
    assert verdict(config(Rule("r", K), levels=levels), "t") is K


def test_a_client_of_its_own_level_comes_first() -> None:
    both = config(levels=Levels(tools={"t": ToolLevel(K)}), own=Levels(tools={"t": ToolLevel(A)}))
    assert verdict(both) is A
    assert verdict(both, client="cursor") is K


def test_the_first_group_in_file_order_wins() -> None:
    groups = (Group("a", ("t*",), A), Group("b", ("t",), D))
    assert verdict(config(levels=Levels(groups=groups))) is A


def test_a_rule_ends_when_its_time_does() -> None:
    timed = config(Rule("r", A, until=100.0))
    assert verdict(timed, now=99.9) is A
    assert verdict(timed, now=100.0) is K


def test_a_rule_of_one_account_says_nothing_of_another() -> None:
    assert verdict(config(Rule("r", A, account="acc"))) is A
    assert verdict(config(Rule("r", A, account="other"))) is K


def test_a_rule_for_a_group_holds_for_its_tools_alone() -> None:
    levels = Levels(groups=(Group("reading", ("list_*",)), Group("rest", ("*",))))
    ruled = config(Rule("r", A, group="reading"), levels=levels)
    assert verdict(ruled, "list_issues") is A
    assert verdict(ruled, "drop_issues") is K
    assert verdict(config(Rule("r", D, group="gone"), levels=levels), "list_issues") is K
    assert verdict(config(Rule("r", D, group="reading"), levels=levels), None) is A


def test_a_server_as_such_is_closed_only_by_an_explicit_deny() -> None:
    assert verdict(config(default=D), None) is A
    assert verdict(config(Rule("r", D, tool="t")), None) is A
    assert verdict(config(Rule("r", D, server="s")), None) is D
    assert verdict(config(levels=Levels(access=D)), None) is D


READS = Facts("digest", frozenset({Trait.READ_ONLY}))


def test_an_allowing_rule_ends_with_the_text_it_was_given_for_and_a_no_outlives_it() -> None:
    assert verdict(config(Rule("r", A, tool="t", pin="digest")), facts=READS) is A
    assert verdict(config(Rule("r", A, tool="t", pin="older")), facts=READS) is K
    assert verdict(config(Rule("r", A, tool="t", pin="digest"))) is K
    assert verdict(config(Rule("r", D, tool="t", pin="older")), facts=READS) is D


def test_a_rule_by_annotations_takes_an_unapproved_tool_for_one_without_any() -> None:
    reading = config(Rule("r", A, annotations=(Trait.READ_ONLY,)))
    assert verdict(reading, facts=READS) is A
    assert verdict(reading) is K
    destructive = config(Rule("r", D, annotations=(Trait.DESTRUCTIVE, Trait.OPEN_WORLD)))
    assert verdict(destructive) is D
    assert verdict(destructive, facts=READS) is K
    assert verdict(destructive, None) is A


def test_a_group_may_be_of_tools_by_what_they_say_of_themselves() -> None:
    reading = Group("reading", ("*",), A, annotations=(Trait.READ_ONLY,))
    levels = Levels(groups=(reading, Group("rest", ("*",), D)))
    assert verdict(config(levels=levels), facts=READS) is A
    assert verdict(config(levels=levels)) is D
    ruled = config(Rule("r", A, group="reading"), levels=Levels(groups=(reading,)))
    assert verdict(ruled, facts=READS) is A
    assert verdict(ruled) is K


def test_a_read_only_client_has_the_tools_alone_that_were_approved_as_reading() -> None:
    everything = config(Rule("r", A), read_only=True)
    assert verdict(everything, facts=READS) is A
    assert verdict(everything, facts=Facts("digest", frozenset())) is D
    assert verdict(everything) is D
    assert verdict(everything, client="cursor") is A
    assert verdict(everything, None) is A
    assert verdict(config(read_only=True), facts=READS) is A
    assert verdict(config(Rule("r", K), read_only=True), facts=READS) is K


VERDICTS = st.sampled_from(Verdict)
MAYBE = st.none() | VERDICTS
TOOLS = st.sampled_from(["t", "u", "delete_x", "delete_y"])
PATTERNS = st.sampled_from(["t", "*", "delete_*", "?", "u"])
LEVELS = st.builds(
    Levels,
    access=MAYBE,
    groups=st.lists(
        st.builds(
            Group,
            name=st.sampled_from(["g", "h"]),
            tools=st.lists(PATTERNS, max_size=2).map(tuple),
            access=MAYBE,
            annotations=st.sets(st.sampled_from(Trait), max_size=1).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    tools=st.dictionaries(TOOLS, st.builds(ToolLevel, access=MAYBE), max_size=2),
)
RULES = st.lists(
    st.builds(
        Rule,
        id=st.just("r"),
        access=VERDICTS,
        client=st.sampled_from([None, "zed", "cursor"]),
        server=st.sampled_from([None, "s", "other"]),
        tool=st.none() | PATTERNS,
        account=st.sampled_from([None, "acc", "other"]),
        until=st.sampled_from([None, 5.0, 50.0]),
        group=st.sampled_from([None, None, "g", "h"]),
        annotations=st.sets(st.sampled_from(Trait), max_size=2).map(tuple),
        pin=st.sampled_from([None, None, "digest", "older"]),
    ),
    max_size=4,
).map(tuple)
CONFIGS = st.builds(
    lambda rules, levels, own, default, read_only: config(
        *rules, levels=levels, own=own, default=default, read_only=read_only
    ),
    RULES,
    LEVELS,
    st.none() | LEVELS,
    VERDICTS,
    st.booleans(),
)
FACTS = st.none() | st.builds(
    Facts,
    digest=st.sampled_from(["digest", "older"]),
    traits=st.frozensets(st.sampled_from(Trait), max_size=3),
)


def naive(config: Config, client: str, tool: str, now: float, facts: Facts | None) -> Verdict:
    digest = facts.digest if facts else "none"
    traits = facts.traits if facts else {Trait.DESTRUCTIVE, Trait.OPEN_WORLD}
    said: list[Verdict] = []
    own = config.clients.get(client, {}).get("s")
    levels = [level for level in (own, config.servers["s"].levels) if level]
    firsts = [
        [
            g
            for g in level.groups
            if any(fnmatchcase(tool, p) for p in g.tools) and traits >= set(g.annotations)
        ][:1]
        for level in levels
    ]
    names = [group.name for found in firsts for group in found]
    for mine in (True, False):
        for rule in config.rules:
            fits = (
                (rule.client is not None) is mine
                and rule.client in (None, client)
                and rule.server in (None, "s")
                and rule.account in (None, "acc")
                and (rule.tool is None or fnmatchcase(tool, rule.tool))
                and (rule.until is None or rule.until > now)
                and (rule.group is None or rule.group in names)
                and all(trait in traits for trait in rule.annotations)
                and (rule.access is not A or rule.pin in (None, digest))
            )
            if fits:
                said.append(rule.access)
    tables = [level.tools[tool] for level in levels if tool in level.tools]
    said += [table.access for table in tables if table.access]
    said += [group.access for found in firsts for group in found if group.access]
    said += [level.access for level in levels if level.access]
    if client in config.read_only_clients:
        said.append(A if facts and Trait.READ_ONLY in traits else D)
    if D in said:
        return D
    return said[0] if said else config.default_access


@given(
    CONFIGS, TOOLS, st.sampled_from(["zed", "cursor"]), st.sampled_from([0.0, 10.0, 99.0]), FACTS
)
def test_the_judge_agrees_with_a_naive_reading(
    config: Config, tool: str, client: str, now: float, facts: Facts | None
) -> None:
    found = verdict(config, tool, client, now, facts)
    assert found is naive(config, client, tool, now, facts)


@given(
    st.lists(CONFIGS, min_size=1, max_size=3),
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from([0.0, 4.0, 5.0, 10.0, 49.0, 50.0]),
            TOOLS,
            st.sampled_from(["zed", "cursor"]),
            FACTS,
        ),
        max_size=12,
    ),
)
def test_what_is_remembered_is_what_would_be_said_now(
    configs: list[Config], questions: list[tuple[int, float, str, str, Facts | None]]
) -> None:
    world: list[Any] = [configs[0], 0.0]
    judge = Judge(lambda: world[0], lambda: world[1])
    for index, now, tool, client, facts in questions:
        world[:] = configs[index % len(configs)], now
        said = judge.ruling(client, "s", tool, "acc", facts)
        assert said.verdict is verdict(world[0], tool, client, now, facts)


def test_what_was_remembered_ends_with_its_rule_and_holds_again_where_the_clock_goes_back() -> None:
    ends, moment = config(Rule("r", A, until=10.0)), [0.0]
    judge = Judge(lambda: ends, lambda: moment[0])
    said: list[Verdict] = []
    for moment[0] in (9.0, 9.9, 10.0, 11.0, 9.5):
        said.append(judge.ruling("zed", "s", "t", None).verdict)
    assert said == [A, A, K, K, A]


def test_no_number_of_names_and_no_long_one_is_remembered() -> None:
    fixed = config()
    judge = Judge(lambda: fixed, lambda: 0.0)
    for number in range(6_000):
        judge.ruling("zed", "s", f"tool-{number}", None)
    judge.ruling("zed", "s", "x" * 10_000, None)
    assert len(judge._known) <= 4096
    assert not any(len(key[2] or "") > 256 for key in judge._known)


@given(CONFIGS, TOOLS, st.sampled_from(["zed", "cursor"]), FACTS)
@example(config(Rule("r", D, pin="digest")), "t", "zed", None)
def test_lists_are_looked_into_wherever_one_tool_alone_could_be_denied(
    config: Config, tool: str, client: str, facts: Facts | None
) -> None:
    if verdict(config, tool, client, facts=facts) is D and verdict(config, None, client) is not D:
        assert may_deny_a_tool(config, client=client, server="s")
