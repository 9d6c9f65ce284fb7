from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count as counter
from math import inf
from pathlib import Path
from threading import Event

import pytest

from keyfob_core.audit.counting import count
from keyfob_core.audit.export import exported, write_export
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.paging import page
from keyfob_core.audit.query import selected_lines
from keyfob_core.audit.searching import until_given_up
from keyfob_core.audit.selection import Selection
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import AuditEvent
from support.eventually import eventually

KEY = bytes(range(32))
START = 1_790_000_000.0


def written(folder: Path, events: list[AuditEvent], *, rotate: int = 4000) -> None:
    """A log of several small files, one event a second."""
    moments = counter()
    log = AuditLog(folder, KEY, lambda: START + next(moments), rotate_bytes=rotate)
    for event in events:
        log.record(event)
    log.close()


def calls(number: int) -> list[AuditEvent]:
    return [
        AuditEvent(
            event="forwarding" if i % 2 else "outcome",
            request_id=f"q{i // 2}",
            client="cursor" if i % 3 else "claude",
            server="notes",
            tool=f"tool_{i % 5}",
            details={"session": "Über" if i == 7 else None},
        )
        for i in range(number)
    ]


def numbers(events: object) -> list[int]:
    return [event["seq"] for event in events]  # pyright: ignore[reportGeneralTypeIssues]


def test_pages_follow_each_other_until_the_log_begins(tmp_path: Path) -> None:
    written(tmp_path, calls(100))
    assert len(list(tmp_path.glob("*.jsonl"))) > 3
    found: list[int] = []
    before: int | None = None
    for _ in range(10):
        answer = page(tmp_path, Selection(before=before), 30, 5)
        found += numbers(answer.events)
        before = answer.before
        if before is None:
            break
    assert found == list(range(100, 0, -1))


def test_a_page_holds_only_what_is_asked_for_and_goes_on_behind_it(tmp_path: Path) -> None:
    written(tmp_path, calls(100))
    first = page(tmp_path, Selection(client="claude", event="outcome"), 5, 5)
    assert all(event["client"] == "claude" for event in first.events)
    second = page(tmp_path, Selection(client="claude", event="outcome", before=first.before), 99, 5)
    assert len(first.events) + len(second.events) == 17
    assert second.before is None
    assert second.is_full


@pytest.mark.parametrize(
    ("text", "found"), [("TOOL_3", 20), ("q12", 2), ("über", 1), ("session", 0), ("mac", 0)]
)
def test_a_search_looks_at_values_in_any_case_and_at_no_field_s_name(
    tmp_path: Path, text: str, found: int
) -> None:
    written(tmp_path, calls(100))
    assert len(page(tmp_path, Selection(text=text), 1000, 5).events) == found


def test_what_is_newer_than_a_number_is_found_without_reading_what_is_older(tmp_path: Path) -> None:
    written(tmp_path, calls(100))
    oldest = min(tmp_path.glob("*.jsonl"))
    oldest.unlink()
    oldest.mkdir()
    answer = page(tmp_path, Selection(after=97), 1000, 5)
    assert numbers(answer.events) == [100, 99, 98]


def test_a_search_that_takes_too_long_says_where_to_go_on(tmp_path: Path) -> None:
    written(tmp_path, calls(100))
    time = counter(0, 3)
    answer = page(tmp_path, Selection(text="q3"), 1000, 5, lambda: float(next(time)))
    assert not answer.is_full
    assert answer.before is not None
    rest = page(tmp_path, Selection(text="q3", before=answer.before), 1000, 5)
    assert numbers((*answer.events, *rest.events)) == [
        *(n for n in range(80, 60, -1)),
        8,
        7,
    ]


def test_calls_and_refusals_are_counted_by_when_they_were(tmp_path: Path) -> None:
    refused = AuditEvent(event="refused", client="cursor", details={"times": 7, "reason": "x"})
    written(tmp_path, [*calls(20), refused, *calls(20)])
    counts = count(tmp_path, Selection(), START, START + 44, 4, 5)
    assert sum(counts.calls) == 20
    assert counts.refusals == (0, 7, 0, 0)
    assert counts.is_whole
    own = count(tmp_path, Selection(client="claude"), START, START + 44, 4, 5)
    assert 0 < sum(own.calls) < 20
    assert sum(own.refusals) == 0


def test_counting_stops_when_its_time_is_over(tmp_path: Path) -> None:
    written(tmp_path, calls(100))
    time = counter(0, 3)
    counts = count(tmp_path, Selection(), START, START + 100, 4, 5, lambda: float(next(time)))
    assert not counts.is_whole
    assert 0 < sum(counts.calls) < 50


def test_an_export_replaces_a_file_only_once_it_is_whole(tmp_path: Path) -> None:
    written(tmp_path / "audit", calls(10))
    to = tmp_path / "out.csv"
    to.write_text("before")
    lines = selected_lines(tmp_path / "audit", Selection(text="tool_3"))
    size = write_export(exported(lines, "csv"), to)
    assert to.stat().st_size == size
    assert len(to.read_text().splitlines()) == 3
    with pytest.raises(ConfigInvalid, match="to:"):
        write_export(iter([b"x"]), tmp_path / "nowhere" / "out")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


async def test_a_search_that_nobody_waits_for_is_late_at_once() -> None:
    began, left, times = Event(), Event(), list[float]()

    def search(clock: Callable[[], float]) -> None:
        times.append(clock())
        began.set()
        left.wait(5)
        times.append(clock())

    searching = asyncio.ensure_future(until_given_up(search))
    assert await asyncio.to_thread(began.wait, 5)
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
    left.set()
    await eventually(lambda: len(times) == 2)
    assert times[0] < times[1] == inf
