"""The ways to servers, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from keyfob_core.config import Config
from keyfob_core.network import Network
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.forms import Form
from keyfob_core.transports.http_servers import HttpServers
from keyfob_core.transports.sse_upstream import SseUpstream
from keyfob_core.transports.upstreams import Upstreams


async def reach_servers(
    config: Callable[[], Config],
    form: Form,
    network: Network,
    clock: Clock,
    stack: AsyncExitStack,
) -> Upstream:
    """The one way that the relay knows; its connections are closed with the stack."""
    http = form.upstream(network)
    stack.push_async_callback(http.close)
    sse = SseUpstream(http, clock)
    stack.push_async_callback(sse.close)
    return Upstreams(config, HttpServers(config, http, sse))
