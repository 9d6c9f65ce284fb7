from __future__ import annotations

from keyfob_core.ports import Written
from keyfob_core.state.database import Database


class FileWrites:
    """The last write of the encrypted file, remembered apart from it; holds no secret."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> Written:
        """The last write that is known; number 0 where there was none."""
        rows = self._database.rows("SELECT number, items FROM file_writes")
        return Written(int(rows[0][0]), int(rows[0][1])) if rows else Written(0, 0)

    def note(self, written: Written) -> None:
        """Remember a write, unless a later one is known; raises StateUnavailable."""
        self._keep(written, whatever=False)

    def accept(self, written: Written) -> None:
        """Take this for the last write, whatever was known; raises StateUnavailable."""
        self._keep(written, whatever=True)

    def _keep(self, written: Written, *, whatever: bool) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO file_writes (one, number, items) VALUES (1, ?, ?)"
                " ON CONFLICT (one) DO UPDATE SET number = excluded.number, items = excluded.items"
                " WHERE excluded.number > number OR ?",
                (written.number, written.items, whatever),
            )
