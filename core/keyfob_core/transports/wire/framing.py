"""HTTP/1.1 framing that both sides of the relay share (RFC 9112)."""

from __future__ import annotations

import re
from http import HTTPStatus

from keyfob_core.model import Headers

MAX_HEAD = 64 * 1024
"""Bytes of a start line and its headers."""
MAX_HEADERS = 128
_CHUNK_OVERHEAD = 16
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_LINE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


class BadFraming(Exception):
    """What arrived is not HTTP as we accept it; `reason` quotes nothing of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Allowance:
    """Bounds what a parser keeps to itself: a header, a chunk extension, a trailer."""

    __slots__ = ("_fed",)

    def __init__(self) -> None:
        self._fed = 0

    def restart(self) -> None:
        """Something was handed on."""
        self._fed = 0

    def feed(self, size: int) -> None:
        """Note bytes of which nothing was handed on; raises BadFraming."""
        self._fed += size
        if self._fed > MAX_HEAD:
            raise BadFraming("The head is too long.")


def check_head(lines: list[tuple[bytes, bytes]], start: int = 0) -> None:
    """Refuse a head that is too long, with a start line of that size; raises BadFraming."""
    size = start + sum([len(name) + len(value) + 4 for name, value in lines])
    if size > MAX_HEAD or len(lines) > MAX_HEADERS:
        raise BadFraming("The head is too long.")


def check_overhead(wire: int, body: int) -> None:
    """Refuse a chunked body that is mostly framing: chunk extensions are ignored, not free.

    Raises BadFraming.
    """
    if wire - body > MAX_HEAD + _CHUNK_OVERHEAD * body:
        raise BadFraming("The body is mostly framing.")


def check_coding(value: bytes, version: str) -> None:
    """Refuse every transfer coding but `chunked` (RFC 9112, section 6.1); raises BadFraming."""
    if value.strip().lower() != b"chunked" or version != "1.1":
        raise BadFraming("The transfer coding is not understood.")


def status_line(status: int, *, modern: bool) -> str:
    """The first line of an answer, without its end."""
    return f"HTTP/1.{int(modern)} {status} {_REASONS.get(status, '')}"


def head_bytes(start: str, headers: Headers, own: str) -> bytes:
    """A head with its blank line; `own` are whole lines of ours.

    Raises ValueError, which quotes nothing, for a header that would break the framing.
    """
    lines = [f"{name}: {value}" for name, value in headers]
    # What is printable has no control character; what is not may still be a tab or a raw byte.
    if not "".join(lines).isprintable() and not all(map(_LINE.fullmatch, lines)):
        raise ValueError("a header with a control character")
    head = "\r\n".join([start, *lines])
    return f"{head}\r\n{own}\r\n".encode(errors="surrogateescape")


def chunk_of(data: bytes) -> bytes:
    """Data as one chunk (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
