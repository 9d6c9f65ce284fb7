from __future__ import annotations

from keyfob_core.ports import Clock
from keyfob_core.state.database import Database

MAX_AGE = 30 * 24 * 3600.0
"""Seconds after which a session that nobody ended is forgotten."""
MAX_COUNT = 20_000
"""Sessions kept at most; the oldest make room."""


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
        self._sessions: dict[str, tuple[str, str, str, float]] = {
            row[0]: (row[1], row[2], row[3], row[4])
            for row in database.rows(
                "SELECT digest, client, server, account, issued_at FROM sessions"
                " ORDER BY issued_at, rowid"
            )
        }
        self._drop(self._outlived(clock()))

    def owner(self, digest: str) -> tuple[str, str, str] | None:
        """(client, server, account) for the SHA-256 hex digest of an `Mcp-Session-Id`."""
        found = self._sessions.get(digest)
        return None if found is None else found[:3]

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
        self._sessions[digest] = (client, server, account, at)
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
            if all(want in (None, has) for want, has in zip(wanted, session[:3], strict=True))
        )
        self._drop(found)
        return len(found)

    def _outlived(self, now: float) -> tuple[str, ...]:
        surplus = len(self._sessions) - self._max_count
        gone: list[str] = []
        for digest, session in self._sessions.items():
            if len(gone) >= surplus and session[3] >= now - self._max_age:
                break
            gone.append(digest)
        return tuple(gone)

    def _drop(self, digests: tuple[str, ...]) -> None:
        if not digests:
            return
        with self._database.transaction(durable=False) as connection:
            connection.executemany(
                "DELETE FROM sessions WHERE digest = ?", [(digest,) for digest in digests]
            )
        for digest in digests:
            del self._sessions[digest]
