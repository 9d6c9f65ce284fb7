from __future__ import annotations

import pytest

from keyfob_core.errors import Locked, Paused
from keyfob_core.latch import Latch
from keyfob_core.states import LatchCondition, LockedBy
from support.audit_log import SetClock
from support.tables import MemoryLatch


class World:
    def __init__(self) -> None:
        self.clock, self.table, self.changes = SetClock(), MemoryLatch(), 0
        self.latch = self.again()

    def again(self) -> Latch:
        """As after a restart."""
        return Latch(self.table, self.clock, self._changed)

    def _changed(self) -> None:
        self.changes += 1


def test_it_is_open_at_first() -> None:
    latch = World().latch
    latch.check()
    latch.check_unlocked()
    assert latch.is_open
    assert latch.state.condition is LatchCondition.OPEN


def test_a_lock_lets_nothing_pass_until_it_is_opened_also_over_a_restart() -> None:
    world = World()
    assert world.latch.lock(LockedBy.SCREEN)
    assert not world.latch.lock(LockedBy.PERSON)
    for latch in (world.latch, world.again()):
        assert not latch.is_open
        assert (latch.state.condition, latch.state.locked_by) == ("locked", "screen")
        with pytest.raises(Locked):
            latch.check()
        with pytest.raises(Locked):
            latch.check_unlocked()
    world.latch.unlock()
    assert world.latch.is_open
    assert world.again().is_open


def test_a_pause_ends_at_its_time_and_leaves_credentials_usable() -> None:
    world = World()
    world.latch.pause(world.clock() + 60)
    for latch in (world.latch, world.again()):
        with pytest.raises(Paused):
            latch.check()
        latch.check_unlocked()
    world.clock.now += 60
    assert world.latch.is_open
    world.latch.check()
    assert world.again().state.condition is LatchCondition.OPEN


def test_a_pause_without_a_time_ends_by_hand_alone() -> None:
    world = World()
    world.latch.pause(None)
    world.clock.now += 10 * 365 * 86400
    assert not world.latch.is_open
    world.latch.resume()
    assert world.latch.is_open


def test_a_lock_leaves_the_pause_that_it_came_over() -> None:
    world = World()
    world.latch.pause(None)
    world.latch.lock(LockedBy.PERSON)
    assert world.latch.state.condition is LatchCondition.LOCKED
    world.latch.unlock()
    assert world.latch.state.condition is LatchCondition.PAUSED


def test_the_time_without_a_call_counts_from_the_last_one_and_from_the_unlock() -> None:
    world = World()
    world.clock.now += 50
    assert world.latch.unused_for == 50
    world.latch.used()
    assert world.latch.unused_for == 0
    world.latch.lock(LockedBy.IDLE)
    world.clock.now += 500
    world.latch.unlock()
    assert world.latch.unused_for == 0


def test_a_clock_that_is_set_back_does_not_put_off_the_lock_without_calls() -> None:
    world = World()
    world.clock.now -= 7200
    assert world.latch.unused_for == 0
    world.clock.now += 600
    assert world.latch.unused_for == 600


def test_every_change_is_told() -> None:
    world = World()
    world.latch.lock(LockedBy.PERSON)
    world.latch.unlock()
    world.latch.pause(None)
    world.latch.resume()
    assert world.changes == 4


@pytest.mark.parametrize(
    ("by", "said"),
    [(LockedBy.SCREEN, "screen = false"), (LockedBy.IDLE, "`[lock] idle`")],
)
def test_what_locked_keyfob_by_itself_is_named_with_what_turns_it_off(
    by: LockedBy, said: str
) -> None:
    world = World()
    world.latch.lock(by)
    with pytest.raises(Locked) as refused:
        world.latch.check()
    assert said in refused.value.hint
    assert "keyfob unlock" in refused.value.hint
