"""Opening the store: the encrypted file with its passphrase, a keychain in its own way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_desktop.dialog import GrowingDialog
from keyfob_desktop.labels import DimLabel, TitleLabel
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.parts import Banner, Button
from keyfob_desktop.passphrase_fields import PassphraseFields
from keyfob_desktop.tasks import Tasks


class UnlockDialog(GrowingDialog):
    """Takes the passphrase of the encrypted file until it is the right one."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unlock"))
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._tasks.ended.connect(self._review)
        self.fields = PassphraseFields(new=False)
        self.fields.changed.connect(self._review)
        self.banner = Banner("state-needs-you", self)
        self.go_button = Button(self.tr("Unlock"), self)
        self.go_button.setDefault(True)
        self.go_button.clicked.connect(self._go)
        self.cancel_button = Button(self.tr("Cancel"), self)
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.finished.connect(self._end)
        self._lay_out()
        self._review()

    def _review(self) -> None:
        self.go_button.setEnabled(self.fields.complete and not self._tasks.busy)

    def _go(self) -> None:
        self._tasks.start(self._unlock(self.fields.text))
        self._review()

    async def _unlock(self, passphrase: str) -> None:
        self.banner.hide()
        try:
            await self._door.call("store.unlock", {"passphrase": passphrase})
        except Error as error:
            self.banner.tell_error(error)
            self.fields.first.selectAll()
            return
        self.accept()

    def _end(self) -> None:
        self._tasks.cancel()
        self.fields.forget()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.go_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(TitleLabel(self.tr("Unlock your secrets")))
        column.addWidget(
            DimLabel(self.tr("They stay open until Keyfob ends. The passphrase is kept nowhere."))
        )
        column.addWidget(self.banner)
        column.addWidget(self.fields)
        column.addStretch(1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 56)
