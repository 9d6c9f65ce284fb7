"""What the engine does by itself while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from keyfob_core.accounts.owner import Accounts
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.timers import RenewalTimers
from keyfob_core.errors import AuditUnavailable, Error
from keyfob_core.latch import Latch
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, Clock, SecretStore
from keyfob_core.states import StoreCondition

_log = logging.getLogger(__name__)

_TURN_SECONDS = 2.0
_PATIENCE_SECONDS = 3.0
_TRIM_SECONDS = 3600.0


class Log(Audit, Protocol):
    """The audit log as it is opened and anchored."""

    @property
    def is_open(self) -> bool:
        """Whether events can be recorded."""
        ...

    async def open(self) -> None:
        """Continue the chain; raises Error."""
        ...

    async def keep(self) -> None:
        """Anchor the chain's head if it is time."""
        ...

    async def trim(self, days: int, mebibytes: int) -> int:
        """Remove the oldest files beyond what is kept; raises Error."""
        ...


class Counted(Protocol):
    """Refusals that were counted and not yet written."""

    def settle(self) -> None:
        """Write what was counted in minutes that have ended."""
        ...


class Swept(SecretStore, Protocol):
    """A store that can clear away what a crash left behind."""

    async def sweep(self) -> int:
        """Erase stale generations; raises Error."""
        ...


class Upkeep:
    """Opens what a keychain had shut, reads a changed configuration, anchors the log."""

    def __init__(
        self,
        config: LiveConfig,
        store: Swept,
        log: Log,
        refusals: Counted,
        accounts: Accounts,
        timers: RenewalTimers,
        latch: Latch,
        open_keys: Callable[[], Awaitable[Sequence[AuditEvent]]],
        sweep_sessions: Callable[[], None],
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        """`open_keys` reads our own keys, and answers what is to be recorded of what they tell."""
        self._latch = latch
        self._open_keys = open_keys
        self._sweep_sessions = sweep_sessions
        self._config = config
        self._store = store
        self._audit = log
        self._refusals = refusals
        self._accounts = accounts
        self._timers = timers
        self._changed = changed
        self._clock = clock
        self._trimmed_at = 0.0
        self._is_dropped = False
        """Whether what a lock had dropped has not been read again since it was opened."""
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open_store(self) -> None:
        """Read what lies in the store, once; a store that is shut is looked at again later."""
        async with self._opening:
            await self._open_store()

    async def open_if_ready(self) -> None:
        """Read what lies in the store where that asks nobody: a look must not unlock anything."""
        state = await self._store.state()
        if state.condition is StoreCondition.READY:
            await self.open_store()
        else:
            self._accounts.not_read(self._config().accounts, state.reason or "The store is shut.")

    async def _open_store(self) -> None:
        if self._audit.is_open:
            return
        try:
            # Before the log is open nothing is forwarded: not by an approval that is none.
            noticed = await self._open_keys()
            await self._audit.open()
            for event in noticed:
                self.record(event)
            await self._store.sweep()
        except Error as error:
            # One question to a shut keychain is enough: each may show an unlock prompt.
            self._accounts.not_read(self._config().accounts, error.message)
            return
        await self._read_accounts()

    async def reopen(self) -> None:
        """Read again what a lock had dropped; what the store does not give is read later.

        Raises Error.
        """
        self._is_dropped = True
        await self.open_store()
        for event in await self._open_keys():
            self.record(event)
        await self._read_accounts()
        self._is_dropped = False

    async def _read_accounts(self) -> None:
        if self._latch.is_locked:
            self._accounts.not_read(self._config().accounts, "Keyfob is locked.")
            return
        for name in self._config().accounts:
            await self._accounts.load(name)

    async def begin(self, patience: float = _PATIENCE_SECONDS) -> None:
        """Open the store, and go on with it behind the caller's back where that takes longer.

        A keychain that asks the person for its password may take minutes, and a window must be
        there meanwhile. `close` ends it.
        """
        # A locked Keyfob asks for nothing by itself.
        opening = asyncio.ensure_future(
            self.open_if_ready() if self._latch.is_locked else self.open_store()
        )
        self._tasks.add(opening)
        opening.add_done_callback(self._tasks.discard)
        await asyncio.wait({opening}, timeout=patience)

    def start(self) -> None:
        """Look after things from now on; `close` ends it."""
        self._tasks.add(asyncio.ensure_future(self._run()))

    async def close(self) -> None:
        """End it."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def record(self, event: AuditEvent) -> None:
        """Record an event of the engine itself, which a shut log does not hold up."""
        with contextlib.suppress(AuditUnavailable):
            self._audit.record(event)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_TURN_SECONDS)
            try:
                await self._turn()
            except Error as error:
                _log.info("Upkeep goes on in its next turn: %s", error.message)

    async def _turn(self) -> None:
        self._timers.update()
        if self._config.refresh():
            waiting = len(self._config.waiting)
            self.record(AuditEvent(event="config_changed", details={"waiting": waiting}))
        if not self._audit.is_open:
            # `state` asks without a prompt, so waiting for an unlock disturbs nobody.
            if (await self._store.state()).condition is StoreCondition.READY:
                await self.open_store()
                self._changed()
            return
        if self._is_dropped and not self._latch.is_locked:
            await self._reopen_if_ready()
        self._refusals.settle()
        await self._audit.keep()
        await self._trim()

    async def _reopen_if_ready(self) -> None:
        if (await self._store.state()).condition is StoreCondition.READY:
            await self.reopen()

    async def _trim(self) -> None:
        now = self._clock()
        if abs(now - self._trimmed_at) < _TRIM_SECONDS:
            return
        # Noted first: what goes wrong is not tried again at each turn.
        self._trimmed_at = now
        self._sweep_sessions()
        kept = self._config().audit
        await self._audit.trim(kept.keep_days, kept.keep_mib)
