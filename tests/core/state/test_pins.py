from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.state.database import open_database
from keyfob_core.state.pins import PinRecords
from keyfob_core.tools.pins import Pin, PinTable, pin_of
from support.tables import MemoryPins, marks

TESTS = Path(__file__).parents[2]


def pin(tool: str, server: str = "s", target: str = "here", **fields: Any) -> Pin:
    found = pin_of(server, target, {"name": tool, **fields}, 1.0)
    assert found is not None
    return found


@contextmanager
def records(path: Path) -> Generator[PinRecords]:
    database = open_database(path)
    try:
        yield PinRecords(database, marks())
    finally:
        database.close()


@pytest.fixture(params=["memory", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[PinTable]:
    if request.param == "memory":
        yield MemoryPins()
        return
    with records(tmp_path / "state.db") as made:
        yield made


def test_what_is_approved_waits_no_more(table: PinTable) -> None:
    table.wait([pin("a"), pin("b")])

    table.approve([pin("a")])

    assert (table.approved(), table.waiting()) == ((pin("a"),), (pin("b"),))


def test_a_tool_has_one_approved_text_and_one_that_waits(table: PinTable) -> None:
    table.approve([pin("a", title="1")])
    table.wait([pin("a", title="2")])
    table.wait([pin("a", title="3")])

    assert (table.approved(), table.waiting()) == ((pin("a", title="1"),), (pin("a", title="3"),))

    table.approve([pin("a", title="3")])

    assert (table.approved(), table.waiting()) == ((pin("a", title="3"),), ())


def test_a_no_is_remembered_and_an_approval_ends_it(table: PinTable) -> None:
    refused = replace(pin("a"), rejected=True)
    table.wait([refused])

    assert table.waiting() == (refused,)

    table.approve([refused])

    assert (table.approved(), table.waiting()) == ((pin("a"),), ())


def test_the_same_tool_elsewhere_is_another(table: PinTable) -> None:
    table.approve([pin("a"), pin("a", target="there"), pin("a", server="t")])
    table.wait([pin("a", title="1")])

    table.settle([pin("a", title="2")])

    assert table.waiting() == ()
    assert len(table.approved()) == 3


def test_a_server_can_be_forgotten_wherever_it_was(table: PinTable) -> None:
    table.approve([pin("a"), pin("a", target="there"), pin("a", server="t")])
    table.wait([pin("b")])

    table.forget("s")

    assert (table.approved(), table.waiting()) == ((pin("a", server="t"),), ())


def test_pins_are_kept_over_a_restart(tmp_path: Path) -> None:
    text = pin("a", description="\ud800 é \u200b")
    with records(tmp_path / "state.db") as table:
        table.approve([text])
        table.wait([replace(pin("b"), rejected=True)])

    with records(tmp_path / "state.db") as table:
        assert table.approved() == (text,)
        assert table.waiting() == (replace(pin("b"), rejected=True),)


DIES_AMID_AN_APPROVAL = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from core.state.test_pins import pin
from keyfob_core.state import pins
from keyfob_core.state.database import open_database
from support.tables import marks

class Dying(list):
    def __iter__(self):
        yield pin("a")
        os.kill(os.getpid(), signal.SIGKILL)

pins.PinRecords(open_database(Path(sys.argv[1])), marks()).approve(Dying())
"""


def test_a_kill_amid_an_approval_leaves_every_tool_waiting(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with records(path) as table:
        table.wait([pin("a"), pin("b")])

    died = subprocess.run(
        [sys.executable, "-c", DIES_AMID_AN_APPROVAL, str(path), str(TESTS)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        timeout=60,
    )

    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    with records(path) as table:
        assert (table.approved(), table.waiting()) == ((), (pin("a"), pin("b")))
