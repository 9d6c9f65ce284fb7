"""Upstream sessions: each belongs to one client, server and account, and to nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from keyfob_core.errors import RequestRefused
from keyfob_core.ports import Clock, SessionTable
from keyfob_core.sessions.session_life import (
    USUAL_LIMITS,
    Ending,
    Life,
    Phase,
    SessionLimits,
    SessionState,
)
from keyfob_core.sessions.session_notes import UPSTREAM, Owner, SessionNotes

NO_ACCOUNT = ""
_NEWS = 1.0
"""Seconds; that a session was used a moment ago is not noted again."""
NAME_LENGTH = 16
"""Characters of a session's digest by which people and the audit know it."""


class SessionRow(NamedTuple):
    """One session as it is kept."""

    digest: str
    owner: Owner
    life: Life


class SessionLives(SessionTable, Protocol):
    """The table of sessions with their lives."""

    def row(self, digest: str) -> SessionRow | None:
        """The session, or None."""
        ...

    def live(self, digest: str, life: Life) -> None:
        """Note how it lives; may be written lazily."""
        ...

    def rows(self) -> Iterator[SessionRow]:
        """All sessions, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that is over, with what its server can be told it by."""

    owner: Owner
    why: Ending
    session: str | None
    """The id at the server; None where it is not known any more."""


class Sessions:
    """Honours an `Mcp-Session-Id` only from the client it was issued to, and within limits."""

    def __init__(
        self,
        table: SessionLives,
        clock: Clock,
        *,
        limits: Callable[[], SessionLimits] = lambda: USUAL_LIMITS,
        notes: SessionNotes | None = None,
        ended: Callable[[str, Ended], None] = lambda digest, ended: None,
    ) -> None:
        """`ended` is told the digest of each session that ends while this runs."""
        self._table = table
        self._clock = clock
        self._limits = limits
        self._notes = notes
        self._ended = ended

    def check(
        self,
        session: str,
        client: str,
        server: str,
        account: str | None,
        usual: Callable[[], str | None] = lambda: None,
    ) -> str:
        """Refuse a session that is not this triple's, or is over; mostly answers an empty text.

        A call whose tool has an account of its own comes in the session of the account that its
        server has `usual`ly: it stands beside that session, whose digest is answered. 404 is what
        a client must answer with a new `initialize` (MCP 2025-11-25, transports).
        """
        digest = session_digest(session)
        row = self._table.row(digest)
        beside = row is None or row.owner != (client, server, account or NO_ACCOUNT)
        if row is None or (beside and row.owner != (client, server, usual() or NO_ACCOUNT)):
            raise RequestRefused(
                404, "There is no such session.", "Initialize a new one.", rule="session-foreign"
            )
        now, life = self._clock(), row.life
        if life.step is not Phase.ACTIVE or not 0 <= now - life.last_at < _NEWS:
            over = life.outlived(now, self._limits())
            if over is not None:
                self._end(digest, over)
                raise RequestRefused(
                    404, "The session is over.", "Initialize a new one.", rule="session-over"
                )
            self._table.live(digest, life.used(now))
        return digest if beside else ""

    def issue(self, session: str, client: str, server: str, account: str | None) -> None:
        """Bind a session id that the upstream has just given out."""
        digest = session_digest(session)
        if self._table.owner(digest) is not None:
            return
        owner = Owner(client, server, account or NO_ACCOUNT)
        self._make_room(client)
        self._table.issue(digest, *owner, self._clock())
        if self._notes is not None:
            self._notes.keep(owner, digest, UPSTREAM, {"id": session})

    def note(
        self,
        owner: tuple[str, str, str | None],
        asked: str | None,
        issued: str | None,
        http_method: str,
        status: int,
    ) -> None:
        """Note what an answer says of a session: that it begins, or that there is none any more.

        `owner` is (client, server, account); `asked` came with the request, `issued` with the
        answer.
        """
        if issued is not None and status < 400 and issued != asked:
            self.issue(issued, *owner)
        # To a GET, many a server without a stream of its own says 404 where 405 is meant; if it was
        # the session, it says so again to what is posted next.
        ended = (http_method == "DELETE" and status < 300) or (
            status == 404 and http_method != "GET"
        )
        if asked is not None and ended:
            self.end(asked)

    def end(self, session: str) -> None:
        """Forget a session that its client has ended, or that its server does not know."""
        self._end(session_digest(session), Ending.CLIENT)

    def end_named(self, name: str) -> int:
        """End the session of that id for the person; answers how many there were."""
        found = [row.digest for row in self._table.rows() if row.digest.startswith(name)]
        if len(found) == 1:
            self._end(found[0], Ending.PERSON)
        return len(found)

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> int:
        """End the sessions of a client, a server or an account; answers how many there were.

        Raises ValueError when nothing is given.
        """
        wanted = (client, server, account)
        if wanted == (None, None, None):
            raise ValueError("name a client, a server or an account")
        found = [
            row.digest
            for row in self._table.rows()
            if all(want in (None, has) for want, has in zip(wanted, row.owner, strict=True))
        ]
        for digest in found:
            self._end(digest, Ending.PERSON)
        return len(found)

    def suspend(self) -> None:
        """Keyfob is locked: what is used after that comes back from it."""
        for row in tuple(self._table.rows()):
            self._table.live(row.digest, row.life.suspended())

    def sweep(self) -> None:
        """End what has outlived its limits."""
        now, limits = self._clock(), self._limits()
        for row in tuple(self._table.rows()):
            over = row.life.outlived(now, limits)
            if over is not None:
                self._end(row.digest, over)

    def list(self) -> tuple[SessionState, ...]:
        """All sessions as people see them, the oldest first."""
        now = self._clock()
        return tuple(
            SessionState(
                id=digest[:NAME_LENGTH],
                client=owner.client,
                server=owner.server,
                account=owner.account or None,
                phase=life.phase(now),
                issued_at=life.issued_at,
                used_at=life.used_at,
            )
            for digest, owner, life in self._table.rows()
        )

    def _make_room(self, client: str) -> None:
        rows = [row for row in self._table.rows() if row.owner.client == client]
        surplus = len(rows) + 1 - self._limits().per_client
        for row in sorted(rows, key=lambda row: row.life.last_at)[: max(0, surplus)]:
            self._end(row.digest, Ending.NUMBER)

    def _end(self, digest: str, why: Ending) -> None:
        owner = self._table.owner(digest)
        if owner is None:
            return
        bound = Owner(*owner)
        note = self._notes.find(bound, digest, UPSTREAM) if self._notes else None
        self._table.end(digest)
        self._ended(digest, Ended(bound, why, str(note["id"]) if note else None))


@lru_cache(maxsize=256)
def session_digest(session: str) -> str:
    """What is kept of a session id: it opens a session, so it is not written anywhere."""
    return hashlib.sha256(session.encode(errors="surrogatepass")).hexdigest()


def pool_of(client: str, server: str, account: str | None) -> str:
    """The name of what one client, server and account share, and others never."""
    return "\n".join((client, server, account or NO_ACCOUNT))


def is_of(
    pool: str, *, client: str | None = None, server: str | None = None, account: str | None = None
) -> bool:
    """Whether a pool is theirs; those that are not named may be any."""
    wanted = (client, server, account)
    return all(one in (None, has) for one, has in zip(wanted, pool.split("\n"), strict=True))
