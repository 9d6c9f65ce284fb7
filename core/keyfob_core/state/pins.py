"""The texts of tools that were approved, and of those that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence

from keyfob_core.state.database import Database
from keyfob_core.tools.approval_marks import ApprovalMarks
from keyfob_core.tools.pins import Pin

_INSERT = (
    "INSERT OR REPLACE INTO pins"
    " (server, target, tool, is_approved, is_rejected, digest, text, seen_at, mark)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SETTLE = "DELETE FROM pins WHERE server = ? AND target = ? AND tool = ? AND is_approved = 0"
_APPROVED = "WHERE server = ? AND target = ? AND tool = ? AND is_approved = 1"
_MARK = f"UPDATE pins SET mark = ? {_APPROVED}"  # noqa: S608
_TAKE_BACK = f"DELETE FROM pins {_APPROVED}"  # noqa: S608


class PinRecords:
    """The pins in state.db; read once, at the start."""

    def __init__(self, database: Database, marks: ApprovalMarks) -> None:
        self._database = database
        self._marks = marks

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
            connection.executemany(_INSERT, [self._row(pin, approved=True) for pin in pins])

    def wait(self, pins: Sequence[Pin]) -> None:
        """Keep texts that wait or were rejected; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.executemany(_INSERT, [self._row(pin, approved=False) for pin in pins])

    def settle(self, pins: Sequence[Pin]) -> None:
        """Forget what waits of these tools; raises StateUnavailable."""
        with self._database.transaction(durable=False) as connection:
            connection.executemany(_SETTLE, [pin.key for pin in pins])

    def forget(self, server: str) -> None:
        """Forget a server's tools; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM pins WHERE server = ?", (server,))

    def check_marks(self, *, adopt: bool) -> tuple[Pin, ...]:
        """Take back the approvals that bear no mark of ours; answers which they were.

        `adopt` marks what is there instead, for a key that was just made. Raises StateUnavailable.
        """
        rows = self._database.rows(
            "SELECT server, target, tool, digest, text, seen_at, mark FROM pins"
            " WHERE is_approved = 1"
        )
        approved = [(Pin(*row[:6]), row[6]) for row in rows]
        wrong = [pin for pin, mark in approved if not self._marks.fits("pin", _said(pin), mark)]
        if not wrong:
            return ()
        with self._database.transaction() as connection:
            if adopt:
                marked = [(self._marks.of("pin", _said(pin)), *pin.key) for pin in wrong]
                connection.executemany(_MARK, marked)
                return ()
            connection.executemany(_TAKE_BACK, [pin.key for pin in wrong])
        return tuple(wrong)

    def _row(self, pin: Pin, *, approved: bool) -> tuple[object, ...]:
        rejected = pin.rejected and not approved
        mark = self._marks.of("pin", _said(pin)) if approved else None
        return (*pin.key, int(approved), int(rejected), pin.digest, pin.text, pin.seen_at, mark)

    def _rows(self, approved: int) -> tuple[Pin, ...]:
        rows = self._database.rows(
            "SELECT server, target, tool, digest, text, seen_at, is_rejected FROM pins"
            " WHERE is_approved = ? ORDER BY seen_at, rowid",
            (approved,),
        )
        return tuple(Pin(*row[:6], rejected=bool(row[6])) for row in rows)


def _said(pin: Pin) -> tuple[object, ...]:
    return (*pin.key, pin.digest, pin.text)
