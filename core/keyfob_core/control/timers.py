"""Renewing tokens ahead of their need, so that no call waits for it and none finds it dead."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable

from keyfob_core.accounts.owner import Accounts
from keyfob_core.ports import Clock

_LONGEST_NAP = 15.0
"""Seconds; a machine that slept, or a clock that was set, is noticed within them."""
_SHORTEST_NAP = 0.05


class RenewalTimers:
    """One timer an account, by the wall clock."""

    def __init__(
        self,
        accounts: Accounts,
        names: Callable[[], Iterable[str]],
        clock: Clock,
        *,
        longest_nap: float = _LONGEST_NAP,
    ) -> None:
        self._accounts = accounts
        self._names = names
        self._clock = clock
        self._longest_nap = longest_nap
        self._timers: dict[str, asyncio.Task[None]] = {}

    def update(self) -> None:
        """Begin the timers of new accounts and end those of accounts that are gone."""
        names = set(self._names())
        for name in names - set(self._timers):
            self._timers[name] = asyncio.ensure_future(self._run(name))
        for name in set(self._timers) - names:
            self._timers.pop(name).cancel()

    def wake(self) -> None:
        """Look at the clock now; a renewal that is under way goes on in its owner."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.update()

    async def close(self) -> None:
        """End all timers; a renewal that is under way goes on in its owner."""
        timers = list(self._timers.values())
        self._timers.clear()
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)

    async def _run(self, name: str) -> None:
        while True:
            due = self._accounts.due_at(name)
            left = self._longest_nap if due is None else due - self._clock()
            # asyncio's clock stops while the machine sleeps; short naps look at the wall clock.
            await asyncio.sleep(min(self._longest_nap, max(_SHORTEST_NAP, left)))
            await self._accounts.renew_ahead(name)
            if (self._accounts.due_at(name) or math.inf) <= self._clock():
                # A keychain that is shut, say: it is looked at again, not stormed.
                await asyncio.sleep(self._longest_nap)
