"""Editing one entry: what it was to do, and nothing else."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings

from keyfob_core.clients.documents import Document
from keyfob_core.clients.json_spans import read_json
from keyfob_core.errors import ConfigInvalid
from support.config_texts import jsonc, listed_yaml, mapped_yaml, toml
from support.known_clients import CLIENTS, an_entry, document, editor

JSON, LISTED_TOML, TOML, YAML_MAP, YAML_LIST = (
    "cursor",
    "mistral-vibe",
    "codex",
    "goose",
    "continue",
)


def after(client: str, text: str) -> str:
    """The text with an entry."""
    entry = an_entry(CLIENTS.get(client))
    return editor(client).put(document(text), "keyfob", entry).text


def again(client: str, text: str) -> str:
    """The text with an entry put in and taken out again."""
    return editor(client).remove(document(after(client, text)), "keyfob").text


def is_one_insertion(before: str, text: str) -> bool:
    """Whether the text is what was there, with something put into one place."""
    grown = len(text) - len(before)
    return any(text[:at] + text[at + grown :] == before for at in range(len(before) + 1))


WITH_OTHERS = {
    "a jsonc file with comments, tabs and last commas": (
        JSON,
        '{\n\t// mine\n\t"a": [1, 2,], /* b */\n'
        '\t"mcpServers": { // all\n\t\t"x": {"url": "y"}, // t\n\t},\n}\n',
    ),
    "a json file with CRLF": (JSON, '{\r\n    "mcpServers": {\r\n        "x": {}\r\n    }\r\n}'),
    "a json file on one line": (JSON, '{"mcpServers":{"x":{"url":"y"}},"z":[]}'),
    "braces and quotes in texts": (JSON, '{\n "mcpServers": {\n  "}{\\"//": {"a": "/*"}\n }\n}\n'),
    "toml tables": (TOML, 'm = "x" # c\n\n[mcp_servers.a]\nurl = "b"\n\n# of z\n[z]\nq = 1\n'),
    "toml with CRLF": (TOML, '[mcp_servers.a]\r\nurl = "b"\r\n'),
    "an inline toml table": (TOML, "mcp_servers = {}\n[z]\nq = 1\n"),
    "dotted toml keys": (TOML, 'mcp_servers.a.url = "]\\"[" # ]\n'),
    "toml texts of several lines": (TOML, 'a = """\n[mcp_servers.keyfob]\nx"""\n'),
    "a toml list": (LISTED_TOML, '[[mcp_servers]]\nname = "a"\nenv = { B = "c" }\n\n[d]\ne = 1\n'),
    "a toml array": (LISTED_TOML, 'mcp_servers = [\n  { name = "a", x = [1, "]"] }, # c\n]\n'),
    "an empty toml array": (LISTED_TOML, "mcp_servers = []\n[d]\ne = 1\n"),
    "a yaml mapping": (
        YAML_MAP,
        "# top\nextensions: # all\n\n  # first\n  a:\n    t: |\n      x\n\nZ: 1\n",
    ),
    "a yaml mapping on one line": (YAML_MAP, "extensions: {a: {b: 1}} # c\nZ: 1\n"),
    "a yaml file with CRLF": (YAML_MAP, "extensions:\r\n    a:\r\n        t: b\r\n"),
    "a yaml list": (YAML_LIST, "mcpServers:\n  # one\n  - name: a\n    command: b\nmodels: []\n"),
    "a yaml list without indent": (YAML_LIST, "mcpServers:\n- name: a\nmodels: []\n"),
    "an empty yaml list": (YAML_LIST, "mcpServers: []\n"),
}


@pytest.mark.parametrize("case", WITH_OTHERS)
def test_what_is_put_in_stands_in_one_place_and_taken_out_leaves_what_was(case: str) -> None:
    client, text = WITH_OTHERS[case]
    put = after(client, text)
    assert is_one_insertion(text, put), put
    assert editor(client).entries(document(put))["keyfob"] == an_entry(CLIENTS.get(client))
    assert again(client, text) == text
    if "\r\n" in text:
        assert put.count("\n") == put.count("\r\n")


@pytest.mark.parametrize("case", WITH_OTHERS)
def test_a_second_entry_replaces_the_first(case: str) -> None:
    client, text = WITH_OTHERS[case]
    entry = an_entry(CLIENTS.get(client), "http://127.0.0.1:2/mcp")
    twice = editor(client).put(document(after(client, text)), "keyfob", entry)
    assert editor(client).entries(twice)["keyfob"] == entry
    assert ":1/mcp" not in twice.text
    assert editor(client).remove(twice, "keyfob").text == text


@pytest.mark.parametrize(
    ("client", "text"),
    [
        (JSON, ""),
        (JSON, "// only a comment"),
        (JSON, "{}"),
        (JSON, '{"mcpServers": {}}'),
        (JSON, '{"a": null}\n'),
        (TOML, "# only a comment"),
        (LISTED_TOML, ""),
        (YAML_MAP, "# only a comment"),
        (YAML_MAP, "extensions:\nZ: 1\n"),
        (YAML_MAP, "extensions: ~ # none\n"),
        (YAML_MAP, "{}\n"),
        (YAML_MAP, "Z: 1"),
        (YAML_LIST, "---\nname: x\n"),
    ],
)
def test_a_place_is_made_where_there_is_none(client: str, text: str) -> None:
    put = document(after(client, text))
    assert editor(client).entries(put) == {"keyfob": an_entry(CLIENTS.get(client))}
    assert editor(client).entries(editor(client).remove(put, "keyfob")) == {}


@pytest.mark.parametrize(
    ("client", "text", "says"),
    [
        (JSON, "[]", "line 1, column 1"),
        (JSON, '"text"', "no object"),
        (JSON, '{"mcpServers": []}', "mcpServers"),
        (JSON, '{"mcpServers": null}', "mcpServers"),
        (JSON, '{"mcpServers": {},\n"mcpServers": {}}', "line 2, column 1: the name 'mcpServers'"),
        (JSON, '{"mcpServers": {"a": 1, "\\u0061": 2}}', "stands twice"),
        (JSON, '{"a": 1 "b": 2}', "',' is missing"),
        (JSON, '{"a" 1}', "':' is missing"),
        (JSON, '{"a":}', "value is missing"),
        (JSON, '{"a":', "never closed"),
        (JSON, '{"a": 1}}', "behind the end"),
        (JSON, '{"a": 01}', "no JSON"),
        (JSON, "{'a': 1}", "no JSON"),
        (JSON, '{"a": "\n"}', "no JSON"),
        (JSON, '{"\\ud8zz": 1}', "no JSON text"),
        pytest.param(JSON, "[" * 100_000, "nested deeper", id="deep lists"),
        pytest.param(JSON, '{"a":' * 100_000, "nested deeper", id="deep objects"),
        (TOML, "a = 1\na = 2\n", "no TOML"),
        (TOML, 'mcp_servers = "x"\n', "no table"),
        pytest.param(TOML, "a = " + "[" * 100_000, "no TOML", id="deep toml"),
        (LISTED_TOML, "[mcp_servers.a]\nb = 1\n", "no list"),
        (
            LISTED_TOML,
            '[[mcp_servers]]\nname = "keyfob"\n[[mcp_servers]]\nname = "keyfob"\n',
            "twice",
        ),
        (YAML_MAP, "- a\n", "no mapping"),
        (YAML_MAP, "extensions:\n  a: 1\n  a: 2\n", "line 3"),
        (YAML_MAP, "extensions: text\n", "no mapping"),
        (YAML_MAP, "a: [\n", "no YAML"),
        (YAML_MAP, "a: 1\n---\nb: 2\n", "no YAML"),
        pytest.param(YAML_MAP, "a: " + "[" * 3_000, "nested deeper", id="deep yaml"),
        (YAML_LIST, "mcpServers:\n- name: keyfob\n- name: keyfob\n", "twice"),
    ],
)
def test_a_file_that_cannot_be_edited_is_refused_by_place(
    client: str, text: str, says: str
) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        after(client, text)
    assert refused.value.field == "file"
    assert says in str(refused.value)


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    for data in (b'{"a": "\xff"}', "{}".encode("utf-16"), b" " * (32 * 1024 * 1024 + 1)):
        with pytest.raises(ConfigInvalid):
            Document.of("file", data)


def test_a_byte_order_mark_is_kept() -> None:
    data = b"\xef\xbb\xbf{}"
    put = editor(JSON).put(Document.of("file", data), "keyfob", {"url": "x"})
    assert put.data().startswith(b'\xef\xbb\xbf{\n  "mcpServers"')


def test_a_large_file_is_read_in_time() -> None:
    text = json.dumps({"projects": {str(one): {"history": ["x" * 50] * 20} for one in range(2000)}})
    assert read_json(document(text), 2) is not None


EXAMPLES = 500 if os.environ.get("PROVE_LONG") else 20
slow = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def check_insertion(client: str, text: str) -> None:
    put = after(client, text)
    assert is_one_insertion(text, put)
    assert again(client, text) == text


@slow
@given(jsonc())
def test_any_json_file_is_left_as_it_was(text: str) -> None:
    check_insertion(JSON, text)


@slow
@given(toml())
def test_any_toml_file_is_left_as_it_was(text: str) -> None:
    check_insertion(TOML, text)


@slow
@given(listed_yaml())
def test_any_yaml_file_is_left_as_it_was(text: str) -> None:
    check_insertion(YAML_LIST, text)


@slow
@given(mapped_yaml())
def test_any_yaml_file_of_mappings_is_left_as_it_was(text: str) -> None:
    check_insertion(YAML_MAP, text)
