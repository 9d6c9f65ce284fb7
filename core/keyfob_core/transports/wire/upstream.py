"""Upstreams over HTTP, on bare protocols and httptools."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from keyfob_core.addresses.network import Network, untrusted
from keyfob_core.addresses.origins import is_loopback_url, origin_of
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.transports.wire.framing import head_bytes
from keyfob_core.transports.wire.responses import ServerConnection
from keyfob_core.transports.wire.target import Target, connect, target_of
from keyfob_core.tuples import made

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from keyfob_core.transports.http.upstream import HttpUpstream

_KEEP_ALIVE_SECONDS = 60.0
_SWEEP_SECONDS = 15.0
_DIRECT_SECONDS = 30.0
"""How long it holds that no proxy leads to a server: the system's settings change."""
_MAX_WAYS = 256
_MAX_IDLE = 32
"""Idle connections of one pool and URL."""
_SURELY_OPEN_SECONDS = 3.0
"""How long an idle connection is trusted with a POST: servers keep theirs for five and more."""
_CLOSED_WHILE_IDLE = 1.0
"""Seconds within which the end of a kept connection means that it had ended before."""


class Way:
    """One pool's connections to one URL."""

    __slots__ = ("busy", "closed", "direct_until", "idle", "target")

    def __init__(self, url: str) -> None:
        self.target = target_of(url)
        self.direct_until = inf if is_loopback_url(url) else 0.0
        """By the loop's clock: as long it is known that no proxy leads there."""
        self.idle: list[ServerConnection] = []
        self.busy = 0
        self.closed = False

    def kept(self, oldest: float) -> ServerConnection | None:
        """An idle connection that is still open, the last used first.

        One that is idle since before `oldest`, by the loop's clock, is passed over.
        """
        while self.idle and self.idle[-1].idle_since >= oldest:
            connection = self.idle.pop()
            if connection.usable:
                return connection
        return None

    def close(self) -> None:
        """Close what is idle now and what would become idle later."""
        self.closed = True
        for connection in self.idle:
            connection.abort()
        self.idle.clear()


class WireUpstream:
    """Sends requests to servers; connections are kept and shared within one pool only."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ways: OrderedDict[tuple[str, str], Way] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None
        self._by_proxy: HttpUpstream | None = None

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request; the body of the response streams as it arrives.

        Raises UpstreamUnreachable, also from the body when the server dies in the middle. A
        request on a kept connection that ends at once, without a byte of an answer, is sent again
        on a new one: the server had closed it before the request came. Nothing else is sent twice.
        """
        way = self._way(request)
        if asyncio.get_running_loop().time() < way.direct_until:
            return _Exchange(self, way, request)
        return self._open_by_proxy_or_not(way, request)

    @asynccontextmanager
    async def _open_by_proxy_or_not(
        self, way: Way, request: UpstreamRequest
    ) -> AsyncGenerator[UpstreamResponse]:
        proxy = await self._network.proxy_for(request.url)
        if proxy is None:
            way.direct_until = asyncio.get_running_loop().time() + _DIRECT_SECONDS
            exchange = _Exchange(self, way, request)
        else:
            exchange = self._proxies().open(request)
        async with exchange as response:
            yield response

    async def forget_idle(self) -> None:
        """Use none of the connections again that are idle now.

        After a sleep the other end may be gone without a word, by the loop's clock a moment ago.
        """
        for way in self._ways.values():
            for connection in way.idle:
                connection.abort()
            way.idle.clear()
        if self._by_proxy is not None:
            await self._by_proxy.forget_idle()

    async def close(self) -> None:
        """Close every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        ways = list(self._ways.values())
        self._ways.clear()
        for way in ways:
            way.close()
        if self._by_proxy is not None:
            await self._by_proxy.close()
        # The transports close at the next turn of the loop.
        await asyncio.sleep(0)

    async def new_connection(self, way: Way) -> ServerConnection:
        """Connect; raises OSError."""
        tls = await self._network.tls() if way.target.tls else None
        return await connect(way.target, tls)

    async def unreachable(self, url: str, error: OSError) -> UpstreamUnreachable:
        """What became of a connection, for people."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return untrusted(url, error, await self._network.distrusted(url))
        return _unreachable(url, error)

    def keep(self, way: Way, connection: ServerConnection) -> None:
        """Keep a connection that may carry another request."""
        if way.closed:
            connection.abort()
            return
        if len(way.idle) >= _MAX_IDLE:
            way.idle.pop(0).abort()
        way.idle.append(connection)
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(_SWEEP_SECONDS, self._close_idle)

    def _way(self, request: UpstreamRequest) -> Way:
        key = (request.pool, request.url)
        way = self._ways.get(key)
        if way is None:
            way = self._ways[key] = Way(request.url)
            self._forget_oldest()
        else:
            self._ways.move_to_end(key)
        return way

    def _forget_oldest(self) -> None:
        surplus = len(self._ways) - _MAX_WAYS
        for key in [key for key, way in self._ways.items() if not way.busy][: max(0, surplus)]:
            self._ways.pop(key).close()

    def _close_idle(self) -> None:
        loop = asyncio.get_running_loop()
        oldest = loop.time() - _KEEP_ALIVE_SECONDS
        for way in self._ways.values():
            for one in way.idle:
                if one.idle_since < oldest:
                    one.abort()
            way.idle = [one for one in way.idle if one.usable]
        some = any(way.idle for way in self._ways.values())
        self._sweep = loop.call_later(_SWEEP_SECONDS, self._close_idle) if some else None

    def _proxies(self) -> HttpUpstream:
        if self._by_proxy is None:
            # Not at the top: proxies are rare, and aiohttp takes a while to import.
            from keyfob_core.transports.http.upstream import HttpUpstream

            self._by_proxy = HttpUpstream(self._network)
        return self._by_proxy


class _Exchange:
    """One request and its response."""

    __slots__ = ("_connection", "_request", "_upstream", "_way")

    def __init__(self, upstream: WireUpstream, way: Way, request: UpstreamRequest) -> None:
        self._upstream = upstream
        self._way = way
        self._request = request
        self._connection: ServerConnection | None = None

    async def __aenter__(self) -> UpstreamResponse:
        request = self._request
        head = _head(self._way.target, request)
        self._way.busy += 1
        try:
            connection = await self._asked(head, request.body)
        except BaseException as error:
            self._leave()
            if isinstance(error, OSError):
                raise await self._upstream.unreachable(request.url, error) from error
            raise
        body = connection.whole() or _Body(request.url, connection)
        return made(UpstreamResponse, (connection.status, connection.headers, body))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    async def _asked(self, head: bytes, body: bytes) -> ServerConnection:
        calls = self._request.http_method == "POST"
        oldest = asyncio.get_running_loop().time() - _SURELY_OPEN_SECONDS if calls else 0.0
        kept = self._connection = self._way.kept(oldest)
        if kept is not None:
            began = monotonic()
            try:
                await kept.ask(head, body)
            except ConnectionError:
                # The server may have begun what a POST asks for, and must not do it twice.
                if calls or kept.touched or monotonic() - began >= _CLOSED_WHILE_IDLE:
                    raise
                kept.abort()
            else:
                return kept
        fresh = self._connection = await self._upstream.new_connection(self._way)
        await fresh.ask(head, body)
        return fresh

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        self._way.busy -= 1
        if connection is not None and connection.release():
            self._upstream.keep(self._way, connection)


class _Body:
    """The body of a response, read once."""

    __slots__ = ("_connection", "_url")

    def __init__(self, url: str, connection: ServerConnection) -> None:
        self._url = url
        self._connection = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            data = await self._connection.read()
        except ConnectionError as error:
            raise _unreachable(self._url, error) from error
        if not data:
            raise StopAsyncIteration
        return data


def _head(target: Target, request: UpstreamRequest) -> bytes:
    own = ""
    if request.body or request.http_method not in ("GET", "DELETE"):
        own = f"Content-Length: {len(request.body)}\r\n"
    start = f"{request.http_method} {target.path} HTTP/1.1\r\nHost: {target.authority}"
    try:
        return head_bytes(start, request.headers, own)
    except ValueError as error:
        raise UpstreamUnreachable(
            f"A header for {origin_of(target.url)} has characters that HTTP cannot carry."
        ) from error


def _unreachable(url: str, error: OSError) -> UpstreamUnreachable:
    return UpstreamUnreachable(
        f"The server at {origin_of(url)} cannot be reached: {_reason(error)}.",
        "Look whether it runs and whether your network does.",
    )


def _reason(error: OSError) -> str:
    match error:
        case TimeoutError():
            return "it takes too long"
        case ssl.SSLError():
            return "it does not speak TLS as it should"
        case _:
            return error.strerror or str(error)
