"""Audit events in words, and as pictures."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from keyfob_core.plain import visible
from keyfob_desktop.activity_answers import Event

_CONTEXT = "Events"


def event_words(event: str) -> str:
    """An audit event's name as people read it."""
    tr = QCoreApplication.translate
    words = {
        "engine_started": tr(_CONTEXT, "Keyfob started"),
        "engine_stopped": tr(_CONTEXT, "Keyfob ended"),
        "forwarding": tr(_CONTEXT, "Call under way"),
        "outcome": tr(_CONTEXT, "Call"),
        "refused": tr(_CONTEXT, "Refused"),
        "prompt": tr(_CONTEXT, "You were asked"),
        "decision": tr(_CONTEXT, "Decision"),
        "sign_in": tr(_CONTEXT, "Sign-in"),
        "account_connected": tr(_CONTEXT, "Account connected"),
        "account_disconnected": tr(_CONTEXT, "Account disconnected"),
        "refreshed": tr(_CONTEXT, "Sign-in renewed"),
        "refresh_failed": tr(_CONTEXT, "Renewal failed"),
        "server_added": tr(_CONTEXT, "Server added"),
        "document_read": tr(_CONTEXT, "API document read"),
        "server_removed": tr(_CONTEXT, "Server removed"),
        "rule_added": tr(_CONTEXT, "Rule added"),
        "rule_removed": tr(_CONTEXT, "Rule removed"),
        "client_token_issued": tr(_CONTEXT, "Token issued"),
        "client_revoked": tr(_CONTEXT, "Client revoked"),
        "client_registered": tr(_CONTEXT, "Client asks to pair"),
        "client_paired": tr(_CONTEXT, "Client paired"),
        "pairing_ended": tr(_CONTEXT, "Pairing ended"),
        "client_named": tr(_CONTEXT, "Client named"),
        "tools_waiting": tr(_CONTEXT, "Tools wait for you"),
        "tool_approved": tr(_CONTEXT, "Tool approved"),
        "tool_rejected": tr(_CONTEXT, "Tool rejected"),
        "config_changed": tr(_CONTEXT, "Configuration edited"),
        "config_accepted": tr(_CONTEXT, "Edit accepted"),
        "settings_changed": tr(_CONTEXT, "Settings changed"),
        "access_changed": tr(_CONTEXT, "Access changed"),
        "store_moved": tr(_CONTEXT, "Secrets moved"),
        "store_state": tr(_CONTEXT, "Keychain"),
        "session_ended": tr(_CONTEXT, "Session ended"),
        "locked": tr(_CONTEXT, "Locked"),
        "unlocked": tr(_CONTEXT, "Unlocked"),
        "paused": tr(_CONTEXT, "Paused"),
        "resumed": tr(_CONTEXT, "Resumed"),
        "log_recovered": tr(_CONTEXT, "Log repaired"),
        "log_trimmed": tr(_CONTEXT, "Old log removed"),
        "log_cut": tr(_CONTEXT, "Log was cut"),
    }
    return words.get(event, event.replace("_", " ").capitalize())


def outcome_words(outcome: str) -> str:
    """How something ended."""
    tr = QCoreApplication.translate
    words = {
        "ok": tr(_CONTEXT, "Done"),
        "denied": tr(_CONTEXT, "Denied"),
        "deny": tr(_CONTEXT, "You said no"),
        "allow": tr(_CONTEXT, "You said yes"),
        "dismissed": tr(_CONTEXT, "No answer"),
        "waiting": tr(_CONTEXT, "Waited for you"),
        "failed": tr(_CONTEXT, "Failed"),
        "cancelled": tr(_CONTEXT, "Cancelled"),
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
    locale = QLocale()
    time = locale.toString(when.time(), "HH:mm:ss")
    if when.date() == QDateTime.currentDateTime().date():
        return time
    this_year = when.date().year() == QDateTime.currentDateTime().date().year()
    day = locale.toString(when.date(), "d MMM" if this_year else "d MMM yyyy")
    return f"{day} {time}"


def span_words(seconds: float) -> str:
    """A length of time."""
    tr = QCoreApplication.translate
    if seconds < 1:
        return tr(_CONTEXT, "{count} ms").format(count=max(0, round(seconds * 1000)))
    number = QLocale().toString(seconds, "f", 1)
    return tr(_CONTEXT, "{count} s").format(count=number)


def where_words(event: Event) -> str:
    """The server and the tool."""
    return " · ".join(visible(each) for each in (event.server, event.tool) if each)
