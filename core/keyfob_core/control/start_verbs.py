"""Whether Keyfob starts at login, for the window and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keyfob_core.control.arguments import Arguments
from keyfob_core.control.notes import note
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class AutostartState:
    """Whether Keyfob starts at login."""

    enabled: bool
    place: str
    """Where the system keeps it."""


class StartVerbs:
    """Shows and turns the start at login; it allows nobody more, so no question is asked."""

    def __init__(self, workings: Workings) -> None:
        self._autostart = workings.autostart
        self._audit = workings.audit
        self.verbs: Mapping[str, Verb] = {
            "autostart.show": self._show,
            "autostart.set": self._set,
        }

    async def _show(self, args: Arguments, confirmed: bool, progress: Progress) -> AutostartState:
        args.none()
        return self._state()

    async def _set(self, args: Arguments, confirmed: bool, progress: Progress) -> AutostartState:
        on = args.flag("enabled", True)
        args.none()
        if on != self._autostart.is_on():
            self._autostart.turn(on)
            note(self._audit, AuditEvent(event="autostart", details={"enabled": on}))
        return self._state()

    def _state(self) -> AutostartState:
        return AutostartState(enabled=self._autostart.is_on(), place=self._autostart.place)
