from __future__ import annotations

from keyfob_core.ports import Pause
from keyfob_core.state.database import Database


class PauseRecords:
    """Pauses after failed renewals: found in memory, kept in state.db."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pauses = {
            str(row[0]): Pause(int(row[1]), float(row[2]), str(row[3]), int(row[4]))
            for row in database.rows(
                "SELECT account, failures, not_before, reason, refusals FROM pauses"
            )
        }

    def pause(self, account: str) -> Pause | None:
        """The account's pause, or None."""
        return self._pauses.get(account)

    def keep(self, account: str, pause: Pause | None) -> None:
        """Keep a pause, or forget it; raises StateUnavailable, and remembers it until the end."""
        if pause == self._pauses.get(account):
            return
        if pause is None:
            self._pauses.pop(account, None)
        else:
            self._pauses[account] = pause
        with self._database.transaction(durable=False) as connection:
            connection.execute("DELETE FROM pauses WHERE account = ?", (account,))
            if pause is not None:
                connection.execute(
                    "INSERT INTO pauses (account, failures, not_before, reason, refusals)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (account, pause.failures, pause.not_before, pause.reason, pause.refusals),
                )
