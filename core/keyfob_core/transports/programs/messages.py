"""A program's line, or a client's for it, as far as the way between them must understand it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from keyfob_core.transports.stdio.message import Id, Key, key_of

LISTEN = "subscriptions/listen"
CANCELLED = "notifications/cancelled"

_BIG = 256 * 1024
_SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
_OF_NO_REQUEST = ("/list_changed", "/updated")


@dataclass(frozen=True, slots=True)
class ProgramMessage:
    """One JSON-RPC message."""

    method: str | None
    """None for a response."""
    id: Id | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    result: Mapping[str, Any] | None = None
    """Set for a response that is no error; empty where the result is no object."""
    error_code: int | None = None

    @property
    def is_request(self) -> bool:
        """Whether an answer is owed."""
        return self.method is not None and self.id is not None

    @property
    def key(self) -> Key | None:
        """Its id as a key."""
        return None if self.id is None else key_of(self.id)

    @property
    def progress(self) -> Key | None:
        """The progress token that a request brings, or that a progress notification names."""
        if self.method == "notifications/progress":
            return _key(self.params.get("progressToken"))
        return _key(_mapping(self.params.get("_meta")).get("progressToken"))

    @property
    def subscription(self) -> Key | None:
        """The listening request that a notification belongs to (MCP 2026-07-28)."""
        return _key(_mapping(self.params.get("_meta")).get(_SUBSCRIPTION))

    @property
    def cancels(self) -> Key | None:
        """The request that a `notifications/cancelled` is about."""
        return _key(self.params.get("requestId")) if self.method == CANCELLED else None

    @property
    def task(self) -> str | None:
        """The task that a request asks after (MCP 2025-11-25, tasks; SEP-2663)."""
        asked = self.method is not None and self.method.startswith("tasks/")
        named = self.params.get("taskId") if asked else None
        return named if isinstance(named, str) else None

    @property
    def is_of_no_request(self) -> bool:
        """Whether it tells of a change that no single request has to do with."""
        return self.method is not None and self.method.endswith(_OF_NO_REQUEST)


async def read_messages(line: bytes) -> tuple[ProgramMessage, ...]:
    """The messages of a line: one, or a batch (2025-03-26); none where it is no JSON-RPC."""
    return await asyncio.to_thread(parse, line) if len(line) > _BIG else parse(line)


async def read_mended(line: bytes) -> tuple[bytes, tuple[ProgramMessage, ...]]:
    """A line that is no JSON-RPC, with marks for what is no UTF-8, and what it says then.

    Some programs write as their system does, and whoever asked would wait in vain for the answer.
    """
    mended = line.decode(errors="replace").encode()
    return mended, () if mended == line else await read_messages(mended)


def parse(line: bytes) -> tuple[ProgramMessage, ...]:
    """The same at once."""
    try:
        value: object = json.loads(line.decode())
    except (ValueError, RecursionError):
        return ()
    members = cast("list[object]", value) if isinstance(value, list) else [value]
    found = [_message(member) for member in members]
    known = [message for message in found if message is not None]
    return tuple(known) if len(known) == len(found) else ()


def _message(member: object) -> ProgramMessage | None:
    fields = _mapping(member)
    method, message_id = fields.get("method"), _id(fields.get("id"))
    if isinstance(method, str):
        return ProgramMessage(method, message_id, _mapping(fields.get("params")))
    if "result" in fields:
        return ProgramMessage(None, message_id, result=_mapping(fields["result"]))
    if "error" in fields:
        code = _mapping(fields["error"]).get("code")
        return ProgramMessage(None, message_id, error_code=code if isinstance(code, int) else 0)
    return None


def _key(value: object) -> Key | None:
    found = _id(value)
    return None if found is None else key_of(found)


def _id(value: object) -> Id | None:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
