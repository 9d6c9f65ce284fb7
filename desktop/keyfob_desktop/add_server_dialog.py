"""Adding a server: a name, and an address or a program's command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import ConfigInvalid, Error
from keyfob_core.variables import SECRET
from keyfob_desktop.dialog import GrowingDialog
from keyfob_desktop.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.parts import Banner, Button, sentence
from keyfob_desktop.tasks import Tasks


class AddServerDialog(GrowingDialog):
    """Asks for a server's name and address, or a program's command, and has the engine add it.

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
        self.at_address = QRadioButton(self.tr("At an address"), self)
        self.is_program = QRadioButton(self.tr("A program on this computer"), self)
        self._kinds = QButtonGroup(self)
        for kind in (self.at_address, self.is_program):
            self._kinds.addButton(kind)
        self.name = self._field(self.tr("Name"), "github")
        self.url = self._field(self.tr("Address"), "https://host.example/mcp")
        self.command = self._field(self.tr("Command"), "npx -y @scope/server --option")
        self.variable = self._field(self.tr("Variable for its key"), "API_KEY")
        self.name_error, self.url_error = PlainLabel(), PlainLabel()
        self.command_error, self.variable_error = PlainLabel(), PlainLabel()
        self.risk = DimLabel(
            self.tr(
                "Keyfob will run this program. It can do what you can: read and change your "
                "files, and use your network."
            )
        )
        self.banner = Banner("state-needs-you", self)
        self.buttons = QDialogButtonBox(self)
        self.add_button = Button(self.tr("Add server"))
        self.cancel_button = Button(self.tr("Cancel"))
        self.buttons.addButton(self.add_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel_button, QDialogButtonBox.ButtonRole.RejectRole)
        self.add_button.setDefault(True)
        self.buttons.accepted.connect(self._add)
        self.buttons.rejected.connect(self.reject)
        self._of_kind: list[tuple[QWidget, QRadioButton]] = [(self.risk, self.is_program)]
        self._lay_out()
        self.finished.connect(self._tasks.cancel)
        for field in (self.name, self.url, self.command, self.variable):
            field.textChanged.connect(self._clear)
        self.is_program.toggled.connect(self._show_kind)
        self.at_address.setChecked(True)
        self._show_kind()

    def _show_kind(self) -> None:
        for widget, kind in self._of_kind:
            widget.setVisible(kind.isChecked())
        self._clear()

    def _clear(self) -> None:
        for label in (self.name_error, self.url_error, self.command_error, self.variable_error):
            label.hide()
        self.banner.hide()
        place = self.command if self.is_program.isChecked() else self.url
        self.add_button.setEnabled(bool(self.name.text().strip() and place.text().strip()))

    def _add(self) -> None:
        if not self._tasks.busy:
            self._tasks.start(self._ask_engine())

    async def _ask_engine(self) -> None:
        self.add_button.setEnabled(False)
        try:
            wanted = self._wanted()
            await self._door.call("server.add", wanted)
        except Error as error:
            self.add_button.setEnabled(True)
            self._tell(error)
            return
        self.added.emit(wanted["name"])
        self.accept()

    def _wanted(self) -> dict[str, Any]:
        name = self.name.text().strip()
        if self.at_address.isChecked():
            return {"name": name, "url": self.url.text().strip()}
        wanted: dict[str, Any] = {"name": name, "command": _words(self.command.text())}
        variable = self.variable.text().strip()
        return {**wanted, "env": {variable: SECRET}} if variable else wanted

    def _tell(self, error: Error) -> None:
        path = error.field if isinstance(error, ConfigInvalid) else ""
        place = "env" if path.startswith("env.") else path.rsplit(".", 1)[-1]
        fields = {
            "name": (self.name, self.name_error),
            "url": (self.url, self.url_error),
            "command": (self.command, self.command_error),
            "env": (self.variable, self.variable_error),
        }
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
        rows = (
            (self.tr("Name"), self.name, self.name_error, None),
            (self.tr("Address"), self.url, self.url_error, self.at_address),
            (self.tr("Command"), self.command, self.command_error, self.is_program),
            (
                self.tr("Variable for its key"),
                self.variable,
                self.variable_error,
                self.is_program,
            ),
        )
        for number, (words, field, error, kind) in enumerate(rows):
            label = name_label(words)
            grid.addWidget(label, number * 2, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(field, number * 2, 1)
            grid.addWidget(error, number * 2 + 1, 1)
            if kind is not None:
                self._of_kind += [(label, kind), (field, kind)]
        kinds = QHBoxLayout()
        kinds.addWidget(self.at_address)
        kinds.addWidget(self.is_program)
        kinds.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(TitleLabel(self.tr("Add a server")))
        column.addWidget(
            DimLabel(self.tr("The name is yours to choose; the address is the server's MCP URL."))
        )
        column.addLayout(kinds)
        column.addLayout(grid)
        column.addWidget(self.risk)
        column.addWidget(self.banner)
        column.addStretch(1)
        column.addWidget(self.buttons)


def _words(text: str) -> list[str]:
    """A command's words: quotes keep them together, a backslash is one (Windows has it in paths).

    Raises ConfigInvalid for a quote that is never closed.
    """
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = lexer.escape = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise ConfigInvalid("command", "has a quote that is never closed", "Close it.") from error
