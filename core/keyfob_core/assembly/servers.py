"""The ways to servers, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from keyfob_core.config import Config
from keyfob_core.ports import Upstream
from keyfob_core.transports.forms import Form
from keyfob_core.transports.upstreams import Upstreams


async def reach_servers(
    config: Callable[[], Config], form: Form, stack: AsyncExitStack
) -> Upstream:
    """The one way that the relay knows; its connections are closed with the stack."""
    http = form.upstream()
    stack.push_async_callback(http.close)
    return Upstreams(config, http)
