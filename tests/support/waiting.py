"""Reading a stream of events that began while a person was waited for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from keyfob_core.messages.event_stream import Event, EventStream
from support.raw_http import Head, RawClient

TAKES_EVENTS = b"Accept: application/json, text/event-stream"


class Told:
    """What a client is told on one request, event by event."""

    def __init__(self, client: RawClient) -> None:
        self._client = client
        self._stream = EventStream()
        self._events: list[Event] = []
        self.signs: list[Event] = []
        """Comments and progress."""

    async def begin(self, message: object, *lines: bytes, path: str = "/s/one/mcp") -> Head:
        """Post a message and read the head of its answer."""
        body = json.dumps(message).encode()
        head = self._client.head("POST", path, TAKES_EVENTS, *lines, length=len(body))
        await self._client.send(head + body)
        return await self._client.read_head()

    async def next(self) -> Event | None:
        """The next event; None at the end of a whole answer."""
        while not self._events:
            chunk = await self._client.chunk()
            if not chunk:
                assert self._stream.rest == b""
                return None
            self._events = self._stream.feed(chunk)
        return self._events.pop(0)

    async def sign(self) -> Event:
        """The next event, which has to say that the call still waits."""
        sign = await self.next()
        assert sign is not None
        assert _is_sign(sign), sign
        self.signs.append(sign)
        return sign

    async def rest(self) -> list[Event]:
        """All events of the server's, after what is left of the signs."""
        found: list[Event] = []
        async with asyncio.timeout(5):
            while (one := await self.next()) is not None:
                (found if found or not _is_sign(one) else self.signs).append(one)
        return found

    async def answer(self) -> Any:
        """The one message that ends the answer."""
        (event,) = await self.rest()
        return json.loads(event.data)


def progress_of(event: Event) -> Any:
    """The parameters of a progress notification; None for a comment."""
    if not event.data:
        return None
    message = json.loads(event.data)
    assert message["method"] == "notifications/progress"
    return message["params"]


def _is_sign(event: Event) -> bool:
    return b"Waiting for your answer in Keyfob." in event.raw
