"""Approvals in state.db and the marks that tell them from what another hand wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.identity.pairings import TokenDigests
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import Database, open_database
from keyfob_core.state.pins import PinRecords
from keyfob_core.tools.approval_marks import ApprovalMarks
from keyfob_core.tools.pins import Pin
from support.tables import marks

FIELDS = st.lists(st.none() | st.text() | st.floats(allow_nan=False), max_size=4)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = open_database(tmp_path / "state.db")
    yield database
    database.close()


def pin(tool: str, text: str = "{}", digest: str = "d") -> Pin:
    return Pin("s", "here", tool, digest, text, 1.0)


def digests(access: str) -> TokenDigests:
    return TokenDigests(access=access, access_ends_at=2, refresh=f"r{access}", ends_at=3)


def write(database: Database, sql: str, *values: object) -> None:
    with database.transaction() as connection:
        connection.execute(sql, values)


@given(FIELDS, FIELDS, st.sampled_from(["pin", "client"]))
def test_a_mark_fits_its_own_record_and_no_other(
    one: list[object], other: list[object], kind: str
) -> None:
    mark = marks().of("pin", one)
    assert marks().fits("pin", one, mark)
    assert marks().fits(kind, other, mark) is (kind == "pin" and other == one)
    assert not marks(b"x" * 32).fits("pin", one, mark)
    assert not ApprovalMarks().fits("pin", one, mark)
    assert not marks().fits("pin", one, None)


@pytest.mark.parametrize(
    "change",
    [
        "digest = 'e'",
        """text = '{"annotations": {"readOnlyHint": true}}'""",
        "target = 'elsewhere'",
        "server = 'another'",
        "tool = 'b'",
        "text = x'00ff'",
        "mark = NULL",
        "mark = 'é'",
    ],
)
def test_an_approval_changed_by_another_hand_is_taken_back(database: Database, change: str) -> None:
    table = PinRecords(database, marks())
    table.approve([pin("a"), pin("z")])
    write(database, f"UPDATE pins SET {change} WHERE tool = 'a'")  # noqa: S608

    [gone] = table.check_marks(adopt=False)

    assert gone.key != pin("z").key
    assert table.approved() == (pin("z"),)
    assert table.check_marks(adopt=False) == ()


def test_a_waiting_text_made_approved_by_another_hand_is_not(database: Database) -> None:
    table = PinRecords(database, marks())
    table.wait([pin("a")])
    write(database, "UPDATE pins SET is_approved = 1")

    assert table.check_marks(adopt=False) == (pin("a"),)
    assert table.approved() == ()


def test_a_key_just_made_marks_what_was_approved_before_there_were_marks(
    database: Database,
) -> None:
    table = PinRecords(database, ApprovalMarks())
    table.approve([pin("a")])
    table.wait([pin("a", digest="new")])
    clients = ClientRecords(database, ApprovalMarks())
    issued = clients.issue("cursor", "a" * 64, None, 1)

    assert PinRecords(database, marks()).check_marks(adopt=True) == ()
    assert ClientRecords(database, marks()).check_marks(adopt=True) == ()

    again = PinRecords(database, marks())
    assert again.check_marks(adopt=False) == ()
    assert again.approved() == (pin("a"),)
    assert again.waiting() == (pin("a", digest="new"),)
    assert ClientRecords(database, marks()).check_marks(adopt=False) == ()
    assert clients.by_digest("a" * 64) == issued


@pytest.mark.parametrize(
    "change",
    [
        "name = 'other'",
        "server = NULL",
        "digest = 'b'",
        "expires_at = 9e9",
        "ends_at = 9e9",
        "refresh = 'other'",
        "registration = 'other'",
        "family = 'other'",
        "created_at = 7.0",
        "mark = NULL",
    ],
)
def test_a_client_changed_by_another_hand_is_forgotten(database: Database, change: str) -> None:
    before = ClientRecords(database, marks())
    before.pair("cursor", "client", "github", "family", digests("a"), 1)
    before.issue("zed", "z" * 64, None, 1.0)
    write(database, f"UPDATE clients SET {change} WHERE family = 'family'")  # noqa: S608

    clients = ClientRecords(database, marks())
    assert len(clients.check_marks(adopt=False)) == 1

    for known in (clients, ClientRecords(database, marks())):
        assert [client.name for client in known.list()] == ["zed"]
        assert known.pairings() == ()
        assert known.check_marks(adopt=False) == ()


def test_a_program_named_by_another_hand_has_no_name(database: Database) -> None:
    clients = ClientRecords(database, marks())
    clients.name_executable("/usr/bin/cursor", "cursor", 1.0)
    write(
        database,
        "INSERT INTO clients (name, created_at, executable) VALUES ('cursor', 1, '/tmp/evil')",
    )

    # Also while it runs, where the record never came into memory.
    assert clients.check_marks(adopt=False) == ("cursor",)

    again = ClientRecords(database, marks())
    assert again.by_executable("/tmp/evil") is None
    assert again.by_executable("/usr/bin/cursor") is not None


def test_use_and_renewal_keep_a_client_s_mark_good(database: Database) -> None:
    clients = ClientRecords(database, marks())
    pairing = clients.pair("cursor", "c", None, "f", digests("a"), 1)
    clients.renew(pairing, digests("b"))
    found = clients.by_digest("b")
    assert found is not None
    clients.used(found, 100.0)
    clients.close()

    assert ClientRecords(database, marks()).check_marks(adopt=False) == ()
