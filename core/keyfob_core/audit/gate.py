"""The audit log as the engine holds it: shut until the store gives its key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from keyfob_core.audit.anchor import Anchor, anchored_head, audit_key
from keyfob_core.audit.counting import Counts, count
from keyfob_core.audit.export import exported, write_export
from keyfob_core.audit.log import ROTATE_BYTES, AuditLog, Copy
from keyfob_core.audit.paging import Page, page
from keyfob_core.audit.query import query, selected_lines, tail
from keyfob_core.audit.retention import (
    LogFile,
    Retention,
    keep_base,
    kept_base,
    last_head,
    look,
    superfluous,
)
from keyfob_core.audit.searching import until_given_up
from keyfob_core.audit.selection import Selection
from keyfob_core.audit.verify import Verification, verify
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Clock, SecretStore

_SEARCH_SECONDS = 4.0
"""What one search of the whole log may take."""
_GATHER_SECONDS = 0.2


class AuditGate:
    """Refuses every event until `open` succeeds: what cannot be recorded does not happen."""

    def __init__(
        self,
        folder: Path,
        store: SecretStore,
        clock: Clock,
        *,
        copy: Copy | None = None,
        rotate_bytes: int = ROTATE_BYTES,
    ) -> None:
        self._folder = folder
        self._store = store
        self._clock = clock
        self._copy = copy
        self._rotate_bytes = rotate_bytes
        self._log: AuditLog | None = None
        self._anchor: Anchor | None = None
        self._followers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

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
        if self._followers:
            for loop, news in self._followers:
                loop.call_soon_threadsafe(news.set)

    async def follow(self, after: int, seconds: float | None) -> int:
        """The number of the last event, as soon as it is above `after`, or after `seconds`.

        Events that come close together are told as one. Without `seconds` it is the number as it
        is now; 0 while the log is shut.
        """
        if seconds is None:
            return self._number()
        news = asyncio.Event()
        follower = (asyncio.get_running_loop(), news)
        self._followers.add(follower)
        try:
            if self._number() <= after:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), seconds)
            # Also where there is news already: a busy log would be read without a pause.
            await asyncio.sleep(_GATHER_SECONDS)
        finally:
            self._followers.discard(follower)
        return self._number()

    def _number(self) -> int:
        return self._log.head.count if self._log is not None else 0

    async def page(self, wanted: Mapping[str, Any], count: int) -> Page:
        """The newest events whose fields are as a `Selection` of these names says.

        Raises AuditUnavailable, and ConfigInvalid for an event that there is not.
        """
        selection = Selection(**wanted)
        return await until_given_up(
            lambda now: page(self._folder, selection, count, _SEARCH_SECONDS, now)
        )

    async def counts(
        self, wanted: Mapping[str, Any], since: float, until: float, slices: int
    ) -> Counts:
        """How many calls and refusals there were; raises as `page`."""
        selection = Selection(**wanted)
        return await until_given_up(
            lambda now: count(self._folder, selection, since, until, slices, _SEARCH_SECONDS, now)
        )

    async def export(self, wanted: Mapping[str, Any], form: str, to: Path) -> int:
        """Write the events that are asked for to a file, and answer its size in bytes.

        A file of that name is replaced once all is written. Raises ConfigInvalid and
        AuditUnavailable.
        """
        lines = selected_lines(self._folder, Selection(**wanted))
        return await asyncio.to_thread(write_export, exported(lines, form), to)

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
        for number, file in enumerate(files[:count]):
            try:
                await asyncio.to_thread(file.path.unlink, missing_ok=True)
            except OSError:
                # Windows keeps a file that is being read: it goes next time, with those behind it.
                return number
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
