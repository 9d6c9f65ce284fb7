"""What was written into clients' files; no secret."""

from __future__ import annotations

from keyfob_core.setups.client_setups import Form, Setup
from keyfob_core.state.database import Database

_COLUMNS = "client, path, form, written_at, before, after, entry, backup, token_id"


class SetupRecords:
    """The setups in state.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def setups(self) -> tuple[Setup, ...]:
        """All of them, by client and path; raises StateUnavailable."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM client_setups ORDER BY client, path"  # noqa: S608
        )
        return tuple(
            Setup(
                client=row[0],
                path=row[1],
                form=Form(row[2]),
                written_at=row[3],
                before=row[4],
                after=row[5],
                entry=row[6],
                backup=row[7],
                token_id=row[8],
            )
            for row in rows
        )

    def keep(self, setup: Setup) -> None:
        """Remember it, in place of an earlier one for the same file; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute(
                f"INSERT OR REPLACE INTO client_setups ({_COLUMNS})"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    setup.client,
                    setup.path,
                    setup.form.value,
                    setup.written_at,
                    setup.before,
                    setup.after,
                    setup.entry,
                    setup.backup,
                    setup.token_id,
                ),
            )

    def forget(self, client: str, path: str) -> None:
        """Forget it; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM client_setups WHERE client = ? AND path = ?", (client, path)
            )
