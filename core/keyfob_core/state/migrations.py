"""The schema of state.db, one tuple of statements a version; released ones never change."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE installation (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            id TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE clients (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            created_at REAL NOT NULL,
            last_used_at REAL,
            digest TEXT UNIQUE,
            token_id TEXT UNIQUE,
            server TEXT,
            executable TEXT UNIQUE,
            CHECK ((digest IS NULL) = (token_id IS NULL)),
            CHECK ((digest IS NULL) <> (executable IS NULL))
        )
        """,
        """
        CREATE TABLE sessions (
            digest TEXT PRIMARY KEY,
            client TEXT NOT NULL,
            server TEXT NOT NULL,
            account TEXT NOT NULL,
            issued_at REAL NOT NULL
        )
        """,
        """
        CREATE TABLE store_generations (
            key TEXT PRIMARY KEY,
            last INTEGER NOT NULL
        )
        """,
        """
        CREATE TABLE store_items (
            key TEXT NOT NULL REFERENCES store_generations (key),
            generation INTEGER NOT NULL,
            items INTEGER NOT NULL,
            is_current INTEGER NOT NULL DEFAULT 0 CHECK (is_current IN (0, 1)),
            PRIMARY KEY (key, generation)
        )
        """,
        "CREATE UNIQUE INDEX one_current_generation ON store_items (key) WHERE is_current = 1",
    ),
    (
        """
        CREATE TABLE pauses (
            account TEXT PRIMARY KEY,
            failures INTEGER NOT NULL,
            not_before REAL NOT NULL,
            reason TEXT NOT NULL
        )
        """,
    ),
    (
        "ALTER TABLE pauses ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0",
        """
        CREATE TABLE file_writes (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            number INTEGER NOT NULL,
            items INTEGER NOT NULL
        )
        """,
    ),
    (
        "ALTER TABLE clients ADD COLUMN expires_at REAL",
        "ALTER TABLE clients ADD COLUMN registration TEXT",
        "ALTER TABLE clients ADD COLUMN family TEXT",
        "ALTER TABLE clients ADD COLUMN refresh TEXT",
        "ALTER TABLE clients ADD COLUMN ends_at REAL",
        "CREATE UNIQUE INDEX one_family ON clients (family) WHERE family IS NOT NULL",
        """
        CREATE TABLE registrations (
            client_id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            redirects TEXT NOT NULL,
            registered_at REAL NOT NULL,
            executable TEXT,
            used_at REAL
        )
        """,
    ),
    (
        """
        CREATE TABLE pins (
            server TEXT NOT NULL,
            target TEXT NOT NULL,
            tool TEXT NOT NULL,
            is_approved INTEGER NOT NULL CHECK (is_approved IN (0, 1)),
            is_rejected INTEGER NOT NULL DEFAULT 0 CHECK (is_rejected IN (0, 1)),
            digest TEXT NOT NULL,
            text TEXT NOT NULL,
            seen_at REAL NOT NULL,
            CHECK (is_approved + is_rejected < 2),
            PRIMARY KEY (server, target, tool, is_approved)
        )
        """,
    ),
    (
        """
        CREATE TABLE latch (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            locked_at REAL,
            locked_by TEXT,
            paused_at REAL,
            paused_until REAL
        )
        """,
        """
        CREATE TABLE accepted_config (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            text TEXT NOT NULL,
            mac TEXT NOT NULL
        )
        """,
        "ALTER TABLE sessions ADD COLUMN used_at REAL",
        """
        CREATE TABLE session_notes (
            digest TEXT NOT NULL,
            kind TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (digest, kind)
        )
        """,
    ),
    (
        "ALTER TABLE clients ADD COLUMN signer TEXT",
        "ALTER TABLE clients ADD COLUMN mark TEXT",
        "ALTER TABLE pins ADD COLUMN mark TEXT",
    ),
    (
        """
        CREATE TABLE client_setups (
            client TEXT NOT NULL,
            path TEXT NOT NULL,
            form TEXT NOT NULL,
            written_at REAL NOT NULL,
            before TEXT,
            after TEXT NOT NULL,
            entry TEXT NOT NULL,
            backup TEXT,
            token_id TEXT,
            PRIMARY KEY (client, path)
        )
        """,
    ),
)
