"""A connection to a server: requests out, responses in, one at a time."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from keyfob_core.model import Headers, Whole
from keyfob_core.transports.wire.framing import (
    Allowance,
    BadFraming,
    check_coding,
    check_head,
    check_overhead,
)

_BLANK = b"\r\n\r\n"
_LENGTH = b"length"
_PIECE = 64 * 1024
_MOST_HELD = 256 * 1024
"""Bytes of a body that are held for a reader that lags."""
SILENT = "it closed the connection without an answer"
BROKEN = "its answer breaks off"
NO_HTTP = "its answer is no HTTP"


class ServerConnection(asyncio.Protocol):
    """Sends a request, answers its head, and streams its body.

    Raises ConnectionError, with words that quote nothing of what came, where that fails.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._kept = Allowance()
        self._closed = False
        self._full = False
        self._paused = False
        self._news: asyncio.Future[None] | None = None
        self._seen: tuple[str, list[tuple[bytes, bytes]]] | None = None
        self._known: tuple[Headers, bytes | None] = ((), None)
        self._usual: _Usual | None = None
        self.idle_since = 0.0
        self.touched = False
        """Whether a byte of the response has come."""
        self.status = 0
        self.headers: Headers = ()
        self._begin()

    def _begin(self) -> None:
        self._has_head = self._ended = self._keep = False
        self._lines: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._held = self._wire = self._body = self._begun = 0
        self._framing: bytes | None = None
        self._failure: str | None = None
        self.touched = False
        self._under_way = self._whole_request = False

    @property
    def usable(self) -> bool:
        """Whether the connection is open, in step, and may carry another request."""
        return not (self._closed or self._under_way or self._transport.is_closing())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server has accepted."""
        self._transport = cast("asyncio.Transport", transport)
        if self._transport.get_extra_info("sslcontext") is None:
            # What is written goes to the system at once, not at the end of the loop's turn. A
            # transport with TLS would take an empty buffer for a full one.
            self._transport.set_write_buffer_limits(0)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server is gone."""
        self._closed = True
        self._full = False
        if self._under_way and not self._ended:
            if exc is None and self._has_head and self._framing is None:
                # Only the end of the connection ends this body (RFC 9112, section 6.3).
                self._ended = True
            else:
                self._fail(BROKEN if self.touched else SILENT)
        self._wake()

    def pause_writing(self) -> None:
        """The server reads too slowly."""
        self._full = True

    def resume_writing(self) -> None:
        """The server has caught up."""
        self._full = False
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Bytes of the server."""
        if not self._under_way or self._ended:
            # Nobody asked for this; what answers the next request could not be told from it.
            self.abort()
            return
        if not self.touched and self._is_usual(data):
            self._wake()
            return
        is_first, self.touched = not self.touched, True
        had_head, body = self._has_head, self._body
        try:
            self._parser.feed_data(data)
            if not self._has_head:
                self._kept.feed(len(data))
            elif had_head and self._framing == b"chunked":
                self._check_chunks(len(data), self._body - body)
        except (HttpParserError, HttpParserUpgrade, BadFraming):
            if not self._ended:
                self._fail(NO_HTTP)
            self.abort()
        if is_first and self._ended and self._failure is None:
            self._note_usual(data)
        self._wake()
        if self._held > _MOST_HELD and not self._ended and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _is_usual(self, data: bytes) -> bool:
        """Take a response whose head has the very bytes of one before, if it is one."""
        usual = self._usual
        if usual is None or len(data) != usual.size or not data.startswith(usual.text):
            return False
        body = data[len(usual.text) :]
        if body:
            self._chunks.append(body)
            self._held = self._body = len(body)
        self.status, self.headers, self._framing = usual.status, usual.headers, _LENGTH
        self.touched = self._has_head = self._ended = self._keep = True
        return True

    def _note_usual(self, data: bytes) -> None:
        """Remember the head of a response that came whole, by which the next is known."""
        end = data.find(_BLANK) + len(_BLANK)
        alone = self._begun == 1 and self._framing == _LENGTH
        if alone and self._keep and self._body == len(data) - end:
            self._usual = _Usual(data[:end], len(data), self.status, self.headers)

    def _check_chunks(self, size: int, passed: int) -> None:
        self._wire += size
        check_overhead(self._wire, self._body)
        if passed:
            self._kept.restart()
        else:
            self._kept.feed(size)

    def on_message_begin(self) -> None:
        """The parser begins a response."""
        if self._ended:
            raise BadFraming("A response too many.")
        self._begun += 1
        self._lines = []
        self._kept.restart()

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has a header, or a field behind a chunked body, which is left out."""
        if not self._has_head:
            self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """The parser has a head."""
        self._kept.restart()
        parser, lines = self._parser, self._lines
        status = parser.get_status_code()
        if status < 200:
            # At 101 the parser ends by itself: nobody asked for another protocol.
            check_head(lines)
            return
        # Mostly a server's next answer has the headers of its last, until a second has passed.
        seen = (parser.get_http_version(), lines)
        if seen != self._seen:
            check_head(lines)
            self._known = _headers_of(*seen)
            self._seen = seen
        self.status = status
        self.headers, self._framing = self._known
        self._has_head = True

    def on_body(self, data: bytes) -> None:
        """The parser has a piece of the body."""
        self._body += len(data)
        self._held += len(data)
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """The parser has the whole response."""
        if self._has_head:
            self._ended = True
            self._keep = self._parser.should_keep_alive()

    async def ask(self, head: bytes, body: bytes) -> None:
        """Send a request and return when the head of its response is here."""
        self._begin()
        self._under_way = True
        complete = len(body) <= _PIECE
        if complete:
            self._transport.write(head + body if body else head)
        else:
            complete = await self._send(head, body)
        while not self._has_head:
            if self._failure is not None:
                raise ConnectionError(self._failure)
            await self._wait()
        self._whole_request = complete

    async def _send(self, head: bytes, body: bytes) -> bool:
        """Send in pieces; whether all was sent before the server answered."""
        self._transport.write(head)
        whole = memoryview(body)
        for start in range(0, len(body), _PIECE):
            while self._full and not self._has_head and self._failure is None:
                await self._wait()
            if self._has_head or self._failure is not None:
                return False
            self._transport.write(whole[start : start + _PIECE])
        return True

    def whole(self) -> Whole | None:
        """The body, where all of it is here."""
        if not self._ended:
            return None
        chunks, self._chunks = self._chunks, []
        return Whole(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    async def read(self) -> bytes:
        """All of the body that has come, once there is some; empty at its end."""
        while not self._chunks:
            if self._ended:
                return b""
            if self._failure is not None:
                raise ConnectionError(self._failure)
            await self._wait()
        chunks, self._chunks = self._chunks, []
        self._held = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def release(self) -> bool:
        """End the exchange; whether the connection may carry another."""
        whole = self._ended and self._keep and self._whole_request and not self._closed
        self._under_way = False
        self._chunks = []
        if not whole:
            self.abort()
            return False
        self.idle_since = self._loop.time()
        return not self._transport.is_closing()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or reason

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _wait(self) -> None:
        self._news = self._loop.create_future()
        await self._news


class _Usual(NamedTuple):
    text: bytes
    """A head up to and with its blank line."""
    size: int
    """Bytes of the head and the body."""
    status: int
    headers: Headers


def _headers_of(version: str, lines: list[tuple[bytes, bytes]]) -> tuple[Headers, bytes | None]:
    """The headers, and how they frame the body; raises BadFraming."""
    if version not in ("1.1", "1.0"):
        raise BadFraming("This is not HTTP/1.1.")
    framing: bytes | None = None
    headers: list[tuple[str, str]] = []
    for name, raw in lines:
        value, key = raw.strip(b" \t"), name.lower()
        if key == b"transfer-encoding":
            check_coding(value, version)
            framing = b"chunked"
        elif key == b"content-length":
            framing = _LENGTH
        headers.append((name.decode(), value.decode(errors="surrogateescape")))
    return tuple(headers), framing
