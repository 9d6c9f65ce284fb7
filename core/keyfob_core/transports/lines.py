"""Lines of a byte stream, wherever its bytes were cut."""

from __future__ import annotations

from typing import Protocol

from keyfob_core.errors import RequestRefused
from keyfob_core.messages.rpc import INVALID_REQUEST

_CHUNK = 1 << 18


class Reader(Protocol):
    """As much of an `asyncio.StreamReader` as this needs."""

    async def read(self, n: int = -1, /) -> bytes:
        """Up to so many bytes, none at the end."""
        ...


class Lines:
    """Reads line by line; what follows a line stays where it is until it is asked for."""

    def __init__(self, reader: Reader, longest: int) -> None:
        self._reader = reader
        self._longest = longest
        self._buffer = bytearray()
        self._scanned = 0
        self._too_long = False

    async def next(self) -> bytes | None:
        """The next line, or None at the end; raises RequestRefused for one that was too long."""
        while (end := self._buffer.find(b"\n", self._scanned)) < 0:
            # One more may be the return before the line's end.
            if len(self._buffer) > self._longest + 1:
                self._too_long = True
            if self._too_long:
                self._buffer.clear()
            self._scanned = len(self._buffer)
            data = await self._read()
            if not data:
                end = len(self._buffer)
                break
            alone = data.find(b"\n") == len(data) - 1 <= self._longest
            if alone and not self._buffer and not self._too_long:
                # As mostly: a line that came whole, and nothing behind it.
                return data[:-1].removesuffix(b"\r")
            self._buffer += data
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        at_end = end == len(self._buffer)
        del self._buffer[: end + 1]
        self._scanned = 0
        if self._too_long or len(line) > self._longest:
            self._too_long = False
            mebibytes = self._longest >> 20
            raise RequestRefused(
                413, f"A line is longer than {mebibytes} MiB.", rpc_code=INVALID_REQUEST
            )
        return line if line or not at_end else None

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(_CHUNK)
        except ConnectionError:
            return b""
