from __future__ import annotations

import asyncio
from collections.abc import Callable

from keyfob_core.control.wake_watch import WakeWatch
from support.audit_log import SetClock
from support.eventually import eventually


class Woken:
    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


async def test_a_wall_clock_that_leaps_beside_a_steady_one_is_a_sleep() -> None:
    wall, steady, woken = SetClock(1000.0), SetClock(50.0), Woken()
    watch = WakeWatch(wall, woken, None, steady=steady, turn=0.005)
    watch.start()
    await asyncio.sleep(0.02)
    wall.now += 3600.0
    await eventually(lambda: woken.times == 1)
    wall.now -= 3600.0
    await eventually(lambda: woken.times == 2)
    await watch.close()


async def test_clocks_that_go_on_together_are_no_sleep() -> None:
    wall, steady, woken = SetClock(1000.0), SetClock(50.0), Woken()
    watch = WakeWatch(wall, woken, None, steady=steady, turn=0.002)
    watch.start()
    await asyncio.sleep(0)
    for _ in range(20):
        wall.now += 60.0
        steady.now += 60.0
        await asyncio.sleep(0.002)
    await watch.close()
    assert woken.times == 0


async def test_the_system_s_own_word_counts_at_once() -> None:
    woken = Woken()

    async def system(told: Callable[[], None]) -> None:
        told()
        await asyncio.Event().wait()

    watch = WakeWatch(SetClock(), woken, system, turn=60)
    watch.start()
    await eventually(lambda: woken.times == 1)
    await watch.close()
