"""The ways to servers, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from keyfob_core.config import Config
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.eras import Eras
from keyfob_core.transports.forms import Form
from keyfob_core.transports.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class Reach:
    """What the relay reaches servers by."""

    upstream: Upstream
    eras: Eras


async def reach_servers(
    config: Callable[[], Config], form: Form, clock: Clock, stack: AsyncExitStack
) -> Reach:
    """The one way that the relay knows; its connections are closed with the stack."""
    http = form.upstream()
    stack.push_async_callback(http.close)
    eras = Eras(clock=clock)
    stack.push_async_callback(eras.close)
    return Reach(Upstreams(config, http, eras), eras)
