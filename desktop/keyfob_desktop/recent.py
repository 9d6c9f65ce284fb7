"""The last calls in a line each, for the tray's menu."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, QTime

from keyfob_core.plain import visible
from keyfob_desktop.answers import Happening

MOST_RECENT = 5
_CONTEXT = "Recent"
_CALLS = frozenset({"outcome", "refused"})


def recent_lines(happenings: Sequence[Happening]) -> tuple[str, ...]:
    """What became of the last calls, the newest first; `happenings` has the newest last."""
    calls = [each for each in happenings if each.event in _CALLS]
    return tuple(_line(each) for each in reversed(calls[-MOST_RECENT:]))


def _line(call: Happening) -> str:
    tr = QCoreApplication.translate
    what = visible(" · ".join(each for each in (call.server, call.tool) if each))
    who = visible(call.client) or tr(_CONTEXT, "unknown")
    if call.event == "refused":
        how = tr(_CONTEXT, "refused")
    else:
        how = _outcomes().get(call.outcome, visible(call.outcome))
    if not what:
        line = tr(_CONTEXT, "{time}  {client}: {outcome}")
        return line.format(time=_clock(call.at), client=who, outcome=how)
    line = tr(_CONTEXT, "{time}  {client} → {what}: {outcome}")
    return line.format(time=_clock(call.at), client=who, what=what, outcome=how)


def _outcomes() -> dict[str, str]:
    tr = QCoreApplication.translate
    return {
        "ok": tr(_CONTEXT, "answered"),
        "denied": tr(_CONTEXT, "denied"),
        "dismissed": tr(_CONTEXT, "not answered by you"),
        "waiting": tr(_CONTEXT, "waits for you"),
        "failed": tr(_CONTEXT, "failed"),
        "cancelled": tr(_CONTEXT, "cancelled"),
    }


def _clock(at: str) -> str:
    try:
        when = datetime.fromtimestamp(float(at))
    except (ValueError, OverflowError, OSError):
        try:
            when = datetime.fromisoformat(at).astimezone()
        except ValueError:
            return at
    return QLocale().toString(QTime(when.hour, when.minute), QLocale.FormatType.ShortFormat)
