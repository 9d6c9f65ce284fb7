from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.audit.files import log_files
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.query import query, selected_lines, tail
from keyfob_core.audit.selection import Selection
from keyfob_core.errors import AuditUnavailable, ConfigInvalid
from keyfob_core.model import AuditEvent
from support.audit_log import KEY, SetClock, numbered, write_log


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


NAMES = st.sampled_from(["github", "linear", 'a"b', "ü", "x" * 600, ""])
EVENTS_MADE = st.lists(
    st.builds(
        AuditEvent,
        event=st.sampled_from(["forwarding", "outcome", "refused"]),
        request_id=st.none() | st.sampled_from(["q_1", "q_2"]),
        client=st.none() | NAMES,
        server=st.none() | NAMES,
        tool=st.none() | st.sampled_from(["list_issues", "list_pulls", "drop"]),
        account=st.none() | NAMES,
        outcome=st.none() | st.sampled_from(["ok", "denied"]),
        details=st.just({}) | st.just({"client": "github", "server": "linear"}),
    ),
    max_size=25,
)
SELECTIONS = st.builds(
    Selection,
    event=st.none() | st.sampled_from(["forwarding", "outcome"]),
    request_id=st.none() | st.just("q_1"),
    client=st.none() | NAMES.filter(lambda name: len(name) < 500),
    server=st.none() | st.just("linear"),
    tool=st.none() | st.sampled_from(["list_issues", "list_*", "l?st_*", "*", "drop", "[d]rop"]),
    outcome=st.none() | st.just("ok"),
    since=st.none() | st.sampled_from([1_800_000_003.0, 1_800_000_010.5]),
    until=st.none() | st.sampled_from([1_800_000_008.0, 1_800_000_010.5]),
)


def naive(event: AuditEvent, at: float, wanted: Selection) -> bool:
    for name in ("event", "request_id", "client", "server", "account", "outcome"):
        if getattr(wanted, name) not in (None, getattr(event, name)):
            return False
    if wanted.tool is not None and not fnmatchcase(event.tool or "", wanted.tool):
        return False
    if wanted.tool is not None and event.tool is None:
        return False
    return (wanted.since is None or at >= wanted.since) and (
        wanted.until is None or at < wanted.until
    )


@settings(max_examples=60)
@given(events=EVENTS_MADE, wanted=SELECTIONS, count=st.integers(1, 30))
def test_a_query_answers_what_a_naive_reading_would(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[AuditEvent],
    wanted: Selection,
    count: int,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    clock = SetClock()
    log = AuditLog(folder, KEY, clock, rotate_bytes=700)
    fitting: list[int] = []
    for number, event in enumerate(events, start=1):
        clock.now = 1_800_000_000.0 + number
        log.record(event)
        if naive(event, clock.now, wanted):
            fitting.append(number)
    log.close()
    assert [event["seq"] for event in query(folder, wanted, count)] == fitting[-count:]
    lines = [json.loads(line)["seq"] for line in selected_lines(folder, wanted)]
    assert lines == fitting


def test_an_event_that_there_is_not_is_refused_by_its_name() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        Selection(event="refusd")
    assert (caught.value.field, caught.value.hint) == ("event", "Did you mean 'refused'?")


def test_an_empty_file_of_the_log_has_no_events(tmp_path: Path) -> None:
    (tmp_path / "000000000001.jsonl").touch()
    assert query(tmp_path, Selection(client="zed"), 5) == ()
