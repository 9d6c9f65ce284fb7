"""Server-sent events, read as their bytes arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keyfob_core.errors import UpstreamUnreachable

_LINE_END = re.compile(rb"\r\n|\n|\r")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)")
_ENDING = re.compile(rb"[\r\n]+\Z")
_DATA = re.compile(rb"(?:\xef\xbb\xbf)?data(?::|[\r\n])")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_EVENT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One block of an event stream, blank line included (HTML, section 9.2)."""

    raw: bytes
    """The block as received: the blocks of a stream, joined, are the stream."""
    id: str | None = None
    """None where the block names none."""
    event: str = ""
    """The event's type; empty stands for `message`."""
    data: str = ""
    """Empty for a block that only keeps the connection alive or only names an id."""
    retry: int | None = None
    """Milliseconds to wait before reconnecting."""


def with_data(event: Event, data: bytes) -> bytes:
    """The block with other data, of one line; ids, delays, comments and line ends stay."""
    lines = _LINE.findall(event.raw)
    first = next(index for index, line in enumerate(lines) if _DATA.match(line))
    ending = _ENDING.search(lines[first])
    lines[first] = b"data: " + data + (ending.group() if ending else b"\n")
    kept = lines[: first + 1] + [line for line in lines[first + 1 :] if not _DATA.match(line)]
    return b"".join(kept)


class EventStream:
    """Cuts bytes into events, wherever the bytes were cut before."""

    def __init__(self, longest: int = _LONGEST_EVENT) -> None:
        self._longest = longest
        self._block = bytearray()
        self._line_start = 0
        self._scanned = 0
        self._lines: list[bytes] = []
        self._after_return = False
        self._at_start = True

    def feed(self, data: bytes) -> list[Event]:
        """The events that these bytes complete.

        Raises UpstreamUnreachable for an event that is longer than it may be.
        """
        self._block += data
        events: list[Event] = []
        while True:
            self._skip_split_line_end()
            found = _LINE_END.search(self._block, self._scanned)
            if found is None:
                break
            # A return at the end of what is here may be half of CR LF; its event is not held back.
            self._after_return = found.group() == b"\r"
            line = bytes(self._block[self._line_start : found.start()])
            self._line_start = self._scanned = found.end()
            if line:
                self._lines.append(line)
            else:
                events.append(self._complete())
        self._scanned = len(self._block)
        if len(self._block) > self._longest:
            raise UpstreamUnreachable("The server sent an event that is too long.")
        return events

    @property
    def rest(self) -> bytes:
        """What has arrived of an event that is not complete."""
        return bytes(self._block)

    def _skip_split_line_end(self) -> None:
        if self._after_return and len(self._block) > self._line_start:
            if self._block[self._line_start] == 0x0A:
                self._line_start += 1
            self._scanned = max(self._scanned, self._line_start)
            self._after_return = False

    def _complete(self) -> Event:
        raw = bytes(self._block[: self._line_start])
        del self._block[: self._line_start]
        self._line_start = self._scanned = 0
        lines, self._lines = self._lines, []
        if self._at_start and lines:
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        self._at_start = False
        return _event(raw, lines)


def _event(raw: bytes, lines: list[bytes]) -> Event:
    event_id: str | None = None
    retry: int | None = None
    name = ""
    data: list[bytes] = []
    for line in lines:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode(errors="replace")
        elif field == b"id" and b"\0" not in value:
            event_id = value.decode(errors="replace")
        elif field == b"retry" and value.isdigit():
            retry = int(value[:9])
    return Event(raw, event_id, name, b"\n".join(data).decode(errors="replace"), retry)
