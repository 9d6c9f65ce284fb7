"""Headers that repeat a tool call's arguments (MCP 2026-07-28, transports: custom headers)."""

from __future__ import annotations

import base64
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, cast

from keyfob_core.model import Headers

MAX_TOOLS = 1000
"""Of how many tools with such arguments one conversation's schemas are kept."""

Path = tuple[str, ...]
"""Names of properties, from the arguments' root down."""

_KEYWORD = "x-mcp-header"
_PREFIX = "Mcp-Param-"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TYPES = frozenset({"string", "integer", "boolean"})
_PLAIN = re.compile(r"[\x20-\x7e]*")
_ENCODED = re.compile(r"=\?base64\?.*\?=")
_ONE_SCHEMA = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED_SCHEMAS = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties"})


class ToolHeaders:
    """Knows from the tool lists of one conversation which arguments their servers want repeated."""

    def __init__(self) -> None:
        self._tools: OrderedDict[str, Mapping[Path, str]] = OrderedDict()

    def listed(self, response: Mapping[str, Any], *, from_start: bool = True) -> str | None:
        """Note a `tools/list` answer, and answer the cursor of the next page.

        A list that is whole, since it begins at the start and has no next page, replaces all.
        """
        result = _mapping(response.get("result"))
        tools: object = result.get("tools")
        cursor: object = result.get("nextCursor")
        if not isinstance(tools, list):
            return None
        if from_start and cursor is None:
            self._tools.clear()
        for tool in map(_mapping, cast("list[object]", tools)):
            self._note(tool.get("name"), tool.get("inputSchema"))
        return cursor if isinstance(cursor, str) else None

    def of(self, tool: str, arguments: object) -> Headers:
        """The headers for a call of a tool with these arguments."""
        found = ((token, _value(arguments, path)) for path, token in self._paths(tool).items())
        written = ((token, _written(value)) for token, value in found)
        return tuple(
            (f"{_PREFIX}{token}", header_value(text)) for token, text in written if text is not None
        )

    def _paths(self, tool: str) -> Mapping[Path, str]:
        return self._tools.get(tool, {})

    def _note(self, name: object, schema: object) -> None:
        if not isinstance(name, str):
            return
        self._tools.pop(name, None)
        if paths := repeated(schema):
            self._tools[name] = paths
            if len(self._tools) > MAX_TOOLS:
                self._tools.popitem(last=False)


def repeated(schema: object) -> Mapping[Path, str]:
    """Which arguments a tool's input schema wants repeated: paths, and the names of their headers.

    Empty as well where one annotation breaks the rules: no client may call such a tool by HTTP,
    and no server holds a call's headers against it.
    """
    found: dict[Path, str] = {}
    names: set[str] = set()
    for path, position in _positions(schema):
        if _KEYWORD not in position:
            continue
        token: object = position[_KEYWORD]
        kind: object = position.get("type")
        if not path or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            return {}
        if not isinstance(kind, str) or kind not in _TYPES or token.lower() in names:
            return {}
        names.add(token.lower())
        found[path] = token
    return found


def header_value(text: str) -> str:
    """The text as a header field, in Base64 where it would not arrive as it is."""
    if _PLAIN.fullmatch(text) and text == text.strip() and not _ENCODED.fullmatch(text):
        return text
    encoded = base64.b64encode(text.encode(errors="surrogatepass")).decode("ascii")
    return f"=?base64?{encoded}?="


def _positions(schema: object) -> Iterator[tuple[Path | None, Mapping[str, Any]]]:
    """Every place of a schema that is one itself; its path where only properties lead there."""
    waiting: list[tuple[Path | None, object]] = [((), schema)]
    while waiting:
        path, position = waiting.pop()
        if not isinstance(position, dict):
            continue
        fields = cast("dict[str, Any]", position)
        yield path, fields
        for keyword, value in fields.items():
            if keyword == "properties":
                waiting += (
                    (None if path is None else (*path, name), inner)
                    for name, inner in _mapping(value).items()
                )
            elif keyword in _ONE_SCHEMA:
                waiting.append((None, value))
            elif keyword in _SCHEMAS and isinstance(value, list):
                waiting += ((None, inner) for inner in cast("list[object]", value))
            elif keyword in _NAMED_SCHEMAS:
                waiting += ((None, inner) for inner in _mapping(value).values())


def _value(arguments: object, path: Path) -> object:
    for name in path:
        arguments = _mapping(arguments).get(name)
    return arguments


def _written(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
