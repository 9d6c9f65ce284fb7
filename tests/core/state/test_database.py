from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from keyfob_core.errors import StateUnavailable
from keyfob_core.state.database import open_database
from keyfob_core.state.migrations import MIGRATIONS

WRITER = """
import sys
from pathlib import Path
from keyfob_core.tools.approval_marks import ApprovalMarks
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import open_database
from keyfob_core.state.store_items import StoreItems

database = open_database(Path(sys.argv[1]))
clients, items = ClientRecords(database, ApprovalMarks()), StoreItems(database)
number = 0
while True:
    generation = items.next("account/a")
    items.begin("account/a", generation, 2)
    items.switch("account/a", generation)
    for key, old, _ in items.stale("account/a"):
        items.erased(key, old)
    clients.issue("cursor", f"{generation:064}", None, float(generation))
    print(generation, flush=True)
"""


def test_a_new_file_is_private_and_so_are_the_files_beside_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        database = open_database(tmp_path / "data" / "state.db")
    finally:
        os.umask(old)
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    database.close()
    assert found["state.db"] == 0o600
    assert found["state.db-wal"] == 0o600
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_the_installation_id_is_made_once_and_differs_between_installations(
    tmp_path: Path,
) -> None:
    first = open_database(tmp_path / "a.db")
    name = first.installation_id
    first.close()
    again = open_database(tmp_path / "a.db")
    other = open_database(tmp_path / "b.db")
    assert again.installation_id == name
    assert other.installation_id != name
    assert len(name) == 16
    again.close()
    other.close()


def test_the_database_runs_with_a_write_ahead_log_and_foreign_keys(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    assert database.rows("PRAGMA foreign_keys") == [(1,)]
    assert database.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
    with database.transaction():
        assert database.rows("PRAGMA synchronous") == [(2,)]
    with database.transaction(durable=False):
        assert database.rows("PRAGMA synchronous") == [(1,)]
    database.close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    open_database(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StateUnavailable) as caught:
        open_database(path)
    assert str(path) in caught.value.message
    assert "newer" in caught.value.message
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["text", "page"])
def test_a_damaged_file_is_named_with_its_fix_and_kept(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state.db"
    open_database(path).close()
    content = bytearray(path.read_bytes())
    if damage == "text":
        content[:] = b"this was never a database\n" * 400
    else:
        content[4096:6144] = b"\xa5" * 2048
    path.write_bytes(content)
    with pytest.raises(StateUnavailable) as caught:
        open_database(path)
    assert str(path) in caught.value.message
    assert "damaged" in caught.value.message
    assert "state.db-wal" in caught.value.hint
    assert path.read_bytes() == bytes(content)


def test_a_path_that_cannot_be_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StateUnavailable) as caught:
        open_database(tmp_path / "state.db")
    assert "state.db" in caught.value.message


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")

    def write_and(then: Callable[[sqlite3.Connection], object]) -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO store_generations VALUES ('k', 1)")
            then(connection)

    with pytest.raises(KeyError):
        write_and(lambda _: {}["our own mistake"])
    with pytest.raises(StateUnavailable):
        write_and(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    assert database.rows("SELECT * FROM store_generations") == []
    database.close()


def test_a_database_held_by_another_program_is_not_called_damaged(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")
    database.rows("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateUnavailable) as caught, database.transaction():
        pass
    assert "locked" in caught.value.message
    assert "damaged" not in caught.value.message
    other.close()
    with database.transaction() as connection:
        connection.execute("INSERT INTO store_generations VALUES ('k', 1)")
    database.close()


def test_transactions_of_several_threads_do_not_mix(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")

    def count() -> None:
        for _ in range(50):
            with database.transaction(durable=False) as connection:
                connection.execute(
                    "INSERT INTO store_generations VALUES ('k', 1)"
                    " ON CONFLICT (key) DO UPDATE SET last = last + 1"
                )

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert database.rows("SELECT last FROM store_generations") == [(200,)]
    database.close()


@pytest.mark.parametrize("lines", [1, 7, 20, 55])
def test_a_kill_in_the_middle_of_writes_loses_nothing_that_was_acknowledged(
    tmp_path: Path, lines: int
) -> None:
    path = tmp_path / "state.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().splitlines()
    done = int(rest[-1]) if rest and rest[-1].isdigit() else lines

    database = open_database(path)
    current = database.rows("SELECT generation FROM store_items WHERE is_current = 1")
    tokens = database.rows("SELECT COUNT(*), MAX(created_at) FROM clients")
    database.close()
    assert done >= lines
    assert done <= current[0][0] <= done + 1
    assert done <= tokens[0][0] <= done + 1
    assert tokens[0][0] == tokens[0][1]
