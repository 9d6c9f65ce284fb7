"""The JSON Schema of config.toml beside the reader: each knows what the other does."""

from __future__ import annotations

import ast
import copy
import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from keyfob_core.control.settings import settings_in
from keyfob_core.errors import ConfigInvalid
from keyfob_core.settings import config_reading, settings_reading
from keyfob_core.settings.config_reading import parse_config

SCHEMA: dict[str, Any] = json.loads((files("keyfob_resources") / "config.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)

FULL = """
[accounts.work]
method = "device-code"
provider = "github"
scopes = ["repo"]
client_id = "mine"
resource = "omit"
authorize_params = { prompt = "consent" }
assume_s256 = true
callback = "http://localhost:3118/callback"
token_auth = "none"
dpop = false

[servers.github]
url = "https://api.example.com/mcp"
openapi = "https://api.example.com/openapi.json"
transport = "auto"
pinning = "ask"
account = "work"
access = "ask"

[servers.github.groups.admin]
tools = ["delete_*"]
account = "work"
access = "deny"

[servers.github.groups.readers]
annotations = ["read-only"]
access = "allow"

[servers.github.tools.create_issue]
account = "work"
access = "allow"

[servers.files]
command = ["npx", "files"]
env = { TOKEN = "{secret}" }
secret_fd = false

[clients."Claude Desktop"]
tools = "search"
preset = "read-only"

[clients."Claude Desktop".servers.github]
account = "work"
access = "ask"

[clients."Claude Desktop".servers.github.groups.all]
tools = ["*"]

[clients."Claude Desktop".servers.github.tools.x]
access = "deny"

[defaults]
access = "ask"
pinning = "off"

[[rules]]
id = "r7"
access = "allow"
client = "cursor"
server = "github"
tool = "list_*"
account = "work"
until = 2027-01-01T00:00:00Z
group = "admin"
annotations = ["read-only", "idempotent"]
pin = "abc"

[relay]
port = 7332
wait = 45
max_body_mib = 64
list_wait = 3
search_above = 40

[store]
kind = "keychain"

[oauth]
client_metadata_url = "https://me.example/keyfob.json"

[window]
language = "de"

[audit]
keep_days = 400
keep_mib = 1024
syslog = "udp://logs.example:514"

[network]
proxy = "system"

[lock]
screen = true
idle = 30

[sessions]
max_age_days = 30
max_idle_hours = 168
per_client = 500
"""


def schema_takes(document: dict[str, Any]) -> bool:
    return VALIDATOR.is_valid(document)


def reader_takes(document: dict[str, Any]) -> bool:
    try:
        parse_config(tomlkit.dumps(document))
    except ConfigInvalid:
        return False
    return True


def tables(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all tables whose keys are Keyfob's and not a person's names."""
    if isinstance(document, dict):
        names = path in ((), *(("accounts",), ("servers",), ("clients",))) and path != ()
        if not names and path[-1:] not in (("env",), ("authorize_params",), ("groups",)):
            yield path
        for key, value in document.items():
            yield from tables(value, (*path, key))
    elif isinstance(document, list) and path == ("rules",):
        yield from tables(document[0], (*path, 0))


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def words() -> set[str]:
    """Every text in the reader's source that could be a key of a table."""
    found = set[str]()
    for module in (config_reading, settings_reading):
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    names = {word for word in found if word.isidentifier()}
    return names | {"id", "client", "server", "tool", "until", "group", "pin", "surprise"}


def properties() -> set[str]:
    """Every key that the schema names anywhere."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value.get("properties", {})
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    return set(walk(SCHEMA))


def test_the_schema_is_one_and_both_take_a_file_with_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = tomllib.loads(FULL)
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    parse_config(FULL)

    def keys(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from keys(inner)

    assert properties() - set(keys(document)) == set()


def test_no_table_takes_a_key_that_the_other_side_does_not_know() -> None:
    document = tomllib.loads(FULL)
    looked_at = 0
    for path in tables(document):
        # As little of the rest as the table can be read with: this is done some thousand times.
        least: dict[str, Any] = {str(path[0]): document[str(path[0])]} if path else {}
        for word in words() - set(at(document, path)):
            changed = copy.deepcopy(least)
            at(changed, path)[word] = "x"
            try:
                parse_config(tomlkit.dumps(changed))
                reader_knows = True
            except ConfigInvalid as error:
                reader_knows = "is not a key" not in error.message
            unknown = any(
                error.validator == "additionalProperties" and tuple(error.absolute_path) == path
                for error in VALIDATOR.iter_errors(changed)
            )
            assert reader_knows is not unknown, (path, word)
            looked_at += 1
    assert looked_at > 500


@pytest.mark.parametrize(
    "text",
    [
        '[servers.a]\nurl = "https://a.example"\ncommand = ["x"]',
        '[servers.a]\nurl = "https://a.example"\nenv = { A = "b" }',
        '[servers.a]\nurl = "ftp://a.example"',
        "[servers.a]",
        '[servers."a b"]\nurl = "https://a.example"',
        "[servers.a]\ncommand = []",
        '[accounts.a]\nmethod = "magic"',
        '[accounts.a]\ncallback = "https://localhost/x"',
        '[accounts.a]\nscopes = [""]',
        '[clients.keyfob]\ntools = "list"',
        '[clients.x]\npreset = "all"',
        '[[rules]]\nid = "r1"',
        '[[rules]]\nid = "r1"\naccess = "maybe"',
        '[[rules]]\nid = " "\naccess = "deny"',
        '[servers.a]\nurl = "https://a.example"\n[servers.a.groups.g]\naccess = "deny"',
        '[servers.a]\nurl = "https://a.example"\n'
        '[servers.a.groups.g]\nannotations = ["read-only"]\naccount = "w"\n[accounts.w]',
        "[relay]\nport = 65536",
        "[relay]\nport = true",
        "[relay]\nwait = 1.5",
        "[lock]\nidle = 0",
        '[lock]\nscreen = "yes"',
        '[audit]\nsyslog = "https://x"',
        '[store]\nkind = "file"',
        '[oauth]\nclient_metadata_url = "https://me.example"',
        "[network]\nproxy = 1",
        "surprise = 1",
    ],
)
def test_both_refuse_what_is_wrong(text: str) -> None:
    document = tomllib.loads(text)
    assert not reader_takes(document)
    assert not schema_takes(document)


SETTINGS = [
    (table, key, schema)
    for table in ("defaults", "relay", "store", "audit", "lock", "sessions", "window")
    for key, schema in SCHEMA["properties"][table]["properties"].items()
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    some.sampled_from(SETTINGS),
    some.one_of(
        some.integers(-2, 1 << 21),
        some.booleans(),
        some.sampled_from(
            ["allow", "ask", "deny", "off", "keychain", "de", "local", "", "tcp://h:1"]
        ),
    ),
)
def test_a_setting_s_value_is_taken_by_both_or_by_none(
    where: tuple[str, str, Any], value: object
) -> None:
    table, key, _ = where
    document = {table: {key: value}}
    assert reader_takes(document) == schema_takes(document)


def test_every_number_is_taken_up_to_its_ends_and_the_defaults_are_the_reader_s() -> None:
    shown = settings_in(parse_config(""))
    for table, key, schema in SETTINGS:
        for end, step in (("minimum", -1), ("maximum", 1)):
            if end in schema:
                assert reader_takes({table: {key: schema[end]}})
                assert not reader_takes({table: {key: schema[end] + step}})
        if f"{table}.{key}" in shown:
            assert shown[f"{table}.{key}"] == schema.get("default")
