"""Lists of tools where none was asked for: a client would take them for the answer it waits for."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from typing import NamedTuple

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.event_stream import EventStream, with_data
from keyfob_core.messages.headers import answer_header
from keyfob_core.model import UpstreamResponse, Whole
from keyfob_core.tools.tool_lists import Review, cut_text

_FIELD = b'"tools"'
"""The name of a list's field."""
_ESCAPE = rb"\u00"
_LETTER = re.compile(rb"\\u00[67]")
"""A letter that nobody need escape."""
_REACH = 8
"""Bytes in which the beginning of either may stand."""
_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")
_LONGEST = 64 * 1024 * 1024


class Looks(NamedTuple):
    """How a list is looked at that came where none was asked for."""

    review: Review
    asked: Collection[object]
    """The ids of the request that is answered, whose results are no lists of tools."""


def without_strays(response: UpstreamResponse, looks: Callable[[], Looks]) -> AsyncIterator[bytes]:
    """The body as it comes, but for lists of tools that answer other requests.

    Nothing is held back, and nothing read but by a search for a word, until that word comes. Where
    a list has begun to go down that is not to be shown, the body ends with UpstreamUnreachable; so
    does one at once that two readers would read in two ways.
    """
    body = response.body
    kind = (answer_header(response.headers, "content-type") or "").lower()
    if answer_header(response.headers, "content-encoding") not in (None, "identity"):
        raise UpstreamUnreachable(
            "The server encodes its answer although it was asked not to.",
            "Ask the server's people, or switch pinning off for it.",
        )
    events = "text/event-stream" in kind
    if events and "json" in kind:
        raise UpstreamUnreachable("The server's answer says that it is of two kinds.")
    if isinstance(body, Whole) and not _is_suspect(body.data):
        return body
    return _Watched(body, looks(), events=events)


def _is_suspect(data: bytes) -> bool:
    # Plain searches first: one expression for both takes many times as long.
    return _FIELD in data or (_ESCAPE in data and _LETTER.search(data) is not None)


class _Watched:
    """A body on its way; no generator, for the loop would keep a list of those."""

    __slots__ = ("_body", "_ended", "_events", "_looks", "_ready", "_seen", "_stream", "_tail")

    def __init__(self, body: AsyncIterator[bytes], looks: Looks, *, events: bool) -> None:
        self._body = body
        self._looks = looks
        self._events = events
        self._seen = bytearray()
        """What went down of an event, or of the body, that is not at its end."""
        self._tail = b""
        self._stream: _Suspect | None = None
        self._ready: deque[bytes] = deque()
        self._ended = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            try:
                chunk = await self._body.__anext__()
            except StopAsyncIteration:
                self._ended = True
                if self._stream is not None:
                    self._ready += await self._stream.end()
                continue
            if self._stream is None and not _is_suspect(self._tail + chunk):
                self._passed(chunk)
                return chunk
            await self._suspected(chunk)
        return self._ready.popleft()

    def _passed(self, chunk: bytes) -> None:
        # Before a chunk that is shorter, what came then is a part of it.
        self._tail = chunk[-_REACH:] if len(chunk) >= _REACH else (self._tail + chunk)[-_REACH:]
        end = 0
        if self._events:
            end = max(at + len(one) if (at := chunk.rfind(one)) >= 0 else 0 for one in _ENDS)
        if end:
            self._seen.clear()
        self._seen += chunk[end:]
        if len(self._seen) > _LONGEST:
            # What could not be looked into is kept no longer; a list in it would be too long.
            raise UpstreamUnreachable("The server sent an answer that is too long to be watched.")

    async def _suspected(self, chunk: bytes) -> None:
        if self._stream is None:
            self._stream = _Suspect(self._looks, bytes(self._seen), events=self._events)
            self._seen.clear()
        self._ready += await self._stream.feed(chunk)
        if self._stream.is_clear:
            self._stream, self._tail = None, b""


class _Suspect:
    """What holds a suspicious word, held back until it is whole."""

    def __init__(self, looks: Looks, sent: bytes, *, events: bool) -> None:
        self._looks = looks
        self._stream = EventStream() if events else None
        self._whole = bytearray(sent)
        if self._stream is not None:
            # A blank line that was torn in two has ended events that nobody saw end.
            self._stream.feed(sent)
            sent = self._stream.rest
        self._sent = len(sent)

    @property
    def is_clear(self) -> bool:
        """Whether nothing is held back."""
        return self._stream is not None and not self._stream.rest

    async def feed(self, chunk: bytes) -> list[bytes]:
        """What may go down of it."""
        if self._stream is None:
            self._whole += chunk
            if len(self._whole) > _LONGEST:
                raise UpstreamUnreachable("The server's answer is too long to be watched.")
            return []
        passed: list[bytes] = []
        for event in self._stream.feed(chunk):
            data = event.data.encode()
            cut = await self._cut(data) if data else data
            passed.append(
                self._rest(event.raw, event.raw if cut == data else with_data(event, cut))
            )
        return passed

    async def end(self) -> list[bytes]:
        """What may go down at the end; an event that is not whole is none."""
        if self._stream is not None:
            return []
        data = bytes(self._whole)
        return [self._rest(data, await self._cut(data))]

    async def _cut(self, data: bytes) -> bytes:
        try:
            return await cut_text(data, self._looks.review, self._looks.asked)
        except UpstreamUnreachable:
            # No JSON is no list.
            return data

    def _rest(self, came: bytes, passes: bytes) -> bytes:
        sent, self._sent = min(self._sent, len(came)), max(0, self._sent - len(came))
        # The head has told the length of what is no stream of events.
        if came != passes and (sent or self._stream is None):
            raise UpstreamUnreachable("The server lists tools where it was not asked to.")
        return passes[sent:]
