"""A tap between an HTTP client and its server: every byte passes and is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from httptools import HttpRequestParser, HttpResponseParser

from keyfob_core.messages.event_stream import EventStream


@dataclass
class Spoken:
    """One request or response as it went by."""

    head: tuple[str, str] = ("", "")
    """Method and target, or the status."""
    fields: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""
    """Without its framing."""
    complete: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a field."""
        return next((value for key, value in self.fields if key.lower() == name), None)


@dataclass(frozen=True)
class Exchange:
    """A request and its response, which may have broken off."""

    request: Spoken
    response: Spoken

    @property
    def asked(self) -> Any:
        """The JSON of the request's body; None where it has none."""
        return json.loads(self.request.body) if self.request.body else None

    @property
    def messages(self) -> list[Any]:
        """The JSON-RPC messages of the response in their order."""
        kind = self.response.header("content-type") or ""
        if kind.startswith("text/event-stream"):
            events = EventStream().feed(self.response.body)
            return [json.loads(event.data) for event in events if event.data]
        return [json.loads(self.response.body)] if self.response.body else []


@dataclass
class Tap:
    """Where to connect, and what went by so far."""

    url: str
    host: str
    """The server's own authority, for a client that has to name it in Host."""
    _kept: list[tuple[bytearray, bytearray]] = field(
        default_factory=list[tuple[bytearray, bytearray]]
    )

    def exchanges(self) -> list[Exchange]:
        """All exchanges, connection by connection."""
        return [found for up, down in self._kept for found in _exchanges(bytes(up), bytes(down))]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection through to its end."""
        kept = bytearray(), bytearray()
        self._kept.append(kept)
        host, _, port = self.host.rpartition(":")
        there, away = await asyncio.open_connection(host, int(port))
        pumps = [
            asyncio.create_task(_pump(reader, away, kept[0])),
            asyncio.create_task(_pump(there, writer, kept[1])),
        ]
        try:
            # Either side's end is the other's: nobody here half-closes.
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for one in (writer, away):
                one.close()
            await asyncio.gather(*pumps, return_exceptions=True)


@asynccontextmanager
async def tap(url: str) -> AsyncGenerator[Tap]:
    """Listen in front of a server."""
    parts = urlsplit(url)
    found = Tap("", parts.netloc)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(found.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found.url = parts._replace(netloc=f"127.0.0.1:{port}").geturl()
    try:
        yield found
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(64 * 1024):
            kept += data
            writer.write(data)
            await writer.drain()


class _Listening:
    """Collects what a parser finds."""

    def __init__(self, *, requests: bool) -> None:
        self.found: list[Spoken] = []
        self._target = b""
        self.parser = HttpRequestParser(self) if requests else HttpResponseParser(self)

    def on_message_begin(self) -> None:
        self.found.append(Spoken())
        self._target = b""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.found[-1].fields.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        parser = self.parser
        if isinstance(parser, HttpRequestParser):
            self.found[-1].head = parser.get_method().decode(), self._target.decode("latin-1")
        else:
            self.found[-1].head = str(parser.get_status_code()), ""

    def on_body(self, body: bytes) -> None:
        self.found[-1].body += body

    def on_message_complete(self) -> None:
        self.found[-1].complete = True


def _exchanges(up: bytes, down: bytes) -> Sequence[Exchange]:
    asked, answered = _Listening(requests=True), _Listening(requests=False)
    asked.parser.feed_data(up)
    answered.parser.feed_data(down)
    silence = [Spoken()] * (len(asked.found) - len(answered.found))
    return [Exchange(*pair) for pair in zip(asked.found, [*answered.found, *silence], strict=True)]
