"""The texts of tools that were approved, and of those that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence

from keyfob_core.pins import Pin
from keyfob_core.state.database import Database

_INSERT = (
    "INSERT OR REPLACE INTO pins"
    " (server, target, tool, is_approved, is_rejected, digest, text, seen_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SETTLE = "DELETE FROM pins WHERE server = ? AND target = ? AND tool = ? AND is_approved = 0"


class PinRecords:
    """The pins in state.db; read once, at the start."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def approved(self) -> tuple[Pin, ...]:
        """What was approved; raises StateUnavailable."""
        return self._rows(1)

    def waiting(self) -> tuple[Pin, ...]:
        """What waits for a person, or was rejected; raises StateUnavailable."""
        return self._rows(0)

    def approve(self, pins: Sequence[Pin]) -> None:
        """Take these texts for the tools' own, all of them or none; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.executemany(_SETTLE, [pin.key for pin in pins])
            connection.executemany(_INSERT, [_row(pin, approved=True) for pin in pins])

    def wait(self, pins: Sequence[Pin]) -> None:
        """Keep texts that wait or were rejected; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.executemany(_INSERT, [_row(pin, approved=False) for pin in pins])

    def settle(self, pins: Sequence[Pin]) -> None:
        """Forget what waits of these tools; raises StateUnavailable."""
        with self._database.transaction(durable=False) as connection:
            connection.executemany(_SETTLE, [pin.key for pin in pins])

    def forget(self, server: str) -> None:
        """Forget a server's tools; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM pins WHERE server = ?", (server,))

    def _rows(self, approved: int) -> tuple[Pin, ...]:
        rows = self._database.rows(
            "SELECT server, target, tool, digest, text, seen_at, is_rejected FROM pins"
            " WHERE is_approved = ? ORDER BY seen_at, rowid",
            (approved,),
        )
        return tuple(Pin(*row[:6], rejected=bool(row[6])) for row in rows)


def _row(pin: Pin, *, approved: bool) -> tuple[object, ...]:
    rejected = pin.rejected and not approved
    return (*pin.key, int(approved), int(rejected), pin.digest, pin.text, pin.seen_at)
