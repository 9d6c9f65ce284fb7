from __future__ import annotations

from keyfob_core.state.database import Database


class StoreItems:
    """Which items the secret store holds for us, by key and generation; holds no secret.

    Every change is on disk when the method returns: the store erases on the strength of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, key: str) -> int | None:
        """The generation to read, or None."""
        rows = self._database.rows(
            "SELECT generation FROM store_items WHERE key = ? AND is_current = 1", (key,)
        )
        return int(rows[0][0]) if rows else None

    def next(self, key: str) -> int:
        """A generation number that was never used for this key, nor answered before."""
        # `begin` is durable and carries this with it; until then nothing depends on it.
        with self._database.transaction(durable=False) as connection:
            connection.execute(
                "INSERT INTO store_generations (key, last) VALUES (?, 1)"
                " ON CONFLICT (key) DO UPDATE SET last = last + 1",
                (key,),
            )
            row = connection.execute(
                "SELECT last FROM store_generations WHERE key = ?", (key,)
            ).fetchone()
        return int(row[0])

    def begin(self, key: str, generation: int, items: int) -> None:
        """Note, before writing, the items of a new generation, so that a crash leaves no orphan.

        Raises ValueError for a generation that `next` has not answered, or that is held.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT last FROM store_generations WHERE key = ?", (key,)
            ).fetchone()
            begun = connection.execute(
                "SELECT 1 FROM store_items WHERE key = ? AND generation = ?", (key, generation)
            ).fetchone()
            if row is None or not 0 < generation <= row[0] or begun:
                raise ValueError(f"generation {generation} of {key} is not free")
            connection.execute(
                "INSERT INTO store_items (key, generation, items) VALUES (?, ?, ?)",
                (key, generation, items),
            )

    def switch(self, key: str, generation: int | None) -> None:
        """Make a generation current, or none, in one transaction.

        Raises ValueError for a generation that was not begun.
        """
        with self._database.transaction() as connection:
            connection.execute("UPDATE store_items SET is_current = 0 WHERE key = ?", (key,))
            if generation is None:
                return
            changed = connection.execute(
                "UPDATE store_items SET is_current = 1 WHERE key = ? AND generation = ?",
                (key, generation),
            ).rowcount
            if not changed:
                raise ValueError(f"generation {generation} of {key} was not begun")

    def stale(self, key: str | None = None) -> tuple[tuple[str, int, int], ...]:
        """(key, generation, items) of what was begun and is not current, oldest first."""
        rows = self._database.rows(
            "SELECT key, generation, items FROM store_items"
            " WHERE is_current = 0 AND key = coalesce(?, key) ORDER BY key, generation",
            (key,),
        )
        return tuple((str(row[0]), int(row[1]), int(row[2])) for row in rows)

    def erased(self, key: str, generation: int) -> None:
        """Note that a stale generation's items are gone; a current one is left as it is."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM store_items WHERE key = ? AND generation = ? AND is_current = 0",
                (key, generation),
            )

    def keys(self) -> tuple[str, ...]:
        """The keys that have a current generation, sorted."""
        rows = self._database.rows("SELECT key FROM store_items WHERE is_current = 1 ORDER BY key")
        return tuple(str(row[0]) for row in rows)
