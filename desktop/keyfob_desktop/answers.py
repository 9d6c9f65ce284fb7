"""The engine's answers as the pages use them; what has another shape is refused in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, cast

from keyfob_core.errors import EngineUnreachable


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of a server, in the server's words."""

    name: str
    description: str
    schema: str
    """The input schema as indented JSON."""
    example: str
    """Arguments to begin with, as indented JSON."""


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A client's new token; shown once."""

    client: str
    token: str = field(repr=False)
    url: str = field(repr=False)
    """The address to give the client; carries the token where it is in the URL."""


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a tool answered, and who the server took us for."""

    text: str
    is_error: bool
    identity: str | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One audit event, as the activity list shows it."""

    at: str
    event: str
    client: str
    server: str
    tool: str
    outcome: str


def tools_in(answer: object) -> tuple[Tool, ...]:
    """The answer of `server.tools`."""
    return tuple(_tool(each) for each in _listed(answer))


def client_token_in(answer: object) -> ClientToken:
    """The answer of `client.token`."""
    told = _mapped(answer)
    return ClientToken(_text(told, "client"), _text(told, "token"), _text(told, "url"))


def call_answer_in(answer: object) -> CallAnswer:
    """The answer of `server.call`."""
    told = _mapped(answer)
    identity = told.get("identity")
    return CallAnswer(
        text=_text(told, "text"),
        is_error=bool(told.get("is_error")),
        identity=None if identity is None else str(identity),
    )


def happenings_in(answer: object) -> tuple[Happening, ...]:
    """The answer of `audit.tail`."""
    return tuple(_happening(_mapped(each)) for each in _listed(answer))


def _tool(answer: object) -> Tool:
    told = _mapped(answer)
    schema: object = told.get("input_schema") or {}
    return Tool(
        name=_text(told, "name"),
        description=_text(told, "description"),
        schema=json.dumps(schema, indent=2, ensure_ascii=False),
        example=json.dumps(_example(schema), indent=2, ensure_ascii=False),
    )


def _example(schema: object) -> dict[str, Any]:
    """The required arguments with an empty value of their type, or their default."""
    if not isinstance(schema, Mapping):
        return {}
    known = cast("Mapping[str, Any]", schema)
    properties = cast("Mapping[str, Any]", known.get("properties") or {})
    required = cast("Sequence[str]", known.get("required") or ())
    return {name: _empty(properties.get(name)) for name in required}


def _empty(schema: object) -> Any:
    known = cast("dict[str, Any]", schema if isinstance(schema, dict) else {})
    if "default" in known:
        return known["default"]
    empties: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "array": []}
    empties["object"] = {}
    kind = known.get("type")
    return empties.get(kind, "") if isinstance(kind, str) else ""


def _happening(told: Mapping[str, Any]) -> Happening:
    return Happening(
        at=_text(told, "at") or _text(told, "time"),
        event=_text(told, "event"),
        client=_text(told, "client"),
        server=_text(told, "server"),
        tool=_text(told, "tool"),
        outcome=_text(told, "outcome"),
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return "" if value is None else str(value)


def _listed(answer: object) -> Sequence[object]:
    if isinstance(answer, list | tuple):
        return cast("Sequence[object]", answer)
    raise _unexpected(answer)


def _mapped(answer: object) -> Mapping[str, Any]:
    if isinstance(answer, Mapping):
        return cast("Mapping[str, Any]", answer)
    if is_dataclass(answer) and not isinstance(answer, type):
        return {each.name: getattr(answer, each.name) for each in fields(answer)}
    raise _unexpected(answer)


def _unexpected(answer: object) -> EngineUnreachable:
    return EngineUnreachable(
        f"The engine answered a {type(answer).__name__} that this window does not know.",
        "Restart Keyfob, so that both are of one version.",
    )
