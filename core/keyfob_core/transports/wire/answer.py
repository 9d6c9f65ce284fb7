"""Answers to HTTP clients, written to the transport as they are."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from http import HTTPStatus

from keyfob_core.model import Headers
from keyfob_core.transports.wire.framing import chunk_of, head_bytes, status_line
from keyfob_core.transports.wire.requests import RequestHead

_TOGETHER = 64 * 1024
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Writer:
    """The writing end of a connection: what is written within one turn of the loop goes as one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        self._loop = loop
        self._transport = transport
        self._pending: list[bytes] = []
        self._size = 0
        self._room: asyncio.Future[None] | None = None
        self.full = False
        """Whether the transport has no more room."""

    def write(self, data: bytes) -> None:
        """Write soon, or now where it is much."""
        if not self._pending:
            self._loop.call_soon(self.flush)
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _TOGETHER:
            self.flush()

    def write_now(self, data: bytes) -> None:
        """Write at once, behind what is pending."""
        if self._pending:
            self._pending.append(data)
            self.flush()
        elif not self._transport.is_closing():
            self._transport.write(data)

    def flush(self) -> None:
        """Write what is pending."""
        if self._pending:
            pending, self._pending, self._size = self._pending, [], 0
            if not self._transport.is_closing():
                self._transport.write(pending[0] if len(pending) == 1 else b"".join(pending))

    def resume(self) -> None:
        """The transport has room again."""
        self.full = False
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    async def room(self) -> None:
        """Return when there is room."""
        while self.full:
            self._room = self._loop.create_future()
            await self._room


class WireAnswer:
    """An answer with these headers and its framing (RFC 9112, section 6), and nothing else.

    Raises ValueError for a header that would break the framing.
    """

    __slots__ = ("_chunked", "_head", "_left", "_writer", "keep_alive")

    def __init__(
        self, writer: Writer, head: RequestHead, status: int, headers: Headers, *, last: bool
    ) -> None:
        lasts = head.keep_alive and not last
        found = _answer_head(head.method == "HEAD", head.modern, lasts, status, headers)
        self._head, self._chunked, self._left, self.keep_alive = found
        self._writer = writer

    def write_whole(self, body: bytes) -> bool:
        """Write the head and all of the body; whether the answer is as long as it said."""
        head = self._head
        if self._chunked:
            end = b"0\r\n\r\n"
            self._writer.write_now(head + chunk_of(body) + end if body else head + end)
            return True
        if self._left is not None:
            left = self._left - len(body)
            body = body if left >= 0 else body[:left]
            self._left = max(left, 0)
        self._writer.write_now(head + body)
        return not self._left

    def begin(self) -> None:
        """Write the head."""
        self._writer.write(self._head)

    def write(self, data: bytes) -> None:
        """Write a piece of the body; what goes beyond the stated length is left out."""
        if self._chunked:
            if data:
                self._writer.write(chunk_of(data))
            return
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        if data:
            self._writer.write(data)

    def end(self) -> bool:
        """End the answer; whether it is as long as it said."""
        if self._chunked:
            self._writer.write(b"0\r\n\r\n")
        self._writer.flush()
        return not self._left


@lru_cache(maxsize=256)
def _answer_head(
    asked_head: bool, modern: bool, lasts: bool, status: int, headers: Headers
) -> tuple[bytes, bool, int | None, bool]:
    """The head, whether chunks follow, else how many bytes, and whether the connection stays.

    A server's answers mostly have the head of its last.
    """
    sized = _length(headers)
    bare = status in _WITHOUT_BODY or asked_head
    if status == HTTPStatus.NO_CONTENT and sized is not None:
        # RFC 9110, section 8.6: a 204 states no length.
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-length")
    chunked = modern and sized is None and not bare
    left = 0 if bare else sized
    keep_alive = lasts and (chunked or left is not None)
    own = "Transfer-Encoding: chunked\r\n" if chunked else ""
    if keep_alive != modern:
        own += f"Connection: {'close' if modern else 'keep-alive'}\r\n"
    return head_bytes(status_line(status, modern=modern), headers, own), chunked, left, keep_alive


def _length(headers: Headers) -> int | None:
    for name, value in headers:
        if name.lower() == "content-length":
            return int(value)
    return None
