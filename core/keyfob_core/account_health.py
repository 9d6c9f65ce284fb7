"""How accounts are: what keeps their renewal up, and until when it is not tried again."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from keyfob_core.errors import StateUnavailable
from keyfob_core.ports import Clock, Pause, PauseTable
from keyfob_core.states import AccountCondition

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
_SPREAD = 0.25


@dataclass(slots=True)
class _Health:
    condition: AccountCondition = AccountCondition.HEALTHY
    reason: str | None = None
    refused_generation: int = 0
    dead_generation: int = 0


class AccountHealth:
    """The conditions of accounts by name, and their pauses, which outlive a restart."""

    def __init__(self, pauses: PauseTable, clock: Clock, changed: Callable[[], None]) -> None:
        self._pauses = pauses
        self._clock = clock
        self._changed = changed
        self._accounts: dict[str, _Health] = {}

    def condition(self, account: str) -> tuple[AccountCondition, str | None]:
        """How the account is, and why."""
        health = self._of(account)
        pause = self._pauses.pause(account)
        if pause is not None and health.condition is AccountCondition.HEALTHY:
            return AccountCondition.FAILED, pause.reason
        return health.condition, health.reason

    def fall(self, account: str, condition: AccountCondition, reason: str | None) -> None:
        """Note how the account is now."""
        health = self._of(account)
        health.condition, health.reason = condition, reason
        self._changed()

    def recover(self, account: str) -> None:
        """Note that the account has a new credential, or none: what was known is over."""
        self._accounts.pop(account, None)
        self.end_pause(account)

    def refuse(self, account: str, generation: int) -> None:
        """Note that the server refused a generation although it was fresh."""
        self._of(account).refused_generation = generation
        self.fall(account, AccountCondition.FAILED, "the server refuses a fresh sign-in")

    def is_refused(self, account: str, generation: int) -> bool:
        """Whether refreshing this generation again is no use."""
        return self._of(account).refused_generation == generation

    def end(self, account: str, generation: int) -> None:
        """Note that the issuer called a generation's refresh token invalid."""
        self._of(account).dead_generation = generation
        self.fall(account, AccountCondition.NEEDS_YOU, "its sign-in has ended")

    def has_ended(self, account: str, generation: int) -> bool:
        """Whether only a person can renew this generation."""
        return self._of(account).dead_generation == generation

    def back_off(self, account: str, reason: str) -> None:
        """Begin a pause, twice as long as the last one."""
        before = self._pauses.pause(account)
        failures = before.failures + 1 if before else 1
        seconds = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
        # The jitter keeps many accounts of one issuer from coming back at the same moment.
        seconds *= random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311
        self._keep(account, Pause(failures, self._clock() + seconds, reason))
        self.fall(account, AccountCondition.FAILED, reason)

    def end_pause(self, account: str) -> None:
        """Let the account be renewed again at once."""
        self._keep(account, None)

    def paused_until(self, account: str) -> float:
        """When its renewal may be tried again, in seconds since the epoch; 0 for now."""
        pause = self._pauses.pause(account)
        # A pause from beyond its longest was made under another clock.
        if pause is None or pause.not_before - self._clock() > _LONGEST_PAUSE * (1 + _SPREAD):
            return 0.0
        return pause.not_before

    def _keep(self, account: str, pause: Pause | None) -> None:
        # The table remembers it without its disk, and a full disk must not cost a token.
        with contextlib.suppress(StateUnavailable):
            self._pauses.keep(account, pause)

    def _of(self, account: str) -> _Health:
        return self._accounts.setdefault(account, _Health())
