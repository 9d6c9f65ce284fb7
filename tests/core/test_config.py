from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import Config, ServerKind, ToolLevel
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.model import ToolView, Verdict
from keyfob_core.settings.config_reading import changed_profile, parse_config
from keyfob_core.traits import Trait

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


def test_how_a_client_is_shown_tools_is_read() -> None:
    config = parse_config('[clients.cursor]\ntools = "search"\n[clients.zed]\ntools = "list"\n')
    assert config.tool_views == {"cursor": ToolView.SEARCH, "zed": ToolView.LIST}
    assert config.clients["cursor"] == {}
    with pytest.raises(ConfigInvalid) as caught:
        parse_config('[clients.cursor]\ntools = "grid"\n')
    assert caught.value.field == "clients.cursor.tools"


def test_the_bounds_of_lists_are_read() -> None:
    assert (Config().relay.list_wait, Config().relay.search_above) == (3.0, None)
    relay = parse_config("[relay]\nlist_wait = 5\nsearch_above = 0\n").relay
    assert (relay.list_wait, relay.search_above) == (5.0, 0)
    for wrong in ("list_wait = 0", "list_wait = 61", "search_above = -1"):
        with pytest.raises(ConfigInvalid):
            parse_config(f"[relay]\n{wrong}\n")


KNOWN = {"resource": "omit", "callback_host": "::1", "callback_port": 1, "callback_path": "/"}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (None, KNOWN),
        ({}, KNOWN),
        ({"resource": None}, {name: KNOWN[name] for name in KNOWN if name != "resource"}),
        ({"callback": None}, {"resource": "omit"}),
        ({"callback": None, "dpop": True}, {"resource": "omit", "dpop": True}),
        ({"resource": "send", "callback": None}, {"resource": "send"}),
        (
            {"callback": "http://localhost/cb"},
            {
                "resource": "omit",
                "callback_host": "localhost",
                "callback_port": 0,
                "callback_path": "/cb",
            },
        ),
    ],
)
def test_what_an_account_sets_itself_changes_key_by_key(
    change: object, left: dict[str, object]
) -> None:
    assert changed_profile(KNOWN, change, "accounts.work") == left


@pytest.mark.parametrize("change", [[], "omit", {"nonsense": None}, {"dpop": "yes"}])
def test_a_change_that_cannot_be_names_its_field(change: object) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        changed_profile(KNOWN, change, "accounts.work")
    assert refused.value.field.startswith("accounts.work")


PROGRAM = """
[servers.files]
command = ["npx", "-y", "server-files", "~/Documents"]
env = { MODE = "plain", TOKEN = "x-{secret2}" }
secret_fd = true
account = "files"

[accounts.files]
method = "api-key"
"""


def test_a_program_is_read_with_its_variables() -> None:
    server = parse_config(PROGRAM).server("files")
    assert server.kind is ServerKind.PROGRAM
    assert server.command == ("npx", "-y", "server-files", "~/Documents")
    assert server.env == {"MODE": "plain", "TOKEN": "x-{secret2}"}
    assert (server.secret_fd, server.secrets_wanted) == (True, 2)
    assert (server.url, server.origin) == ("", "program:files")
    assert server.address == "npx -y server-files '~/Documents'"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("TOKEN =", "LD_PRELOAD =", "servers.files.env.LD_PRELOAD"),
        ("TOKEN =", "Path =", "servers.files.env.Path"),
        ("TOKEN =", "KEYFOB_PORT =", "servers.files.env.KEYFOB_PORT"),
        ("TOKEN =", '"A B" =', "servers.files.env.A B"),
        ('"plain"', '"a\\u0000b"', "servers.files.env.MODE"),
        ('"plain"', "5", "servers.files.env.MODE"),
        ('"npx"', '"n\\u0000px"', "servers.files.command"),
        ("secret_fd = true", "secret_fd = 1", "servers.files.secret_fd"),
        ("secret_fd = true", 'url = "https://x.example"', "servers.files.url"),
        ("secret_fd = true", 'openapi = "x.json"', "servers.files.openapi"),
    ],
)
def test_a_program_s_table_is_refused_by_its_field(old: str, new: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        parse_config(PROGRAM.replace(old, new, 1))
    assert refused.value.field == field


def test_a_person_may_set_what_steers_a_program_by_hand() -> None:
    text = PROGRAM.replace('MODE = "plain"', 'PATH = "/opt/bin", NODE_OPTIONS = "--no-warnings"')
    assert parse_config(text).server("files").env["PATH"] == "/opt/bin"


@pytest.mark.parametrize("key", ['env = { A = "b" }', "secret_fd = false"])
def test_what_is_for_programs_does_not_go_with_an_address(key: str) -> None:
    with pytest.raises(ConfigInvalid, match="for a server with a command"):
        parse_config(f'[servers.x]\nurl = "https://x.example/mcp"\n{key}\n')


def test_pinning_is_asked_for_unless_it_is_switched_off() -> None:
    text = (
        '[servers.a]\nurl = "https://a/mcp"\n[servers.b]\nurl = "https://b/mcp"\npinning = "{}"\n'
    )
    usual = parse_config(text.format("off"))
    off = parse_config(text.format("ask") + '[defaults]\npinning = "off"\n')
    assert [usual.pins(server) for server in usual.servers.values()] == [True, False]
    assert [off.pins(server) for server in off.servers.values()] == [False, True]


def test_a_server_is_another_wherever_it_is_another() -> None:
    texts = (
        'url = "https://a/mcp"',
        'url = "https://a/other"',
        'command = ["a", "b"]',
        'command = ["a b"]',
        'url = "https://a/mcp"\nopenapi = "https://a/openapi.json"',
    )
    found = [parse_config(f"[servers.a]\n{text}\n").servers["a"].target for text in texts]
    again = parse_config('[servers.b]\nurl = "https://a/mcp"\naccess = "deny"\n')
    assert len(set(found)) == len(texts)
    assert again.servers["b"].target == found[0]


def test_a_group_by_annotations_is_of_every_tool_that_says_so() -> None:
    text = '[servers.a]\nurl = "https://a/mcp"\n[servers.a.groups.g]\nannotations = ["read-only"]\n'
    [group] = parse_config(text).servers["a"].levels.groups
    assert (group.tools, group.annotations) == (("*",), (Trait.READ_ONLY,))
    with pytest.raises(ConfigInvalid, match="does not go with annotations"):
        parse_config(f'{text}account = "b"\n[accounts.b]\nmethod = "oauth"\n')


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('[defaults]\npinning = "on"\n', "defaults.pinning"),
        ('[servers.a]\nurl = "https://a/mcp"\npinning = true\n', "servers.a.pinning"),
        ('[clients.a]\npreset = "write-only"\n', "clients.a.preset"),
        ('[[rules]]\nid = "r"\naccess = "deny"\nannotations = ["nice"]\n', "rules[0].annotations"),
    ],
)
def test_what_cannot_be_said_of_tools_is_refused_by_its_field(text: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse_config(text)
    assert caught.value.field == field
