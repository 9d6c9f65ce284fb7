"""One client's session at a server of HTTP+SSE (MCP 2024-11-05, transports)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from keyfob_core.accounts.credentials import restamp
from keyfob_core.errors import RequestRefused, UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.outlet import Outlet
from keyfob_core.transports.sse.exchange import Exchange, Key, key_of, read_body, token_of
from keyfob_core.transports.sse.stream import SseStream
from keyfob_core.transports.whole_answer import WholeAnswer, read_whole

PREFIX = "keyfob-sse-"
"""Begins the session ids that we give out: whose they are shows also after a restart."""
_OURS = frozenset({"mcp-session-id", "last-event-id"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SseLimits:
    """How long and how much a session waits, in seconds and bytes."""

    endpoint: float = 15.0
    """Until the server names its endpoint."""
    answer: float = 10.0
    """For an answer alone, before a client is shown by a stream that the server lives."""
    idle: float = 4 * 3600.0
    """Without a use, before the stream is closed."""
    unasked: int = 1024 * 1024
    """Kept of what nobody listens to."""
    held: int = 64 * 1024 * 1024
    """Left unread by the client, before the stream is read no further."""


class SseSession:
    """A server's stream, and who waits for what on it; each POST carries its own credential."""

    def __init__(
        self,
        http: Upstream,
        clock: Clock,
        request: UpstreamRequest,
        ended: Callable[[SseSession], None],
        limits: SseLimits,
    ) -> None:
        self.id = PREFIX + secrets.token_urlsafe(24)
        self.pool = request.pool
        self._server = request.server
        self._http = http
        self._clock = clock
        self._ended = ended
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._stream = SseStream(http, request, self)
        self._exchanges: list[Exchange] = []
        self._owed: dict[Key, Exchange] = {}
        self._unasked = Outlet(limits.unasked)
        self._listened = False
        self._room = asyncio.Event()
        self.idle_since: float | None = self._loop.time()
        """By the loop's clock; None while the client waits for something."""

    @property
    def alive(self) -> bool:
        """Whether the stream is open."""
        return self._stream.alive

    async def open(self) -> WholeAnswer | None:
        """Open the stream; answers and raises as `SseStream.open` does."""
        return await self._stream.open(self._clock(), self._limits.endpoint)

    @asynccontextmanager
    async def post(self, request: UpstreamRequest) -> AsyncGenerator[Exchange]:
        """Send a client's message to the endpoint, as it came.

        Raises RequestRefused for an id that is still under way, and UpstreamUnreachable.
        """
        body = await read_body(request.body)
        exchange = Exchange(request, body, self._limits.answer, self._room.set)
        self._enter(exchange)
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in _OURS)
        own = request._replace(headers=kept)
        message = restamp(own, "POST", self._stream.endpoint, now=self._clock())
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
        before, self._unasked = self._unasked, Outlet(self._limits.unasked)
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
        await self._stream.close()

    def hear(self, text: bytes, message: object) -> None:
        """Bring a message to the client's stream that it belongs to."""
        members = cast("list[object]", message) if isinstance(message, list) else [message]
        fields = [cast("dict[str, Any]", one) for one in members if isinstance(one, dict)]
        answers = [one for one in fields if "method" not in one]
        if answers:
            self._settle(text, answers)
        elif fields:
            self._tell(text, fields[0])

    def hear_beat(self) -> None:
        """Show everybody who waits that the server lives."""
        for exchange in self._exchanges:
            exchange.beat()
        if self._listened:
            self._unasked.beat()

    def hear_end(self, error: UpstreamUnreachable) -> None:
        """Tell everybody who waits that nothing will come."""
        for exchange in self._exchanges:
            exchange.fail(error)
        self._unasked.end()
        self._ended(self)

    async def room(self) -> None:
        """Return when the client has not left very much unread."""
        while sum(exchange.held for exchange in self._exchanges) > self._limits.held:
            self._room.clear()
            await self._room.wait()

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
            # The server no longer knows the session: a client initializes anew.
            await self._stream.close()

    def _settle(self, text: bytes, answers: list[dict[str, Any]]) -> None:
        told: Exchange | None = None
        for one in answers:
            key = key_of(one.get("id"))
            exchange = self._owed.pop(key, None) if key is not None else None
            if key is not None and exchange is not None:
                first = exchange is not told
                exchange.settle(key, text if first else None, succeeded="result" in one)
                told = exchange

    def _tell(self, text: bytes, message: Mapping[str, Any]) -> None:
        exchange = self._listener(message)
        if exchange is not None:
            exchange.tell(text)
            return
        before = self._unasked.dropped
        self._unasked.put(text)
        if self._unasked.dropped and not before:
            _log.warning("Nobody listens to %s, and some of what it says is lost.", self._server)

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
