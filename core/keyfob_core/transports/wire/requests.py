"""Requests out of bytes, however the bytes were cut."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from keyfob_core.model import Headers
from keyfob_core.transports.http.policy import header_text
from keyfob_core.transports.wire.framing import (
    Allowance,
    BadFraming,
    check_coding,
    check_head,
    check_overhead,
)


class RequestHead(NamedTuple):
    """A request up to its blank line."""

    method: str
    target: str
    headers: Headers
    """All but Content-Length, which `length` says."""
    modern: bool
    """HTTP/1.1, not 1.0."""
    keep_alive: bool
    length: int | None
    """None for a chunked body; 0 where there is none."""
    waits: bool
    """Whether the client waits for `100 Continue` before it sends the body."""


class RequestSink(Protocol):
    """Takes what a RequestParser finds."""

    def on_request(self, head: RequestHead) -> None:
        """A head is complete."""
        ...

    def on_data(self, data: bytes) -> None:
        """A piece of the body of the last request."""
        ...

    def on_end(self) -> None:
        """The last request is complete."""
        ...

    def on_whole(self, head: RequestHead, body: bytes) -> None:
        """All three at once."""
        ...


class RequestParser:
    """Reads the requests of one connection; what it refuses, it refuses for good."""

    def __init__(self, sink: RequestSink) -> None:
        self._sink = sink
        self._parser = HttpRequestParser(self)
        self._kept = Allowance()
        self.in_head = False
        """Whether a head has begun that is not complete."""
        self._again = False
        self._target = b""
        self._lines: list[tuple[bytes, bytes]] = []
        self._stated = 0
        self._seen: _Seen | None = None
        self._known = RequestHead("", "", (), True, False, 0, False)
        self._length: int | None = 0
        self._wire = self._body = 0
        self._between = True
        """Whether no request has begun that is not complete."""
        self._begun = 0
        self._last = self._known
        self._usual: _Usual | None = None

    def feed(self, data: bytes) -> None:
        """Hand on what these bytes complete; raises BadFraming."""
        if self._between and self._is_usual(data):
            return
        alone, begun = self._between, self._begun
        rest = memoryview(data)
        while rest:
            rest = self._feed(rest)
        if alone and self._between and self._begun == begun + 1:
            self._note_usual(data)

    def _is_usual(self, data: bytes) -> bool:
        """Hand on a request whose head has the very bytes of one before, if it is one."""
        usual = self._usual
        if usual is None or len(data) != usual.size or not data.startswith(usual.text):
            return False
        self._sink.on_whole(usual.head, data[len(usual.text) :])
        return True

    def _note_usual(self, data: bytes) -> None:
        """Remember the head of a request that came alone and whole, by which the next is known."""
        head = self._last
        end = data.find(_BLANK) + len(_BLANK)
        if head.keep_alive and head.length == len(data) - end == self._body:
            self._usual = _Usual(data[:end], len(data), head)

    def _feed(self, data: memoryview) -> memoryview:
        in_head, in_chunks, body = self.in_head, self._length is None, self._body
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._read_on()
            return data[upgrade.args[0] :]
        except HttpParserError as error:
            cause = error.__context__
            bad = cause if isinstance(cause, BadFraming) else BadFraming("This is not HTTP.")
            raise bad from None
        if self.in_head and in_head:
            self._kept.feed(len(data))
        elif self._length is None and in_chunks:
            self._wire += len(data)
            check_overhead(self._wire, self._body)
            if self._body == body:
                self._kept.feed(len(data))
            else:
                self._kept.restart()
        return data[:0]

    def on_message_begin(self) -> None:
        """The parser begins a request."""
        self._between = False
        self._begun += 1
        if not self._again:
            self.in_head = True
            self._kept.restart()
            self._target = b""
        self._lines = []
        self._stated = 0

    def on_url(self, url: bytes) -> None:
        """The parser has a piece of the target."""
        if not self._again:
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has a header, or a field behind a chunked body, which is left out."""
        if not self.in_head:
            return
        if len(name) == len(_LENGTH) and name.lower() == _LENGTH:
            # The parser refuses a second one.
            self._stated = int(value)
        else:
            self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """The parser has the head."""
        if self._again:
            self._again = False
            return
        self._kept.restart()
        self.in_head = False
        self._wire = self._body = 0
        head = self._last = self._head()
        self._length = head.length
        self._sink.on_request(head)

    def on_body(self, data: bytes) -> None:
        """The parser has a piece of the body."""
        self._body += len(data)
        self._sink.on_data(data)

    def on_message_complete(self) -> None:
        """The parser has the whole request."""
        if self._parser.should_upgrade():
            # It thinks that another protocol begins, and would leave the body out.
            return
        self._length = 0
        self._between = True
        self._sink.on_end()

    def _head(self) -> RequestHead:
        """The head; mostly a client's next request has that of its last, but for a length."""
        parser, target, lines = self._parser, self._target, self._lines
        version, lasts = parser.get_http_version(), parser.should_keep_alive()
        seen = (parser.get_method(), target, version, lasts, lines)
        if seen != self._seen:
            check_head(lines, len(target))
            self._known = _head_of(*seen)
            self._seen = seen
        known = self._known
        return known if known.length is None else known._replace(length=self._stated)

    def _read_on(self) -> None:
        """Go on as if no other protocol had been offered (RFC 9110, section 7.8)."""
        length = self._length
        framing = (
            b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
        )
        self._parser = HttpRequestParser(self)
        self._again = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)


def _head_of(
    method: bytes, target: bytes, version: str, lasts: bool, lines: list[tuple[bytes, bytes]]
) -> RequestHead:
    if version not in ("1.1", "1.0"):
        raise BadFraming("This is not HTTP/1.1.")
    modern = version == "1.1"
    length: int | None = 0
    waits = False
    headers: list[tuple[str, str]] = []
    for name, raw in lines:
        value = raw.strip(b" \t")
        key = name.lower()
        if key == b"transfer-encoding":
            check_coding(value, version)
            length = None
        elif key == b"expect":
            waits = value.lower() == b"100-continue" and modern
        headers.append((name.decode(), header_text(value)))
    # What follows a CONNECT is for another server.
    lasts = lasts and method != b"CONNECT"
    text = target.decode("latin-1")
    return RequestHead(method.decode(), text, tuple(headers), modern, lasts, length, waits)


class _Usual(NamedTuple):
    text: bytes
    """A head up to and with its blank line."""
    size: int
    """Bytes of the head and the body."""
    head: RequestHead


_LENGTH = b"content-length"
_BLANK = b"\r\n\r\n"
_Seen = tuple[bytes, bytes, str, bool, list[tuple[bytes, bytes]]]
