from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import Config, ToolLevel
from keyfob_core.config_reading import parse_config
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.model import Verdict

WHOLE = """
[accounts.github-work]
method = "oauth"
scopes = ["repo", "read:org"]

[servers.github]
url = "https://api.example.com/mcp/"
account = "github-work"
access = "ask"

[servers.github.groups.admin]
tools = ["delete_*"]
access = "deny"

[servers.github.tools.create_issue]
access = "allow"

[clients.cursor.servers.github]
account = "github-work"
access = "deny"

[defaults]
access = "deny"

[relay]
port = 8000
wait = 10

[[rules]]
id = "r7"
client = "cursor"
server = "github"
tool = "list_*"
access = "allow"
until = 2027-01-01T00:00:00Z
"""


def test_a_whole_configuration_is_read_as_it_is_meant() -> None:
    config = parse_config(WHOLE)
    server = config.server("github")
    assert server.url == "https://api.example.com/mcp/"
    assert server.levels.access is Verdict.ASK
    assert server.levels.groups[0].tools == ("delete_*",)
    assert server.levels.tools == {"create_issue": ToolLevel(Verdict.ALLOW)}
    assert config.accounts["github-work"].scopes == ("repo", "read:org")
    assert config.clients["cursor"]["github"].access is Verdict.DENY
    assert config.default_access is Verdict.DENY
    assert (config.relay.port, config.relay.wait) == (8000, 10.0)
    assert config.rules[0].until == 1798761600.0
    assert server.levels.account == "github-work"


def test_an_empty_file_is_a_configuration_that_asks() -> None:
    assert parse_config("") == Config()
    assert Config().default_access is Verdict.ASK


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("servers = 3", "servers"),
        ("[servers.a]", "servers.a.url"),
        ('[servers.a]\nurl = "ftp://x"', "servers.a.url"),
        ('[servers.a]\nurl = "https://me:pw@x/mcp"', "servers.a.url"),
        ('[servers."a/b"]\nurl = "https://x"', "servers.a/b"),
        ('[servers.a__b]\nurl = "https://x"', "servers.a__b"),
        ('[servers.a]\nurl = "https://x"\nacess = "deny"', "servers.a.acess"),
        ('[servers.a]\nurl = "https://x"\naccess = "maybe"', "servers.a.access"),
        ('[servers.a]\nurl = "https://x"\naccount = "b"', "servers.a.account"),
        (
            '[servers.a]\nurl = "https://x"\n[servers.a.groups.g]\naccess = "deny"',
            "servers.a.groups.g.tools",
        ),
        (
            '[servers.a]\nurl = "https://x"\n[servers.a.groups.g]\ntools = ["*"]\naccount = "b"',
            "servers.a.groups.g.account",
        ),
        ('[servers.a]\ncommand = ["run"]\nurl = "https://x"', "servers.a.url"),
        ('[servers.a]\nurl = "https://x"\nenv = { A = "b" }', "servers.a.env"),
        ('[servers.a]\nurl = "https://x"\ntransport = "pigeon"', "servers.a.transport"),
        (
            '[servers.a]\nurl = "https://x"\n[servers.a.tools.t]\naccount = "b"',
            "servers.a.tools.t.account",
        ),
        ('[clients.c.servers.nope]\naccess = "deny"', "clients.c.servers.nope"),
        ('[clients.keyfob.servers.a]\naccess = "deny"', "clients.keyfob"),
        ('[accounts.a]\nmethod = "magic"', "accounts.a.method"),
        ("[accounts.a]\nscopes = [1]", "accounts.a.scopes"),
        ('[[rules]]\naccess = "allow"', "rules[0].id"),
        ('[[rules]]\nid = "r1"', "rules[0].access"),
        (
            '[[rules]]\nid = "r1"\naccess = "deny"\n[[rules]]\nid = "r1"\naccess = "ask"',
            "rules[1].id",
        ),
        ('[[rules]]\nid = "r"\naccess = "deny"\nuntil = 2027-01-01T00:00:00', "rules[0].until"),
        ('[[rules]]\nid = "r"\naccess = "deny"\nuntil = "soon"', "rules[0].until"),
        ("[relay]\nport = 99999", "relay.port"),
        ("[relay]\nport = true", "relay.port"),
        ('[relay]\nwait = "long"', "relay.wait"),
        ("[relay]\nmax_body_mib = 0", "relay.max_body_mib"),
        ("[audit]\nkeep_days = 0", "audit.keep_days"),
        ("[audit]\nkeep_mib = 1", "audit.keep_mib"),
        ('[audit]\nsyslog = "https://logs.example"', "audit.syslog"),
        ('[audit]\nsyslog = "udp://me:pw@logs.example"', "audit.syslog"),
        ('[audit]\nsyslog = "udp://logs.example:99999"', "audit.syslog"),
        ("a = ", "config.toml"),
        ("[nonsense]", "nonsense"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_field(text: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse_config(text)
    assert caught.value.field == field


def test_a_misspelt_key_is_told_its_neighbour() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse_config('[servers.a]\nurl = "https://x"\nacces = "deny"')
    assert "access" in caught.value.hint


def test_an_unknown_server_is_told_its_neighbour() -> None:
    with pytest.raises(UnknownName) as caught:
        parse_config(WHOLE).server("githib")
    assert "github" in caught.value.hint


TABLES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(max_size=8), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["servers", "accounts", "rules", "url", "access", "tools", "groups", "a", "id"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def toml_of(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value % (1 << 60))
        case str():
            return '"' + "".join(f"\\U{ord(c):08x}" for c in value if c.isprintable()) + '"'
        case list():
            return "[" + ", ".join(toml_of(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{k} = {toml_of(v)}" for k, v in value.items()) + "}"
        case _:
            return '"none"'


@given(st.dictionaries(st.sampled_from(["servers", "accounts", "rules", "clients"]), TABLES))
def test_any_toml_is_read_or_refused_by_name(document: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {toml_of(value)}" for key, value in document.items())
    with contextlib.suppress(ConfigInvalid):
        assert isinstance(parse_config(text), Config)
