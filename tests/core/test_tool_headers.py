"""Which arguments are repeated as headers: by the rules, and as the official package reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import (
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    x_mcp_header_map,
)

from keyfob_core.tool_headers import MAX_TOOLS, ToolHeaders, header_value, repeated

NAMES = st.sampled_from(["a", "b", "x-mcp-header", "properties", "items", "allOf"])
TOKENS = st.one_of(
    st.sampled_from(["Region", "region", "Other", "a~b", "", "no token", "é", "x\r\ny"]),
    st.sampled_from([None, 3, [], {}]),
)
TYPES = st.sampled_from(["string", "integer", "boolean", "number", "object", ["string"], None])
ANNOTATED = st.fixed_dictionaries({"x-mcp-header": TOKENS, "type": TYPES})
GOOD = st.fixed_dictionaries(
    {
        "x-mcp-header": st.sampled_from(["Region", "Other", "Third"]),
        "type": st.sampled_from(["string", "integer", "boolean"]),
    }
)
LEAVES = st.one_of(
    GOOD, GOOD, st.fixed_dictionaries({"type": TYPES}), ANNOTATED, st.booleans(), st.none()
)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(NAMES, inner, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("object"), "properties": named}),
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=2)}),
        st.fixed_dictionaries({"$defs": named, "properties": named}),
        # Data is no schema, however it looks.
        st.fixed_dictionaries({"default": inner, "enum": st.lists(inner, max_size=1)}),
    )


SCHEMAS = st.recursive(LEAVES, _schemas, max_leaves=8)
ARGUMENTS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(st.dictionaries(NAMES, inner, max_size=4), st.lists(inner, max_size=2)),
    max_leaves=10,
)


@given(schema=SCHEMAS)
def test_the_same_schemas_are_good_and_name_the_same_arguments(schema: object) -> None:
    good = find_invalid_x_mcp_header(schema) is None
    assert repeated(schema) == (x_mcp_header_map(schema) if good else {})


@given(schema=SCHEMAS, arguments=ARGUMENTS)
def test_the_same_arguments_are_written_the_same_way(schema: object, arguments: Any) -> None:
    tools = ToolHeaders()
    tools.listed(page({"name": "t", "inputSchema": schema}))
    good = find_invalid_x_mcp_header(schema) is None
    theirs = mcp_param_headers(x_mcp_header_map(schema), arguments) if good else {}
    assert dict(tools.of("t", arguments)) == theirs


@given(text=st.text())
def test_a_value_is_encoded_where_theirs_is(text: str) -> None:
    assert header_value(text) == encode_header_value(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        (42, "42"),
        (-7, "-7"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_the_specifications_examples_are_written_as_it_says(value: object, written: str) -> None:
    tools = ToolHeaders()
    tools.listed(page(tool("t", "Val")))
    assert tools.of("t", {"v": value}) == (("Mcp-Param-Val", written),)


@pytest.mark.parametrize("arguments", [None, {}, {"v": None}, {"v": []}, {"w": 1}, [], "v"])
def test_an_argument_that_is_not_there_is_not_written(arguments: object) -> None:
    tools = ToolHeaders()
    tools.listed(page(tool("t", "Val")))
    assert tools.of("t", arguments) == ()


def tool(name: str, header: str) -> dict[str, Any]:
    annotated = {"type": "string", "x-mcp-header": header}
    return {"name": name, "inputSchema": {"type": "object", "properties": {"v": annotated}}}


def page(*tools: object, cursor: str | None = None) -> dict[str, Any]:
    result: dict[str, Any] = {"tools": list(tools)}
    return {"result": result | ({} if cursor is None else {"nextCursor": cursor})}


def test_a_later_list_counts_and_a_whole_one_forgets_the_rest() -> None:
    tools = ToolHeaders()
    assert tools.listed(page(tool("a", "One"), cursor="2")) == "2"
    assert tools.listed(page(tool("b", "Two")), from_start=False) is None
    assert [name for one in "ab" for name, _ in tools.of(one, {"v": "x"})] == [
        "Mcp-Param-One",
        "Mcp-Param-Two",
    ]
    tools.listed(page(tool("a", "Other"), cursor="2"))
    assert tools.of("a", {"v": "x"}) == (("Mcp-Param-Other", "x"),)
    assert tools.of("b", {"v": "x"}) != ()
    tools.listed(page({"name": "a", "inputSchema": {}}))
    assert tools.of("a", {"v": "x"}) == tools.of("b", {"v": "x"}) == ()


@pytest.mark.parametrize("response", [{}, {"error": {}}, {"result": []}, {"result": {"tools": 3}}])
def test_what_is_no_list_changes_nothing(response: dict[str, Any]) -> None:
    tools = ToolHeaders()
    tools.listed(page(tool("a", "One")))
    assert tools.listed(response) is None
    assert tools.of("a", {"v": "x"}) != ()


def test_no_more_tools_are_remembered_than_there_is_room_for() -> None:
    tools = ToolHeaders()
    tools.listed(page(*(tool(f"t{number}", "Val") for number in range(MAX_TOOLS + 1))))
    assert tools.of("t0", {"v": "x"}) == ()
    assert tools.of("t1", {"v": "x"}) != ()
