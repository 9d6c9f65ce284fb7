"""Audit events in words, and as pictures."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from keyfob_core.words.plain import visible
from keyfob_desktop.activity.activity_answers import Event


def event_words(event: str) -> str:
    """An audit event's name as people read it."""
    translate = QCoreApplication.translate
    words = {
        "engine_started": translate("Events", "Keyfob started"),
        "engine_stopped": translate("Events", "Keyfob ended"),
        "forwarding": translate("Events", "Call under way"),
        "outcome": translate("Events", "Call"),
        "refused": translate("Events", "Refused"),
        "prompt": translate("Events", "You were asked"),
        "decision": translate("Events", "Decision"),
        "sign_in": translate("Events", "Sign-in"),
        "account_connected": translate("Events", "Account connected"),
        "account_disconnected": translate("Events", "Account disconnected"),
        "refreshed": translate("Events", "Sign-in renewed"),
        "refresh_failed": translate("Events", "Renewal failed"),
        "server_added": translate("Events", "Server added"),
        "document_read": translate("Events", "API document read"),
        "server_removed": translate("Events", "Server removed"),
        "rule_added": translate("Events", "Rule added"),
        "rule_removed": translate("Events", "Rule removed"),
        "client_token_issued": translate("Events", "Token issued"),
        "client_revoked": translate("Events", "Client revoked"),
        "client_registered": translate("Events", "Client asks to pair"),
        "client_paired": translate("Events", "Client paired"),
        "pairing_ended": translate("Events", "Pairing ended"),
        "client_named": translate("Events", "Client named"),
        "tools_waiting": translate("Events", "Tools wait for you"),
        "tool_approved": translate("Events", "Tool approved"),
        "tool_rejected": translate("Events", "Tool rejected"),
        "config_changed": translate("Events", "Configuration edited"),
        "config_accepted": translate("Events", "Edit accepted"),
        "settings_changed": translate("Events", "Settings changed"),
        "access_changed": translate("Events", "Access changed"),
        "store_moved": translate("Events", "Secrets moved"),
        "store_state": translate("Events", "Keychain"),
        "session_ended": translate("Events", "Session ended"),
        "locked": translate("Events", "Locked"),
        "unlocked": translate("Events", "Unlocked"),
        "paused": translate("Events", "Paused"),
        "resumed": translate("Events", "Resumed"),
        "log_recovered": translate("Events", "Log repaired"),
        "log_trimmed": translate("Events", "Old log removed"),
        "log_cut": translate("Events", "Log was cut"),
    }
    return words.get(event, event.replace("_", " ").capitalize())


def outcome_words(outcome: str) -> str:
    """How something ended."""
    translate = QCoreApplication.translate
    words = {
        "ok": translate("Events", "Done"),
        "denied": translate("Events", "Denied"),
        "deny": translate("Events", "You said no"),
        "allow": translate("Events", "You said yes"),
        "dismissed": translate("Events", "No answer"),
        "waiting": translate("Events", "Waited for you"),
        "failed": translate("Events", "Failed"),
        "cancelled": translate("Events", "Cancelled"),
    }
    return words.get(outcome, visible(outcome))


def outcomes() -> tuple[tuple[str, str], ...]:
    """The outcomes to choose from: as the log names them, and in words."""
    names = ("ok", "denied", "failed", "waiting", "cancelled", "dismissed", "allow", "deny")
    return tuple((name, outcome_words(name)) for name in names)


def outcome_icon(event: Event) -> str:
    """The name of the picture of how an event came out; its shape tells as its colour does."""
    if event.event == "refused" and event.outcome != "waiting":
        return "state-failed"
    if event.event == "forwarding":
        return "state-working"
    match event.outcome:
        case "ok" | "allow":
            return "state-healthy"
        case "denied" | "deny" | "failed":
            return "state-failed"
        case "waiting" | "dismissed":
            return "state-needs-you"
        case _:
            return "state-not-connected"


def time_words(at: float) -> str:
    """A moment as the person's locale writes it, its seconds told; the day only when not today."""
    if not at:
        return ""
    when = QDateTime.fromMSecsSinceEpoch(int(at * 1000))
    translate, locale = QCoreApplication.translate, QLocale()
    time = locale.toString(when.time(), "HH:mm:ss")
    if when.date() == QDateTime.currentDateTime().date():
        return time
    this_year = when.date().year() == QDateTime.currentDateTime().date().year()
    # As QLocale's formats are written: d and M are the day and the month, MMM is its short name.
    lately, long_ago = translate("Events", "d MMM"), translate("Events", "d MMM yyyy")
    return f"{locale.toString(when.date(), lately if this_year else long_ago)} {time}"


def span_words(seconds: float) -> str:
    """A length of time."""
    translate = QCoreApplication.translate
    if seconds < 1:
        return translate("Events", "{count} ms").format(count=max(0, round(seconds * 1000)))
    number = QLocale().toString(seconds, "f", 1)
    return translate("Events", "{count} s").format(count=number)


def where_words(event: Event) -> str:
    """The server and the tool."""
    return " · ".join(visible(each) for each in (event.server, event.tool) if each)
