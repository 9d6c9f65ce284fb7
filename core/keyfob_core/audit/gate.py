"""The audit log as the engine holds it: shut until the store gives its key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keyfob_core.audit.anchor import Anchor, anchored_head, audit_key
from keyfob_core.audit.log import ROTATE_BYTES, AuditLog, Copy
from keyfob_core.audit.query import query, tail
from keyfob_core.audit.retention import (
    LogFile,
    Retention,
    keep_base,
    kept_base,
    last_head,
    look,
    superfluous,
)
from keyfob_core.audit.selection import Selection
from keyfob_core.audit.verify import Verification, verify
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Clock, SecretStore


class AuditGate:
    """Refuses every event until `open` succeeds: what cannot be recorded does not happen."""

    def __init__(
        self,
        folder: Path,
        store: SecretStore,
        clock: Clock,
        *,
        copy: Copy = lambda _: None,
        rotate_bytes: int = ROTATE_BYTES,
    ) -> None:
        self._folder = folder
        self._store = store
        self._clock = clock
        self._copy = copy
        self._rotate_bytes = rotate_bytes
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
        log = AuditLog(
            self._folder, key, self._clock, rotate_bytes=self._rotate_bytes, copy=self._copy
        )
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

    async def query(self, wanted: Mapping[str, Any], count: int) -> tuple[Mapping[str, Any], ...]:
        """The last events whose fields are as a `Selection` of these names says, oldest first.

        Raises AuditUnavailable, and ConfigInvalid for an event that there is not.
        """
        return await asyncio.to_thread(query, self._folder, Selection(**wanted), count)

    async def verify(self) -> Verification:
        """Check the whole chain; raises the store's errors and AuditUnavailable."""
        key, anchor = await audit_key(self._store), await anchored_head(self._store)
        base = await kept_base(self._store)
        return await asyncio.to_thread(verify, self._folder, key, anchor, base)

    async def trim(self, days: int, mebibytes: int) -> int:
        """Remove the oldest files that are older or beyond this size, and answer how many.

        The place where the log then begins is in the store and in the log before anything goes.
        Raises the store's errors and AuditUnavailable.
        """
        if self._log is None or self._anchor is None:
            return 0
        files = await asyncio.to_thread(self._look)
        count = superfluous(files, Retention(days, mebibytes), self._clock())
        base = last_head(files[count - 1].path) if count else None
        # An anchor in a removed file would look like a log that was cut.
        if base is None or not await self._anchor.keep(now=True):
            return 0
        await keep_base(self._store, base)
        self._log.record(
            AuditEvent(
                event="log_trimmed",
                details={"events": base.count, "digest": base.digest, "files": count},
            )
        )
        for file in files[:count]:
            await asyncio.to_thread(file.path.unlink, missing_ok=True)
        return count

    def _look(self) -> tuple[LogFile, ...]:
        try:
            return look(self._folder)
        except OSError as error:
            raise AuditUnavailable(
                f"The audit log in {self._folder} cannot be read: {error.strerror or error}.",
                "Check whose folder it is.",
            ) from error

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
