"""Where prompts come to the person: one at a time, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from keyfob_core.prompts import Answer, PendingPrompt, Prompt
from keyfob_desktop.prompts.kinds import dialog_for
from keyfob_desktop.prompts.prompt_dialog import PromptDialog
from keyfob_desktop.prompts.prompter import DesktopPrompter, Question


class PromptDesk(QObject):
    """Shows the questions of a prompter.

    Signals:
        shown: the `Prompt` that now waits in a window.
        came: the same, where the person was not at another question just before.
    """

    shown = Signal(object)
    came = Signal(object)

    def __init__(
        self,
        prompter: DesktopPrompter,
        make: Callable[[Prompt], PromptDialog] = dialog_for,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._waiting: list[Question] = []
        self._current: Question | None = None
        self._dialog: PromptDialog | None = None
        self._pending: Sequence[PendingPrompt] = ()
        # Of many that are withdrawn together, none is shown for a moment in between.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._show_next)
        prompter.asked.connect(self._ask)
        prompter.withdrawn.connect(self._withdraw)

    @property
    def dialog(self) -> PromptDialog | None:
        """The window of the question that waits now."""
        return self._dialog

    @property
    def waiting(self) -> int:
        """How many more questions wait behind it."""
        return len(self._waiting)

    def show_pending(self, pending: Sequence[PendingPrompt]) -> None:
        """Know until when each question waits."""
        self._pending = pending
        self._tell_dialog()

    def raise_current(self) -> None:
        """Bring the waiting question to the front: the person asked for it."""
        if self._dialog is not None:
            self._dialog.showNormal()
            self._dialog.raise_()
            self._dialog.activateWindow()

    def close(self) -> None:
        """Withdraw every question without an answer."""
        self._waiting.clear()
        self._drop()

    def _ask(self, question: Question) -> None:
        self._waiting.append(question)
        if self._current is None:
            self._show_next()
            self.came.emit(question.prompt)
        self._tell_dialog()

    def _show_next(self) -> None:
        if self._current is not None or not self._waiting:
            return
        question = self._waiting.pop(0)
        dialog = self._make(question.prompt)
        self._current, self._dialog = question, dialog
        dialog.answered.connect(partial(self._answered, question))
        self._tell_dialog()
        dialog.show()
        self.shown.emit(question.prompt)

    def _answered(self, question: Question, answer: Answer) -> None:
        question.answer(answer)
        self._drop()
        self._show_next()

    def _withdraw(self, number: int) -> None:
        self._waiting = [each for each in self._waiting if each.number != number]
        if self._current is not None and self._current.number == number:
            self._drop()
            self._soon.start()
        self._tell_dialog()

    def _tell_dialog(self) -> None:
        if self._dialog is None or self._current is None:
            return
        asked = self._current.prompt
        ends = (each.ends_at for each in self._pending if each.prompt is asked)
        self._dialog.show_end(next(ends, None))
        self._dialog.show_more(len(self._waiting))

    def _drop(self) -> None:
        dialog, self._dialog, self._current = self._dialog, None, None
        if dialog is not None:
            dialog.withdraw()
            dialog.deleteLater()
