"""Operations as MCP tools, by fastmcp's reading of OpenAPI; imported when it is first needed."""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.openapi.checks import objects, target_of_reference
from keyfob_core.transports.openapi.operations import (
    Operation,
    operations,
    reduced,
    tool_names,
)
from keyfob_core.transports.openapi.reading import Document, list_of, object_of
from keyfob_core.transports.openapi.writing import Shape, shape_of

_MAX_SCHEMA = 128 * 1024
_MAX_ALL = 32 * 1024 * 1024
_MAX_REPAIRS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTool:
    """One operation as clients see it, and as it is called."""

    name: str
    method: str
    definition: Mapping[str, Any]
    """As `tools/list` answers it."""
    size: int
    """Bytes of that."""
    arguments: frozenset[str]
    required: frozenset[str]
    headers: frozenset[str]
    """Lower-case names of the headers that its arguments may set."""
    shapes: Mapping[str, Shape]
    """How arguments are written that may be more than one value."""
    route: Any
    """fastmcp's reading of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTools:
    """The tools of one API."""

    by_name: Mapping[str, ApiTool]
    left_out: tuple[str, ...]
    """Operations that became no tool, each with its reason."""
    director: Any
    """Writes a tool's arguments into a request."""


def api_tools(document: Document) -> ApiTools:
    """The tools of a document that was checked; takes seconds, so call it in a thread.

    Raises ConfigInvalid where the OpenAPI part is not installed, and for a document that is no
    OpenAPI in spite of its looks or has too much in it.
    """
    parse, director = _fastmcp()
    found, left_out = operations(document)
    read = {(route.method, route.path): route for route in _routes(parse, document, found)}
    tools: dict[str, ApiTool] = {}
    missing: list[str] = []
    size = 0
    for name, operation in zip(tool_names(found), found, strict=True):
        route = read.get((operation.method, operation.path))
        tool = _tool(name, operation, route) if _is_read(route, operation) else None
        if tool is None:
            missing.append(f"{operation.label}: its schema cannot be understood")
            continue
        tools[name] = tool
        size += tool.size
        if size > _MAX_ALL:
            raise ConfigInvalid("paths", "have schemas that are too much together")
    if not tools:
        raise ConfigInvalid("paths", "have no operation that can be a tool")
    return ApiTools(by_name=tools, left_out=(*left_out, *missing), director=director)


def _routes(parse: Any, document: Document, found: Sequence[Operation]) -> list[Any]:
    """What fastmcp reads; a part that it refuses is taken out, and the rest is read again."""
    whole = reduced(document, found)
    for _ in range(_MAX_REPAIRS):
        try:
            return parse(whole)
        except Exception as error:  # noqa: BLE001 - another's reader of another's document
            if not _take_out(whole, error):
                raise ConfigInvalid(
                    "openapi", f"is not as OpenAPI says: {_reason(error)}"
                ) from None
    raise ConfigInvalid("openapi", "is not as OpenAPI says, in too many places")


def _take_out(whole: Document, error: Exception) -> bool:
    """Take out the components and operations that pydantic names; whether there were any."""
    named: Any = getattr(error.__cause__, "errors", None)
    taken = False
    for one in named() if named is not None else ():
        place: list[Any] = [*one["loc"], None, None, None]
        first, second, third = place[:3]
        part = object_of(object_of(whole.get(str(first))).get(str(second)))
        if third in part:
            # Without its schema an argument may be anything; without an operation, it is told.
            if first == "components":
                part[third] = {}
            else:
                del part[third]
            taken = True
    return taken


def _fastmcp() -> tuple[Any, Any]:
    """The parser of fastmcp, and its writer of requests."""
    # Else it reads a .env of the current folder, which may be anybody's, and logs to the terminal.
    os.environ.setdefault("FASTMCP_ENV_FILE", os.devnull)
    os.environ.setdefault("FASTMCP_LOG_ENABLED", "false")
    try:
        openapi = importlib.import_module("fastmcp.utilities.openapi")
        director = importlib.import_module("fastmcp.utilities.openapi.director")
        paths = importlib.import_module("jsonschema_path")
    except ImportError as error:
        raise ConfigInvalid(
            "openapi",
            "this Keyfob is installed without its OpenAPI part",
            "Install it: pip install 'keyfob[openapi]'",
        ) from error
    # It logs arguments, and what it leaves out is told to the person instead.
    logging.getLogger("fastmcp").setLevel(logging.CRITICAL + 1)
    return openapi.parse_openapi_to_http_routes, director.RequestDirector(
        paths.SchemaPath.from_dict({})
    )


def _tool(name: str, operation: Operation, route: Any) -> ApiTool | None:
    """The tool, or None where its schema is no good."""
    _rename_arguments(route)
    schema: Document = route.flat_param_schema
    if len(json.dumps(schema)) > _MAX_SCHEMA:
        schema = _shallow(schema)
    if not _holds_together(schema) or len(json.dumps(schema)) > _MAX_SCHEMA:
        return None
    definition: Document = {
        "name": name,
        "title": operation.title or name,
        "description": operation.description,
        "inputSchema": {**schema, "type": "object"},
        "annotations": _annotations(operation.method),
    }
    return ApiTool(
        name=name,
        method=operation.method,
        definition=definition,
        size=len(json.dumps(definition)),
        arguments=frozenset(schema["properties"]) & frozenset(route.parameter_map),
        required=frozenset(list_of(schema.get("required"))),
        headers=frozenset(
            parameter.name.lower()
            for parameter in route.parameters
            if parameter.location == "header"
        ),
        shapes={
            argument: shape
            for argument, place in route.parameter_map.items()
            if (shape := shape_of(operation.fields, place, schema["properties"].get(argument)))
        },
        route=route,
    )


def _is_read(route: Any, operation: Operation) -> bool:
    """Whether fastmcp has understood all of an operation: what it has not, it only logs."""
    if route is None or len(route.parameters) < len(list_of(operation.fields.get("parameters"))):
        return False
    return bool(route.parameter_map) or not (route.parameters or route.request_body)


def _annotations(method: str) -> Document:
    return {
        "readOnlyHint": method == "GET",
        # A POST may do anything: many APIs delete, refund and send by it.
        "destructiveHint": method != "GET",
        "idempotentHint": method in ("GET", "PUT", "DELETE"),
        "openWorldHint": True,
    }


def _rename_arguments(route: Any) -> None:
    """Give arguments names that models' tool calls can carry: `filter[name]` is none."""
    places: dict[str, Any] = route.parameter_map
    schema: Document = route.flat_param_schema
    names: dict[str, str] = {}
    for old in places:
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", old).strip("_")[:60] or "argument"
        new, number = (old if old == plain[:64] else plain), 2
        while new in names.values():
            new, number = f"{plain}_{number}", number + 1
        names[old] = new
    route.parameter_map = {names[old]: place for old, place in places.items()}
    properties: Document = schema.get("properties") or {}
    schema["properties"] = {names.get(old, old): inner for old, inner in properties.items()}
    schema["required"] = [
        names[old] for old in dict.fromkeys(schema.get("required") or []) if old in names
    ]


def _shallow(schema: Document) -> Document:
    """The schema with no more than the kinds and the words of its arguments."""
    kept = ("type", "description", "enum", "format", "default")
    properties = {
        name: {key: value for key, value in object_of(inner).items() if key in kept}
        for name, inner in object_of(schema.get("properties")).items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": schema.get("required") or [],
        "description": "The arguments' inner structure is left out: it is too large.",
    }


def _holds_together(schema: Document) -> bool:
    """Whether every reference of the schema leads to one of its definitions."""
    references = [part["$ref"] for part in objects(schema) if isinstance(part.get("$ref"), str)]
    try:
        for reference in references:
            target_of_reference(schema, reference)
    except ConfigInvalid:
        return False
    return True


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
