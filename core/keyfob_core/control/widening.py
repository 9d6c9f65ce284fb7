"""Commands that allow more wait for a person's yes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from keyfob_core.errors import AccessDenied, ConfirmationNeeded
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, Prompter
from keyfob_core.prompts import Decision, Dismissed, Prompt, WideningPrompt
from keyfob_core.questions import Questions


class Widening:
    """Asks for a yes where the design says it is given: the tray app, else the terminal."""

    def __init__(
        self,
        prompter: Prompter,
        questions: Questions,
        audit: Audit,
        open_store: Callable[[], Awaitable[None]],
    ) -> None:
        """`open_store` opens what the log needs, where that may ask the person."""
        self._prompter = prompter
        self._questions = questions
        self._audit = audit
        self._open_store = open_store

    @property
    def at_the_window(self) -> bool:
        """Whether a command's own yes does not count because the tray app asks."""
        return self._prompter.answers_commands

    async def agree(
        self,
        prompt: WideningPrompt,
        *,
        confirmed: bool,
        then: Callable[[], Awaitable[None]] | None = None,
        shown: Prompt | None = None,
    ) -> None:
        """Return when the person said yes.

        `then` is done between the yes and its record, where the log itself waits for it. `shown`
        is what the tray app asks in place of `prompt`. Raises ConfirmationNeeded for a terminal to
        ask, AccessDenied for a no.
        """
        if not confirmed and not self._prompter.answers_commands:
            details = "\n".join(f"{label}: {value}" for label, value in prompt.details)
            raise ConfirmationNeeded(prompt.text, details)
        outcome = "allow"
        if not confirmed:
            asked = shown or prompt
            answer = await self._questions.ask(("widening", asked), asked, wait=None)
            confirmed = isinstance(answer, Decision) and answer.allow
            outcome = (
                "dismissed" if isinstance(answer, Dismissed) else "allow" if confirmed else "deny"
            )
        if confirmed and then is not None:
            await then()
        await self._open_store()
        self._audit.record(
            AuditEvent(
                event="decision",
                outcome=outcome,
                details={"asked": prompt.title, **dict(prompt.details)},
            )
        )
        if not confirmed:
            said = "Nobody answered." if outcome == "dismissed" else "The answer was no."
            raise AccessDenied(said, "Nothing was changed.")
