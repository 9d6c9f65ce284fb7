from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.errors import StateUnavailable
from keyfob_core.ports import Written
from keyfob_core.state.database import open_database
from keyfob_core.state.file_writes import FileWrites


def test_the_last_write_outlives_a_restart_and_an_earlier_one_changes_nothing(
    tmp_path: Path,
) -> None:
    database = open_database(tmp_path / "state.db")
    writes = FileWrites(database)
    assert writes.last() == Written(0, 0)
    writes.note(Written(7, 3))
    writes.note(Written(6, 1))
    database.close()
    database = open_database(tmp_path / "state.db")
    assert FileWrites(database).last() == Written(7, 3)
    database.close()


def test_an_earlier_write_counts_once_a_person_accepted_it(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")
    writes = FileWrites(database)
    writes.note(Written(7, 3))
    writes.accept(Written(2, 1))
    assert writes.last() == Written(2, 1)
    writes.note(Written(3, 0))
    assert writes.last() == Written(3, 0)
    assert writes.last().empty
    database.close()


def test_a_database_out_of_reach_is_said(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")
    writes = FileWrites(database)
    database.close()
    for call in (writes.last, lambda: writes.note(Written(1, 1))):
        with pytest.raises(StateUnavailable):
            call()
