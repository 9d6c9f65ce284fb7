"""Sessions with servers, put together: their limits, what is kept of them, and their ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from keyfob_core.accounts.owner import Accounts
from keyfob_core.assembly.servers import Reach
from keyfob_core.config import Config
from keyfob_core.control.session_ends import SessionEnds
from keyfob_core.ports import Audit, Clock
from keyfob_core.sessions.session_notes import SessionNotes
from keyfob_core.sessions.upstream_sessions import SessionLives, Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """What sessions stand on."""

    config: Callable[[], Config]
    records: SessionLives
    notes: SessionNotes
    accounts: Accounts
    reach: Reach
    forget_answers: Callable[[str], None]
    audit: Audit
    clock: Clock


def live_sessions(parts: SessionParts, stack: AsyncExitStack) -> Sessions:
    """The owner of all sessions; what it has begun is waited for as the stack closes."""
    ends = SessionEnds(
        parts.config,
        parts.accounts,
        parts.reach.upstream,
        parts.forget_answers,
        parts.reach.eras.forget_session,
        parts.audit,
        parts.clock,
    )
    stack.push_async_callback(ends.close)
    return Sessions(
        parts.records,
        parts.clock,
        limits=lambda: parts.config().sessions,
        notes=parts.notes,
        ended=ends.ended,
    )
