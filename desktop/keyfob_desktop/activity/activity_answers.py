"""What the engine answers about the audit log, as the page of activity uses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from keyfob_desktop.answers import listed, mapped, text_in

ASKED, DECIDED, SENT, ENDED, REFUSED = "prompt", "decision", "forwarding", "outcome", "refused"


@dataclass(frozen=True, slots=True)
class Event:
    """One audit event."""

    number: int
    at: float
    """Seconds since the epoch; 0 where the line says no time."""
    event: str
    request_id: str
    client: str
    server: str
    tool: str
    account: str
    outcome: str
    details: Mapping[str, object]
    told: Mapping[str, object] = field(repr=False)
    """All of it but its seal."""

    @property
    def text(self) -> str:
        """All of it as indented JSON."""
        return json.dumps(self.told, indent=2, ensure_ascii=False)

    def detail(self, name: str) -> str:
        """A detail as text, empty where there is none."""
        return text_in(self.details, name)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, the newest first."""

    events: tuple[Event, ...]
    before: int | None
    """What the next page is asked for with; None where nothing older can follow."""
    is_full: bool
    """False where the search stopped for want of time."""


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Calls and refusals in slices of equal length, the oldest first."""

    since: float
    until: float
    calls: tuple[int, ...]
    refusals: tuple[int, ...]
    is_whole: bool


def page_in(answer: object) -> EventPage:
    """The answer of `audit.page`."""
    told = mapped(answer)
    before = told.get("before")
    return EventPage(
        tuple(event_in(each) for each in listed(told.get("events"))),
        before if isinstance(before, int) else None,
        bool(told.get("is_full")),
    )


def head_in(answer: object) -> int:
    """The answer of `audit.follow`: the number of the last event."""
    return int(mapped(answer).get("head") or 0)


def counts_in(answer: object) -> EventCounts:
    """The answer of `audit.counts`."""
    told = mapped(answer)
    return EventCounts(
        float(told["since"]),
        float(told["until"]),
        tuple(cast("tuple[int, ...]", listed(told["calls"]))),
        tuple(cast("tuple[int, ...]", listed(told["refusals"]))),
        bool(told.get("is_whole")),
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the log is whole, and where it is not."""

    count: int
    problem: str
    where: str


def verified_in(answer: object) -> Verified:
    """The answer of `audit.verify`."""
    told = mapped(answer)
    places = (text_in(told, "file"), text_in(told, "line"))
    problem = "" if told.get("ok") is True else text_in(told, "problem") or "?"
    return Verified(int(told.get("count") or 0), problem, ":".join(each for each in places if each))


def event_in(answer: object) -> Event:
    """One event of any answer about the log."""
    told = mapped(answer)
    details: Any = told.get("details")
    number = told.get("seq")
    return Event(
        number=number if isinstance(number, int) else 0,
        at=_seconds(text_in(told, "time")),
        event=text_in(told, "event"),
        request_id=text_in(told, "request_id"),
        client=text_in(told, "client"),
        server=text_in(told, "server"),
        tool=text_in(told, "tool"),
        account=text_in(told, "account"),
        outcome=text_in(told, "outcome"),
        details=mapped(cast("object", details)) if isinstance(details, Mapping) else {},
        told={key: value for key, value in told.items() if key != "mac"},
    )


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
