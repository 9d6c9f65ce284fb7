"""Step 8: what the audit log is told of one call."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from functools import lru_cache
from types import MappingProxyType

from keyfob_core.errors import (
    AccessDenied,
    AnswerAwaited,
    AuditUnavailable,
    Error,
    RequestRefused,
)
from keyfob_core.messages.rpc import Message
from keyfob_core.model import AuditEvent, AuthContext, Details, KnownBy, Listener, Peer, Whole
from keyfob_core.ports import Audit
from keyfob_core.tuples import made

_log = logging.getLogger(__name__)
_LONGEST = 200
"""Characters of a method that is remembered: a client may name one of any length."""


class Call:
    """One call from its first step to its outcome."""

    def __init__(self, audit: Audit, request_id: str) -> None:
        self._audit = audit
        self.request_id = request_id
        self.context: AuthContext | None = None
        self.forwarded = False
        self._outcome: str | None = None
        self._reason: str | None = None
        self._status: int | None = None
        self._bytes = 0

    def forwarding(self, context: AuthContext, members: tuple[Message, ...]) -> None:
        """Record the call before its first byte goes up, and each member of a batch by itself.

        A call that is sent again is recorded again only if it goes with another account. Raises
        AuditUnavailable.
        """
        before, self.context = self.context, context
        if self.forwarded and before is not None and before.account == context.account:
            return
        for one in members[1:]:
            self._audit.record(self._event("forwarding", None, one))
        self._audit.record(self._event("forwarding", None))
        self.forwarded = True

    def failed(self, error: Error) -> None:
        """Note that the flow ended early."""
        denied = isinstance(error, AccessDenied)
        waiting = isinstance(error, AnswerAwaited)
        self._outcome = "denied" if denied else "waiting" if waiting else "failed"
        self._reason = f"{error.code}: {error.message}"

    def counted(self, body: AsyncIterator[bytes], status: int) -> AsyncIterator[bytes]:
        """The body as it is, its bytes counted; its end is the call's outcome."""
        self._status = status
        if isinstance(body, Whole):
            self._bytes += len(body.data)
            self.ended()
            return body
        return _Counted(self, body)

    def passed(self, size: int) -> None:
        """Note that so many bytes of the answer went by."""
        self._bytes += size

    def ended(self) -> None:
        """Note that the answer is whole."""
        self._outcome = "ok" if (self._status or 0) < 400 else "failed"

    def finish(self) -> None:
        """Record the outcome; a call that was neither answered nor refused was cancelled.

        A call that never went up has none: its refusal is its record.
        """
        if not self.forwarded:
            return
        try:
            self._audit.record(self._event("outcome", self._outcome or "cancelled"))
        except AuditUnavailable:
            # The call is over; the next one will not be forwarded.
            _log.error("The outcome of %s could not be recorded.", self.request_id)

    def refused(
        self, error: Error, server: str, peer: str, client: str | None = None
    ) -> AuditEvent:
        """The event for a call that ended before it went up; `client` if the flow named none."""
        context = self.context
        return AuditEvent(
            event="refused",
            request_id=self.request_id or None,
            client=context.client.name if context else client,
            server=context.server if context else server,
            tool=context.tool if context else None,
            account=context.account if context else None,
            outcome=self._outcome or "denied",
            details={"reason": f"{error.code}: {error.message}", "process": peer, **_rule(error)},
        )

    def _event(self, name: str, outcome: str | None, member: Message | None = None) -> AuditEvent:
        context = self.context
        if context is None:
            return AuditEvent(event=name, request_id=self.request_id)
        if member is not None:
            context = context._replace(method=member.method, tool=member.tool)
        is_short = len(context.method or "") <= _LONGEST
        if outcome is None:
            details = (_asked if is_short else _asked.__wrapped__)(
                context.method,
                context.listener,
                context.person,
                context.client.known_by,
                context.peer,
                context.session_id,
                context.decided_by,
            )
        else:
            is_short = is_short and self._reason is None
            end = context.method, self._status, self._bytes, self._reason
            details = (_ended if is_short else _ended.__wrapped__)(*end)
        who = context.client.name, context.server, context.tool, context.account
        return made(AuditEvent, (name, context.request_id, *who, outcome, details))


# A client's next call mostly differs in nothing that is written here.
@lru_cache(maxsize=256)
def _asked(
    method: str | None,
    listener: Listener,
    person: str,
    known_by: KnownBy,
    peer: Peer | None,
    session: str | None,
    decided_by: str | None,
) -> Details:
    return MappingProxyType(
        {
            "method": method,
            "listener": listener,
            "person": person,
            "known_by": known_by,
            "process": peer.executable if peer else None,
            "pid": peer.pid if peer else None,
            "session": session,
            "decided_by": decided_by,
        }
    )


@lru_cache(maxsize=256)
def _ended(method: str | None, status: int | None, size: int, reason: str | None) -> Details:
    return MappingProxyType({"method": method, "status": status, "bytes": size, "reason": reason})


def _rule(error: Error) -> dict[str, str]:
    """The name of the check that a request failed, where it has one."""
    return {"rule": error.rule} if isinstance(error, RequestRefused) and error.rule else {}


class _Counted:
    """A body on its way to the client; no generator, for the loop would keep a list of those."""

    __slots__ = ("_body", "_call")

    def __init__(self, call: Call, body: AsyncIterator[bytes]) -> None:
        self._call = call
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._body.__anext__()
        except StopAsyncIteration:
            self._call.ended()
            raise
        except Error as error:
            self._call.failed(error)
            raise
        self._call.passed(len(chunk))
        return chunk
