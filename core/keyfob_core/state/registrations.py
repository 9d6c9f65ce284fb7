"""The clients that registered themselves to pair, kept in state.db."""

from __future__ import annotations

import json

from keyfob_core.identity.pairings import RegisteredClient
from keyfob_core.state.database import Database


class RegistrationRecords:
    """Registered clients by their id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, client_id: str) -> RegisteredClient | None:
        """The client that registered under this id."""
        return next((one for one in self.list() if one.client_id == client_id), None)

    def list(self) -> tuple[RegisteredClient, ...]:
        """All of them, oldest first."""
        rows = self._database.rows(
            "SELECT client_id, name, redirects, registered_at, executable, used_at"
            " FROM registrations ORDER BY registered_at"
        )
        return tuple(
            RegisteredClient(
                client_id=row[0],
                name=row[1],
                redirects=tuple(json.loads(row[2])),
                registered_at=row[3],
                executable=row[4],
                used_at=row[5],
            )
            for row in rows
        )

    def keep(self, client: RegisteredClient) -> None:
        """Keep a registration, or what changed in it; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO registrations"
                " (client_id, name, redirects, registered_at, executable, used_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    client.client_id,
                    client.name,
                    json.dumps(client.redirects),
                    client.registered_at,
                    client.executable,
                    client.used_at,
                ),
            )

    def remove(self, client_ids: tuple[str, ...]) -> None:
        """Forget registrations; raises StateUnavailable."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM registrations WHERE client_id = ?", [(one,) for one in client_ids]
            )
