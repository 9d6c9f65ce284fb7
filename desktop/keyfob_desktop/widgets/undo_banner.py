"""A calm notice that something was removed, with the way back for some seconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from keyfob_core.errors import Error
from keyfob_core.words.plain import visible
from keyfob_desktop.answers import mapped, text_in
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.parts import Banner

_SHOWN_MS = 20_000


class UndoBanner(Banner):
    """Offers to bring back what was removed last."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("state-not-connected", parent)
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._undo = ""
        self._ends = QTimer(self)
        self._ends.setSingleShot(True)
        self._ends.setInterval(_SHOWN_MS)
        self._ends.timeout.connect(self.hide)
        self.button.clicked.connect(self._bring_back)

    def offer(self, what: str, answer: object) -> None:
        """Say that `what` was removed; the answer of the removal knows how it comes back."""
        self._undo = text_in(mapped(answer), "undo")
        self.button.setText(self.tr("Undo"))
        self.button.setVisible(bool(self._undo))
        self.tell(self.tr("Removed {what}.").format(what=visible(what)))
        self._ends.start()

    def _bring_back(self) -> None:
        if self._undo:
            undo, self._undo = self._undo, ""
            self._tasks.start(self._ask(undo))

    async def _ask(self, undo: str) -> None:
        self._ends.stop()
        self.button.hide()
        try:
            await self._door.call("config.undo", {"id": undo})
        except Error as error:
            self.tell_error(error)
            self._ends.start()
            return
        self.hide()
