"""Arbitrary configuration files of MCP clients, in every format."""

from __future__ import annotations

import io
import json
from typing import Any

import tomlkit
from hypothesis import reject
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

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
    writer: Any = YAML()
    writer.default_flow_style = draw(st.sampled_from([False, None]))
    whole = {**draw(others), "mcpServers": [{"name": n, **t} for n, t in draw(servers).items()]}
    out = io.StringIO()
    writer.dump(whole, out)
    try:
        YAML(typ="safe", pure=True).load(out.getvalue())
    except YAMLError:
        # It writes a key that begins with a colon as it cannot read it.
        reject()
    return out.getvalue()


@st.composite
def mapped_yaml(draw: st.DrawFn) -> str:
    """Arbitrary YAML with servers by name, in any indentation, with comments between its lines."""
    writer: Any = YAML()
    writer.default_flow_style = draw(st.sampled_from([False, None]))
    writer.indent(mapping=draw(st.sampled_from([2, 4])), sequence=4, offset=2)
    whole = {**draw(others), "extensions": draw(servers), **draw(others)}
    out = io.StringIO()
    writer.dump(whole, out)
    lines = out.getvalue().split("\n")
    for _ in range(draw(st.integers(0, 3))):
        comment = " " * draw(st.integers(0, 4)) + draw(st.sampled_from(["# a: b", "#", "", "  "]))
        lines.insert(draw(st.integers(0, len(lines) - 1)), comment)
    text = "\n".join(lines)
    try:
        YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        # As above; and a comment may end a text.
        reject()
    return text
