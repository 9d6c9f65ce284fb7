"""How the store, an account and the latch are, in a word: what commands need of the states."""

from __future__ import annotations

from enum import StrEnum


class StoreCondition(StrEnum):
    """How the credential store is."""

    READY = "ready"
    LOCKED = "locked"
    MISSING = "missing"
    FROZEN = "frozen"
    OUTDATED = "outdated"
    """An older file lies where a newer one was written."""
    GONE = "gone"
    """No file lies where one with secrets was written."""


class AccountCondition(StrEnum):
    """How an account is."""

    HEALTHY = "healthy"
    REFRESHING = "refreshing"
    NEEDS_YOU = "needs you"
    FAILED = "failed"
    NOT_CONNECTED = "not connected"
    UNREAD = "unread"
    """Its secret lies where nothing can be read now: it may well be connected."""


class LatchCondition(StrEnum):
    """Whether calls pass at all."""

    OPEN = "open"
    PAUSED = "paused"
    LOCKED = "locked"
