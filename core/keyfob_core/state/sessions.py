from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from keyfob_core.errors import StateUnavailable
from keyfob_core.ports import Clock
from keyfob_core.sessions.session_life import Life, Phase
from keyfob_core.sessions.session_notes import Owner
from keyfob_core.sessions.upstream_sessions import SessionRow
from keyfob_core.state.database import Database

MAX_AGE = 400 * 24 * 3600.0
"""Seconds after which a session that nobody ended is forgotten, whatever the limits are."""
MAX_COUNT = 20_000
"""Sessions kept at most; the oldest make room."""
_WRITE_EVERY = 60.0
"""Seconds; how late the last use of a session may reach the disk."""


class SessionRecords:
    """Whom each upstream session was issued to: found in memory, kept in state.db."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        max_age: float = MAX_AGE,
        max_count: int = MAX_COUNT,
    ) -> None:
        self._database = database
        self._max_age = max_age
        self._max_count = max_count
        self._sessions: dict[str, SessionRow] = {
            row[0]: SessionRow(row[0], Owner(*row[1:4]), Life(row[4], row[5], Phase.SUSPENDED))
            for row in database.rows(
                "SELECT digest, client, server, account, issued_at, used_at FROM sessions"
                " ORDER BY issued_at, rowid"
            )
        }
        self._written = {digest: row.life.last_at for digest, row in self._sessions.items()}
        self._pending: dict[str, float] = {}
        self._drop(self._outlived(clock()))

    def owner(self, digest: str) -> tuple[str, str, str] | None:
        """(client, server, account) for the SHA-256 hex digest of an `Mcp-Session-Id`."""
        found = self._sessions.get(digest)
        return None if found is None else found.owner

    def row(self, digest: str) -> SessionRow | None:
        """The session, or None."""
        return self._sessions.get(digest)

    def live(self, digest: str, life: Life) -> None:
        """Note how it lives; its last use is written once a minute at most, and at `close`."""
        row = self._sessions.get(digest)
        if row is None:
            return
        self._sessions[digest] = row._replace(life=life)
        if life.used_at is None or life.used_at == row.life.used_at:
            return
        self._pending[digest] = life.used_at
        if abs(life.used_at - self._written[digest]) >= _WRITE_EVERY:
            # A call must not fail because a date cannot be written; it is tried again later.
            with suppress(StateUnavailable):
                self._write()

    def rows(self) -> Iterator[SessionRow]:
        """All sessions, the oldest first."""
        return iter(tuple(self._sessions.values()))

    def issue(self, digest: str, client: str, server: str, account: str, at: float) -> None:
        """Keep a session that an upstream has just issued, and drop what has outlived its age."""
        with self._database.transaction(durable=False) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sessions (digest, client, server, account, issued_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (digest, client, server, account, at),
            )
        # Taken out first, so that the order stays that of issue.
        self._sessions.pop(digest, None)
        self._sessions[digest] = SessionRow(digest, Owner(client, server, account), Life(at))
        self._written[digest] = at
        self._drop(self._outlived(at))

    def end(self, digest: str) -> None:
        """Forget a session that has ended."""
        if digest in self._sessions:
            self._drop((digest,))

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> int:
        """Forget the sessions that match all that is given; answers how many there were.

        Raises ValueError when nothing is given.
        """
        wanted = (client, server, account)
        if wanted == (None, None, None):
            raise ValueError("name a client, a server or an account")
        found = tuple(
            digest
            for digest, session in self._sessions.items()
            if all(want in (None, has) for want, has in zip(wanted, session.owner, strict=True))
        )
        self._drop(found)
        return len(found)

    def note(self, digest: str, kind: str) -> bytes | None:
        """The sealed note of that kind, or None; raises StateUnavailable."""
        rows = self._database.rows(
            "SELECT sealed FROM session_notes WHERE digest = ? AND kind = ?", (digest, kind)
        )
        return bytes(rows[0][0]) if rows else None

    def keep_note(self, digest: str, kind: str, sealed: bytes) -> None:
        """Keep a note in place of the one before; raises StateUnavailable."""
        with self._database.transaction(durable=False) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO session_notes (digest, kind, sealed) VALUES (?, ?, ?)",
                (digest, kind, sealed),
            )

    def close(self) -> None:
        """Write what is still pending, and clear notes that no session has any more."""
        self._write()
        with self._database.transaction(durable=False) as connection:
            connection.execute(
                "DELETE FROM session_notes WHERE digest NOT IN (SELECT digest FROM sessions)"
            )

    def _write(self) -> None:
        uses = [(at, digest) for digest, at in self._pending.items()]
        if not uses:
            return
        # Noted first: what goes wrong is not tried again at each use.
        self._written.update((digest, at) for at, digest in uses)
        with self._database.transaction(durable=False) as connection:
            connection.executemany("UPDATE sessions SET used_at = ? WHERE digest = ?", uses)
        self._pending.clear()

    def _outlived(self, now: float) -> tuple[str, ...]:
        surplus = len(self._sessions) - self._max_count
        gone: list[str] = []
        for digest, session in self._sessions.items():
            if len(gone) >= surplus and session.life.issued_at >= now - self._max_age:
                break
            gone.append(digest)
        return tuple(gone)

    def _drop(self, digests: tuple[str, ...]) -> None:
        if not digests:
            return
        rows = [(digest,) for digest in digests]
        with self._database.transaction(durable=False) as connection:
            connection.executemany("DELETE FROM sessions WHERE digest = ?", rows)
            connection.executemany("DELETE FROM session_notes WHERE digest = ?", rows)
        for digest in digests:
            del self._sessions[digest]
            self._written.pop(digest, None)
            self._pending.pop(digest, None)
