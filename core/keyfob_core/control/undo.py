"""What was just removed, kept for a while so that it can come back as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keyfob_core.control.live_config import LiveConfig, Texts
from keyfob_core.control.notes import note
from keyfob_core.control.widening import Widening
from keyfob_core.errors import UnknownName
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, Clock
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import Edit

KEPT_SECONDS = 600.0
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed, and the id by which `config.undo` brings it back."""

    what: str
    """As people say it: `the server github`."""
    undo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Removal:
    removed: Removed
    before: Texts
    after: Texts
    put_back: Edit
    then: Callable[[], None]
    event: AuditEvent
    at: float


class Undos:
    """Removes from the configuration, and puts back to the letter what was removed lately.

    Where the file has been changed since, only what was removed comes back into it.
    """

    def __init__(self, config: LiveConfig, widening: Widening, audit: Audit, clock: Clock) -> None:
        self._config = config
        self._widening = widening
        self._audit = audit
        self._clock = clock
        self._kept: dict[str, _Removal] = {}
        self._number = 0

    def text(self) -> str:
        """The file as it is, for the edit that puts something back."""
        return self._config.texts().file

    def remove(
        self,
        what: str,
        drop: Edit,
        put_back: Edit,
        event: AuditEvent,
        then: Callable[[], None] = lambda: None,
    ) -> Removed:
        """Apply `drop`; raises ConfigInvalid.

        `put_back` restores it in a file that was changed since, `then` what lies elsewhere, and
        `event` is what the log is told when that has been done.
        """
        before = self._config.texts()
        self._config.edit(drop)
        self._number += 1
        removed = Removed(what=what, undo=f"u{self._number}")
        self._kept[removed.undo] = _Removal(
            removed=removed,
            before=before,
            after=self._config.texts(),
            put_back=put_back,
            then=then,
            event=event,
            at=self._clock(),
        )
        for old in tuple(self._kept)[:-_MOST]:
            del self._kept[old]
        return removed

    async def undo(self, name: str, *, confirmed: bool) -> Removed:
        """Bring back what was removed; what then allows more waits for a yes.

        Raises UnknownName where it is too late, ConfigInvalid, ConfirmationNeeded, AccessDenied.
        """
        removal = self._kept.get(name)
        if removal is None or self._clock() - removal.at > KEPT_SECONDS:
            self._kept.pop(name, None)
            raise UnknownName("It is too late to undo that.", "Add it again.")
        what = removal.removed.what
        if wider := self._config.foresee(removal.put_back):
            prompt = WideningPrompt(
                title="Undo a removal",
                text=f"Bring back {what}?",
                details=tuple((change.part, change.words) for change in wider),
            )
            await self._widening.agree(prompt, confirmed=confirmed)
        del self._kept[name]
        if not self._config.put_back(removal.before, removal.after):
            self._config.edit(removal.put_back)
        removal.then()
        note(self._audit, removal.event)
        return removal.removed
