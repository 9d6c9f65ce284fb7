"""One Keyfob an installation: a second start shows the first one's window."""

from __future__ import annotations

import asyncio

from keyfob_core.cli.engines import TRAY, running_engine
from keyfob_core.errors import EngineUnreachable
from keyfob_core.steps import Step
from keyfob_core.system.paths import Paths

_ANSWER_SECONDS = 5.0


async def found_running(paths: Paths, platform: str, *, show: bool) -> bool:
    """Whether another tray app runs here; with `show` it is asked to show its window.

    Raises EngineUnreachable where one is there and does not answer.
    """
    try:
        async with asyncio.timeout(_ANSWER_SECONDS), running_engine(paths, platform) as running:
            if running.kind != TRAY:
                return False
            if show:
                await running.call("engine.raise", {}, False, _ignore)
            return True
    except TimeoutError as error:
        raise EngineUnreachable(
            "Keyfob runs already and does not answer.", "End it and start Keyfob again."
        ) from error
    except EngineUnreachable:
        return False


def _ignore(step: Step) -> None:
    del step
