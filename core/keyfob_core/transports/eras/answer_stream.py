"""A server's answer that is read apart from the request that asked for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.messages.bodies import whole
from keyfob_core.messages.event_stream import Event, EventStream
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.later import SHUT, later_way
from keyfob_core.transports.eras.messages import Message, is_stream, message_of
from keyfob_core.transports.eras.requests import Challenged

_AHEAD = 16
"""Messages that are read before somebody takes them: more, and the server has to wait."""
_MOST_FAILURES = 6
_LONGEST_PAUSE_SECONDS = 60.0

Resume = Callable[[str], UpstreamRequest]
"""The request that takes a stream up behind the event of that id (MCP 2025-11-25, transports)."""


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins."""

    status: int
    headers: Headers


class AnswerStream:
    """A server's answer, read in a task of its own.

    So it outlives the client's request where it has to, and can be left while the server is silent.
    One reader takes its messages.
    """

    def __init__(
        self, way: Upstream, request: UpstreamRequest, resume: Resume | None = None
    ) -> None:
        self.way = way
        self.request = request
        self.rest = b""
        """A body that is no message."""
        self.last_event: str | None = None
        self._resume = resume
        self._retry_seconds = 1.0
        self._answered = False
        self._head: Head | None = None
        self._begun = asyncio.Event()
        self._arrived = deque[Message]()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._over = False
        self._error: Error | None = None
        self._task = asyncio.create_task(self._read())

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of the server."""
        return self._over

    async def head(self, patience: float | None = None) -> Head:
        """Wait until the server begins its answer; raises UpstreamUnreachable and TimeoutError."""
        async with asyncio.timeout(patience):
            await self._begun.wait()
        if self._head is None:
            raise self._why()
        return self._head

    async def accepted(self) -> Head:
        """The head of an answer; raises Challenged where the server refuses the credential."""
        head = await self.head()
        if head.status in (401, 403):
            raise Challenged(head.status, head.headers)
        return head

    async def next(self, patience: float | None = None) -> Message | None:
        """The next message, or None at the end.

        Raises TimeoutError after so many seconds of silence, and UpstreamUnreachable where the
        answer breaks off.
        """
        async with asyncio.timeout(patience):
            while not self._arrived:
                if self._over:
                    await asyncio.wait({self._task})
                    if self._error is not None or self._task.cancelled():
                        raise self._why()
                    return self._task.result()
                self._news.clear()
                await self._news.wait()
        message = self._arrived.popleft()
        self._room.set()
        return message

    def give(self, message: Message) -> bool:
        """Put a message that came another way among those that come this way; False for a flood."""
        if len(self._arrived) >= 2 * _AHEAD:
            return False
        self._arrived.append(message)
        self._news.set()
        return True

    async def close(self) -> None:
        """Leave the answer; nothing happens where it is over."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _why(self) -> Error:
        if self._error is not None:
            return self._error
        return UpstreamUnreachable("The server's answer was left before it ended.", "Call again.")

    async def _read(self) -> None:
        try:
            async with self.way.open(self.request) as response:
                self._head = Head(response.status, response.headers)
                self._begun.set()
                await self._take(response)
            await self._take_up()
        except Error as error:
            self._error = error
        finally:
            self._over = True
            self._begun.set()
            self._news.set()

    async def _take(self, response: UpstreamResponse) -> bool:
        """Whether it ended in order; one that breaks where it can be taken up did not."""
        if not is_stream(response.headers):
            self.rest = await whole(response.body)
            message = await message_of(self.rest)
            if message:
                await self._put(message)
            return True
        stream = EventStream()
        try:
            async for chunk in response.body:
                for event in stream.feed(chunk):
                    await self._take_event(event)
        except UpstreamUnreachable:
            if self._resume is None or self.last_event is None:
                raise
            return False
        return True

    async def _take_event(self, event: Event) -> None:
        if event.id is not None:
            self.last_event = event.id or None
        if event.retry is not None:
            self._retry_seconds = min(max(event.retry / 1000, 0.01), _LONGEST_PAUSE_SECONDS)
        if event.data and event.event in ("", "message"):
            message = await message_of(event.data)
            if message:
                await self._put(message)

    async def _take_up(self) -> None:
        """Take a stream that ended before its answer up again, as often as it moves on."""
        resume, failures = self._resume, 0
        while resume is not None and self.last_event is not None and not self._answered:
            if failures >= _MOST_FAILURES:
                return
            await asyncio.sleep(min(self._retry_seconds * 2**failures, _LONGEST_PAUSE_SECONDS))
            before, polled = self.last_event, False
            try:
                async with later_way(self.way).open(resume(before)) as response:
                    if 300 <= response.status < 500 or not is_stream(response.headers):
                        return
                    # A server may have its client ask again as long as it works (SEP-1699).
                    polled = await self._take(response) and response.status < 300
            except SHUT:
                continue
            except UpstreamUnreachable:
                pass
            failures = 0 if polled or self.last_event != before else failures + 1

    async def _put(self, message: Message) -> None:
        if "method" not in message:
            self._answered = True
        while len(self._arrived) >= _AHEAD:
            self._room.clear()
            await self._room.wait()
        self._arrived.append(message)
        self._news.set()
