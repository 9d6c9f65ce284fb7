from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from keyfob_core.errors import StateUnavailable
from keyfob_core.identity.pairings import Pairing, TokenDigests
from keyfob_core.identity.signers import known_by
from keyfob_core.model import KnownBy
from keyfob_core.state.database import Database
from keyfob_core.states import ClientState
from keyfob_core.tools.approval_marks import ApprovalMarks

_WRITE_EVERY = 60.0
"""Seconds; how late `last_used_at` may reach the disk."""
_COLUMNS = (
    "digest, name, created_at, last_used_at, server, token_id, executable, expires_at,"
    " registration, family, refresh, ends_at, signer"
)
_LAST_USED = 3
"""The column that changes without a word of the person."""


class ClientRecords:
    """The known clients: found in memory, kept in state.db."""

    def __init__(self, database: Database, marks: ApprovalMarks) -> None:
        self._database = database
        self._marks = marks
        self._by_digest: dict[str, ClientState] = {}
        self._by_executable: dict[str, ClientState] = {}
        self._digests: dict[str, str] = {}
        self._pairings: dict[str, Pairing] = {}
        """By the digest of their family."""
        self._written: dict[str, float] = {}
        self._pending: dict[str, ClientState] = {}
        for row in database.rows(f"SELECT {_COLUMNS} FROM clients ORDER BY id"):  # noqa: S608
            self._remember(row[0], _state_of(row))
            if row[8] is not None:
                pairing = _pairing_of(row)
                self._pairings[pairing.family] = pairing

    def by_digest(self, digest: str) -> ClientState | None:
        """The client whose unrevoked token has this SHA-256 hex digest."""
        return self._by_digest.get(digest)

    def by_executable(self, executable: str) -> ClientState | None:
        """The client that the person named this executable."""
        return self._by_executable.get(executable)

    def used(self, client: ClientState, at: float) -> None:
        """Note that the client was seen at `at`; written at most once a minute, and at `close`."""
        name = _row_name(client)
        known = self._known(name)
        if known is None:
            return
        seen = replace(known, last_used_at=at)
        self._remember(self._digests.get(name), seen)
        self._pending[name] = seen
        if abs(at - self._written.get(name, float("-inf"))) >= _WRITE_EVERY:
            self._write_pending((name,), at)

    def name_executable(
        self, executable: str, name: str, at: float, signer: str | None = None
    ) -> ClientState:
        """Keep the person's name for an executable; a second name replaces the first."""
        state = ClientState(
            name=name,
            known_by=known_by(executable, signer),
            created_at=at,
            last_used_at=None,
            executable=executable,
            signer=signer,
        )
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM clients WHERE executable = ?", (executable,))
            row = (None, name, at, None, None, None, executable, *(None,) * 5, signer)
            self._insert(connection, row)
        if executable in self._by_executable:
            self._forget(executable)
        self._remember(None, state)
        return state

    def issue(self, name: str, digest: str, server: str | None, at: float) -> ClientState:
        """Keep a new token by its digest; `server` binds it to one. Raises StateUnavailable."""
        state = ClientState(
            name=name,
            known_by=KnownBy.TOKEN,
            created_at=at,
            last_used_at=None,
            server=server,
            token_id=self._new_token_id(),
        )
        with self._database.transaction() as connection:
            row = (digest, name, at, None, server, state.token_id, None, *(None,) * 6)
            self._insert(connection, row)
        self._remember(digest, state)
        return state

    def pair(
        self,
        name: str,
        client_id: str,
        server: str | None,
        family: str,
        tokens: TokenDigests,
        at: float,
    ) -> Pairing:
        """Keep a new pairing; raises StateUnavailable."""
        token_id = self._new_token_id()
        row = (tokens.access, name, at, None, server, token_id, None, tokens.access_ends_at)
        row = (*row, client_id, family, tokens.refresh, tokens.ends_at, None)
        with self._database.transaction() as connection:
            self._insert(connection, row)
        self._remember(tokens.access, _state_of(row))
        pairing = self._pairings[family] = _pairing_of(row)
        return pairing

    def pairing(self, family: str) -> Pairing | None:
        """The pairing whose refresh tokens are of this family."""
        return self._pairings.get(family)

    def pairings(self) -> tuple[Pairing, ...]:
        """All pairings."""
        return tuple(self._pairings.values())

    def renew(self, pairing: Pairing, tokens: TokenDigests) -> None:
        """Put a new generation in the place of a pairing's tokens; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE clients SET digest = ?, expires_at = ?, refresh = ?, ends_at = ?"
                " WHERE token_id = ?",
                (
                    tokens.access,
                    tokens.access_ends_at,
                    tokens.refresh,
                    tokens.ends_at,
                    pairing.token_id,
                ),
            )
            self._mark(connection, tokens.access)
        state = self._by_digest.pop(self._digests[pairing.token_id])
        state = replace(state, expires_at=tokens.access_ends_at, ends_at=tokens.ends_at)
        self._remember(tokens.access, state)
        self._pairings[pairing.family] = replace(pairing, tokens=tokens)

    def end(self, pairing: Pairing) -> None:
        """Forget a pairing and its tokens."""
        self.revoke_token(pairing.token_id)

    def revoke(self, name: str) -> int:
        """Forget every token and executable of this client; answers how many there were."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM clients WHERE name = ?", (name,))
        gone = [_row_name(state) for state in self.list() if state.name == name]
        for row_name in gone:
            self._forget(row_name)
        return len(gone)

    def revoke_token(self, token_id: str) -> bool:
        """Forget one token; answers whether it was there."""
        if token_id not in self._digests:
            return False
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM clients WHERE token_id = ?", (token_id,))
        self._forget(token_id)
        return True

    def remove_executable(self, executable: str) -> bool:
        """Forget the name of one executable, so that the person is asked again."""
        if executable not in self._by_executable:
            return False
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM clients WHERE executable = ?", (executable,))
        self._forget(executable)
        return True

    def list(self) -> tuple[ClientState, ...]:
        """All known clients by name, each with the moment it was last seen."""
        states = (*self._by_digest.values(), *self._by_executable.values())
        return tuple(sorted(states, key=lambda state: (state.name, state.created_at)))

    def close(self) -> None:
        """Write what is still pending; the database stays open. Raises StateUnavailable."""
        self._write(tuple(self._pending))

    def check_marks(self, *, adopt: bool) -> tuple[str, ...]:
        """Forget the clients that bear no mark of ours; answers their names.

        `adopt` marks what is there instead, for a key that was just made. Raises StateUnavailable.
        """
        rows = self._database.rows(f"SELECT {_COLUMNS}, mark, id FROM clients ORDER BY id")  # noqa: S608
        wrong = [row for row in rows if not self._marks.fits("client", _said(row[:-2]), row[-2])]
        if not wrong:
            return ()
        with self._database.transaction() as connection:
            if adopt:
                marked = [(self._marks.of("client", _said(row[:-2])), row[-1]) for row in wrong]
                connection.executemany("UPDATE clients SET mark = ? WHERE id = ?", marked)
                return ()
            connection.executemany("DELETE FROM clients WHERE id = ?", [row[-1:] for row in wrong])
        gone = [_state_of(row) for row in wrong]
        for state in gone:
            self._forget(_row_name(state))
        return tuple(str(state.name) for state in gone)

    def _insert(self, connection: Connection, row: tuple[object, ...]) -> None:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO clients ({_COLUMNS}) VALUES ({marks})", row)  # noqa: S608
        self._mark(connection, row[0], row[6])

    def _mark(self, connection: Connection, digest: object, executable: object = None) -> None:
        """Mark what now stands in the row: as it will be read, numbers and all."""
        row, number = _row_of(connection, digest, executable)
        mark = self._marks.of("client", _said(row))
        connection.execute("UPDATE clients SET mark = ? WHERE id = ?", (mark, number))

    def _write_pending(self, names: tuple[str, ...], at: float) -> None:
        # A call must not fail because a date cannot be written; it is tried again later.
        with suppress(StateUnavailable):
            self._write(names)
        self._written.update(dict.fromkeys(names, at))

    def _write(self, names: tuple[str, ...]) -> None:
        if not names:
            return
        with self._database.transaction(durable=False) as connection:
            connection.executemany(
                "UPDATE clients SET last_used_at = ? WHERE token_id = ? OR executable = ?",
                [
                    (state.last_used_at, state.token_id, state.executable)
                    for state in map(self._pending.__getitem__, names)
                ],
            )
        for name in names:
            del self._pending[name]

    def _known(self, name: str) -> ClientState | None:
        digest = self._digests.get(name)
        return self._by_digest[digest] if digest else self._by_executable.get(name)

    def _remember(self, digest: str | None, state: ClientState) -> None:
        if digest is None:
            self._by_executable[_row_name(state)] = state
        else:
            self._by_digest[digest] = state
            self._digests[_row_name(state)] = digest

    def _forget(self, name: str) -> None:
        digest = self._digests.pop(name, None)
        if digest is not None:
            del self._by_digest[digest]
        else:
            self._by_executable.pop(name, None)
        self._pairings = {
            family: pairing
            for family, pairing in self._pairings.items()
            if pairing.token_id != name
        }
        self._pending.pop(name, None)
        self._written.pop(name, None)

    def _new_token_id(self) -> str:
        while (token_id := secrets.token_hex(4)) in self._digests:
            pass
        return token_id


def _row_of(
    connection: Connection, digest: object, executable: object
) -> tuple[tuple[object, ...], int]:
    found = connection.execute(
        f"SELECT {_COLUMNS}, id FROM clients WHERE digest = ? OR executable = ?",  # noqa: S608
        (digest, executable),
    ).fetchone()
    return found[:-1], found[-1]


def _said(row: tuple[object, ...]) -> tuple[object, ...]:
    return (*row[:_LAST_USED], *row[_LAST_USED + 1 :])


def _row_name(client: ClientState) -> str:
    return client.token_id or client.executable or ""


def _state_of(row: tuple[Any, ...]) -> ClientState:
    by_token = KnownBy.PAIRING if row[8] else KnownBy.TOKEN
    return ClientState(
        name=row[1],
        known_by=by_token if row[0] else known_by(str(row[6]), row[12]),
        created_at=row[2],
        last_used_at=row[3],
        server=row[4],
        token_id=row[5],
        executable=row[6],
        signer=row[12],
        expires_at=row[7],
        ends_at=row[11],
    )


def _pairing_of(row: tuple[Any, ...]) -> Pairing:
    return Pairing(
        token_id=row[5],
        client=row[1],
        client_id=row[8],
        server=row[4],
        family=row[9],
        tokens=TokenDigests(access=row[0], access_ends_at=row[7], refresh=row[10], ends_at=row[11]),
    )
