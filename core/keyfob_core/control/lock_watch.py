"""What locks Keyfob by itself: the screen's lock, and a time in which no call came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from keyfob_core.config import LockSettings
from keyfob_core.errors import Error
from keyfob_core.latch import Latch
from keyfob_core.states import LockedBy

_log = logging.getLogger(__name__)
_TURN_SECONDS = 2.0

WatchScreen = Callable[[Callable[[], None]], Awaitable[None]]
"""Calls its argument each time the screen is locked, until it is cancelled."""


class LockWatch:
    """Locks as `[lock]` in config.toml says."""

    def __init__(
        self,
        settings: Callable[[], LockSettings],
        latch: Latch,
        lock: Callable[[LockedBy], None],
        watch_screen: WatchScreen,
        *,
        turn: float = _TURN_SECONDS,
    ) -> None:
        """`turn` is how often the time without a call is looked at, in seconds."""
        self._settings = settings
        self._latch = latch
        self._lock = lock
        self._watch_screen = watch_screen
        self._turn = turn
        self._tasks: tuple[asyncio.Future[None], ...] = ()

    def start(self) -> None:
        """Watch from now on; `close` ends it."""
        screen = asyncio.ensure_future(self._watch_screen(self._screen_locked))
        self._tasks = (asyncio.ensure_future(self._watch_idle()), screen)

    async def close(self) -> None:
        """End it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _screen_locked(self) -> None:
        if self._settings().screen:
            self._shut(LockedBy.SCREEN)

    async def _watch_idle(self) -> None:
        while True:
            await asyncio.sleep(self._turn)
            minutes = self._settings().idle
            if minutes is not None and self._latch.unused_for >= minutes * 60.0:
                self._shut(LockedBy.IDLE)

    def _shut(self, by: LockedBy) -> None:
        try:
            self._lock(by)
        except Error as error:
            _log.error("The lock holds, but would not outlive a restart: %s", error.message)
