"""A server's list, asked for on behalf of a client that calls a tool which nobody has listed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.forwarding import Received
from keyfob_core.messages import rpc
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.messages.headers import header
from keyfob_core.model import Inbound, Outbound

Handle = Callable[[Inbound], AbstractAsyncContextManager[Outbound]]
"""The relay: the answer to one request of a client to one server."""

_METHOD = "tools/list"
_MOST_PAGES = 50
_MOST_BYTES = 64 * 1024 * 1024
_SECONDS = 30.0
_OF_THE_CALL = ("content-length", "content-type", "accept", "mcp-name", "last-event-id")
_OF_A_PARAMETER = "mcp-param-"


async def list_until(
    handle: Handle, request: Received, request_id: str, is_known: Callable[[], bool]
) -> None:
    """Have the server list its tools, page by page, until it is known what was looked for.

    Each page goes through the whole relay, as a request of the same client that nobody waits for;
    there it is reviewed. Raises what the relay refuses it with, or UpstreamUnreachable.
    """
    cursor: str | None = None
    seen: set[str] = set()
    try:
        async with asyncio.timeout(_SECONDS):
            while len(seen) < _MOST_PAGES:
                list_id = f"keyfob-{request_id}-{len(seen)}"
                async with handle(_listing(request, list_id, cursor)) as outbound:
                    if outbound.refusal is not None:
                        raise outbound.refusal
                    cursor = await _next_page(outbound, list_id)
                if is_known() or cursor is None or cursor in seen:
                    return
                seen.add(cursor)
    except TimeoutError as error:
        raise UpstreamUnreachable(
            "The server did not list its tools in time.", "Try again in a moment."
        ) from error


def _listing(request: Received, list_id: str, cursor: str | None) -> Inbound:
    inbound, body = request.inbound, request.body
    params: dict[str, Any] = {}
    meta = body.messages[0].params.get("_meta") if body else None
    if isinstance(meta, dict):
        said = cast("Mapping[str, Any]", meta)
        params["_meta"] = {key: one for key, one in said.items() if key != "progressToken"}
    if cursor is not None:
        params["cursor"] = cursor
    message = {"jsonrpc": "2.0", "id": list_id, "method": _METHOD, "params": params}
    headers = [
        (name, _METHOD if name.lower() == "mcp-method" else value)
        for name, value in inbound.headers
        if name.lower() not in _OF_THE_CALL and not name.lower().startswith(_OF_A_PARAMETER)
    ]
    headers.append(("Content-Type", "application/json"))
    headers.append(("Accept", "application/json, text/event-stream"))
    data = json.dumps(message, separators=(",", ":")).encode()
    return inbound._replace(http_method="POST", headers=tuple(headers), body=data, unasked=True)


async def _next_page(outbound: Outbound, list_id: str) -> str | None:
    """The cursor in the answer, which was reviewed on its way here."""
    kind = (header(outbound.headers, "content-type") or "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        stream = EventStream()
        async for chunk in outbound.body:
            for event in stream.feed(chunk):
                answer = _answer(event.data.encode(), list_id) if event.data else None
                if answer is not None:
                    return _cursor(answer)
        return None
    data = b""
    async for chunk in outbound.body:
        data += chunk
        if len(data) > _MOST_BYTES:
            raise UpstreamUnreachable("The server's tool list is too long.")
    return _cursor(_answer(data, list_id) or {})


def _answer(data: bytes, list_id: str) -> Mapping[str, Any] | None:
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    message = cast("Mapping[str, Any]", value)
    return message if message.get("id") == list_id else None


def _cursor(answer: Mapping[str, Any]) -> str | None:
    result = answer.get("result")
    found = (
        cast("Mapping[str, Any]", result).get("nextCursor") if isinstance(result, dict) else None
    )
    return found if isinstance(found, str) else None


def continues_a_list(body: rpc.Body | None) -> bool:
    """Whether a body asks for a further page of such a list."""
    messages = body.messages if body else ()
    return any(m.method == _METHOD and m.params.get("cursor") is not None for m in messages)
