"""One Keyfob an installation: a second start finds the first one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import StrEnum
from typing import Any, Protocol, cast

from keyfob_core.control.client import ControlClient
from keyfob_core.errors import EngineUnreachable
from keyfob_core.system.sockets import Endpoint, connect

ANSWER_SECONDS = 5.0
"""How long the other engine may take to answer."""


class Handover(StrEnum):
    """What a start of the desktop found."""

    ALONE = "alone"
    """No engine runs, or one that has been told to end."""
    RAISED = "raised"
    """Another desktop runs and shows its window."""
    SERVED = "served"
    """`keyfob serve` was started by hand and is kept."""


class Control(Protocol):
    """A connection to the running engine."""

    async def call(
        self, verb: str, args: Mapping[str, object] | None = None, *, confirmed: bool = False
    ) -> object:
        """Do a verb there."""
        ...


Reach = Callable[[], AbstractAsyncContextManager[Control]]
"""Connects to the running engine; raises EngineUnreachable where none runs."""


def reach_engine(endpoint: Endpoint) -> Reach:
    """The way to the engine behind this control socket."""

    @asynccontextmanager
    async def reach() -> AsyncIterator[Control]:
        client = ControlClient(*await connect(endpoint))
        try:
            yield client
        finally:
            await client.close()

    return reach


async def hand_over(reach: Reach, within: float = ANSWER_SECONDS) -> Handover:
    """Find the running engine: raise a desktop, end one that a client started, keep a `serve`.

    Raises EngineUnreachable where one runs and does not answer.
    """
    try:
        async with asyncio.timeout(within), reach() as control:
            return await _settle(control)
    except TimeoutError as error:
        raise EngineUnreachable(
            "Keyfob runs already and does not answer.", "End it and start Keyfob again."
        ) from error
    except EngineUnreachable:
        return Handover.ALONE


async def _settle(control: Control) -> Handover:
    info = cast("Mapping[str, Any]", await control.call("engine.info"))
    match info.get("kind"):
        case "desktop":
            await control.call("engine.raise")
            return Handover.RAISED
        case "background":
            await control.call("engine.stop", confirmed=True)
            return Handover.ALONE
        case _:
            return Handover.SERVED
