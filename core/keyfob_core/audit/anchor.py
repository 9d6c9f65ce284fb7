from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from keyfob_core.audit.chain import GENESIS, AuditHead
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.query import newest_first
from keyfob_core.errors import AuditUnavailable, StoreLocked, StoreUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Clock, SecretStore

KEY_ITEM = "audit/key"
HEAD_ITEM = "audit/head"

_EVERY_EVENTS = 1000
_EVERY_SECONDS = 300.0
_LEAST_SECONDS = 20.0
"""Between two anchors: each costs the disk a sync and the keychain a new item."""


async def audit_key(store: SecretStore) -> bytes:
    """The chain's key of 32 bytes, made at first need.

    Raises StoreLocked or StoreUnavailable, and AuditUnavailable for an item that is no key.
    """
    text = await store.get(KEY_ITEM)
    if text is None:
        text = secrets.token_hex(32)
        await store.put(KEY_ITEM, text)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise AuditUnavailable(
            f"The item {KEY_ITEM} in the credential store is not a key.",
            "Move the audit folder away and erase that item to begin a new log.",
        )
    return key


async def anchored_head(store: SecretStore) -> AuditHead | None:
    """The head anchored last, or None before the first.

    Raises StoreLocked or StoreUnavailable, and AuditUnavailable for an item that is no head.
    """
    text = await store.get(HEAD_ITEM)
    if text is None:
        return None
    try:
        value: Any = json.loads(text)
        return AuditHead(int(value["count"]), str(value["digest"]))
    except (ValueError, TypeError, KeyError) as error:
        raise AuditUnavailable(
            f"The item {HEAD_ITEM} in the credential store is not a head of the audit log.",
            "Erase it; `keyfob audit verify` then cannot tell whether the log's end was cut.",
        ) from error


class Anchor:
    """Keeps the log's head in the credential store, now and then and at a clean end."""

    def __init__(
        self,
        store: SecretStore,
        log: AuditLog,
        clock: Clock,
        *,
        every_events: int = _EVERY_EVENTS,
        every_seconds: float = _EVERY_SECONDS,
        least_seconds: float = _LEAST_SECONDS,
    ) -> None:
        self._store = store
        self._log = log
        self._clock = clock
        self._every_events = every_events
        self._every_seconds = every_seconds
        self._least_seconds = least_seconds
        self._kept: AuditHead | None = None
        self._kept_at = clock()
        self._checked = False

    async def check(self) -> bool:
        """Compare the log with what was anchored; a cut is recorded in the log as `log_cut`.

        To be called at the start; until it succeeded nothing new is anchored, so that a cut
        cannot be covered up by going on. Raises StoreLocked, StoreUnavailable, AuditUnavailable.
        """
        anchored = await anchored_head(self._store)
        head = self._log.head
        whole = anchored is None or await asyncio.to_thread(self._holds, head, anchored)
        if anchored and not whole:
            self._log.record(
                AuditEvent(
                    event="log_cut",
                    details={"anchored": anchored.count, "digest": anchored.digest},
                )
            )
        self._kept = anchored
        self._checked = True
        return whole

    async def keep(self, *, now: bool = False) -> bool:
        """Anchor the head if it is time, or at once; answers whether the store has it.

        A store or a log out of reach is no error: it is tried again at the next call.
        """
        try:
            if not self._checked:
                await self.check()
            head = self._log.head
            if head == self._kept or not (now or self._due(head)):
                return head == self._kept
            # The head must not outlive its log when the power fails.
            await asyncio.to_thread(self._log.sync)
            text = json.dumps({"count": head.count, "digest": head.digest})
            await self._store.put(HEAD_ITEM, text)
        except (StoreLocked, StoreUnavailable, AuditUnavailable):
            return False
        self._kept, self._kept_at = head, self._clock()
        return True

    def _due(self, head: AuditHead) -> bool:
        events = head.count - (self._kept.count if self._kept else 0)
        waited = abs(self._clock() - self._kept_at)
        many = events >= self._every_events and waited >= self._least_seconds
        return many or waited >= self._every_seconds

    def _holds(self, head: AuditHead, anchored: AuditHead) -> bool:
        if anchored.count == 0:
            # Anchored while the log was empty: every log goes on from there.
            return anchored.digest == GENESIS
        if head.count <= anchored.count:
            return head == anchored
        for event in newest_first(self._log.folder):
            sequence = event.get("seq")
            if isinstance(sequence, int) and sequence <= anchored.count:
                return sequence == anchored.count and event.get("mac") == anchored.digest
        return False
