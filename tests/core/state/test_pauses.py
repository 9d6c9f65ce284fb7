from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.errors import StateUnavailable
from keyfob_core.ports import Pause
from keyfob_core.state.database import open_database
from keyfob_core.state.pauses import PauseRecords

PAUSE = Pause(3, 5000.0, "away", 2)


def test_a_pause_outlives_a_restart_until_it_is_forgotten(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")
    PauseRecords(database).keep("work", PAUSE)
    database.close()
    database = open_database(tmp_path / "state.db")
    records = PauseRecords(database)
    assert records.pause("work") == PAUSE
    records.keep("work", None)
    assert PauseRecords(database).pause("work") is None
    database.close()


def test_a_pause_is_remembered_although_it_cannot_be_written(tmp_path: Path) -> None:
    database = open_database(tmp_path / "state.db")
    records = PauseRecords(database)
    database.close()
    with pytest.raises(StateUnavailable):
        records.keep("work", PAUSE)
    assert records.pause("work") == PAUSE
