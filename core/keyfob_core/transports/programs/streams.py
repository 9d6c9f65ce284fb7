"""A program's messages on their way to one HTTP answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.transports.stdio.message import Id, Key, error_line, error_of

_FULL = 1 << 20
_ALIVE = b":\n\n"


class Stream:
    """Lines for one answer; bounded, so that a client that reads slowly slows its program.

    `owed` are the requests it answers: when the last is settled it ends. Without any it ends when
    it is told to.
    """

    def __init__(self, owed: Mapping[Key, Id] | None = None) -> None:
        self.owed = dict(owed or {})
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._error: Error | None = None
        self.is_open = True
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()

    def preload(self, lines: Iterable[bytes]) -> None:
        """Put lines before anything else, whatever their size."""
        for line in lines:
            self._lines.append(line)
            self._size += len(line)
            self._arrived.set()

    async def put(self, line: bytes, patience: float) -> bool:
        """Add a line; False where nobody takes it, or not within `patience` seconds."""
        if self.is_open and self._size >= _FULL:
            self._room.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._room.wait()
            except TimeoutError:
                self.end(UpstreamUnreachable("The client does not read what the program says."))
        if not self.is_open:
            return False
        self.preload((line,))
        return True

    def settle(self, key: Key) -> None:
        """A request has its answer."""
        if self.owed.pop(key, None) is not None and not self.owed:
            self.end()

    def end(self, error: Error | None = None) -> None:
        """Nothing more comes; `error` says why where that is too early."""
        if self.is_open:
            self.is_open = False
            self._error = error
            self._arrived.set()
            self._room.set()

    async def take(self) -> list[bytes]:
        """The lines that are there, at least one; none at the end. Raises what it ended with."""
        while not self._lines and self.is_open:
            self._arrived.clear()
            await self._arrived.wait()
        lines = list(self._lines)
        self._lines.clear()
        self._size = 0
        self._room.set()
        if not lines and self._error is not None:
            raise self._error
        return lines


class EventBody:
    """A stream as server-sent events, kept alive by comments while the program is silent.

    Where it ends too early, the requests it owes are answered by an error before that is raised.
    """

    __slots__ = ("_failure", "_first", "_seconds", "_stream")

    def __init__(self, stream: Stream, first: list[bytes], alive_seconds: float) -> None:
        self._stream = stream
        self._first = first
        self._seconds = alive_seconds
        self._failure: Error | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        lines, self._first = self._first, []
        if not lines:
            try:
                async with asyncio.timeout(self._seconds):
                    lines = await self._stream.take()
            except TimeoutError:
                return _ALIVE
            except Error as error:
                self._failure = error
                lines = [error_line(one, error_of(error)) for one in self._stream.owed.values()]
                if not lines:
                    raise
        if not lines:
            raise StopAsyncIteration
        return b"".join(map(event, lines))


class WholeBody:
    """A body that is there already."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        data, self._data = self._data, b""
        if not data:
            raise StopAsyncIteration
        return data


def event(line: bytes) -> bytes:
    """A message as a server-sent event."""
    return b"event: message\ndata: " + line + b"\n\n"
