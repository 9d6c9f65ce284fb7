from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from keyfob_core.setups.client_setups import Form, Setup, SetupTable
from keyfob_core.state.client_setups import SetupRecords
from keyfob_core.state.database import open_database
from support.tables import MemorySetups

SETUP = Setup(
    client="cursor",
    path="/home/ada/.cursor/mcp.json",
    form=Form.HTTP,
    written_at=5.0,
    before=None,
    after="a" * 64,
    entry="e" * 64,
    backup=None,
    token_id="t1",
)


@pytest.fixture(params=["memory", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SetupTable]:
    if request.param == "memory":
        yield MemorySetups()
        return
    database = open_database(tmp_path / "state.db")
    yield SetupRecords(database)
    database.close()


def test_what_was_written_is_remembered_until_it_is_forgotten(table: SetupTable) -> None:
    other = replace(
        SETUP, client="amp", path="/home/ada/amp", before="b" * 64, backup="/home/ada/b"
    )
    table.keep(SETUP)
    table.keep(other)
    assert table.setups() == (other, SETUP)
    table.keep(replace(SETUP, form=Form.STDIO, token_id=None))
    assert table.setups() == (other, replace(SETUP, form=Form.STDIO, token_id=None))
    table.forget("cursor", other.path)
    assert len(table.setups()) == 2
    table.forget("cursor", SETUP.path)
    assert table.setups() == (other,)


def test_it_outlives_a_restart(tmp_path: Path) -> None:
    for expected in ((), (SETUP,)):
        database = open_database(tmp_path / "state.db")
        records = SetupRecords(database)
        assert records.setups() == expected
        records.keep(SETUP)
        database.close()
