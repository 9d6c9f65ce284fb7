from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.access import judge
from keyfob_core.config import Config
from keyfob_core.model import Verdict
from keyfob_core.settings.config_changes import compare
from keyfob_core.settings.config_reading import parse_config

BASE = """
[accounts.work]
method = "oauth"
[accounts.home]
method = "oauth"
[servers.one]
url = "https://one.example/mcp"
account = "work"
access = "ask"
[servers.one.groups.admin]
tools = ["delete_*"]
access = "deny"
[servers.one.tools.list]
access = "allow"
[[rules]]
id = "r1"
client = "cursor"
server = "one"
access = "deny"
[[rules]]
id = "r2"
client = "zed"
server = "one"
access = "allow"
"""


def compared(found: str, accepted: str = BASE) -> tuple[Config, list[str]]:
    result = compare(parse_config(accepted), parse_config(found))
    return result.in_force, [change.part for change in result.waiting]


def changed(old: str, new: str) -> str:
    assert BASE.count(old) == 1
    return BASE.replace(old, new)


RULE_1 = '[[rules]]\nid = "r1"\nclient = "cursor"\nserver = "one"\naccess = "deny"\n'
RULE_2 = '[[rules]]\nid = "r2"\nclient = "zed"\nserver = "one"\naccess = "allow"\n'
ADDED = '[[rules]]\nid = "r3"\nserver = "one"\ntool = "x"\naccess = "{}"\n'
WIDENING = [
    (changed('access = "ask"\n', 'access = "ask"\npinning = "off"\n'), "servers.one"),
    (
        changed('tools = ["delete_*"]\n', 'tools = ["delete_*"]\nannotations = ["read-only"]\n'),
        "servers.one",
    ),
    (changed("https://one.example/mcp", "https://other.example/mcp"), "servers.one"),
    (
        changed('account = "work"\naccess = "ask"', 'account = "home"\naccess = "ask"'),
        "servers.one",
    ),
    (changed('access = "ask"\n', 'access = "allow"\n'), "servers.one"),
    (changed('access = "ask"\n', ""), "servers.one"),
    (changed('tools = ["delete_*"]', 'tools = ["erase_*"]'), "servers.one"),
    (changed('tools = ["delete_*"]\naccess = "deny"', 'tools = ["delete_*"]'), "servers.one"),
    (BASE + '[servers.two]\nurl = "https://two.example/mcp"\n', "servers.two"),
    (BASE + '[servers.two]\ncommand = ["sh"]\n', "servers.two"),
    (
        changed('[accounts.home]\nmethod = "oauth"', '[accounts.home]\nmethod = "api-key"'),
        "accounts.home",
    ),
    (
        BASE + '[clients.cursor.servers.one]\naccount = "home"\n',
        "clients.cursor.servers.one",
    ),
    (BASE + '[clients.cursor.servers.one]\naccess = "allow"\n', "clients.cursor.servers.one"),
    (changed(RULE_1, ""), "rules.r1"),
    (BASE + ADDED.format("allow"), "rules.r3"),
    (changed('client = "zed"\nserver = "one"', 'client = "zed"'), "rules.r2"),
    (changed(RULE_1 + RULE_2, RULE_2 + RULE_1), "rules"),
    ('[defaults]\naccess = "allow"\n' + BASE, "defaults.access"),
    ('[network]\nproxy = "http://proxy.example:8080"\n' + BASE, "network.proxy"),
    ("[lock]\nscreen = false\n" + BASE, "lock"),
]


@pytest.mark.parametrize(("found", "part"), WIDENING, ids=[part for _, part in WIDENING])
def test_what_allows_more_waits_and_what_was_accepted_stays_in_force(found: str, part: str) -> None:
    in_force, waiting = compared(found)
    assert waiting == [part]
    assert in_force == parse_config(BASE)


NARROWING = [
    changed('access = "ask"\n', 'access = "deny"\n'),
    changed(
        '[servers.one.tools.list]\naccess = "allow"', '[servers.one.tools.list]\naccess = "deny"'
    ),
    changed(
        '[servers.one.tools.list]\naccess = "allow"', '[servers.one.tools.list]\naccess = "ask"'
    ),
    changed('[servers.one.tools.list]\naccess = "allow"\n', ""),
    changed(RULE_2, ""),
    changed(RULE_2, RULE_2.replace("allow", "ask")),
    BASE + ADDED.format("deny"),
    BASE + ADDED.format("ask"),
    '[defaults]\naccess = "deny"\n' + BASE.replace(RULE_2, ""),
    BASE + '[clients.cursor.servers.one]\naccess = "deny"\n',
    "[relay]\nwait = 5\n" + BASE,
    "[lock]\nidle = 5\n" + BASE,
    RULE_1,
]


@pytest.mark.parametrize("found", NARROWING)
def test_what_allows_less_or_nothing_else_acts_at_once(found: str) -> None:
    in_force, waiting = compared(found)
    assert waiting == []
    assert in_force == parse_config(found)


def test_a_word_that_asks_allows_more_where_the_default_is_to_deny() -> None:
    accepted = '[defaults]\naccess = "deny"\n' + BASE
    _, waiting = compared(accepted + ADDED.format("ask"), accepted)
    assert waiting == ["rules.r3"]


def test_a_narrowing_acts_although_a_widening_beside_it_waits() -> None:
    found = changed(RULE_2, "") + ADDED.format("allow")
    in_force, waiting = compared(found)
    assert waiting == ["rules.r3"]
    assert [rule.id for rule in in_force.rules] == ["r1"]


ACCESS = st.sampled_from(["allow", "ask", "deny"])
RULES = st.lists(
    st.tuples(
        st.sampled_from(["r1", "r2", "r3"]),
        st.sampled_from(["", 'client = "cursor"\n', 'client = "zed"\n']),
        st.sampled_from(["", 'tool = "a"\n', 'tool = "*"\n']),
        ACCESS,
    ),
    max_size=3,
    unique_by=lambda rule: rule[0],
)
LEVELS = st.fixed_dictionaries(
    {}, optional={"access": ACCESS, "group": ACCESS, "tool": ACCESS, "client": ACCESS}
)
CONFIGS = st.tuples(ACCESS, RULES, LEVELS)


Drawn = tuple[str, list[tuple[str, str, str, str]], dict[str, str]]


def _text(config: Drawn) -> str:
    default, rules, levels = config
    text = f'[defaults]\naccess = "{default}"\n[servers.one]\nurl = "https://one.example"\n'
    text += f'access = "{levels["access"]}"\n' if "access" in levels else ""
    if "group" in levels:
        text += f'[servers.one.groups.g]\ntools = ["a", "b"]\naccess = "{levels["group"]}"\n'
    if "tool" in levels:
        text += f'[servers.one.tools.a]\naccess = "{levels["tool"]}"\n'
    if "client" in levels:
        text += f'[clients.cursor.servers.one]\naccess = "{levels["client"]}"\n'
    for name, client, tool, access in rules:
        text += f'[[rules]]\nid = "{name}"\n{client}{tool}access = "{access}"\n'
    return text


ORDER = (Verdict.DENY, Verdict.ASK, Verdict.ALLOW)


@given(CONFIGS, CONFIGS)
def test_no_edit_by_hand_allows_anybody_more_before_it_is_accepted(one: Drawn, two: Drawn) -> None:
    accepted, found = parse_config(_text(one)), parse_config(_text(two))
    in_force = compare(accepted, found).in_force
    for client in ("cursor", "zed"):
        for tool in ("a", "b", "c", None):
            before, after = (
                judge(each, client=client, server="one", tool=tool, account=None, now=0.0).verdict
                for each in (accepted, in_force)
            )
            assert ORDER.index(after) <= ORDER.index(before), (client, tool)


@given(CONFIGS)
def test_nothing_waits_where_nothing_changed(one: Drawn) -> None:
    config = parse_config(_text(one))
    result = compare(config, config)
    assert (result.in_force, result.waiting) == (config, ())


def test_tools_stay_pinned_and_a_client_to_reading_until_the_yes() -> None:
    accepted = BASE + '[clients.cursor]\npreset = "read-only"\n'
    found = BASE + '[defaults]\npinning = "off"\n'
    in_force, waiting = compared(found, accepted)
    assert waiting == ["servers.one", "defaults.pinning", "clients.cursor.preset"]
    assert (in_force.pinning, in_force.read_only_clients) == (True, frozenset({"cursor"}))


def test_pinning_and_reading_alone_are_in_force_at_once() -> None:
    loose = BASE.replace('access = "ask"\n', 'access = "ask"\npinning = "off"\n')
    found = BASE + '[clients.cursor]\npreset = "read-only"\n'
    in_force, waiting = compared(found, loose + '[defaults]\npinning = "off"\n')
    assert waiting == []
    assert (in_force.pinning, in_force.read_only_clients) == (True, frozenset({"cursor"}))
    assert in_force.servers["one"].pinning is None
