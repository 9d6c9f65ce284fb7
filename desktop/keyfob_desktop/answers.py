"""The engine's answers as the pages use them; what has another shape is refused in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, cast

from keyfob_core.errors import EngineUnreachable
from keyfob_core.states import Need, ServerNeeds, StoreCondition, StoreState


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
class StoreShown:
    """The store in use: its kind, and how it is."""

    kind: str
    state: StoreState


@dataclass(frozen=True, slots=True)
class Happening:
    """One audit event in short."""

    at: str
    event: str
    client: str
    server: str
    tool: str
    outcome: str


def tools_in(answer: object) -> tuple[Tool, ...]:
    """The answer of `server.tools`."""
    return tuple(_tool(each) for each in listed(answer))


def client_token_in(answer: object) -> ClientToken:
    """The answer of `client.token`."""
    told = mapped(answer)
    return ClientToken(text_in(told, "client"), text_in(told, "token"), text_in(told, "url"))


def call_answer_in(answer: object) -> CallAnswer:
    """The answer of `server.call`."""
    told = mapped(answer)
    identity = told.get("identity")
    return CallAnswer(
        text=text_in(told, "text"),
        is_error=bool(told.get("is_error")),
        identity=None if identity is None else str(identity),
    )


def happenings_in(answer: object) -> tuple[Happening, ...]:
    """The answer of `audit.tail`."""
    return tuple(_happening(mapped(each)) for each in listed(answer))


def needs_in(answer: object) -> ServerNeeds:
    """The answer of `server.needs`."""
    told = mapped(answer)
    try:
        need = Need(text_in(told, "need"))
    except ValueError:
        need = Need.UNKNOWN
    return ServerNeeds(
        need=need, issuer=text_in(told, "issuer") or None, by_code=bool(told.get("by_code"))
    )


def note_in(answer: object) -> str:
    """The answer of `account.disconnect`: what the person should know, or nothing."""
    return text_in(mapped(answer), "note")


@dataclass(frozen=True, slots=True)
class AccountShown:
    """What an account says of its sign-in, beside its state."""

    client_id: str
    """The person's own, or nothing."""
    callback: str | None
    """The redirect address, where it is not the usual one."""
    profile: Mapping[str, Any]
    """How its sign-in server differs otherwise, by the keys of its table."""


def store_in(answer: object) -> StoreShown:
    """The answer of `store.show` and of `store.unlock`."""
    told = mapped(answer)
    try:
        condition = StoreCondition(text_in(told, "condition"))
    except ValueError as error:
        raise _unexpected(answer) from error
    reason, hint = text_in(told, "reason") or None, text_in(told, "hint") or None
    state = StoreState(text_in(told, "name"), condition, reason, hint)
    return StoreShown(text_in(told, "kind"), state)


def settings_in(answer: object) -> Mapping[str, bool | int | str | None]:
    """The answer of `settings.show` and of `settings.set`."""
    told = mapped(answer)
    return {
        name: value for name, value in told.items() if isinstance(value, bool | int | str | None)
    }


def account_in(answer: object) -> AccountShown:
    """The answer of `account.show`."""
    told = mapped(answer)
    profile = dict(mapped(told.get("profile") or {}))
    callback = text_in(profile, "callback") or None
    profile.pop("callback", None)
    return AccountShown(text_in(told, "client_id"), callback, profile)


def moved_in(answer: object) -> int:
    """The answer of `store.move`: how many secrets were moved."""
    moved = mapped(answer).get("moved")
    if not isinstance(moved, int):
        raise _unexpected(answer)
    return moved


def _tool(answer: object) -> Tool:
    told = mapped(answer)
    schema: object = told.get("input_schema") or {}
    return Tool(
        name=text_in(told, "name"),
        description=text_in(told, "description"),
        schema=json.dumps(schema, indent=2, ensure_ascii=False),
        example=json.dumps(_example(schema), indent=2, ensure_ascii=False),
    )


def _example(schema: object) -> dict[str, Any]:
    """The required arguments with an empty value of their type, or their default."""
    if not isinstance(schema, Mapping):
        return {}
    # A server may write anything there.
    known = cast("Mapping[str, Any]", schema)
    properties, required = known.get("properties"), known.get("required")
    described = cast("Mapping[str, Any]", properties if isinstance(properties, Mapping) else {})
    names = cast("Sequence[Any]", required if isinstance(required, list | tuple) else ())
    return {name: _empty(described.get(name)) for name in names if isinstance(name, str)}


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
        at=text_in(told, "at") or text_in(told, "time"),
        event=text_in(told, "event"),
        client=text_in(told, "client"),
        server=text_in(told, "server"),
        tool=text_in(told, "tool"),
        outcome=text_in(told, "outcome"),
    )


def text_in(told: Mapping[str, Any], name: str) -> str:
    """The text of that name, empty where there is none."""
    value = told.get(name)
    return "" if value is None else str(value)


def listed(answer: object) -> Sequence[object]:
    """The answer as a list; raises EngineUnreachable for another shape."""
    if isinstance(answer, list | tuple):
        return cast("Sequence[object]", answer)
    raise _unexpected(answer)


def mapped(answer: object) -> Mapping[str, Any]:
    """The answer by its names; raises EngineUnreachable for another shape."""
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
