"""A transport without a network, and sinks that note what a parser finds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

from keyfob_core.transports.wire.requests import RequestHead, RequestParser


@dataclass
class Request:
    """A request as the parser handed it on."""

    head: RequestHead
    body: bytes = b""
    complete: bool = False


@dataclass
class Found:
    """A RequestSink that keeps all it gets; empty pieces of a body are a mistake."""

    requests: list[Request] = field(default_factory=list[Request])

    def on_request(self, head: RequestHead) -> None:
        assert all(request.complete for request in self.requests)
        self.requests.append(Request(head))

    def on_data(self, data: bytes) -> None:
        assert data
        self.requests[-1].body += data

    def on_end(self) -> None:
        self.requests[-1].complete = True

    def on_whole(self, head: RequestHead, body: bytes) -> None:
        self.on_request(head)
        if body:
            self.on_data(body)
        self.on_end()


def parsed(*pieces: bytes) -> list[Request]:
    """The requests in these pieces; raises BadFraming."""
    found = Found()
    parser = RequestParser(found)
    for piece in pieces:
        parser.feed(piece)
    return found.requests


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces, cut at these places."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


class LoopbackTransport(asyncio.Transport):
    """Keeps what is written, and remembers whether it was paused or aborted."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._protocol = protocol
        self.written = b""
        self.reading = True
        self.aborted = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert (high, low) == (0, None)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = True
            self._protocol.connection_lost(None)
