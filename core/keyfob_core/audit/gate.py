"""The audit log as the engine holds it: shut until the store gives its key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keyfob_core.audit.anchor import Anchor, anchored_head, audit_key
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.query import tail
from keyfob_core.audit.verify import Verification, verify
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Clock, SecretStore


class AuditGate:
    """Refuses every event until `open` succeeds: what cannot be recorded does not happen."""

    def __init__(self, folder: Path, store: SecretStore, clock: Clock) -> None:
        self._folder = folder
        self._store = store
        self._clock = clock
        self._log: AuditLog | None = None
        self._anchor: Anchor | None = None

    @property
    def is_open(self) -> bool:
        """Whether events can be recorded."""
        return self._log is not None

    async def open(self) -> None:
        """Fetch the key and continue the chain.

        Raises StoreLocked, StoreUnavailable or AuditUnavailable; may be tried again.
        """
        if self._log is not None:
            return
        key = await audit_key(self._store)
        log = AuditLog(self._folder, key, self._clock)
        anchor = Anchor(self._store, log, self._clock)
        try:
            await anchor.check()
        except BaseException:
            log.close()
            raise
        self._log, self._anchor = log, anchor

    def record(self, event: AuditEvent) -> None:
        """Chain the event and hand it to the kernel; raises AuditUnavailable."""
        if self._log is None:
            raise AuditUnavailable(
                "The audit log is shut, because its key lies in a keychain that is not open.",
                "Unlock the keychain; Keyfob goes on by itself.",
            )
        self._log.record(event)

    def tail(self, count: int) -> tuple[Mapping[str, Any], ...]:
        """The last events, oldest first."""
        return tail(self._folder, count)

    async def verify(self) -> Verification:
        """Check the whole chain; raises the store's errors and AuditUnavailable."""
        key, anchor = await audit_key(self._store), await anchored_head(self._store)
        return await asyncio.to_thread(verify, self._folder, key, anchor)

    async def keep(self, *, now: bool = False) -> None:
        """Anchor the chain's head in the store if it is time, or at once."""
        if self._anchor is not None:
            await self._anchor.keep(now=now)

    async def close(self) -> None:
        """Anchor the head and close the log."""
        await self.keep(now=True)
        if self._log is not None:
            self._log.close()
            self._log = None
