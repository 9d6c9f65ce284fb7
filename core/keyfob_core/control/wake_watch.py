"""Noticing that the machine slept, so that nothing goes on by what it knew before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from keyfob_core.ports import Clock

WatchSleep = Callable[[Callable[[], None]], Awaitable[None]]
"""Calls its argument each time the machine has woken, until it is cancelled."""

_TURN_SECONDS = 2.0
_LEAP_SECONDS = 5.0


class WakeWatch:
    """Calls `woken` when the system says so, and when the wall clock has leapt."""

    def __init__(
        self,
        clock: Clock,
        woken: Callable[[], Awaitable[None]],
        watch_sleep: WatchSleep | None,
        *,
        steady: Clock = time.monotonic,
        turn: float = _TURN_SECONDS,
    ) -> None:
        """`steady` is a clock that stands still while the machine sleeps; `turn` is in seconds."""
        self._clock = clock
        self._woken = woken
        self._watch_sleep = watch_sleep
        self._steady = steady
        self._turn = turn
        self._tasks: set[asyncio.Future[None]] = set()

    def start(self) -> None:
        """Watch from now on; `close` ends it."""
        self._tasks.add(asyncio.ensure_future(self._watch_clocks()))
        if self._watch_sleep is not None:
            self._tasks.add(asyncio.ensure_future(self._watch_sleep(self._wake)))

    async def close(self) -> None:
        """End it."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wake(self) -> None:
        waking = asyncio.ensure_future(self._woken())
        self._tasks.add(waking)
        waking.add_done_callback(self._tasks.discard)

    async def _watch_clocks(self) -> None:
        wall, steady = self._clock(), self._steady()
        while True:
            await asyncio.sleep(self._turn)
            then_wall, then_steady = wall, steady
            wall, steady = self._clock(), self._steady()
            if abs((wall - then_wall) - (steady - then_steady)) > _LEAP_SECONDS:
                self._wake()
