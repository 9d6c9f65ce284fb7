from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from keyfob_core.errors import StateUnavailable
from keyfob_core.state.migrations import MIGRATIONS

_BUSY_SECONDS = 5.0


class Database:
    """The open state.db; may be used from several threads, by one process."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = RLock()
        self._installation_id = ""

    @property
    def installation_id(self) -> str:
        """The random name of this installation, made with the file and never changed."""
        if not self._installation_id:
            self._installation_id = str(self.rows("SELECT id FROM installation")[0][0])
        return self._installation_id

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; raises StateUnavailable."""
        with self._lock:
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise _unusable(self.path, error) from error

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Generator[sqlite3.Connection]:
        """A transaction: all of it or nothing. Raises StateUnavailable.

        What is not `durable` outlives a crash of the program, but perhaps not a loss of power.
        """
        with self._lock:
            try:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    # A full disk has already rolled back by itself.
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise _unusable(self.path, error) from error

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()


def open_database(path: Path) -> Database:
    """Open state.db, created or migrated as needed.

    Raises StateUnavailable for a damaged file, one of a newer Keyfob, or one out of reach.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created by us, since SQLite gives the mode of this file to the log beside it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    try:
        database = Database(path, connection)
        _prepare(path, connection)
        _migrate(database)
    except BaseException:
        connection.close()
        raise
    return database


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    if found != "ok":
        raise _damaged(path, found)


def _migrate(database: Database) -> None:
    version = int(database.rows("PRAGMA user_version")[0][0])
    if version > len(MIGRATIONS):
        raise StateUnavailable(
            f"{database.path} was written by a newer Keyfob (its format is {version}, "
            f"this program knows {len(MIGRATIONS)}).",
            "Start the newer Keyfob, or update this one. Nothing was changed.",
        )
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        with database.transaction() as connection:
            for statement in statements:
                connection.execute(statement)
            if number == 1:
                name = secrets.token_hex(8)
                connection.execute("INSERT INTO installation (one, id) VALUES (1, ?)", (name,))
            connection.execute(f"PRAGMA user_version = {number}")


def _unusable(path: Path, error: Exception) -> StateUnavailable:
    # SQLite's CORRUPT and NOTADB arrive as this class itself, all else as one below it.
    if type(error) is sqlite3.DatabaseError:
        return _damaged(path, str(error))
    return StateUnavailable(
        f"{path} cannot be used: {error}.",
        "Check that the disk has room, that the file is yours, and that no other program holds it.",
    )


def _damaged(path: Path, reason: str) -> StateUnavailable:
    return StateUnavailable(
        f"{path} is damaged: {reason}.",
        f"Nothing was deleted. Put back a copy of it from a backup, or move it away "
        f"(with {path.name}-wal beside it) and start again: clients then need new tokens and "
        "accounts a new sign-in.",
    )
