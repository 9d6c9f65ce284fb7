"""Adding a server: a name and an address."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import ConfigInvalid, Error
from keyfob_desktop.dialog import GrowingDialog
from keyfob_desktop.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.parts import Banner, Button, sentence
from keyfob_desktop.tasks import Tasks


class AddServerDialog(GrowingDialog):
    """Asks for a server's name and address and has the engine add it.

    Signals:
        added: the new server's name.
    """

    added = Signal(str)

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add a server"))
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self.name = self._field(self.tr("Name"), "github")
        self.url = self._field(self.tr("Address"), "https://host.example/mcp")
        self.name_error, self.url_error = PlainLabel(), PlainLabel()
        self.banner = Banner("state-needs-you", self)
        self.buttons = QDialogButtonBox(self)
        self.add_button = Button(self.tr("Add server"))
        self.cancel_button = Button(self.tr("Cancel"))
        self.buttons.addButton(self.add_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel_button, QDialogButtonBox.ButtonRole.RejectRole)
        self.add_button.setDefault(True)
        self.buttons.accepted.connect(self._add)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.finished.connect(self._tasks.cancel)
        for field in (self.name, self.url):
            field.textChanged.connect(self._clear)
        self._clear()

    def _clear(self) -> None:
        for label in (self.name_error, self.url_error):
            label.hide()
        self.banner.hide()
        self.add_button.setEnabled(bool(self.name.text().strip() and self.url.text().strip()))

    def _add(self) -> None:
        if not self._tasks.busy:
            self._tasks.start(self._ask_engine())

    async def _ask_engine(self) -> None:
        name = self.name.text().strip()
        self.add_button.setEnabled(False)
        try:
            await self._door.call("server.add", {"name": name, "url": self.url.text().strip()})
        except Error as error:
            self.add_button.setEnabled(True)
            self._tell(error)
            return
        self.added.emit(name)
        self.accept()

    def _tell(self, error: Error) -> None:
        place = error.field.rsplit(".", 1)[-1] if isinstance(error, ConfigInvalid) else ""
        fields = {"name": (self.name, self.name_error), "url": (self.url, self.url_error)}
        if place not in fields:
            self.banner.tell_error(error)
            return
        field, label = fields[place]
        label.show_text(sentence(error).removeprefix(f"{place}: "))
        label.show()
        field.setFocus()
        field.selectAll()

    def _field(self, name: str, example: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setPlaceholderText(example)
        field.setMinimumWidth(field.fontMetrics().averageCharWidth() * 44)
        return field

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        rows = ((self.tr("Name"), self.name, self.name_error),)
        rows += ((self.tr("Address"), self.url, self.url_error),)
        for number, (words, field, error) in enumerate(rows):
            grid.addWidget(name_label(words), number * 2, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(field, number * 2, 1)
            grid.addWidget(error, number * 2 + 1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(TitleLabel(self.tr("Add a server")))
        column.addWidget(
            DimLabel(self.tr("The name is yours to choose; the address is the server's MCP URL."))
        )
        column.addLayout(grid)
        column.addWidget(self.banner)
        column.addStretch(1)
        column.addWidget(self.buttons)
