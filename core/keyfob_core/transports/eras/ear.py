"""The stream on which a server of the handshake eras speaks unasked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from keyfob_core.errors import Error
from keyfob_core.messages.event_stream import Event, EventStream
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.messages import Message, is_stream, message_of

Hear = Callable[[Message], Awaitable[None]]
Listen = Callable[[str | None], UpstreamRequest]
"""The GET that opens the stream, behind the event of that id."""

_LONGEST_PAUSE_SECONDS = 60.0


class Ear:
    """Listens while the server lets it; whoever has a request in hand opens it again."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._task: asyncio.Task[None] | None = None
        self.last_event: str | None = None
        self._changed = asyncio.Event()
        self.retry_seconds = 1.0
        self.request: UpstreamRequest | None = None
        """What the open stream was asked for with; None while there is none."""
        self.way: Upstream | None = None
        self.refusal: int | None = None
        """The status with which the server refused the last try."""
        self._has_heard = False
        """Whether the stream was ever open."""

    @property
    def is_deaf(self) -> bool:
        """Whether the server offers no such stream.

        404 means a session that is gone, but many a server without a stream says it from the first.
        """
        return self.refusal in (400, 405, 406, 501) or (self.refusal == 404 and not self._has_heard)

    @property
    def is_open(self) -> bool:
        """Whether the stream is open, or about to be."""
        return self._task is not None and not self._task.done()

    def open(self, listen: Listen, way: Upstream) -> None:
        """Open the stream unless it is; nothing is waited for."""
        if not self.is_open and not self.is_deaf:
            self._task = asyncio.create_task(self._listen(listen(self.last_event), way))

    async def until_closed(self) -> None:
        """Return when the stream has ended."""
        while self.is_open:
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """Listen no more."""
        task, self._task = self._task, None
        self._changed.set()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, request: UpstreamRequest, way: Upstream) -> None:
        try:
            async with way.open(request) as response:
                if response.status >= 300 or not is_stream(response.headers):
                    self.refusal = response.status if response.status >= 300 else 405
                    return
                self.refusal, self._has_heard = None, True
                self.request, self.way = request, way
                await self._read(response)
        except Error:
            # A broken stream is opened again by the next request.
            return
        finally:
            self.request = self.way = self._task = None
            self._changed.set()

    async def _read(self, response: UpstreamResponse) -> None:
        stream = EventStream()
        async for chunk in response.body:
            for event in stream.feed(chunk):
                await self._take(event)

    async def _take(self, event: Event) -> None:
        if event.id is not None:
            self.last_event = event.id or None
        if event.retry is not None:
            self.retry_seconds = min(max(event.retry / 1000, 0.01), _LONGEST_PAUSE_SECONDS)
        if event.data and event.event in ("", "message"):
            message = await message_of(event.data)
            if message:
                await self._hear(message)
