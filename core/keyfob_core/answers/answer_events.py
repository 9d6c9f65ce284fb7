"""An answer as server-sent events, for a stream that began before the answer was known."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header, media_type
from keyfob_core.model import Outbound, Whole

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_REFUSAL = 1024 * 1024


def comment(text: str) -> bytes:
    """A line that every client reads over (HTML, section 9.2.6)."""
    return f": {text}\n\n".encode()


def event(message: Mapping[str, Any]) -> bytes:
    """A message as an event."""
    return b"data: " + json.dumps(message, ensure_ascii=False).encode(errors="replace") + b"\n\n"


async def as_events(
    outbound: Outbound, body: rpc.Body | None, request_id: str
) -> AsyncIterator[bytes]:
    """The answer to `body` as events.

    Events pass as they are. JSON passes byte for byte as the data of one event, a piece at a time;
    only its line ends, which in JSON stand between tokens, become those of events. Anything else
    becomes a JSON-RPC error, since the status has gone down already.
    """
    kind = media_type(outbound.headers)
    if header(outbound.headers, "content-encoding") not in (None, "identity"):
        kind = ""
    good = 200 <= outbound.status < 300
    if good and kind == "text/event-stream":
        chunks = _without_mark(outbound.body)
    elif good and kind == "application/json":
        chunks = _as_data(outbound.body)
    else:
        said = b"" if kind == "text/event-stream" else await _beginning(outbound.body)
        chunks = _as_data(Whole(_refusal(outbound.status, said, body, request_id)))
    async for chunk in chunks:
        yield chunk


async def _without_mark(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream without the mark that may stand at the beginning of one, and only there."""
    held = b""
    at_start = True
    async for chunk in chunks:
        if at_start:
            held += chunk
            if len(held) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(held):
                continue
            at_start = False
            chunk = held.removeprefix(_BYTE_ORDER_MARK)
        yield chunk
    if at_start and held:
        yield held


async def _as_data(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield b"data: "
    after_return = False
    async for chunk in chunks:
        piece = chunk[1:] if after_return and chunk[:1] == b"\n" else chunk
        after_return = chunk[-1:] == b"\r" if chunk else after_return
        lines = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield lines.replace(b"\n", b"\ndata: ")
    yield b"\n\n"


def _refusal(status: int, said: bytes, body: rpc.Body | None, request_id: str) -> bytes:
    """What a status says that is no success, or no JSON-RPC."""
    answer = _parsed(said)
    if isinstance(answer, list):
        return said
    found: Mapping[str, Any] = cast("Mapping[str, Any]", answer) if isinstance(answer, dict) else {}
    owed = [message.id for message in (body.messages if body else ()) if message.is_request]
    if owed and isinstance(found.get("error"), dict):
        if owed == [found.get("id")]:
            return said
        # An id of null is lost on a client that must find its request by it.
        errors = [{"jsonrpc": "2.0", "id": one, "error": found["error"]} for one in owed]
        whole: object = errors if body and body.is_batch else errors[0]
        return json.dumps(whole, ensure_ascii=False).encode(errors="replace")
    unsaid = f"The server answered HTTP {status} and nothing that is JSON-RPC."
    return rpc.error_body(UpstreamUnreachable(unsaid), body, request_id, None)


async def _beginning(chunks: AsyncIterator[bytes]) -> bytes:
    """A refusal's body; empty where it is longer than any refusal need be."""
    said = b""
    async for chunk in chunks:
        said += chunk
        if len(said) > _LONGEST_REFUSAL:
            return b""
    return said


def _parsed(said: bytes) -> object:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None
