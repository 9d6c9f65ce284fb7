from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.audit.refusals import Refusals
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from support.audit_log import RecordedAudit, SetClock


def told(audit: RecordedAudit) -> list[tuple[object, object, object]]:
    assert {event.event for event in audit.events} <= {"refused"}
    return [
        (event.details["source"], event.details["kind"], event.details["times"])
        for event in audit.events
    ]


def refusal(request_id: str | None = None) -> AuditEvent:
    return AuditEvent(event="refused", request_id=request_id, details={"reason": "said so"})


def test_the_first_refusal_is_written_at_once_and_more_of_it_when_the_minute_ends() -> None:
    audit, clock = RecordedAudit(), SetClock()
    refusals = Refusals(audit, clock)
    refusals.refuse("http", "no token", refusal("r1"))
    assert told(audit) == [("http", "no token", 1)]
    assert audit.events[0].request_id == "r1"
    for _ in range(500):
        refusals.refuse("http", "no token", refusal("r2"))
    clock.now += 59
    refusals.settle()
    assert len(audit.events) == 1
    clock.now += 1
    refusals.settle()
    assert told(audit)[1:] == [("http", "no token", 500)]


def test_a_new_minute_begins_with_a_refusal_written_at_once() -> None:
    audit, clock = RecordedAudit(), SetClock()
    refusals = Refusals(audit, clock)
    refusals.refuse("http", "no token", refusal())
    clock.now += 60
    refusals.refuse("http", "no token", refusal())
    assert told(audit) == [("http", "no token", 1)] * 2


def test_sources_and_reasons_are_counted_apart() -> None:
    audit = RecordedAudit()
    refusals = Refusals(audit, SetClock())
    for source in ("cursor", "zed"):
        for reason in ("no token", "wrong Host"):
            refusals.refuse(source, reason, refusal())
            refusals.refuse(source, reason, refusal())
    assert len(audit.events) == 4
    refusals.close()
    assert len(audit.events) == 8


def test_what_was_counted_is_written_at_the_end_and_only_once() -> None:
    audit = RecordedAudit()
    refusals = Refusals(audit, SetClock())
    for _ in range(3):
        refusals.refuse("http", "no token", refusal())
    refusals.close()
    refusals.close()
    assert told(audit) == [("http", "no token", 1), ("http", "no token", 2)]


def test_any_number_of_sources_costs_a_bounded_number_of_lines() -> None:
    audit, clock = RecordedAudit(), SetClock()
    refusals = Refusals(audit, clock, sources=4)
    for number in range(1000):
        refusals.refuse(f"pid {number}", "no token", refusal())
    assert len(audit.events) == 5
    clock.now += 60
    refusals.settle()
    assert len(audit.events) == 6
    assert told(audit)[-1] == ("others", "several reasons", 995)


def test_a_log_that_cannot_be_written_loses_no_count() -> None:
    audit, clock = RecordedAudit(), SetClock()
    refusals = Refusals(audit, clock)
    audit.failure = AuditUnavailable("The disk is full.")
    refusals.refuse("http", "no token", refusal())
    refusals.refuse("http", "no token", refusal())
    clock.now += 60
    refusals.settle()
    refusals.refuse("http", "no token", refusal())
    audit.failure = None
    clock.now += 60
    refusals.settle()
    assert told(audit) == [("http", "no token", 3)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefg"), st.sampled_from(["x", "y"]), st.integers(-30, 90)),
        max_size=60,
    ),
    st.sets(st.integers(0, 60)),
)
def test_every_refusal_is_counted_exactly_once(
    refused: list[tuple[str, str, int]], failures: set[int]
) -> None:
    audit, clock = RecordedAudit(), SetClock()
    refusals = Refusals(audit, clock, sources=5)
    for number, (source, reason, pause) in enumerate(refused):
        clock.now += pause
        audit.failure = AuditUnavailable("full") if number in failures else None
        refusals.refuse(source, reason, refusal())
    audit.failure = None
    refusals.close()
    assert sum(int(str(times)) for _, _, times in told(audit)) == len(refused)
