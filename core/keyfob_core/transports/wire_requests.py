"""Requests out of bytes, however the bytes were cut."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from keyfob_core.model import Headers
from keyfob_core.transports.http_policy import header_text
from keyfob_core.transports.wire_framing import (
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
        self._headers: list[tuple[bytes, bytes]] = []
        self._length: int | None = 0
        self._wire = self._body = 0

    def feed(self, data: bytes) -> None:
        """Hand on what these bytes complete; raises BadFraming."""
        rest = memoryview(data)
        while rest:
            rest = self._feed(rest)

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
        if not self._again:
            self.in_head = True
            self._kept.restart()
            self._target = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        """The parser has a piece of the target."""
        if not self._again:
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has a header, or a field behind a chunked body, which is left out."""
        if self.in_head:
            self._headers.append((name, value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        """The parser has the head."""
        if self._again:
            self._again = False
            return
        check_head(self._headers, len(self._target))
        self._kept.restart()
        self.in_head = False
        self._wire = self._body = 0
        head = self._head()
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
        self._sink.on_end()

    def _head(self) -> RequestHead:
        parser = self._parser
        version = parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise BadFraming("This is not HTTP/1.1.")
        length: int | None = 0
        waits = False
        for name, value in self._headers:
            key = name.lower()
            if key == b"content-length":
                length = int(value)
            elif key == b"transfer-encoding":
                check_coding(value, version)
                length = None
            elif key == b"expect":
                waits = value.lower() == b"100-continue" and version == "1.1"
        method = parser.get_method().decode()
        return RequestHead(
            method,
            self._target.decode("latin-1"),
            tuple([(name.decode(), header_text(value)) for name, value in self._headers]),
            version == "1.1",
            # What follows a CONNECT is for another server.
            parser.should_keep_alive() and method != "CONNECT",
            length,
            waits,
        )

    def _read_on(self) -> None:
        """Go on as if no other protocol had been offered (RFC 9110, section 7.8)."""
        length = self._length
        framing = (
            b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
        )
        self._parser = HttpRequestParser(self)
        self._again = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)
