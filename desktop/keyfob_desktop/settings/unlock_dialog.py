"""Opening the store: the encrypted file with its passphrase, a keychain in its own way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.states import StoreCondition
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.settings.passphrase_fields import PassphraseFields
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.labels import DimLabel, TitleLabel
from keyfob_desktop.widgets.parts import Banner, Button


class UnlockDialog(GrowingDialog):
    """Takes the passphrase of the encrypted file until it is the right one.

    Where the file is older than it should be, or gone, this is also the yes to going on with that.
    """

    def __init__(
        self,
        condition: StoreCondition,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._accepts = condition in {StoreCondition.OUTDATED, StoreCondition.GONE}
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._tasks.ended.connect(self._review)
        self.fields = PassphraseFields(new=condition is StoreCondition.GONE)
        self.fields.changed.connect(self._review)
        self.banner = Banner("state-needs-you", self)
        self.go_button = Button(self)
        self.go_button.setDefault(True)
        self.go_button.clicked.connect(self._go)
        self.cancel_button = Button(self.tr("Cancel"), self)
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.finished.connect(self._end)
        self._lay_out(*self._words(condition))
        self._review()

    def _review(self) -> None:
        self.go_button.setEnabled(self.fields.complete and not self._tasks.busy)

    def _go(self) -> None:
        self._tasks.start(self._unlock(self.fields.text))
        self._review()

    async def _unlock(self, passphrase: str) -> None:
        self.banner.hide()
        try:
            accept = {"accept_older": True} if self._accepts else {}
            await self._door.call("store.unlock", {"passphrase": passphrase, **accept})
        except Error as error:
            self.banner.tell_error(error)
            self.fields.first.selectAll()
            return
        self.accept()

    def _end(self) -> None:
        self._tasks.cancel()
        self.fields.forget()

    def _words(self, condition: StoreCondition) -> tuple[str, str, str]:
        """The title, what it means, and the button."""
        if condition is StoreCondition.OUTDATED:
            return (
                self.tr("Go on with the older file"),
                self.tr(
                    "Better put the newer file back, if you have it. In the older one, a token "
                    "that was renewed since has ended, and its account asks you to sign in again."
                ),
                self.tr("Use the older one"),
            )
        if condition is StoreCondition.GONE:
            return (
                self.tr("Begin a new file"),
                self.tr(
                    "Better put the file back, if you have it. A new one is empty, and every "
                    "account asks you to sign in again."
                ),
                self.tr("Begin a new one"),
            )
        return (
            self.tr("Unlock your secrets"),
            self.tr("They stay open until Keyfob ends. The passphrase is kept nowhere."),
            self.tr("Unlock"),
        )

    def _lay_out(self, title: str, meaning: str, go: str) -> None:
        self.setWindowTitle(title)
        self.go_button.setText(go)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.go_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(TitleLabel(title))
        column.addWidget(DimLabel(meaning))
        column.addWidget(self.banner)
        column.addWidget(self.fields)
        column.addStretch(1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 56)
        self.fields.first.setFocus()
