"""The language between the window's process and its engine's: one JSON object a line, both ways.

What the window has done is a request of `wire`, and answered by its replies; the rest stands here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeVar, cast

from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from keyfob_core.control.wire import (
    Reply,
    Request,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    error_from_json,
    error_to_json,
)
from keyfob_core.errors import Error
from keyfob_core.prompts import Answer, Prompt
from keyfob_core.states import Status

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The window does not wait for a request's answer any more."""

    id: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What the person said to a prompt."""

    number: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Told:
    """The engine's status; the first one says that it is up."""

    status: Status


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt for the person."""

    number: int
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nobody waits for the prompt any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Raised:
    """Another start of Keyfob asks for the window."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A command asked the engine to end, and it does."""


_Said = Cancelled | Answered
_Heard = Told | Asked | Withdrawn | Raised | Stopped
FromWindow = Request | _Said
FromEngine = Reply | Error | _Heard
"""A bare error is what kept the engine from starting."""

_KIND = "is"
_converter = make_converter()
for _union in (Prompt, Answer, _Said, _Heard):
    configure_tagged_union(_union, _converter, tag_name=_KIND)


def encode_to_engine(said: FromWindow) -> bytes:
    """The line for the engine; raises RequestRefused where a request is too long for one."""
    return encode_request(said) if isinstance(said, Request) else _line(said, _Said)


def decode_from_window(line: bytes) -> FromWindow:
    """Read what `encode_to_engine` wrote."""
    read = json.loads(line)
    return cast("_Said", _structured(read, _Said)) if _KIND in read else decode_request(line)


def encode_to_window(said: FromEngine) -> bytes:
    """The line for the window; raises TypeError where a reply's result cannot be sent."""
    if isinstance(said, Reply):
        return encode_reply(said)
    if isinstance(said, Error):
        return json.dumps({"failed": error_to_json(said)}).encode() + b"\n"
    return _line(said, _Heard)


def decode_from_engine(line: bytes) -> FromEngine:
    """Read what `encode_to_window` wrote."""
    read = json.loads(line)
    if "failed" in read:
        return error_from_json(read["failed"])
    return cast("_Heard", _structured(read, _Heard)) if _KIND in read else decode_reply(line)


def status_in(result: object) -> Status:
    """The answer of the verb `status`, as it crossed."""
    return _converter.structure(result, Status)


def _line(said: object, union: object) -> bytes:
    return json.dumps(_converter.unstructure(said, unstructure_as=union)).encode() + b"\n"


def _structured(read: object, union: object) -> object:
    return _converter.structure(read, cast("type[object]", union))
