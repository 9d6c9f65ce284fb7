"""Lines over two pipes, read and written by threads: asyncio reads no plain pipe on Windows."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

_CHUNK = 1 << 16
_LAST_SECONDS = 1.0


class PipeLines:
    """This process's end of two pipes; used from one loop, which hears what comes."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._unsent: SimpleQueue[bytes | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="keyfob-pipe-out", daemon=True)

    def start(self, hear: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Tell `hear` each line on the running loop, and `ended` when the other side is gone."""
        loop = asyncio.get_running_loop()
        self._writer.start()
        threading.Thread(
            target=self._read, args=(loop, hear, ended), name="keyfob-pipe-in", daemon=True
        ).start()

    def send(self, line: bytes) -> None:
        """Send the line soon; nothing happens where the other side is gone."""
        self._unsent.put(line)

    def close(self) -> None:
        """Send what is left, for a moment."""
        self._unsent.put(None)
        self._writer.join(_LAST_SECONDS)

    def _read(
        self,
        loop: asyncio.AbstractEventLoop,
        hear: Callable[[bytes], None],
        ended: Callable[[], None],
    ) -> None:
        rest = b""
        try:
            while chunk := os.read(self._reading, _CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    loop.call_soon_threadsafe(hear, line)
            loop.call_soon_threadsafe(ended)
        except RuntimeError:
            # The loop has closed: nobody hears any more.
            return

    def _write(self) -> None:
        while (line := self._unsent.get()) is not None:
            try:
                while line:
                    line = line[os.write(self._writing, line) :]
            except OSError:
                return
