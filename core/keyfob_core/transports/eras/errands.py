"""Small things that are done for a client that has left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine

from keyfob_core.errors import Error
from keyfob_core.transports.eras.requests import Challenged

_SECONDS = 3.0


class Errands:
    """Tasks that nobody waits for; what becomes of them is not told."""

    def __init__(self) -> None:
        self._tasks = set[asyncio.Task[None]]()

    def start(self, errand: Coroutine[object, object, object]) -> None:
        """Do it soon, in three seconds at most."""
        task = asyncio.create_task(_bounded(errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for what is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)


async def _bounded(errand: Coroutine[object, object, object]) -> None:
    with contextlib.suppress(TimeoutError, Error, Challenged):
        async with asyncio.timeout(_SECONDS):
            await errand
