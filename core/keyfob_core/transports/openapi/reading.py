"""An OpenAPI document's text as plain values: JSON or YAML, bounded in every direction."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, cast

from keyfob_core.errors import ConfigInvalid

Document = dict[str, Any]
"""JSON values alone; no part of it is in two places."""

MAX_BYTES = 16 * 1024 * 1024
_MAX_DEPTH = 100
_MAX_VALUES = 1_000_000
_MERGE_KEY, _MERGE_TAG = "<<", "tag:yaml.org,2002:merge"
# YAML 1.2's JSON schema, as OpenAPI asks for (3.1.0, section 4.2): `no` is a word, 1:30 no number.
# The capitals are of its core schema: documents written in Python have `True`.
_SCALARS = (
    ("tag:yaml.org,2002:null", r"null|Null|NULL|~|", "nN~\0"),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?",
        "-0123456789",
    ),
)


def read_document(data: bytes) -> Document:
    """The document as JSON values, keys as texts.

    Raises ConfigInvalid for what is neither JSON nor YAML, too large, too deep, or too much once
    its YAML aliases are written out.
    """
    if len(data) > MAX_BYTES:
        raise _wrong(f"is longer than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8-sig")
        is_json = text.lstrip()[:1] == "{"
        value = json.loads(text, parse_constant=_no_constant) if is_json else _yaml(text)
        document = _Copy().of(value)
    except (ValueError, RecursionError) as error:
        kind = "is not JSON" if isinstance(error, json.JSONDecodeError) else "cannot be read"
        raise _wrong(f"{kind}: {_line(error)}") from None
    if not isinstance(document, dict):
        raise _wrong("is no OpenAPI document: it has no keys")
    return cast("Document", document)


def object_of(value: object) -> Document:
    """The value where it is an object, else an empty one."""
    return cast("Document", value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


class _Copy:
    """Copies values as JSON has them, and counts: a YAML alias is copied each time it is used."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES

    def of(self, value: object, depth: int = 0) -> object:
        self._left -= 1
        if self._left < 0:
            raise _wrong(f"has more than {_MAX_VALUES} values")
        if depth > _MAX_DEPTH:
            raise _wrong(f"is nested deeper than {_MAX_DEPTH} levels")
        match value:
            case None | bool() | int() | str():
                return value
            case float() if isfinite(value):
                return value
            case dict():
                fields = cast("Mapping[object, object]", value)
                return {
                    _key(key): self.of(inner, depth + 1)
                    for key, inner in fields.items()
                    if _means_something(key, inner)
                }
            case list():
                return [self.of(inner, depth + 1) for inner in cast("Sequence[object]", value)]
            case _:
                raise _wrong(f"has a value that JSON has not ({type(value).__name__})")


def _means_something(key: object, value: object) -> bool:
    """Whether a key stays.

    `$id` would make references lead elsewhere than they say; `x-mcp-header` would make clients
    repeat an argument in a header of their own request.
    """
    return not (key == "$id" and isinstance(value, str)) and not (
        key == "x-mcp-header" and not isinstance(value, dict)
    )


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool | int | float):
        return json.dumps(key)
    raise _wrong("has a key that is no text")


def _yaml(text: str) -> object:
    yaml: Any = importlib.import_module("yaml")
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Composing goes down by recursion in C, and merge keys multiply: events tell before.
        _check_events(yaml.parse(text, Loader=base))
        return yaml.load(text, Loader=_json_loader(base))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _check_events(events: Iterable[Any]) -> None:
    depth = 0
    for number, event in enumerate(events):
        kind = type(event).__name__
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        elif kind == "ScalarEvent" and _merges(event):
            raise _wrong("uses YAML's merge key <<, which OpenAPI leaves out")
        if depth > _MAX_DEPTH:
            raise _wrong(f"is nested deeper than {_MAX_DEPTH} levels")
        if number > _MAX_VALUES:
            raise _wrong(f"has more than {_MAX_VALUES} values")


def _merges(scalar: Any) -> bool:
    plain = scalar.implicit[0]
    return (plain and scalar.value == _MERGE_KEY) or scalar.tag == _MERGE_TAG


def _json_loader(base: Any) -> Any:
    loader = type("JsonLoader", (base,), {"yaml_implicit_resolvers": {}})
    for tag, pattern, first in _SCALARS:
        starts = ["" if one == "\0" else one for one in first]
        loader.add_implicit_resolver(tag, re.compile(f"(?:{pattern})\\Z"), starts)
    return loader


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _wrong(message: str) -> ConfigInvalid:
    return ConfigInvalid(
        "openapi", message, "Give an OpenAPI 3.0 or 3.1 document, as JSON or YAML."
    )
