"""What the doctor answers, and the report that can be taken along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication, qVersion

from keyfob_core.diagnosis.findings import Finding, Fix, Outcome
from keyfob_core.words.masking import masked
from keyfob_core.words.plain import visible
from keyfob_desktop.answers import listed, mapped, text_in
from keyfob_desktop.core_words import said

_ORDER = (Outcome.BAD, Outcome.WARNING, Outcome.NOTE, Outcome.GOOD)


def findings_in(answer: object) -> tuple[Finding, ...]:
    """The answer of `doctor`, the worst first."""
    found = tuple(_finding(each) for each in listed(mapped(answer).get("findings")))
    return ordered(found)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, the worst first."""
    return tuple(sorted(findings, key=lambda one: _ORDER.index(one.outcome)))


def tray_finding(available: bool) -> Finding:
    """Whether this desktop shows a tray."""
    translate = QCoreApplication.translate
    if available:
        words = translate("Diagnostics", "This desktop shows Keyfob's icon in its tray.")
        return Finding(rule="tray", outcome=Outcome.GOOD, sentence=words)
    return Finding(
        rule="tray",
        outcome=Outcome.NOTE,
        sentence=translate(
            "Diagnostics", "This desktop has no tray, so the window is all there is of Keyfob."
        ),
        hint=translate("Diagnostics", "On GNOME, the extension AppIndicator Support adds one."),
    )


def start_finding(is_on: bool) -> Finding:
    """Whether Keyfob starts at login."""
    translate = QCoreApplication.translate
    words = (
        translate("Diagnostics", "Keyfob starts when you log in.")
        if is_on
        else translate(
            "Diagnostics", "Keyfob does not start by itself when you log in; Settings turns it on."
        )
    )
    return Finding(rule="autostart", outcome=Outcome.GOOD, sentence=words)


def fix_words(fix: Fix) -> str:
    """What the button of a fix says."""
    translate = QCoreApplication.translate
    words = {
        "unlock": translate("Diagnostics", "Unlock…"),
        "resume": translate("Diagnostics", "Let calls pass"),
        "config.accept": translate("Diagnostics", "Look…"),
        "account.refresh": translate("Diagnostics", "Try again"),
        "doctor.close": translate("Diagnostics", "Close it to others"),
    }
    if fix.verb == "show":
        return (
            translate("Diagnostics", "Unlock…")
            if fix.args.get("then")
            else translate("Diagnostics", "Show")
        )
    return words.get(fix.verb, visible(said(fix.words)))


def outcome_words(outcome: Outcome) -> str:
    """An outcome in a word."""
    translate = QCoreApplication.translate
    match outcome:
        case Outcome.GOOD:
            return translate("Diagnostics", "In order")
        case Outcome.NOTE:
            return translate("Diagnostics", "Good to know")
        case Outcome.WARNING:
            return translate("Diagnostics", "Look at this")
        case Outcome.BAD:
            return translate("Diagnostics", "Wrong")


def outcome_icon(outcome: Outcome) -> str:
    """The name of an outcome's picture."""
    match outcome:
        case Outcome.GOOD:
            return "state-healthy"
        case Outcome.NOTE:
            return "state-not-connected"
        case Outcome.WARNING:
            return "state-needs-you"
        case Outcome.BAD:
            return "state-failed"


def report_of(findings: Iterable[Finding]) -> str:
    """All of it as text for somebody who helps; nothing in it is a secret.

    The core's findings stay in English, as the core's log and its people have them.
    """
    lines = [f"Keyfob doctor, Qt {qVersion()}"]
    for one in findings:
        lines.append(f"[{one.outcome.value}] {one.rule}: {one.sentence}")
        if one.hint and one.outcome is not Outcome.GOOD:
            lines.append(f"    {one.hint}")
    return str(masked(visible("\n".join(lines), lines=True)))


def _finding(answer: object) -> Finding:
    told = mapped(answer)
    fix = told.get("fix")
    return Finding(
        rule=text_in(told, "rule"),
        outcome=Outcome(text_in(told, "outcome")),
        sentence=text_in(told, "sentence"),
        hint=text_in(told, "hint"),
        about=text_in(told, "about") or None,
        fix=_fix(mapped(fix)) if fix is not None else None,
    )


def _fix(told: Mapping[str, object]) -> Fix:
    args = mapped(told.get("args") or {})
    return Fix(
        words=text_in(told, "words"),
        verb=text_in(told, "verb"),
        args={name: str(value) for name, value in args.items()},
    )
