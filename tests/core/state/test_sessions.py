from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.state.database import Database, open_database
from keyfob_core.state.sessions import SessionRecords
from support.tables import MemorySessions

Sessions = SessionRecords | MemorySessions


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "state.db")
    yield database
    database.close()


@pytest.fixture(params=["memory", "sqlite"])
def sessions(request: pytest.FixtureRequest, database: Database) -> Sessions:
    if request.param == "memory":
        return MemorySessions()
    return SessionRecords(database, lambda: 0.0)


def test_a_session_belongs_to_whom_it_was_issued(sessions: Sessions) -> None:
    sessions.issue("s1", "cursor", "github", "work", 1.0)
    assert sessions.owner("s1") == ("cursor", "github", "work")
    assert sessions.owner("s2") is None


def test_an_ended_session_has_no_owner(sessions: Sessions) -> None:
    sessions.issue("s1", "cursor", "github", "work", 1.0)
    sessions.end("s1")
    assert sessions.owner("s1") is None
    sessions.end("s1")


def test_a_session_issued_again_belongs_to_the_last(sessions: Sessions) -> None:
    sessions.issue("s1", "cursor", "github", "work", 1.0)
    sessions.issue("s1", "zed", "github", "home", 2.0)
    assert sessions.owner("s1") == ("zed", "github", "home")


@pytest.mark.parametrize(
    ("which", "left"),
    [
        ({"client": "cursor"}, {"s3", "s4"}),
        ({"server": "github"}, {"s2", "s4"}),
        ({"account": "work"}, {"s4"}),
        ({"client": "cursor", "server": "github"}, {"s2", "s3", "s4"}),
    ],
)
def test_ending_drops_all_that_match_and_nothing_else(
    sessions: Sessions, which: dict[str, str], left: set[str]
) -> None:
    sessions.issue("s1", "cursor", "github", "work", 1.0)
    sessions.issue("s2", "cursor", "notion", "work", 1.0)
    sessions.issue("s3", "zed", "github", "work", 1.0)
    sessions.issue("s4", "zed", "notion", "home", 1.0)
    assert sessions.end_of(**which) == 4 - len(left)
    assert {name for name in ("s1", "s2", "s3", "s4") if sessions.owner(name)} == left


def test_ending_nothing_in_particular_is_an_error(sessions: Sessions) -> None:
    sessions.issue("s1", "cursor", "github", "work", 1.0)
    with pytest.raises(ValueError, match="name a client"):
        sessions.end_of()
    assert sessions.owner("s1")


def test_sessions_survive_a_restart_and_ended_ones_do_not_return(database: Database) -> None:
    first = SessionRecords(database, lambda: 0.0)
    first.issue("s1", "cursor", "github", "work", 1.0)
    first.issue("s2", "cursor", "github", "work", 1.0)
    first.issue("s3", "cursor", "notion", "work", 1.0)
    first.end("s2")
    first.end_of(server="notion")
    again = SessionRecords(database, lambda: 2.0)
    assert again.owner("s1") == ("cursor", "github", "work")
    assert again.owner("s2") is None
    assert again.owner("s3") is None


def test_a_session_past_its_age_is_forgotten_on_disk_too(database: Database) -> None:
    sessions = SessionRecords(database, lambda: 0.0, max_age=100.0)
    sessions.issue("old", "cursor", "github", "work", 0.0)
    sessions.issue("young", "cursor", "github", "work", 50.0)
    sessions.issue("new", "cursor", "github", "work", 101.0)
    assert sessions.owner("old") is None
    assert sessions.owner("young")
    assert database.rows("SELECT digest FROM sessions ORDER BY 1") == [("new",), ("young",)]
    assert SessionRecords(database, lambda: 151.0, max_age=100.0).owner("young") is None
    assert database.rows("SELECT digest FROM sessions") == [("new",)]


def test_the_oldest_sessions_make_room_when_there_are_too_many(database: Database) -> None:
    sessions = SessionRecords(database, lambda: 0.0, max_count=3)
    for number in range(5):
        sessions.issue(f"s{number}", "cursor", "github", "work", float(number))
    assert [number for number in range(5) if sessions.owner(f"s{number}")] == [2, 3, 4]
    assert len(database.rows("SELECT 1 FROM sessions")) == 3
