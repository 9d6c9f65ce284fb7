"""One call's whole story: its steps with their times, and what was recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from keyfob_core.model import KnownBy
from keyfob_core.words.plain import visible
from keyfob_desktop.activity.activity_answers import ASKED, DECIDED, ENDED, REFUSED, SENT, Event
from keyfob_desktop.activity.activity_words import (
    event_words,
    outcome_words,
    span_words,
    time_words,
)
from keyfob_desktop.core_words import said, value_said
from keyfob_desktop.prompts.peer_words import known_words
from keyfob_desktop.widgets.models import moment


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step of a call."""

    when: str
    words: str


def steps_of(events: Sequence[Event]) -> tuple[StoryStep, ...]:
    """The steps, the oldest first, each with the time since the one before."""
    steps: list[StoryStep] = []
    before: Event | None = None
    for event in events:
        since = event.at - before.at if before is not None else 0.0
        when = time_words(event.at) if before is None else f"+ {span_words(max(0.0, since))}"
        steps.append(StoryStep(when, step_words(event)))
        before = event
    return tuple(steps)


def title_of(events: Sequence[Event]) -> str:
    """What it was about."""
    translate = QCoreApplication.translate
    last = events[-1]
    if last.tool:
        words = translate("Story", "{tool} of {server}")
        return words.format(tool=visible(last.tool), server=visible(last.server))
    return event_words(last.event)


def step_words(event: Event) -> str:
    """One event as a sentence."""
    translate = QCoreApplication.translate
    match event.event:
        case "prompt":
            return translate("Story", "You were asked.")
        case "decision":
            lasts = _lasts_words(event.detail("lasts"))
            words = outcome_words(event.outcome)
            if not lasts:
                return translate("Story", "{decision}.").format(decision=words)
            return translate("Story", "{decision}, {lasts}.").format(decision=words, lasts=lasts)
        case "forwarding":
            server, account = visible(event.server), visible(event.account)
            if not account:
                return translate("Story", "Sent to {server}.").format(server=server)
            words = translate("Story", "Sent to {server} as {account}.")
            return words.format(server=server, account=account)
        case "outcome":
            return _ended_words(event)
        case "refused":
            return _refused_words(event)
        case _:
            if not event.outcome:
                return translate("Story", "{event}.").format(event=event_words(event.event))
            words = translate("Story", "{event}: {outcome}.")
            return words.format(
                event=event_words(event.event), outcome=outcome_words(event.outcome)
            )


def facts_of(events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    """What else was recorded, as names and values; nothing twice."""
    translate = QCoreApplication.translate
    names = {
        "client": translate("Story", "Client"),
        "known_by": translate("Story", "Known by"),
        "process": translate("Story", "Program"),
        "server": translate("Story", "Server"),
        "account": translate("Story", "Account"),
        "method": translate("Story", "Method"),
        "decided_by": translate("Story", "Decided by"),
        "listener": translate("Story", "Came by"),
        "session": translate("Story", "Session"),
        "status": translate("Story", "HTTP status"),
        "bytes": translate("Story", "Size of the answer"),
        "reason": translate("Story", "Reason"),
        "rule": translate("Story", "Rule"),
        "times": translate("Story", "Times"),
        "digest": translate("Story", "Digest"),
    }
    found: dict[str, str] = {}
    for event in events:
        told = {"client": event.client, "server": event.server, "account": event.account}
        told |= {name: event.detail(name) for name in event.details}
        for name, value in told.items():
            if value and name not in ("lasts", "arguments"):
                found[name] = _value_words(name, value)
    known = [(words, found.pop(name)) for name, words in names.items() if name in found]
    more = [(name.replace("_", " ").capitalize(), value) for name, value in found.items()]
    return tuple(known + more)


def arguments_of(events: Sequence[Event]) -> str:
    """The redacted arguments, where a person was asked about them."""
    return next((text for one in events if (text := one.detail("arguments"))), "")


def is_of_a_call(event: Event) -> bool:
    """Whether there is more to its story than itself."""
    kinds = (ASKED, DECIDED, SENT, ENDED, REFUSED)
    return bool(event.request_id) and event.event in kinds


def _ended_words(event: Event) -> str:
    translate = QCoreApplication.translate
    status, reason = event.detail("status"), visible(said(event.detail("reason")))
    match event.outcome:
        case "ok" if status:
            return translate("Story", "The server answered ({status}).").format(status=status)
        case "ok":
            return translate("Story", "The server answered.")
        case "cancelled":
            return translate("Story", "The client did not wait for the answer.")
        case _ if reason:
            return translate("Story", "It failed: {reason}").format(reason=reason)
        case _ if status:
            return translate("Story", "The server answered with an error ({status}).").format(
                status=status
            )
        case _:
            return translate("Story", "It failed.")


def _refused_words(event: Event) -> str:
    translate = QCoreApplication.translate
    reason = visible(said(event.detail("reason")))
    if event.outcome == "waiting":
        return translate("Story", "The call ended while the question stayed open: {reason}").format(
            reason=reason
        )
    return translate("Story", "Refused: {reason}").format(reason=reason)


def _lasts_words(lasts: str) -> str:
    translate = QCoreApplication.translate
    words = {
        "once": translate("Story", "just this once"),
        "session": translate("Story", "for this session"),
        "until_lock": translate("Story", "until Keyfob is locked"),
        "hours": translate("Story", "for some hours"),
        "always": translate("Story", "always"),
    }
    return words.get(lasts, visible(lasts))


def _value_words(name: str, value: str) -> str:
    if name == "bytes" and value.isdecimal():
        return QLocale().formattedDataSize(int(value))
    if name == "until":
        return moment(value)
    if name == "known_by" and value in set(KnownBy):
        return known_words(KnownBy(value))
    return value_said(value) if name in ("decided_by", "reason") else value
