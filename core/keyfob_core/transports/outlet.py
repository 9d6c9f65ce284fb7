"""A stream towards the client that is fed from elsewhere."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from keyfob_core.errors import Error

_KEEP_ALIVE = b": keep-alive\n\n"


class Outlet:
    """Messages that wait to go down one stream, in their order.

    With `most` it holds that many bytes and drops what has waited longest; `taken` is called when
    something was read. One reader at a time.
    """

    def __init__(self, most: int | None = None, taken: Callable[[], None] | None = None) -> None:
        self._most = most
        self._taken = taken
        self._messages: deque[bytes] = deque()
        self._news: asyncio.Future[None] | None = None
        self._beats = False
        self._ended = False
        self._error: Error | None = None
        self.size = 0
        """Bytes that wait."""
        self.dropped = 0
        """Messages that were."""

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: bytes) -> None:
        """Send a message down; nothing happens once the stream has ended."""
        if self._ended:
            return
        self._messages.append(message)
        self.size += len(message)
        while self._most is not None and self.size > self._most and len(self._messages) > 1:
            self.size -= len(self._messages.popleft())
            self.dropped += 1
        self._wake()

    def beat(self) -> None:
        """Send a sign of life, unless something waits that is one."""
        self._beats = True
        self._wake()

    def end(self, error: Error | None = None) -> None:
        """End the stream behind what waits; with an error, which its reader gets."""
        if not self._ended:
            self._ended, self._error = True, error
            self._wake()

    def adopt(self, other: Outlet) -> None:
        """Take over what waits at another."""
        while other._messages:
            self.put(other._messages.popleft())
        other.size = 0

    async def ready(self) -> None:
        """Return when something waits or the stream has ended; raises its error."""
        while not (self._messages or self._ended):
            await self._change()
        if not self._messages and self._error is not None:
            raise self._error

    async def take(self) -> bytes | None:
        """The next message, empty for a sign of life, None at the end; raises the error."""
        while not (self._messages or self._beats or self._ended):
            await self._change()
        self._beats = False
        if self._messages:
            message = self._messages.popleft()
            self.size -= len(message)
            if self._taken is not None:
                self._taken()
            return message
        if self._error is not None:
            raise self._error
        return None if self._ended else b""

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _change(self) -> None:
        self._news = asyncio.get_running_loop().create_future()
        await self._news


class Events:
    """An outlet's messages as server-sent events; the body of a response."""

    __slots__ = ("_outlet",)

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        message = await self._outlet.take()
        if message is None:
            raise StopAsyncIteration
        return event_of(message) if message else _KEEP_ALIVE


def event_of(message: bytes) -> bytes:
    """A message as an event (HTML, section 9.2)."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"event: message\n" + b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
