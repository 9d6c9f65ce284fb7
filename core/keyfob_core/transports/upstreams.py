"""The way to each server, by what kind of server it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from keyfob_core.config import Config, ServerKind
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream


class Upstreams:
    """Sends each request the way that its server is reached by."""

    def __init__(self, config: Callable[[], Config], ways: Mapping[ServerKind, Upstream]) -> None:
        self._config = config
        self._ways = ways

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request; raises what the way raises."""
        server = self._config().servers.get(request.server)
        # A server that was removed meanwhile is reached once more as it was asked for.
        kind = server.kind if server is not None else ServerKind.HTTP
        return self._ways[kind].open(request)
