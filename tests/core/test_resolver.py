from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import Config, Group, Levels, Server, ToolLevel
from keyfob_core.resolver import Resolver, choices

ACCOUNTS = st.none() | st.sampled_from(["a", "b", "c"])
TOOLS = st.sampled_from(["t", "u", "delete_x", "delete_y"])
PATTERNS = st.sampled_from(["t", "*", "delete_*", "?", "u"])
LEVELS = st.builds(
    Levels,
    account=ACCOUNTS,
    groups=st.lists(
        st.builds(
            Group,
            name=st.sampled_from(["g", "h"]),
            tools=st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
            account=ACCOUNTS,
        ),
        max_size=3,
    ).map(tuple),
    tools=st.dictionaries(TOOLS, st.builds(ToolLevel, account=ACCOUNTS), max_size=3),
)


def config(levels: Levels, own: Levels | None = None) -> Config:
    return Config(
        servers={"s": Server("s", "https://x/mcp", levels)},
        clients={"zed": {"s": own}} if own else {},
    )


def account(config: Config, tool: str | None = "t", client: str = "zed") -> str | None:
    return Resolver(lambda: config).account(client, "s", tool)


def test_a_server_without_an_account_has_none() -> None:
    assert account(config(Levels())) is None


def test_tool_comes_before_group_and_group_before_server() -> None:
    levels = Levels(
        account="a",
        groups=(Group("g", ("delete_*", "t"), account="b"),),
        tools={"t": ToolLevel(account="c")},
    )
    assert account(config(levels), "t") == "c"
    assert account(config(levels), "delete_x") == "b"
    assert account(config(levels), "u") == "a"
    assert account(config(levels), None) == "a"


def test_at_each_level_the_clients_own_word_comes_first() -> None:
    levels = Levels(account="a", tools={"t": ToolLevel(account="b")})
    own = Levels(account="c")
    assert account(config(levels, own), "u") == "c"
    assert account(config(levels, own), "t") == "b", "a tool is nearer than a client's server"
    assert account(config(levels, own), "u", client="cursor") == "a"


def test_of_a_servers_groups_only_the_first_that_has_the_tool_speaks() -> None:
    groups = (Group("silent", ("t",)), Group("loud", ("*",), account="b"))
    assert account(config(Levels(account="a", groups=groups)), "t") == "a"
    assert account(config(Levels(account="a", groups=groups)), "u") == "b"


def test_every_account_that_was_outweighed_is_told_in_order() -> None:
    levels = Levels(account="a", groups=(Group("g", ("*",), account="b"),))
    own = Levels(account="c", tools={"t": ToolLevel(account="a")})
    told = choices(config(levels, own), client="zed", server="s", tool="t")
    assert [(one.named_by, one.account) for one in told] == [
        ("clients.zed.servers.s.tools.t.account", "a"),
        ("servers.s.groups.g.account", "b"),
        ("clients.zed.servers.s.account", "c"),
        ("servers.s.account", "a"),
    ]


def naive(config: Config, client: str, tool: str | None) -> str | None:
    own = config.clients.get(client, {}).get("s")
    levels = [level for level in (own, config.servers["s"].levels) if level]
    found: list[str | None] = []
    if tool is not None:
        found += [level.tools[tool].account for level in levels if tool in level.tools]
        for level in levels:
            fitting = [g for g in level.groups if any(fnmatchcase(tool, p) for p in g.tools)]
            found += [group.account for group in fitting[:1]]
    found += [level.account for level in levels]
    return next((one for one in found if one is not None), None)


@given(
    st.lists(st.tuples(LEVELS, st.none() | LEVELS), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["zed", "cursor"]), st.none() | TOOLS),
        max_size=20,
    ),
)
def test_the_resolver_agrees_with_a_naive_reading_however_the_intent_changes(
    intents: list[tuple[Levels, Levels | None]],
    questions: list[tuple[int, str, str | None]],
) -> None:
    configs = [config(levels, own) for levels, own in intents]
    now = [configs[0]]
    resolver = Resolver(lambda: now[0])
    for index, client, tool in questions:
        now[0] = configs[index % len(configs)]
        assert resolver.account(client, "s", tool) == naive(now[0], client, tool)


def test_what_is_remembered_stays_small() -> None:
    resolver = Resolver(lambda: fixed)
    fixed = config(Levels(account="a"))
    for number in range(10_000):
        assert resolver.account("zed", "s", f"tool-{number}") == "a"
    assert len(resolver._known) <= 4096
