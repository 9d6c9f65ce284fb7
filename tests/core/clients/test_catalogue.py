"""The catalogue of MCP clients: what it says, and how it is added to."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.setups.client_setups import Form
from keyfob_core.system.catalogue import builtin_files
from support.known_clients import BEST, CLIENTS

BUILTIN = builtin_files("clients")
SCHEMA = json.loads((files("keyfob_resources") / "clients" / "schema.json").read_bytes())
OWN = """
[mine]
label = "Mine"
format = "json"
key = ["mcpServers"]
files = ["~/.mine/mcp.json"]
http = { url = "{url}", headers = { Authorization = "Bearer {token}" } }
"""


def schema_says(text: str) -> list[str]:
    """What the schema finds wrong; dates are text to it."""
    document: Any = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def own(text: str) -> ClientCatalogue:
    return ClientCatalogue.load(BUILTIN, text)


def test_our_own_files_are_read_when_they_are_asked_for_and_the_person_s_at_once() -> None:
    read: list[str] = []

    def builtin() -> Mapping[str, bytes]:
        read.append("ours")
        return BUILTIN

    catalogue = ClientCatalogue.at_need(builtin, None, "clients.toml")
    assert read == []
    assert catalogue.all() == CLIENTS.all()
    assert catalogue.variables() == CLIENTS.variables()
    assert read == ["ours"]
    with pytest.raises(ConfigInvalid) as refused:
        ClientCatalogue.at_need(builtin, "[cursor", "clients.toml")
    assert refused.value.field == "clients.toml"


def test_the_schema_is_one_and_each_file_keeps_to_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert BUILTIN
    for raw in BUILTIN.values():
        assert schema_says(raw.decode()) == []


def test_there_are_enough_clients_and_each_lies_somewhere_on_each_system() -> None:
    assert len(CLIENTS.all()) >= 25
    for client in CLIENTS.all():
        assert set(client.files) == {"linux", "mac", "windows"}, client.id


@pytest.mark.parametrize(
    ("client", "form"),
    [
        ("vscode", Form.SOCKET),
        ("cursor", Form.HTTP),
        ("codex", Form.HTTP),
        ("claude-desktop", Form.STDIO),
        ("fx", Form.STDIO),
    ],
)
def test_the_best_form_that_a_client_takes_is_chosen(client: str, form: Form) -> None:
    assert BEST[client] is form


def test_a_client_of_ones_own_is_added_without_code() -> None:
    text = OWN + 'sources = [{ kind = "tried", text = "here", seen = 2026-11-26 }]\n'
    assert schema_says(text) == []
    mine = own(text).get("mine")
    assert mine.own
    assert mine.form is Form.HTTP
    assert not own(text).get("cursor").own


def test_a_file_of_ones_own_changes_one_key_of_ours() -> None:
    changed = own('[cursor]\nfiles = ["~/elsewhere.json"]\n').get("cursor")
    assert changed.files["mac"] == ("~/elsewhere.json",)
    assert changed.entries == CLIENTS.get("cursor").entries


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (OWN.replace('"json"', '"ini"'), "mine.format"),
        (OWN.replace('["mcpServers"]', "[]"), "mine.key"),
        (OWN.replace('"~/.mine/mcp.json"', '"/etc/mcp.json"'), "mine.files"),
        (OWN.replace('"~/.mine/mcp.json"', '"~/.mine/../mcp.json"'), "mine.files"),
        (OWN.replace("{token}", "token"), "mine.http"),
        (OWN.replace("{token}", "{socket}"), "mine.http"),
        (OWN.replace('label = "Mine"\n', ""), "mine.label"),
        (OWN + 'name_key = "name"\n', "mine.name_key"),
        (OWN + 'colour = "red"\n', "mine.colour"),
        (OWN.replace("[mine]", "[keyfob]"), "keyfob"),
        (OWN.split("http =")[0], "mine"),
        (OWN + "files = { beos = [] }", "clients.toml"),
    ],
)
def test_what_cannot_be_names_its_file_and_field(text: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        own(text)
    assert refused.value.field.startswith("clients.toml")
    assert refused.value.field.endswith(field)


def test_an_unknown_client_is_told_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName) as refused:
        CLIENTS.get("curser")
    assert "'cursor'" in refused.value.hint
