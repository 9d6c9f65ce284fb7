"""What was edited by hand in config.toml, shown and accepted."""

from __future__ import annotations

from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.control.widening import Widening
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_changes import Change


class Acceptance:
    """Asks the person for a yes to what waits."""

    def __init__(self, config: LiveConfig, widening: Widening, audit: Audit) -> None:
        self._config = config
        self._widening = widening
        self._audit = audit

    def check(self) -> tuple[Change, ...]:
        """What waits; raises ConfigInvalid for a file that cannot be read."""
        self._config.refresh()
        if self._config.problem is not None:
            raise self._config.problem
        return self._config.waiting

    async def accept(self, *, confirmed: bool) -> tuple[Change, ...]:
        """Put what waits in force after a yes, and answer it.

        What is edited while the person reads waits anew. Raises ConfigInvalid, ConfirmationNeeded
        and AccessDenied.
        """
        # Read once: an edit that came in between would be accepted with nobody having seen it.
        waiting, text = self.check(), self._config.as_found
        if not waiting:
            return ()
        prompt = WideningPrompt(
            title="Accept an edit of config.toml",
            text="Put in force what was edited by hand?",
            details=tuple((change.part, change.words) for change in waiting),
        )
        await self._widening.agree(prompt, confirmed=confirmed)
        self._config.accept(text)
        details = {"parts": ", ".join(change.part for change in waiting)}
        note(self._audit, AuditEvent(event="config_accepted", details=details))
        return waiting
