"""Editing one entry: what it was to do, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from keyfob_core.clients.documents import Document
from keyfob_core.clients.json_spans import read_json
from keyfob_core.errors import ConfigInvalid
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
        pytest.param(YAML_MAP, "a: " + "[" * 3_000, "nested too deep", id="deep yaml"),
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


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
scalars = st.booleans() | st.integers(-9, 9) | texts
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)
servers = st.dictionaries(
    names.filter(lambda name: name != "keyfob"),
    st.dictionaries(names.filter(lambda name: name != "name"), values, max_size=3),
    min_size=1,
    max_size=3,
)
others = st.dictionaries(
    names.filter(lambda name: name not in ("mcpServers", "mcp_servers", "extensions")),
    values,
    max_size=3,
)


@st.composite
def jsonc(draw: st.DrawFn) -> str:
    """Arbitrary JSONC: any members, any blanks and comments between the tokens."""
    whole = {**draw(others), "mcpServers": draw(servers), **draw(others)}
    indent = draw(st.sampled_from([None, 1, 2, 4, "\t"]))
    lines = json.dumps(whole, ensure_ascii=draw(st.booleans()), indent=indent).split("\n")
    if indent is not None:
        comments = st.sampled_from(["", " // }", " /* , */", "\t"])
        lines = [line + draw(comments) for line in lines]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n"]))


@st.composite
def toml(draw: st.DrawFn) -> str:
    """Arbitrary TOML with tables of servers."""
    first = tomlkit.dumps(draw(others))
    tables = {name: {"mcp_servers": {name: table}} for name, table in draw(servers).items()}
    text = first + "\n# the servers\n" + "".join(tomlkit.dumps(one) for one in tables.values())
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))) if "\r" not in text else text


@st.composite
def listed_yaml(draw: st.DrawFn) -> str:
    """Arbitrary YAML, as ruamel writes it, with a list of servers."""
    import io

    writer: Any = YAML()
    writer.default_flow_style = draw(st.sampled_from([False, None]))
    whole = {**draw(others), "mcpServers": [{"name": n, **t} for n, t in draw(servers).items()]}
    out = io.StringIO()
    writer.dump(whole, out)
    return out.getvalue()


slow = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(jsonc())
def test_any_json_file_is_left_as_it_was(text: str) -> None:
    assert again(JSON, text) == text


@slow
@given(toml())
def test_any_toml_file_is_left_as_it_was(text: str) -> None:
    assert again(TOML, text) == text


@slow
@given(listed_yaml())
def test_any_yaml_file_is_left_as_it_was(text: str) -> None:
    assert again(YAML_LIST, text) == text
