"""The control socket's language: one JSON object a line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from keyfob_core.errors import (
    AnswerAwaited,
    ConfigInvalid,
    Error,
    OAuthFailed,
    RequestRefused,
)

if TYPE_CHECKING:
    from keyfob_core.steps import Step

REQUEST_LIMIT = 1 << 20
"""Bytes that a request line may have."""
REPLY_LIMIT = 1 << 26
"""Bytes that a reply line may have: `audit tail` can be long."""
_CHUNK = 1 << 16
_ERRORS = Error.__module__


@dataclass(frozen=True, slots=True)
class Request:
    """One command; `args` may hold a secret and is kept out of the repr."""

    id: int
    verb: str
    args: dict[str, object]
    confirmed: bool = False

    def __repr__(self) -> str:
        return f"Request({self.id}, {self.verb!r})"


@dataclass(frozen=True, slots=True)
class Reply:
    """One line of an answer: a step on the way, or the end with a result or an error."""

    id: int | None
    """None where the request was too broken to have one."""
    step: Step | None = None
    result: object = None
    error: Error | None = None


def to_json(value: object) -> Any:
    """Turn dataclasses, enums, mappings and sequences into what json writes.

    Raises TypeError for anything else, and for a value with a secret, which has no business on the
    control socket.
    """
    if value is None or isinstance(value, bool | int | float) or type(value) is str:
        return value
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, str):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        secrets = [field.name for field in fields(value) if not field.repr]
        if secrets:
            raise TypeError(f"{type(value).__name__} holds secrets and cannot be sent")
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value)
        return {str(key): to_json(entry) for key, entry in entries.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(entry) for entry in cast("list[object]", value)]
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def encode_request(request: Request) -> bytes:
    """The request's line; raises RequestRefused where it is longer than a line may be."""
    line = _line(
        {
            "id": request.id,
            "verb": request.verb,
            "args": request.args,
            "confirmed": request.confirmed,
        }
    )
    if len(line) > REQUEST_LIMIT:
        raise RequestRefused(413, "The command is longer than 1 MiB.")
    return line


def decode_request(line: bytes) -> Request:
    """Read a request's line; raises RequestRefused where it is not one."""
    read = _object(line)
    args = read.get("args", {})
    if not isinstance(read.get("id"), int) or not isinstance(read.get("verb"), str):
        raise RequestRefused(400, "A control request needs a number `id` and a text `verb`.")
    if not isinstance(args, dict):
        raise RequestRefused(400, "A control request's `args` must be an object.")
    return Request(
        cast("int", read["id"]),
        cast("str", read["verb"]),
        cast("dict[str, object]", args),
        read.get("confirmed") is True,
    )


def encode_reply(reply: Reply) -> bytes:
    """The reply's line; raises TypeError where its result cannot be sent."""
    if reply.step is not None:
        return _line({"id": reply.id, "step": to_json(reply.step)})
    if reply.error is not None:
        return _line({"id": reply.id, "error": error_to_json(reply.error)})
    return _line({"id": reply.id, "result": to_json(reply.result)})


def decode_reply(line: bytes) -> Reply:
    """Read a reply's line; raises RequestRefused where it is not one."""
    read = _object(line)
    found = read.get("id")
    identifier = found if isinstance(found, int) else None
    step, error = read.get("step"), read.get("error")
    if isinstance(step, dict):
        parts = cast("dict[str, object]", step)
        return Reply(identifier, step=_step(parts))
    if isinstance(error, dict):
        return Reply(identifier, error=error_from_json(cast("dict[str, object]", error)))
    return Reply(identifier, result=read.get("result"))


def _step(parts: Mapping[str, object]) -> Step:
    # Most commands see none, and start faster without the model.
    from keyfob_core.steps import Step

    details = parts.get("details")
    pairs = cast("list[list[object]]", details) if isinstance(details, list) else []
    named = tuple((str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2)
    return Step(str(parts.get("name")), str(parts.get("text")), named)


def error_to_json(error: Error) -> dict[str, object]:
    """An error as commands print it with `--json` and as it crosses the socket."""
    told: dict[str, object] = {"code": error.code, "message": error.message, "hint": error.hint}
    for name in ("field", "oauth_code", "status", "wait_id"):
        if hasattr(error, name):
            told[name] = getattr(error, name)
    return told


def error_from_json(told: Mapping[str, object]) -> Error:
    """The typed error that was told; a code that is not known here becomes a plain Error."""
    message, hint = str(told.get("message", "")), str(told.get("hint", ""))
    kinds = {kind.code: kind for kind in Error.__subclasses__() if kind.__module__ == _ERRORS}
    kind = kinds.get(str(told.get("code")), Error)
    if kind is ConfigInvalid:
        field = str(told.get("field", ""))
        return ConfigInvalid(field, message.removeprefix(f"{field}: "), hint)
    if kind is OAuthFailed:
        return OAuthFailed(str(told.get("oauth_code", "")), message, hint)
    if kind is AnswerAwaited:
        return AnswerAwaited(message, hint, wait_id=str(told.get("wait_id", "")))
    if kind is RequestRefused:
        status = told.get("status")
        return RequestRefused(status if isinstance(status, int) else 400, message, hint)
    return kind(message, hint)


async def lines(reader: asyncio.StreamReader, limit: int) -> AsyncGenerator[bytes, None]:
    """The lines of a stream until it ends; raises RequestRefused at one longer than `limit`."""
    line = bytearray()
    while chunk := await reader.read(_CHUNK):
        head, *more = chunk.split(b"\n")
        line += head
        for start in more:
            _check_length(line, limit)
            yield bytes(line)
            line = bytearray(start)
        _check_length(line, limit)


def _check_length(line: bytearray, limit: int) -> None:
    if len(line) > limit:
        raise RequestRefused(413, f"A line on the control socket is over {limit} bytes.")


def _line(value: dict[str, object]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # A path that is not UTF-8 has halves of surrogates in it, which json reads as well.
    return text.encode(errors="surrogatepass") + b"\n"


def _object(line: bytes) -> dict[str, object]:
    try:
        read: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "A line on the control socket is not JSON.") from error
    if not isinstance(read, dict):
        raise RequestRefused(400, "A line on the control socket is not an object.")
    return cast("dict[str, object]", read)
