"""One client's session at a server of HTTP+SSE (MCP 2024-11-05, transports)."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urldefrag, urljoin

from keyfob_core.credentials import restamp
from keyfob_core.errors import ConfigInvalid, RequestRefused, UpstreamUnreachable
from keyfob_core.event_stream import Event, EventStream
from keyfob_core.model import UpstreamRequest
from keyfob_core.origins import origin_of
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.outlet import Outlet
from keyfob_core.transports.sse_exchange import Exchange, Key, key_of, read_body, token_of
from keyfob_core.transports.whole_answer import WholeAnswer, media_type, read_whole

PREFIX = "keyfob-sse-"
"""Begins the session ids that we give out: whose they are shows also after a restart."""
_ENDPOINT_SECONDS = 15.0
_MOST_UNASKED = 1024 * 1024
_MOST_HELD = 64 * 1024 * 1024
_BIG = 256 * 1024
_ABOUT_THE_BODY = frozenset({"accept", "content-type", "last-event-id"})
_OURS = frozenset({"mcp-session-id", "last-event-id"})

_log = logging.getLogger(__name__)


class NoEventStream(UpstreamUnreachable):
    """The address does not speak HTTP+SSE."""


class SseSession:
    """The server's stream, the endpoint that it named, and who waits for what on it.

    The stream lives on with the credential that it was opened with, while each POST carries its
    own. A server that judges a stream's credential again ends the stream, and with it the session.
    """

    def __init__(
        self,
        http: Upstream,
        clock: Clock,
        request: UpstreamRequest,
        ended: Callable[[SseSession], None],
    ) -> None:
        self.id = PREFIX + secrets.token_urlsafe(24)
        self.pool = request.pool
        self.alive = True
        """Whether the stream is open, or about to be."""
        self._first = request
        self._http = http
        self._clock = clock
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self.idle_since: float | None = self._loop.time()
        """By the loop's clock; None while the client waits for something."""
        self._opened: asyncio.Future[WholeAnswer | None] = self._loop.create_future()
        self._reading: asyncio.Task[None] | None = None
        self._endpoint = ""
        self._exchanges: list[Exchange] = []
        self._owed: dict[Key, Exchange] = {}
        self._unasked = Outlet(_MOST_UNASKED)
        self._listened = False
        self._room = asyncio.Event()

    async def open(self) -> WholeAnswer | None:
        """Open the stream, with the headers of the client's `initialize`.

        Answers the server's refusal where it wants another credential (401, 403) or redirects.
        Raises NoEventStream for everything else that is no such stream, and UpstreamUnreachable.
        """
        request = self._first
        kept = tuple(pair for pair in request.headers if not _is_about_the_body(pair[0]))
        bare = replace(
            request, headers=(*kept, ("Accept", "text/event-stream")), body=b"", method=None
        )
        stream = restamp(bare, "GET", request.url, now=self._clock())
        self._reading = asyncio.create_task(self._read(stream))
        try:
            async with asyncio.timeout(_ENDPOINT_SECONDS):
                return await self._opened
        except TimeoutError:
            what = "opens a stream and does not say where messages go"
            raise _no_stream(request.url, what) from None

    @asynccontextmanager
    async def post(self, request: UpstreamRequest) -> AsyncGenerator[Exchange]:
        """Send a client's message to the endpoint, as it came.

        Raises RequestRefused for an id that is still under way, and UpstreamUnreachable.
        """
        exchange = Exchange(request, await read_body(request.body), self._room.set)
        self._enter(exchange)
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in _OURS)
        message = restamp(replace(request, headers=kept), "POST", self._endpoint, now=self._clock())
        posting = asyncio.create_task(self._post(message, exchange))
        try:
            yield exchange
        finally:
            self._leave(exchange)
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)

    def listen(self) -> Outlet:
        """What the server says unasked, with what has waited for a listener.

        Whoever listened before is sent away: it may be a connection that died unseen.
        """
        before, self._unasked = self._unasked, Outlet(_MOST_UNASKED)
        self._unasked.adopt(before)
        before.end()
        self._listened, self.idle_since = True, None
        if not self.alive:
            self._unasked.end()
        return self._unasked

    def unlisten(self, outlet: Outlet) -> None:
        """Nobody reads this any more; what comes waits for the next."""
        if outlet is self._unasked:
            self._listened = False
            self._note_use()

    async def close(self) -> None:
        """Close the stream; who still waits is told."""
        self._end(UpstreamUnreachable("The session at the server has ended.", "Call again."))
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _post(self, message: UpstreamRequest, exchange: Exchange) -> None:
        try:
            async with self._http.open(message) as response:
                # Read also where it says nothing, so that the connection is kept.
                answered = await read_whole(response)
        except UpstreamUnreachable as error:
            exchange.fail(error)
            return
        if answered.status < 300:
            exchange.accepted()
            return
        exchange.refused(answered)
        if answered.status == 404:
            gone = "The server no longer knows the session."
            self._end(UpstreamUnreachable(gone, "Call again."))

    async def _read(self, stream: UpstreamRequest) -> None:
        error = UpstreamUnreachable("The server's event stream has ended.", "Call again.")
        try:
            async with self._http.open(stream) as response:
                if response.status in (401, 403) or 300 <= response.status < 400:
                    self._tell_opener(await read_whole(response))
                    return
                if response.status != 200 or media_type(response.headers) != "text/event-stream":
                    error = _no_stream(stream.url, f"answers HTTP {response.status} and no stream")
                    return
                events = EventStream()
                async for chunk in response.body:
                    for event in events.feed(chunk):
                        await self._take(event)
                    await self._wait_for_room()
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
            self._route(data.encode(errors="replace"), message)
        elif not data:
            for exchange in self._exchanges:
                exchange.beat()
            if self._listened:
                self._unasked.beat()

    def _name_endpoint(self, named: str) -> None:
        """Take the address that messages go to, once.

        Raises UpstreamUnreachable for one of another origin, where no credential may go.
        """
        if self._endpoint:
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
        self._endpoint = endpoint
        self._tell_opener(None)

    def _tell_opener(self, refusal: WholeAnswer | None) -> None:
        if not self._opened.done():
            self._opened.set_result(refusal)

    def _route(self, text: bytes, message: object) -> None:
        """Bring a message to the stream of the one that it is for."""
        members = cast("list[object]", message) if isinstance(message, list) else [message]
        fields = [cast("dict[str, Any]", one) for one in members if isinstance(one, dict)]
        answers = [one for one in fields if "method" not in one]
        if answers:
            self._settle(text, answers)
        elif fields:
            listener = self._listener(fields[0])
            if listener is not None:
                listener.tell(text)
                return
            before = self._unasked.dropped
            self._unasked.put(text)
            if self._unasked.dropped and not before:
                _log.warning("Nobody listens to %s, and some of it is lost.", self._first.server)

    def _settle(self, text: bytes, answers: list[dict[str, Any]]) -> None:
        told: Exchange | None = None
        for one in answers:
            key = key_of(one.get("id"))
            exchange = self._owed.pop(key, None) if key is not None else None
            if key is not None and exchange is not None:
                first = exchange is not told
                exchange.settle(key, text if first else None, succeeded="result" in one)
                told = exchange

    def _listener(self, message: Mapping[str, Any]) -> Exchange | None:
        """The open request that a message of the server belongs to; None for the GET stream.

        Only progress names its request. The rest goes to a request where nobody else listens.
        """
        if message.get("method") == "notifications/progress":
            token = token_of(message.get("params"))
            for exchange in self._exchanges:
                if token in exchange.tokens and exchange.streams:
                    return exchange
        if self._listened:
            return None
        return next((one for one in reversed(self._exchanges) if one.streams and one.owed), None)

    def _enter(self, exchange: Exchange) -> None:
        if not self.alive:
            raise UpstreamUnreachable("The session at the server has ended.", "Call again.")
        if any(key in self._owed for key in exchange.owed):
            raise RequestRefused(400, "A request with this id is under way.", "Use another id.")
        self.idle_since = None
        self._exchanges.append(exchange)
        self._owed |= dict.fromkeys(exchange.owed, exchange)

    def _leave(self, exchange: Exchange) -> None:
        self._exchanges.remove(exchange)
        for key in exchange.owed:
            self._owed.pop(key, None)
        self._room.set()
        self._note_use()

    def _note_use(self) -> None:
        if not self._exchanges and not self._listened:
            self.idle_since = self._loop.time()

    async def _wait_for_room(self) -> None:
        """Read no further while clients have left very much unread."""
        while sum(exchange.held for exchange in self._exchanges) > _MOST_HELD:
            self._room.clear()
            await self._room.wait()

    def _end(self, error: UpstreamUnreachable) -> None:
        if not self.alive:
            return
        self.alive = False
        for exchange in self._exchanges:
            exchange.fail(error)
        self._unasked.end()
        if not self._opened.done():
            self._opened.set_exception(error)
        self._ended(self)


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
