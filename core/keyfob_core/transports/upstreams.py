"""The way to each server, by what kind of server it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from keyfob_core.config import Config, Server, ServerKind
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.way import Eras


class Upstreams:
    """Sends each request the way that its server is reached by, in the era that it speaks."""

    def __init__(
        self, config: Callable[[], Config], ways: Mapping[ServerKind, Upstream], eras: Eras
    ) -> None:
        self._config = config
        self._ways = ways
        self._eras = eras
        self._known = config()

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request; raises what the way raises."""
        config = self._config()
        if config is not self._known:
            self._forget_changed(config)
        server = config.servers.get(request.server)
        # A server that was removed meanwhile is reached once more as it was asked for.
        kind = server.kind if server is not None else ServerKind.HTTP
        return self._eras.open(request, self._ways[kind])

    def _forget_changed(self, config: Config) -> None:
        """Learn a server anew that is reached another way now."""
        before, self._known = self._known, config
        for name, server in before.servers.items():
            now = config.servers.get(name)
            if now is None or _place(now) != _place(server):
                self._eras.forget(name)


def _place(server: Server) -> tuple[object, ...]:
    return (
        server.url,
        server.command,
        server.env,
        server.secret_fd,
        server.openapi,
        server.transport,
    )
