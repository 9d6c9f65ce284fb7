"""The way to a server at an address, by the transport of MCP that it speaks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

from keyfob_core.config import Config, Transport
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.sse.stream import NoEventStream
from keyfob_core.transports.sse.upstream import SseUpstream
from keyfob_core.transports.whole_answer import WholeAnswer, read_whole

_NO_SUCH_DOOR = frozenset({404, 405})
_PERHAPS_NOT = frozenset({400, 415})
_METHOD_NOT_FOUND = -32601


class HttpServers:
    """Sends requests by streamable HTTP, or by HTTP+SSE where the server knows only that.

    Which it is, where config.toml does not say, shows at a client's `initialize`: one that is
    refused as the specification describes (MCP 2025-11-25, transports, backwards compatibility) is
    tried the older way. Nothing else is ever sent a second time, and what was found is remembered
    while the engine runs.
    """

    def __init__(self, config: Callable[[], Config], http: Upstream, sse: SseUpstream) -> None:
        self._config = config
        self._http = http
        self._sse = sse
        self._older: set[tuple[str, str]] = set()

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request; raises UpstreamUnreachable."""
        if self._sse.owns(request):
            return self._sse.open(request)
        server = self._config().servers.get(request.server)
        transport = server.transport if server is not None else Transport.AUTO
        if transport is Transport.SSE:
            return self._sse.open(request)
        if transport is Transport.STREAMABLE or request.method != "initialize":
            return self._http.open(request)
        if (request.server, request.url) in self._older:
            return self._older_first(request)
        return self._newer_first(request)

    @asynccontextmanager
    async def _newer_first(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        async with self._http.open(request) as response:
            if response.status not in _NO_SUCH_DOOR | _PERHAPS_NOT:
                yield response
                return
            refused = await read_whole(response)
        if not _may_be_older(refused):
            yield refused.response()
            return
        opened = False
        try:
            async with self._sse.open(request) as response:
                opened = True
                if response.status < 300:
                    self._older.add((request.server, request.url))
                yield refused.response() if 300 <= response.status < 400 else response
        except NoEventStream:
            if opened:
                raise
            yield refused.response()

    @asynccontextmanager
    async def _older_first(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        opened = False
        try:
            async with self._sse.open(request) as response:
                opened = True
                yield response
        except NoEventStream:
            if opened:
                raise
            # It has changed since.
            self._older.discard((request.server, request.url))
            async with self._http.open(request) as response:
                yield response


def _may_be_older(refused: WholeAnswer) -> bool:
    """Whether a refused `initialize` may mean a server of HTTP+SSE.

    An answer in JSON-RPC to a bad request does not, nor does an unknown method (MCP 2026-07-28).
    """
    message = refused.json_object()
    if refused.status in _PERHAPS_NOT:
        return "jsonrpc" not in message
    error: object = message.get("error")
    fields = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    return fields.get("code") != _METHOD_NOT_FOUND
