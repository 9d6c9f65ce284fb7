"""A session's life: created, active, idle, suspended, recovered, ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

IDLE_AFTER = 300.0
"""Seconds without a request after which a session counts as idle."""


class Phase(StrEnum):
    """Where a session stands."""

    CREATED = "created"
    """Issued, and not used yet."""
    ACTIVE = "active"
    IDLE = "idle"
    """Not used for five minutes."""
    SUSPENDED = "suspended"
    """Keyfob was started anew or locked since its last use."""
    RECOVERED = "recovered"
    """Used again after that, for the first time."""
    ENDED = "ended"


class Ending(StrEnum):
    """Why a session ends."""

    CLIENT = "client"
    """Its client said so, or its server no longer knows it."""
    PERSON = "person"
    AGE = "age"
    IDLENESS = "idleness"
    NUMBER = "number"
    """Its client has too many."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The `[sessions]` table: how old, how idle and how many sessions of a client may be."""

    max_age: float = 30 * 86400.0
    """Seconds since it was issued."""
    max_idle: float = 7 * 86400.0
    """Seconds since its last use."""
    per_client: int = 500


USUAL_LIMITS = SessionLimits()


class Life(NamedTuple):
    """One session's life; every step answers a new one. Times are in seconds since the epoch."""

    issued_at: float
    used_at: float | None = None
    step: Phase = Phase.CREATED
    """The last step that something brought about; time alone makes a session idle."""

    @property
    def last_at(self) -> float:
        """When it was used last, or issued."""
        return self.issued_at if self.used_at is None else self.used_at

    def used(self, at: float) -> Life:
        """A request came; what has ended stays so."""
        if self.step is Phase.ENDED:
            return self
        resumed = self.step is Phase.SUSPENDED
        return Life(self.issued_at, at, Phase.RECOVERED if resumed else Phase.ACTIVE)

    def suspended(self) -> Life:
        """Keyfob was locked, or has ended; what has ended stays so."""
        return self if self.step is Phase.ENDED else self._replace(step=Phase.SUSPENDED)

    def ended(self) -> Life:
        """It is over."""
        return self._replace(step=Phase.ENDED)

    def phase(self, now: float) -> Phase:
        """Where it stands now."""
        rests = self.step not in (Phase.ENDED, Phase.SUSPENDED)
        return Phase.IDLE if rests and now - self.last_at >= IDLE_AFTER else self.step

    def outlived(self, now: float, limits: SessionLimits) -> Ending | None:
        """Which limit it has passed; a clock that went back makes nothing older."""
        if now - self.issued_at >= limits.max_age:
            return Ending.AGE
        return Ending.IDLENESS if now - self.last_at >= limits.max_idle else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """A session as people see it; `id` is the beginning of a digest and opens nothing."""

    id: str
    client: str
    server: str
    """Empty for all servers at once."""
    account: str | None
    phase: Phase
    issued_at: float
    used_at: float | None
