"""A client's line, and the lines it gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.messages import rpc
from keyfob_core.model import Headers
from keyfob_core.transports.header_values import header_value

METHOD_NOT_FOUND = -32601
INTERNAL_ERROR = -32603

Id = str | int | float
Key = tuple[bool, Id]
"""An id as JSON-RPC compares it: 1 and "1" are two."""

_HANDSHAKE_VERSIONS = frozenset({"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class StdioMessage(NamedTuple):
    """One line of a client: a JSON-RPC message, or a batch of them."""

    data: bytes
    """As received, without the line's end."""
    method: str | None
    """None for a response and for a batch."""
    owed: tuple[Id, ...]
    """The ids that an answer is owed for."""
    version: str | None
    """The protocol revision that the message names itself; None in the handshake eras."""
    name: str | None
    """What `Mcp-Name` says (MCP 2026-07-28)."""
    cancels: Id | None
    """The request that a `notifications/cancelled` is about."""
    params: Mapping[str, Any] = MappingProxyType({})
    """As parsed; empty for a batch."""


def key_of(message_id: Id) -> Key:
    """The id as a key."""
    return isinstance(message_id, str), message_id


def is_modern(revision: str | None) -> bool:
    """Whether a request of this revision stands for itself (from 2026-07-28 on)."""
    return revision is not None and revision not in _HANDSHAKE_VERSIONS


def read_message(data: bytes) -> StdioMessage:
    """What a line says; raises RequestRefused as `rpc.parse_body` does."""
    body = rpc.parse_body(data)
    owed = tuple(m.id for m in body.messages if m.is_request and m.id is not None)
    if body.is_batch:
        return StdioMessage(data, None, owed, None, None, None)
    (message,) = body.messages
    version = _text(_mapping(message.params.get("_meta")).get(rpc.MODERN_META))
    named_by = _NAMED_BY.get(message.method or "")
    cancels = message.params.get("requestId")
    return StdioMessage(
        data,
        message.method,
        owed,
        version if is_modern(version) else None,
        _text(message.params.get(named_by)) if named_by else None,
        cancels
        if message.method == "notifications/cancelled" and isinstance(cancels, str | int | float)
        else None,
        message.params,
    )


def modern_headers(message: StdioMessage, version: str) -> Headers:
    """The headers that repeat the body (MCP 2026-07-28, transports)."""
    headers = [("MCP-Protocol-Version", header_value(version))]
    if message.method is not None:
        headers.append(("Mcp-Method", header_value(message.method)))
    if message.name is not None:
        headers.append(("Mcp-Name", header_value(message.name)))
    return tuple(headers)


def one_line(message: bytes) -> bytes:
    """A message without line ends: in JSON they only ever stand between tokens."""
    return message.strip().replace(b"\r", b" ").replace(b"\n", b" ")


def error_line(message_id: Id | None, error: Mapping[str, Any]) -> bytes:
    """An error as the answer to a request."""
    answer = {"jsonrpc": "2.0", "id": message_id, "error": error}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def error_of(error: Error) -> dict[str, Any]:
    """An error of ours as JSON-RPC has it."""
    code = error.wire_code if isinstance(error, RequestRefused) else error.rpc_code
    return {"code": code, "message": str(error), "data": {"code": error.code}}


def refusal_line(data: bytes, error: RequestRefused) -> bytes:
    """The answer to a line that is no message; for its id where one can be seen."""
    found = parsed(data).get("id")
    known = isinstance(found, str | int | float) and not isinstance(found, bool)
    return error_line(found if known else None, error_of(error))


def parsed(data: str | bytes) -> Mapping[str, Any]:
    """The fields of one JSON object; empty for everything else."""
    try:
        return _mapping(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
