"""Moving every secret from one store to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_desktop.answers import moved_in
from keyfob_desktop.connect.connect_steps import ConnectSteps
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.settings.passphrase_fields import PassphraseFields
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.labels import PlainLabel, TitleLabel
from keyfob_desktop.widgets.one_page import OnePage
from keyfob_desktop.widgets.parts import Button

FILE = "encrypted-file"
KEYCHAIN = "keychain"


class MoveDialog(GrowingDialog):
    """Explains the move, asks for a passphrase where a file is the goal, and tells each step."""

    def __init__(
        self,
        to: str,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Move your secrets"))
        self._to = to
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self.fields = PassphraseFields(new=True)
        self.fields.setVisible(to == FILE)
        self.fields.changed.connect(self._review)
        self.steps = ConnectSteps()
        self._asking = self._question()
        self.pages = OnePage(self)
        self.pages.add(self._asking)
        self.pages.add(self.steps)
        self.cancel_button = Button(self.tr("Cancel"), self)
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.go_button = Button(self.tr("Move"), self)
        self.go_button.setDefault(True)
        self.go_button.clicked.connect(self._go)
        self.finished.connect(self._end)
        self._lay_out()
        self._review()

    def _review(self) -> None:
        self.go_button.setEnabled(self._to != FILE or self.fields.complete)

    def _go(self) -> None:
        call: dict[str, Any] = {"to": self._to}
        if self._to == FILE:
            call["passphrase"] = self.fields.text
        self.steps.begin()
        self.pages.turn_to(self.steps)
        self.go_button.hide()
        self._tasks.start(self._move(call))

    async def _move(self, call: dict[str, Any]) -> None:
        try:
            answer = await self._door.call("store.move", call, on_step=self.steps.add)
            moved = moved_in(answer)
        except Error as error:
            # A move that stops loses nothing: what was copied lies in both until it is done.
            self.steps.fail(error, error.code, self.tr("Nothing was lost."))
        else:
            self.steps.succeed(self.tr("%n secret(s) were moved.", "", moved))
        self.fields.forget()
        self.cancel_button.setText(self.tr("Close"))

    def _end(self) -> None:
        self._tasks.cancel()
        self.fields.forget()

    def _question(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        into_file = self.tr(
            "Every secret is written to one file, encrypted with a passphrase of yours, read back "
            "and compared, and then erased from the keychain. Keyfob asks for the passphrase at "
            "each start; nobody can bring a lost one back."
        )
        into_keychain = self.tr(
            "Every secret is written to the keychain of this desktop, read back and compared, and "
            "then erased from the encrypted file. Unlocking your desktop then unlocks them."
        )
        column.addWidget(PlainLabel(into_file if self._to == FILE else into_keychain))
        column.addWidget(self.fields)
        return page

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.go_button)
        title = (
            self.tr("Move your secrets to an encrypted file")
            if self._to == FILE
            else self.tr("Move your secrets to the keychain")
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(TitleLabel(title))
        column.addWidget(self.pages, 1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 66)
