from __future__ import annotations

import asyncio
from collections.abc import Callable

from keyfob_core.config import LockSettings
from keyfob_core.control.lock_watch import LockWatch
from keyfob_core.latch import Latch
from keyfob_core.states import LockedBy
from support.audit_log import SetClock
from support.eventually import eventually
from support.tables import MemoryLatch


async def _no_screen(_: Callable[[], None]) -> None:
    await asyncio.Event().wait()


class World:
    def __init__(self, settings: LockSettings) -> None:
        self.clock = SetClock()
        self.latch = Latch(MemoryLatch(), self.clock, lambda: None)
        self.locked: list[LockedBy] = []
        self.turns = 0
        self.watch = LockWatch(
            lambda: self._settings(settings), self.latch, self.locked.append, _no_screen, turn=0
        )

    def _settings(self, settings: LockSettings) -> LockSettings:
        self.turns += 1
        return settings


async def test_a_time_without_calls_locks() -> None:
    world = World(LockSettings(idle=5))
    world.clock.now += 299
    world.watch.start()
    await eventually(lambda: world.turns > 2)
    assert world.locked == []
    world.clock.now += 1
    await eventually(lambda: bool(world.locked))
    await world.watch.close()
    assert world.locked[0] is LockedBy.IDLE


async def test_no_time_locks_unless_it_is_set() -> None:
    world = World(LockSettings())
    world.clock.now += 10**6
    world.watch.start()
    await eventually(lambda: world.turns > 3)
    await world.watch.close()
    assert world.locked == []
