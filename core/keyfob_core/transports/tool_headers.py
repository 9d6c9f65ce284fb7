"""Arguments of tools that are repeated as `Mcp-Param-*` (MCP 2026-07-28, transports)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from keyfob_core.model import Headers
from keyfob_core.transports.header_values import header_value

_ANNOTATION = "x-mcp-header"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TYPES = frozenset({"string", "integer", "boolean"})
_ONE = frozenset(
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
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties"})

Path = tuple[str, ...]
"""The names of properties that lead to an argument."""


def annotated(schema: object) -> Mapping[Path, str] | None:
    """The arguments that a tool's input schema wants in headers, by the ends of their names.

    None for a schema whose annotations break the rules: such a tool is not to be used over HTTP.
    """
    found: dict[Path, str] = {}
    names: set[str] = set()
    for path, node in _positions(schema):
        if _ANNOTATION not in node:
            continue
        name, kind = node[_ANNOTATION], node.get("type")
        if not path or not isinstance(name, str) or not _TOKEN.fullmatch(name):
            return None
        if not isinstance(kind, str) or kind not in _TYPES or name.lower() in names:
            return None
        names.add(name.lower())
        found[path] = name
    return found


def parameter_headers(headers: Mapping[Path, str], arguments: object) -> Headers:
    """The `Mcp-Param-*` of one call; an argument that is absent or null has none."""
    found: list[tuple[str, str]] = []
    for path, name in headers.items():
        value = _value(arguments, path)
        if isinstance(value, bool):
            found.append((f"Mcp-Param-{name}", "true" if value else "false"))
        elif isinstance(value, str | int | float):
            found.append((f"Mcp-Param-{name}", header_value(str(value))))
    return tuple(found)


def _value(arguments: object, path: Path) -> object:
    node = arguments
    for name in path:
        node = cast("dict[str, object]", node).get(name) if isinstance(node, dict) else None
    return node


def _positions(schema: object) -> Iterator[tuple[Path | None, dict[str, Any]]]:
    """Every place of a schema where an annotation may stand, right or wrong.

    The path is None behind anything but a chain of `properties`. No reference is followed.
    """
    left: list[tuple[Path | None, object]] = [((), schema)]
    while left:
        path, node = left.pop()
        if not isinstance(node, dict):
            continue
        fields = cast("dict[str, Any]", node)
        yield path, fields
        for keyword, value in fields.items():
            left.extend(_below(path, keyword, value))


def _below(path: Path | None, keyword: str, value: object) -> Iterator[tuple[Path | None, object]]:
    if keyword == "properties" and isinstance(value, dict):
        for name, schema in cast("dict[str, object]", value).items():
            yield (None if path is None else (*path, name)), schema
    elif keyword in _ONE:
        yield None, value
    elif keyword in _MANY and isinstance(value, list):
        for schema in cast("list[object]", value):
            yield None, schema
    elif keyword in _NAMED and isinstance(value, dict):
        for schema in cast("dict[str, object]", value).values():
            yield None, schema
