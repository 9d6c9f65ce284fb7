"""What a program says that no request asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from keyfob_core.transports.programs.streams import Stream

_MOST_KEPT = 256
_MOST_BYTES = 1 << 20


class Unasked:
    """Goes to the stream on which the client listens, else to any open one, else waits for one.

    Where nobody ever listens (from 2026-07-28 on), nothing is kept.
    """

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps
        self._kept: deque[bytes] = deque()
        self._size = 0
        self._listening: Stream | None = None

    @property
    def is_heard(self) -> bool:
        """Whether the client listens."""
        return self._listening is not None and self._listening.is_open

    def listen(self) -> Stream:
        """The stream of a client that listens from now on; an older one ends."""
        self.hush()
        stream = self._listening = Stream()
        stream.preload(self._kept)
        self._kept.clear()
        self._size = 0
        return stream

    def hush(self) -> None:
        """End the stream on which the client listens."""
        if self._listening is not None:
            self._listening.end()

    async def take(self, line: bytes, others: Iterable[Stream], patience: float) -> bool:
        """Pass the line on or keep it; False where it is lost."""
        for stream in (self._listening, *others):
            if stream is not None and await stream.put(line, patience):
                return True
        full = len(self._kept) >= _MOST_KEPT or self._size + len(line) > _MOST_BYTES
        if not self._keeps or full:
            return False
        self._kept.append(line)
        self._size += len(line)
        return True
