"""Adding a server: from the catalogue, by its address, or by a program's command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import ConfigInvalid, Error
from keyfob_core.variables import SECRET
from keyfob_desktop.connect.provider_answers import providers_in
from keyfob_desktop.connect.tiles import TileView
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.servers.server_names import free_name, name_for
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import Banner, Button, sentence

_LINES = 11


class AddServerDialog(GrowingDialog):
    """Asks for a server's name and address, or a program's command, and has the engine add it.

    Signals:
        added: the new server's name.
        connect_wanted: the same, where it is of no use before it is connected.
    """

    added = Signal(str)
    connect_wanted = Signal(str)

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
        self.search = self._field(
            self.tr("Search, or paste an address"), self.tr("Search, or paste an address")
        )
        self.tiles = TileView(self.tr("Catalogue"), self)
        self.tiles.setMinimumHeight(self.fontMetrics().lineSpacing() * _LINES)
        self.none_found = DimLabel(
            self.tr("The catalogue has nothing of that name. Any server works by its address.")
        )
        self._named = ""
        """What the name field says by itself, without the person."""
        self.url = self._field(self.tr("Address"), "https://host.example/mcp")
        self.name = self._field(self.tr("Name"), "github")
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
        self.cancel_button = Button(self.tr("Cancel"), self)
        self.cancel_button.setAutoDefault(False)
        self.add_button = Button(self.tr("Add server"), self)
        self.add_button.setDefault(True)
        self.add_button.clicked.connect(self._add)
        self.cancel_button.clicked.connect(self.reject)
        self._of_kind: list[tuple[QWidget, QRadioButton]] = [
            (self.risk, self.is_program),
            (self.search, self.at_address),
            (self.tiles, self.at_address),
        ]
        self._lay_out()
        self.finished.connect(self._tasks.cancel)
        for field in (self.name, self.url, self.command, self.variable):
            field.textChanged.connect(self._clear)
        self.url.textChanged.connect(self._name_it)
        self.search.textChanged.connect(self._narrow)
        self.tiles.clicked.connect(self._take)
        self.tiles.doubleClicked.connect(self._add)
        for place in (self.search, self.tiles):
            place.installEventFilter(self)
        self.is_program.toggled.connect(self._show_kind)
        self.at_address.setChecked(True)
        self._show_kind()
        self.search.setFocus()
        self._tasks.start(self._learn())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Have Return choose in the catalogue, and not yet add."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            returned = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if returned and watched is self.search:
                self._take_first()
                return True
            if returned and watched is self.tiles:
                self._take()
                return True
        return super().eventFilter(watched, event)

    async def _learn(self) -> None:
        try:
            told = providers_in(await self._door.call("provider.list"))
        except Error:
            # Without the catalogue the address still serves.
            return
        self.tiles.show_providers([each for each in told if each.url])
        self._narrow()

    def _narrow(self) -> None:
        text = self.search.text().strip()
        if "://" in text:
            self.search.clear()
            self.url.setText(text)
            self.url.setFocus()
            return
        self.tiles.narrow(text)
        found = self.tiles.found.rowCount()
        nothing = not found and bool(text) and self.at_address.isChecked()
        self.none_found.setVisible(nothing)

    def _take_first(self) -> None:
        if self.tiles.found.rowCount():
            self.tiles.setCurrentIndex(self.tiles.found.index(0, 0))
            self._take()

    def _take(self) -> None:
        chosen = self.tiles.current
        if chosen is not None:
            self.url.setText(chosen.url)
            self.name.setText(free_name(chosen.id, self._taken()))
            self._named = self.name.text()
            self.add_button.setFocus()

    def _name_it(self) -> None:
        if self.name.text() == self._named:
            self._named = name_for(self.url.text().strip(), self._taken())
            self.name.setText(self._named)

    def _taken(self) -> set[str]:
        status = self._door.status
        return {server.name for server in status.servers} if status else set()

    def _show_kind(self) -> None:
        for widget, kind in self._of_kind:
            widget.setVisible(kind.isChecked())
        self._narrow()
        self._clear()

    def _clear(self) -> None:
        for label in (self.name_error, self.url_error, self.command_error, self.variable_error):
            label.hide()
        self.banner.hide()
        place = self.command if self.is_program.isChecked() else self.url
        self.add_button.setEnabled(bool(self.name.text().strip() and place.text().strip()))

    def _add(self) -> None:
        if self.add_button.isEnabled():
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
        if self._needs_account(wanted):
            self.connect_wanted.emit(wanted["name"])
        self.accept()

    def _needs_account(self, wanted: dict[str, Any]) -> bool:
        if "url" not in wanted:
            return "env" in wanted
        known = self.tiles.current
        return known is None or known.url != wanted["url"] or known.kinds[:1] != ("open",)

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
            (self.tr("Address"), self.url, self.url_error, self.at_address),
            (self.tr("Name"), self.name, self.name_error, None),
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
            DimLabel(self.tr("Choose one that Keyfob knows, or give any server's MCP address."))
        )
        column.addLayout(kinds)
        column.addWidget(self.search)
        column.addWidget(self.tiles, 1)
        column.addWidget(self.none_found)
        column.addLayout(grid)
        column.addWidget(self.risk)
        column.addWidget(self.banner)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.add_button)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)


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
