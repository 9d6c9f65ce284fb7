"""The stream of a server of HTTP+SSE (MCP 2024-11-05, transports)."""

from __future__ import annotations

import asyncio
import json
from typing import Protocol
from urllib.parse import urldefrag, urljoin

from keyfob_core.accounts.credentials import restamp
from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.messages.event_stream import Event, EventStream
from keyfob_core.messages.headers import media_type
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.whole_answer import WholeAnswer, read_whole

_BIG = 256 * 1024
_ABOUT_THE_BODY = frozenset({"accept", "content-type", "last-event-id"})


class NoEventStream(UpstreamUnreachable):
    """The address does not speak HTTP+SSE."""


class Hearer(Protocol):
    """Is told what comes on a stream."""

    def hear(self, text: bytes, message: object) -> None:
        """A message of the server, and what it says; None where it is no JSON."""
        ...

    def hear_beat(self) -> None:
        """A sign of life."""
        ...

    def hear_end(self, error: UpstreamUnreachable) -> None:
        """The stream is over; said once."""
        ...

    async def room(self) -> None:
        """Return when more may come."""
        ...


class SseStream:
    """Reads one stream from its opening to its end.

    It lives on with the credential that it was opened with. A server that judges that again ends
    the stream.
    """

    def __init__(self, http: Upstream, first: UpstreamRequest, hearer: Hearer) -> None:
        self._http = http
        self._first = first
        self._hearer = hearer
        self._opened: asyncio.Future[WholeAnswer | None] = (
            asyncio.get_running_loop().create_future()
        )
        self._reading: asyncio.Task[None] | None = None
        self.endpoint = ""
        """Where messages go, once the stream is open."""
        self.alive = True
        """Whether it is open, or about to be."""

    async def open(self, now: float, within: float) -> WholeAnswer | None:
        """Open it with the headers of the client's `initialize`, as of `now`, `within` seconds.

        Answers the server's refusal where it wants another credential (401, 403) or redirects.
        Raises NoEventStream for everything else that is no such stream, and UpstreamUnreachable.
        """
        first = self._first
        kept = tuple(pair for pair in first.headers if not _is_about_the_body(pair[0]))
        headers = (*kept, ("Accept", "text/event-stream"))
        bare = first._replace(headers=headers, body=b"", method=None)
        stream = restamp(bare, "GET", first.url, now=now)
        self._reading = asyncio.create_task(self._read(stream))
        try:
            async with asyncio.timeout(within):
                return await self._opened
        except TimeoutError:
            what = "opens a stream and does not say where messages go"
            raise _no_stream(first.url, what) from None

    async def close(self) -> None:
        """Hang up."""
        self._end(UpstreamUnreachable("The session at the server has ended.", "Call again."))
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, stream: UpstreamRequest) -> None:
        error = UpstreamUnreachable("The server's event stream has ended.", "Call again.")
        try:
            async with self._http.open(stream) as response:
                status = response.status
                if status in (401, 403) or 300 <= status < 400:
                    self._tell_opener(await read_whole(response))
                elif status != 200 or media_type(response.headers) != "text/event-stream":
                    error = _no_stream(stream.url, f"answers HTTP {status} and opens no stream")
                else:
                    events = EventStream()
                    async for chunk in response.body:
                        for event in events.feed(chunk):
                            await self._take(event)
                        await self._hearer.room()
                    if not self.endpoint:
                        what = "ends its stream and has not said where messages go"
                        error = _no_stream(stream.url, what)
        except UpstreamUnreachable as broken:
            error = broken
        finally:
            self._end(error)

    async def _take(self, event: Event) -> None:
        data = event.data
        if event.event == "endpoint":
            self._name_endpoint(data)
        elif data and event.event in ("", "message"):
            big = len(data) > _BIG
            message = await asyncio.to_thread(_read_json, data) if big else _read_json(data)
            self._hearer.hear(data.encode(errors="replace"), message)
        elif not data:
            self._hearer.hear_beat()

    def _name_endpoint(self, named: str) -> None:
        """Take the address that messages go to, once.

        Raises UpstreamUnreachable for one of another origin, where no credential may go.
        """
        if self.endpoint:
            return
        url = self._first.url
        try:
            endpoint = urldefrag(urljoin(url, named.strip())).url
            same = origin_of(endpoint) == origin_of(url)
        except (ConfigInvalid, ValueError):
            endpoint, same = "", False
        if not same:
            raise UpstreamUnreachable(
                f"The server at {origin_of(url)} wants messages sent to another place, and a "
                "credential goes to no other origin.",
                "Ask the server's people for an address of MCP's streamable HTTP.",
            )
        self.endpoint = endpoint
        self._tell_opener(None)

    def _end(self, error: UpstreamUnreachable) -> None:
        if self.alive:
            self.alive = False
            if not self._opened.done():
                self._opened.set_exception(error)
            self._hearer.hear_end(error)

    def _tell_opener(self, refusal: WholeAnswer | None) -> None:
        if not self._opened.done():
            self._opened.set_result(refusal)


def _no_stream(url: str, what: str) -> NoEventStream:
    return NoEventStream(
        f"The server at {origin_of(url)} {what}.",
        "See that its address is that of an MCP server, and its transport in config.toml.",
    )


def _is_about_the_body(name: str) -> bool:
    lower = name.lower()
    return lower in _ABOUT_THE_BODY or lower.startswith("mcp-")


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
