"""Whether calls pass at all: open, paused by the person, or locked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from keyfob_core.errors import Locked, Paused
from keyfob_core.ports import Clock
from keyfob_core.states import LatchCondition, LatchState, LockedBy


@dataclass(frozen=True, slots=True)
class LatchRecord:
    """What is kept of a lock and of a pause, in seconds since the epoch."""

    locked_at: float | None = None
    locked_by: str | None = None
    paused_at: float | None = None
    paused_until: float | None = None


class LatchTable(Protocol):
    """Keeps a lock and a pause over a restart: ending Keyfob must not open it."""

    def latch(self) -> LatchRecord:
        """What was kept last."""
        ...

    def keep(self, record: LatchRecord) -> None:
        """Keep it; raises StateUnavailable."""
        ...


class Latch:
    """Open, paused or locked; a lock is stronger than a pause and leaves it as it was.

    What it is outlives the engine: a client that could end Keyfob would open it otherwise.
    """

    def __init__(self, table: LatchTable, clock: Clock, changed: Callable[[], None]) -> None:
        self._table = table
        self._clock = clock
        self._changed = changed
        self._record = table.latch()
        self._shut = self._record != LatchRecord()
        self._used_at = clock()

    @property
    def is_open(self) -> bool:
        """Whether calls pass."""
        return not self._shut or self.state.condition is LatchCondition.OPEN

    @property
    def is_locked(self) -> bool:
        """Whether no credential may be used."""
        return self._record.locked_at is not None

    @property
    def state(self) -> LatchState:
        """How it is now; a pause whose time is over has ended."""
        record = self._record
        if record.locked_at is not None:
            return LatchState(
                condition=LatchCondition.LOCKED,
                since=record.locked_at,
                locked_by=LockedBy(record.locked_by or LockedBy.PERSON),
            )
        over = record.paused_until is not None and self._clock() >= record.paused_until
        if record.paused_at is None or over:
            return LatchState()
        return LatchState(
            condition=LatchCondition.PAUSED, since=record.paused_at, until=record.paused_until
        )

    @property
    def unused_for(self) -> float:
        """Seconds since a call passed last, or since the lock was opened."""
        now = self._clock()
        # A clock that is set back must not put a lock off.
        self._used_at = min(self._used_at, now)
        return now - self._used_at

    def used(self) -> None:
        """Note that a call passes."""
        self._used_at = self._clock()

    def check_unlocked(self) -> None:
        """Raise Locked where no credential may be used."""
        if not self.is_locked:
            return
        unlock = "Unlock it in Keyfob, or with `keyfob unlock`."
        if self._record.locked_by == LockedBy.SCREEN:
            raise Locked(
                "Keyfob was locked together with the screen.",
                f"{unlock} `[lock] screen = false` in config.toml, or the page Settings, lets "
                "programs work on while the screen is locked.",
            )
        if self._record.locked_by == LockedBy.IDLE:
            raise Locked(
                "Keyfob was locked after a time without calls.",
                f"{unlock} `[lock] idle` in config.toml, or the page Settings, sets that time.",
            )
        raise Locked("Keyfob is locked.", unlock)

    def check(self) -> None:
        """Raise Locked or Paused where no call passes."""
        self.check_unlocked()
        state = self.state
        if state.condition is LatchCondition.PAUSED:
            until = f" until {_moment(state.until)}" if state.until is not None else ""
            raise Paused(
                f"Keyfob is paused{until}.", "Resume it in Keyfob, or with `keyfob resume`."
            )

    def lock(self, by: LockedBy) -> bool:
        """Let nothing pass from now on; whether it was not locked before.

        A lock that cannot be written holds all the same; raises StateUnavailable then.
        """
        if self.is_locked:
            return False
        self._set(replace(self._record, locked_at=self._clock(), locked_by=by.value))
        return True

    def unlock(self) -> None:
        """End the lock; raises StateUnavailable, and stays locked, where that cannot be kept."""
        if self.is_locked:
            self._table.keep(replace(self._record, locked_at=None, locked_by=None))
            self._used_at = self._clock()
            self._set(replace(self._record, locked_at=None, locked_by=None))

    def pause(self, until: float | None) -> None:
        """Let no call pass before `until` or, without one, before `resume`."""
        self._set(replace(self._record, paused_at=self._clock(), paused_until=until))

    def resume(self) -> None:
        """End a pause."""
        self._set(replace(self._record, paused_at=None, paused_until=None))

    def _set(self, record: LatchRecord) -> None:
        self._record = record
        self._shut = record != LatchRecord()
        self._changed()
        self._table.keep(record)


def _moment(seconds: float | None) -> str:
    return time.strftime("%H:%M", time.localtime(seconds))
