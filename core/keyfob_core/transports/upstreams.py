"""The way to each server, by what kind of server it is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from keyfob_core.config import Config, Server, ServerKind
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.way import Eras
from keyfob_core.transports.side_sessions import SideSessions
from keyfob_core.transports.whole_answer import answer


class Upstreams:
    """Sends each request the way that its server is reached by, in the era that it speaks."""

    def __init__(
        self,
        config: Callable[[], Config],
        ways: Mapping[ServerKind, Upstream],
        eras: Eras,
        beside: SideSessions,
    ) -> None:
        self._config = config
        self._ways = ways
        self._eras = eras
        self._beside = beside
        self._known = config()

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request; raises what the way raises."""
        config = self._config()
        if config is not self._known:
            self._forget_changed(config)
        server = config.servers.get(request.server)
        # A server that was removed meanwhile is reached once more as it was asked for.
        kind = server.kind if server is not None else ServerKind.HTTP
        way = self._ways[kind]
        if request.beside:
            return self._beside.open(request, _InEitherEra(self._eras, way))
        method = request.method
        if method is None:
            if request.http_method != "GET":
                return self._heard(request, _InEitherEra(self._eras, way))
        elif method == "notifications/cancelled":
            return self._heard(request, _InEitherEra(self._eras, way))
        elif method == "initialize":
            return self._noted(request, way)
        return self._eras.open(request, way)

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> None:
        """End the sessions that are held for them; those that are not named may be any."""
        self._beside.end_of(client=client, server=server, account=account)
        self._eras.end_of(client=client, server=server, account=account)

    @asynccontextmanager
    async def _heard(
        self, request: UpstreamRequest, way: Upstream
    ) -> AsyncGenerator[UpstreamResponse]:
        """Send what may be for a session beside the client's as well, or instead."""
        if await self._beside.heard(request, way):
            yield answer(202)
            return
        async with way.open(request) as response:
            yield response

    @asynccontextmanager
    async def _noted(
        self, request: UpstreamRequest, way: Upstream
    ) -> AsyncGenerator[UpstreamResponse]:
        """Send the beginning of a session, beside which others may be begun."""
        async with self._eras.open(request, way) as response:
            await self._beside.note(request, response)
            yield response

    def _forget_changed(self, config: Config) -> None:
        """Learn a server anew that is reached another way now."""
        before, self._known = self._known, config
        for name, server in before.servers.items():
            now = config.servers.get(name)
            if now is None or _place(now) != _place(server):
                self._eras.forget(name)
                self._beside.end_of(server=name)


class _InEitherEra:
    """A way on which both eras are understood."""

    __slots__ = ("_eras", "_way")

    def __init__(self, eras: Eras, way: Upstream) -> None:
        self._eras = eras
        self._way = way

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        return self._eras.open(request, self._way)


def _place(server: Server) -> tuple[object, ...]:
    return (
        server.url,
        server.command,
        server.env,
        server.secret_fd,
        server.openapi,
        server.transport,
    )
