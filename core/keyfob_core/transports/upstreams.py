"""The way to each server, by what kind of server it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from keyfob_core.config import Config, ServerKind
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream


class Upstreams:
    """Sends each request the way that its server is reached by."""

    def __init__(self, config: Callable[[], Config], http: Upstream, openapi: Upstream) -> None:
        self._config = config
        self._http = http
        self._openapi = openapi

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request; raises what the way raises."""
        server = self._config().servers.get(request.server)
        if server is not None and server.kind is ServerKind.OPENAPI:
            return self._openapi.open(request)
        return self._http.open(request)
