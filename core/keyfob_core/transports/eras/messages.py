"""JSON-RPC messages as they are read from, and written into, HTTP answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from keyfob_core.messages.bodies import whole
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.messages.headers import media_type
from keyfob_core.model import Headers, UpstreamResponse, Whole
from keyfob_core.transports.eras.revisions import mapping

Message = dict[str, Any]
"""One JSON-RPC message as it was decoded."""
Id = str | int | float

PING = b": \n\n"
"""Keeps a stream alive and says nothing."""
EVENT_STREAM: Headers = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache, no-transform"),
    ("X-Accel-Buffering", "no"),
)
_BIG = 256 * 1024


def is_stream(headers: Headers) -> bool:
    """Whether a body is a stream of events."""
    return media_type(headers) == "text/event-stream"


async def decoded(data: bytes | str) -> object:
    """The JSON value of a text, or None for what is none."""
    try:
        if len(data) > _BIG:
            return await asyncio.to_thread(json.loads, data)
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


async def message_of(data: bytes | str) -> Message:
    """The one message of a text; empty for what is none."""
    return mapping(await decoded(data))


async def messages_in(response: UpstreamResponse) -> AsyncIterator[Message]:
    """The messages of an answer, one by one, whatever form it has."""
    if not is_stream(response.headers):
        message = await message_of(await whole(response.body))
        if message:
            yield message
        return
    stream = EventStream()
    async for chunk in response.body:
        for event in stream.feed(chunk):
            if event.data and event.event in ("", "message"):
                message = await message_of(event.data)
                if message:
                    yield message


async def answer_in(response: UpstreamResponse, message_id: Id) -> Message:
    """The response to a request of that id; empty where the answer ends without one.

    An error that names no id counts: a server that refuses a message often has not read it.
    """
    async for message in messages_in(response):
        if "method" in message:
            continue
        if message.get("id") == message_id or (message.get("id") is None and "error" in message):
            return message
    return {}


def encoded(message: object) -> bytes:
    """A message as JSON."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def event_of(message: object) -> bytes:
    """A message as a server-sent event."""
    return b"event: message\ndata: " + encoded(message) + b"\n\n"


def result_message(message_id: object, result: Mapping[str, Any]) -> Message:
    """The answer to a request."""
    return {"jsonrpc": "2.0", "id": message_id, "result": result}


def error_message(message_id: object, code: int, text: str, data: object = None) -> Message:
    """The refusal of a request."""
    error: Message = {"code": code, "message": text}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": message_id, "error": error}


def json_answer(message: object, status: int = 200, headers: Headers = ()) -> UpstreamResponse:
    """A message as an answer of its own."""
    data = encoded(message)
    framing = (("Content-Type", "application/json"), ("Content-Length", str(len(data))))
    return UpstreamResponse(status=status, headers=(*framing, *headers), body=Whole(data))


def empty_answer(status: int, headers: Headers = ()) -> UpstreamResponse:
    """An answer without a body."""
    return UpstreamResponse(
        status=status, headers=(("Content-Length", "0"), *headers), body=Whole(b"")
    )


def stream_answer(body: AsyncIterator[bytes], headers: Headers = ()) -> UpstreamResponse:
    """An answer that is a stream of events."""
    return UpstreamResponse(status=200, headers=(*EVENT_STREAM, *headers), body=body)
