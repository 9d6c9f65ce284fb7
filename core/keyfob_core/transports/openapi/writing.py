"""Arguments in the shapes that a document gives them in queries and forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, cast

from keyfob_core.transports.openapi.reading import Document, list_of, object_of

Places = Mapping[str, Mapping[str, str]]
"""Where each argument goes, as fastmcp's reading of an operation says."""

_MULTIPART = "multipart/form-data"


class Shape(StrEnum):
    """How an argument is written that is more than one value."""

    JSON = "json"
    """A parameter that is one JSON text (OpenAPI 3.1.0, section 4.8.12, `content`)."""
    DEEP = "deep"
    """`name[key]=value`, as deep as the value is."""
    QUERY = "query"
    """By the parameter's style, which says nothing of what lies deeper: that is JSON."""
    PART = "part"
    """Parts of multipart/form-data; an object is a part of JSON (section 4.8.14.4)."""
    FILE = "file"
    """A part of multipart/form-data that is a file."""


def shape_of(fields: Document, place: Mapping[str, str], schema: object) -> Shape | None:
    """The shape of one argument of an operation, which callers know by this schema."""
    where, name = place["location"], place["openapi_name"]
    if where == "body":
        return _of_body(fields, name, schema)
    for one in list_of(fields.get("parameters")):
        if (one.get("in"), one.get("name")) == (where, name):
            return _of_parameter(one)
    return None


def written(
    arguments: Mapping[str, Any], shapes: Mapping[str, Shape], places: Places
) -> tuple[dict[str, Any], Places]:
    """The arguments as what stands in the request, and where each goes then."""
    values: dict[str, Any] = {}
    where = dict(places)
    for name, value in arguments.items():
        shape, own = shapes.get(name), places[name]["openapi_name"]
        if shape is Shape.DEEP and isinstance(value, dict | list):
            for keys, inner in _deep(cast("Any", value)):
                # No argument's name has brackets.
                values[name + keys] = inner
                where[name + keys] = {**places[name], "openapi_name": own + keys}
        else:
            values[name] = value if value is None else _written(value, shape, own)
    return values, where


def _of_parameter(parameter: Document) -> Shape | None:
    if any("json" in kind.lower() for kind in object_of(parameter.get("content"))):
        return Shape.JSON
    if parameter.get("in") != "query":
        return None
    return Shape.DEEP if parameter.get("style") == "deepObject" else Shape.QUERY


def _of_body(fields: Document, name: str, schema: object) -> Shape | None:
    for kind, media in object_of(object_of(fields.get("requestBody")).get("content")).items():
        if kind.partition(";")[0].strip().lower() == _MULTIPART:
            return Shape.FILE if _is_file(object_of(schema)) else Shape.PART
        encoding = object_of(object_of(object_of(media).get("encoding")).get(name))
        if encoding.get("style") == "deepObject":
            return Shape.DEEP
    return None


def _is_file(schema: Document) -> bool:
    """Whether a property holds the bytes of a file (OpenAPI 3.0 `format`, 3.1 `contentMediaType`).

    What is encoded as base64 is a text.
    """
    is_bytes = schema.get("format") == "binary" or "contentMediaType" in schema
    return (is_bytes and "contentEncoding" not in schema) or any(
        _is_file(object_of(one)) for one in list_of(schema.get("anyOf"))
    )


def _written(value: Any, shape: Shape | None, name: str) -> Any:
    if shape is Shape.JSON:
        return json.dumps(value, allow_nan=False)
    if shape is Shape.FILE and isinstance(value, str):
        # A part without a file's name is no file for most servers.
        return name, value.encode()
    fields, members = object_of(value), list_of(value)
    if shape is Shape.PART and fields:
        return None, json.dumps(fields, allow_nan=False), "application/json"
    if shape is Shape.PART and members:
        return [one if isinstance(one, str) else json.dumps(one) for one in members]
    if shape is Shape.QUERY and (fields or members):
        return {key: _flat(one) for key, one in fields.items()} or list(map(_flat, members))
    return value


def _flat(value: Any) -> Any:
    return json.dumps(value, allow_nan=False) if isinstance(value, dict | list) else value


def _deep(value: Any) -> Iterator[tuple[str, Any]]:
    """The single values of a value, with the keys that lead to each."""
    members: list[tuple[object, Any]] = list(object_of(value).items())
    if any(isinstance(one, dict | list) for one in list_of(value)):
        members = list(enumerate(list_of(value)))
    for key, inner in members:
        for further, single in _deep(inner):
            yield f"[{key}]{further}", single
    if not members and value not in (None, {}, []):
        yield ("[]" if isinstance(value, list) else ""), value
