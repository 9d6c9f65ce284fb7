from __future__ import annotations

from keyfob_core.latch import LatchRecord
from keyfob_core.state.database import Database


class LatchRecords:
    """The one record of a lock and a pause, in state.db."""

    def __init__(self, database: Database) -> None:
        self._database = database
        rows = database.rows("SELECT locked_at, locked_by, paused_at, paused_until FROM latch")
        self._record = LatchRecord(*rows[0]) if rows else LatchRecord()

    def latch(self) -> LatchRecord:
        """What was kept last."""
        return self._record

    def keep(self, record: LatchRecord) -> None:
        """Keep it, on disk when this returns; raises StateUnavailable."""
        if record == self._record:
            return
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO latch (one, locked_at, locked_by, paused_at, paused_until)"
                " VALUES (1, ?, ?, ?, ?)",
                (record.locked_at, record.locked_by, record.paused_at, record.paused_until),
            )
        self._record = record
