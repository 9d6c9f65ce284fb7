"""The last calls in a line each, for the tray's menu."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale, QTime

from keyfob_core.words.plain import visible
from keyfob_desktop.answers import Happening

MOST_RECENT = 5
_CALLS = frozenset({"outcome", "refused"})


def recent_lines(happenings: Sequence[Happening]) -> tuple[str, ...]:
    """What became of the last calls, the newest first; `happenings` has the newest last."""
    calls = [each for each in happenings if each.event in _CALLS]
    return tuple(_line(each) for each in reversed(calls[-MOST_RECENT:]))


def _line(call: Happening) -> str:
    translate = QCoreApplication.translate
    what = visible(" · ".join(each for each in (call.server, call.tool) if each))
    who = visible(call.client) or translate("Recent", "unknown")
    if call.event == "refused":
        how = translate("Recent", "refused")
    else:
        how = _outcomes().get(call.outcome, visible(call.outcome))
    if not what:
        line = translate("Recent", "{time}  {client}: {outcome}")
        return line.format(time=_clock(call.at), client=who, outcome=how)
    line = translate("Recent", "{time}  {client} → {what}: {outcome}")
    return line.format(time=_clock(call.at), client=who, what=what, outcome=how)


def _outcomes() -> dict[str, str]:
    translate = QCoreApplication.translate
    return {
        "ok": translate("Recent", "answered"),
        "denied": translate("Recent", "denied"),
        "dismissed": translate("Recent", "not answered by you"),
        "waiting": translate("Recent", "waits for you"),
        "failed": translate("Recent", "failed"),
        "cancelled": translate("Recent", "cancelled"),
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
