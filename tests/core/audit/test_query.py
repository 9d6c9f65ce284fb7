from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.audit.files import log_files
from keyfob_core.audit.query import tail
from keyfob_core.errors import AuditUnavailable
from support.audit_log import numbered, write_log


def test_the_last_events_come_oldest_first_across_files(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(10), rotate_bytes=400)
    assert len(log_files(tmp_path)) > 3
    assert [event["request_id"] for event in tail(tmp_path, 7)] == [f"r{n}" for n in range(3, 10)]
    assert len(tail(tmp_path, 100)) == 10
    assert tail(tmp_path, 0) == ()


def test_an_empty_or_missing_log_has_no_tail(tmp_path: Path) -> None:
    assert tail(tmp_path, 5) == ()
    assert tail(tmp_path / "none", 5) == ()


def test_a_line_that_is_no_event_shows_as_unreadable(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(1))
    with log_files(tmp_path)[0].open("ab") as file:
        file.write(b"\xff\xfe\n[1]\n{torn")
    assert [event["event"] for event in tail(tmp_path, 9)] == ["forwarding", *["unreadable"] * 3]


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "000000000001.jsonl").mkdir()
    with pytest.raises(AuditUnavailable):
        tail(tmp_path, 1)
