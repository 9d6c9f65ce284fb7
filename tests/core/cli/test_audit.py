from __future__ import annotations

import json
from pathlib import Path

import pytest

from keyfob_core.model import AuditEvent
from support.audit_log import log_bytes, write_log
from support.commands import Commands, MadeUpEngine

EVENTS = (
    AuditEvent(event="forwarding", client="zed", server="github", tool="list_issues"),
    AuditEvent(event="outcome", client="zed", server="github", outcome="ok"),
    AuditEvent(event="refused", client="cursor", server="linear", outcome="denied"),
)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    made = Commands(tmp_path / "home", MadeUpEngine())
    write_log(made.paths.audit_folder, *EVENTS)
    return made


def test_the_whole_log_is_exported_as_it_lies(commands: Commands) -> None:
    code, out, err = commands.run("audit", "export")
    assert (code, err) == (0, "")
    assert out.encode() == log_bytes(commands.paths.audit_folder)


def test_what_is_chosen_is_exported_to_a_new_file(commands: Commands, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    words = ("audit", "export", "--format", "csv", "--client", "zed", "--to", str(target))
    assert commands.run(*words)[0] == 0
    rows = target.read_text().splitlines()
    assert [row.split(",")[2] for row in rows] == ["event", "forwarding", "outcome"]


def test_no_file_is_ever_written_over(commands: Commands, tmp_path: Path) -> None:
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    code, _, err = commands.run("audit", "export", "--to", str(target))
    assert code == 1
    assert "Name a new file" in err
    assert target.read_text() == "mine"


def test_a_time_is_told_by_how_long_ago_it_was(commands: Commands) -> None:
    commands.engine.verbs["audit.query"] = lambda args, confirmed, progress: []
    code, out, _ = commands.run("audit", "query", "--since", "2h", clock=lambda: 10_000.0)
    assert (code, out) == (0, "No event is like that.\n")
    assert commands.engine.asked == [("audit.query", {"since": 2800.0, "count": 100}, False)]


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "5y", ""])
def test_what_is_no_time_is_wrong_usage(commands: Commands, text: str) -> None:
    code, _, err = commands.run("audit", "query", "--until", text)
    assert code == 2
    assert "--until" in err


def test_an_event_that_there_is_not_is_told_its_neighbour(commands: Commands) -> None:
    code, _, err = commands.run("audit", "export", "--event", "refusd")
    assert code == 1
    assert "refused" in err


def test_exported_lines_are_json_for_programs(commands: Commands) -> None:
    _, out, _ = commands.run("audit", "export", "--outcome", "denied")
    assert [json.loads(line)["client"] for line in out.splitlines()] == ["cursor"]
