"""Answers to HTTP clients, written as they are: aiohttp's own would add headers to them."""

from __future__ import annotations

import re
from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from keyfob_core.model import Headers

_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Answer(web.StreamResponse):
    """An answer with these headers and its framing (RFC 9112, section 6), and nothing else.

    Raises ValueError for a header that would break the framing. A `body` is written with the
    head; without one the answer is prepared and then written chunk by chunk.
    """

    def __init__(self, status: int, headers: Headers, body: bytes | None = None) -> None:
        super().__init__(status=status)
        if body is not None:
            headers = (*headers, ("Content-Length", str(len(body))))
        self._lines = [_line(name, value) for name, value in headers if _stays(status, name)]
        self._sized = any(name.lower() == "content-length" for name, _ in headers)
        self._whole = body or b""
        self._writer: AbstractStreamWriter | None = None
        self._transport_kept = False
        self._ended = False
        self._bare = False

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection serves another request after this answer."""
        return self._transport_kept

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write the head, once."""
        if self._writer is not None:
            return self._writer
        writer = self._writer = request.writer
        modern = request.version >= HttpVersion11
        self._bare = request.method == "HEAD"
        framed = self._sized or self.status in _WITHOUT_BODY or self._bare
        chunked = modern and not framed
        self._transport_kept = bool(request.keep_alive) and (framed or chunked)
        lines = [_status_line(self.status, modern=modern), *self._lines]
        if chunked:
            lines.append(b"Transfer-Encoding: chunked")
        if self._transport_kept != modern:
            lines.append(b"Connection: close" if modern else b"Connection: keep-alive")
        whole = b"" if self._bare else self._whole
        await writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + whole)
        if chunked:
            writer.enable_chunking()
        return writer

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write a chunk; returns when the client has room for more."""
        if self._writer is not None and not self._bare:
            await self._writer.write(data)

    async def write_eof(self, data: bytes = b"") -> None:
        """End the answer."""
        if self._writer is not None and not self._ended:
            self._ended = True
            await self._writer.write_eof(data)

    def abort(self, request: web.BaseRequest) -> None:
        """Cut the connection, so that the client sees that the answer is not whole."""
        self._ended = True
        self._transport_kept = False
        if request.transport is not None:
            request.transport.abort()


def _stays(status: int, name: str) -> bool:
    # RFC 9110, section 8.6: a 204 states no length.
    return status != HTTPStatus.NO_CONTENT or name.lower() != "content-length"


def _line(name: str, value: str) -> bytes:
    line = f"{name}: {value}".encode(errors="surrogateescape")
    if _FORBIDDEN.search(line):
        raise ValueError("a header with a control character")
    return line


def _status_line(status: int, *, modern: bool) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    return f"HTTP/1.{int(modern)} {status} {reason}".encode()
