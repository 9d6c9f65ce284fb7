from __future__ import annotations

from keyfob_core.state.database import Database


class AcceptedRecord:
    """The configuration that was accepted last, with its MAC, in state.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accepted(self) -> tuple[str, str] | None:
        """Its text and MAC, or None where there never was one; raises StateUnavailable."""
        rows = self._database.rows("SELECT text, mac FROM accepted_config")
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def keep(self, text: str, mac: str) -> None:
        """Keep it, on disk when this returns; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO accepted_config (one, text, mac) VALUES (1, ?, ?)",
                (text, mac),
            )
