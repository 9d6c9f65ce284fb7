"""Arguments in headers, beside what the SDK makes of the same schemas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import find_invalid_x_mcp_header, mcp_param_headers, x_mcp_header_map

from keyfob_core.transports.listed_tools import ListedTools
from keyfob_core.transports.tool_headers import annotated, parameter_headers

REGION = {"type": "string", "x-mcp-header": "Region"}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


SCHEMAS = [
    of(),
    of(region=REGION),
    of(region=REGION, count={"type": "integer", "x-mcp-header": "Count"}),
    of(deep=of(deeper=of(region=REGION)), flag={"type": "boolean", "x-mcp-header": "Flag"}),
    of(region=REGION, other={"type": "string", "x-mcp-header": "REGION"}),
    of(region={"type": "number", "x-mcp-header": "Region"}),
    of(region={"type": ["string", "null"], "x-mcp-header": "Region"}),
    of(region={"type": "string", "x-mcp-header": ""}),
    of(region={"type": "string", "x-mcp-header": "a b"}),
    of(region={"type": "string", "x-mcp-header": "a\r\nb"}),
    of(region={"type": "string", "x-mcp-header": 7}),
    {"type": "object", "x-mcp-header": "Whole"},
    of(many={"type": "array", "items": REGION}),
    {"type": "object", "anyOf": [of(region=REGION)]},
    {"type": "object", "$defs": {"a": REGION}},
    of(region={"type": "string", "default": {"x-mcp-header": "data, not a schema"}}),
    {"type": "object", "if": of(region=REGION)},
    None,
]
ARGUMENTS = [
    {},
    {"region": "eu", "count": 3, "flag": True},
    {"region": "Zürich", "count": -7, "flag": False},
    {"region": " padded ", "count": None},
    {"region": "=?base64?x?=", "count": 4.0},
    {"region": "a\nb", "deep": {"deeper": {"region": "in"}}},
    {"region": {"not": "plain"}, "deep": [1], "count": [2]},
    None,
]


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_headers_are_those_that_the_sdk_makes(schema: Any, arguments: Any) -> None:
    found = annotated(schema)
    assert (found is None) == (find_invalid_x_mcp_header(schema) is not None)
    if found is not None:
        assert dict(found) == x_mcp_header_map(schema)
        expected = mcp_param_headers(found, arguments or {})
        assert dict(parameter_headers(found, arguments)) == expected


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner)))
def test_no_schema_is_too_odd(schema: Any) -> None:
    assert (
        annotated({"properties": schema, "items": schema, "allOf": schema, "$defs": schema}) == {}
    )


def test_only_tools_that_may_be_called_are_remembered() -> None:
    tools = ListedTools()
    good = {"name": "good", "inputSchema": of(region=REGION)}
    bad = {"name": "bad", "inputSchema": {"x-mcp-header": "Whole"}}
    assert tools.note([good, bad, {"name": "plain"}, "odd"]) == [good, {"name": "plain"}, "odd"]
    assert tools.note(None) == []
    assert tools.knows("good")
    assert not tools.knows("bad")
    assert tools.headers("good", {"region": "eu"}) == (("Mcp-Param-Region", "eu"),)
    assert tools.headers("plain", {"region": "eu"}) == tools.headers(None, None) == ()
