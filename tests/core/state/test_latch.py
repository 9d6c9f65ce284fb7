from __future__ import annotations

from pathlib import Path

from keyfob_core.latch import LatchRecord
from keyfob_core.state.database import open_database
from keyfob_core.state.latch import LatchRecords


def test_a_lock_outlives_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    kept = LatchRecord(locked_at=5.0, locked_by="screen", paused_at=3.0, paused_until=9.0)
    database = open_database(path)
    records = LatchRecords(database)
    assert records.latch() == LatchRecord()
    records.keep(kept)
    assert records.latch() == kept
    database.close()

    database = open_database(path)
    assert LatchRecords(database).latch() == kept
    LatchRecords(database).keep(LatchRecord())
    assert LatchRecords(database).latch() == LatchRecord()
    database.close()
