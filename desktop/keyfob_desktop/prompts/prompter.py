"""The core's door to a person: prompts cross to the Qt thread, answers cross back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from keyfob_core.prompts import Answer, Prompt


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt on the Qt thread, with the way its answer goes back."""

    number: int
    prompt: Prompt
    answer: Callable[[Answer], None]
    """May be called from any thread, and more than once: the first counts."""


class DesktopPrompter(QObject):
    """Implements `keyfob_core.ports.Prompter` with windows.

    Signals:
        asked: a `Question` to show, told on the Qt thread.
        withdrawn: the number of a question that nobody waits for any more.
    """

    asked = Signal(object)
    withdrawn = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)

    @property
    def attended(self) -> bool:
        """Whether a person can answer here."""
        return True

    @property
    def answers_commands(self) -> bool:
        """Whether commands that allow more are answered here."""
        return True

    async def ask(self, prompt: Prompt) -> Answer:
        """Show the prompt until it is answered; cancelling withdraws it."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()

        def settle(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        def answer(value: Answer) -> None:
            # The engine may have closed its loop while the dialog was open.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, value)

        question = Question(next(self._numbers), prompt, answer)
        self.asked.emit(question)
        try:
            return await answered
        finally:
            self.withdrawn.emit(question.number)
