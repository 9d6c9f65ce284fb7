"""The tools of one server, each with a switch: allow, ask, deny."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.errors import AccessDenied, Error
from keyfob_core.states import Status
from keyfob_core.words.plain import visible
from keyfob_desktop.answers import tools_in
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.servers.server_answers import ToolShown, tool_states_in
from keyfob_desktop.servers.server_tool_row import ServerToolRow, decided_words
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.fields import TextField, empty
from keyfob_desktop.widgets.labels import DimLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import Banner, Button

_MOST_ROWS = 40


class ServerTools(QWidget):
    """What clients may do with each tool; a switch that allows more is the person's own yes."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._server = ""
        self._tools: tuple[ToolShown, ...] = ()
        self._listed: dict[str, tuple[str, ...]] = {}
        self._room = _MOST_ROWS
        self.rows: dict[str, ServerToolRow] = {}
        self.client = QComboBox(self)
        self.client.setAccessibleName(self.tr("Whose access"))
        self.client.addItem(self.tr("every client"), "")
        self.client.currentIndexChanged.connect(self._ask)
        self.search = TextField(self.tr("Find a tool"), self.tr("Find a tool"), self)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        self.read_button = Button(self.tr("Ask the server for its tools"), self)
        self.read_button.clicked.connect(lambda: self._tasks.start(self._read()))
        self.more_button = Button(self.tr("Show more"), self)
        self.more_button.clicked.connect(self._show_more)
        self.note = DimLabel()
        self.banner = Banner("state-needs-you", self)
        self._list = QVBoxLayout()
        self._lay_out()

    def show_server(self, name: str, status: Status) -> None:
        """Show the tools of this server."""
        self._learn(tuple(client.name for client in status.clients))
        if name != self._server:
            self._server, self._room, self._tools = name, _MOST_ROWS, ()
            self.banner.hide()
            with QSignalBlocker(self.search):
                self.search.clear()
            self._fill()
        self._ask()

    def _learn(self, clients: tuple[str, ...]) -> None:
        chosen = self.client.currentData()
        with QSignalBlocker(self.client):
            while self.client.count() > 1:
                self.client.removeItem(1)
            for name in clients:
                self.client.addItem(visible(name), name)
            self.client.setCurrentIndex(max(0, self.client.findData(chosen)))

    def _ask(self) -> None:
        if self._server:
            self._tasks.start(self._load(self._server, self.client.currentData()))

    def _args(self, server: str, client: str) -> dict[str, object]:
        return {"server": server, "client": client or None}

    async def _load(self, server: str, client: str) -> None:
        more = self._listed.get(server, ())
        try:
            found = await self._door.call("tool.list", {**self._args(server, client), "more": more})
        except Error:
            # The server has just been removed, or Keyfob is ending.
            return
        if (server, client) == (self._server, self.client.currentData()):
            self._show(tool_states_in(found))

    async def _read(self) -> None:
        server = self._server
        self.banner.hide()
        self.read_button.setEnabled(False)
        self.note.show_text(self.tr("Asking the server for its tools…"))
        try:
            found = tools_in(await self._door.call("server.tools", {"server": server}))
        except Error as error:
            self.banner.tell_error(error)
            self._fill()
            return
        finally:
            self.read_button.setEnabled(True)
        self._listed[server] = tuple(tool.name for tool in found)
        await self._load(server, self.client.currentData())

    def _switch(self, tool: str, access: str) -> None:
        self._tasks.start(self._set(tool, access or None))

    async def _set(self, tool: str, access: str | None) -> None:
        server, client = self._server, self.client.currentData()
        self.banner.hide()
        args = {**self._args(server, client), "tool": tool, "access": access}
        try:
            await self._door.call("tool.access", args)
        except Error as error:
            self.banner.tell_error(error)
        await self._load(server, client)
        shown = next((one for one in self._tools if one.name == tool), None)
        if access is not None and shown is not None and shown.access != access:
            self.banner.tell(
                self.tr("Something else decides about {tool}.").format(tool=visible(tool)),
                decided_words(shown),
            )

    def _review_pin(self, pending: str) -> None:
        self._tasks.start(self._approve(pending))

    async def _approve(self, pending: str) -> None:
        self.banner.hide()
        try:
            # Asked in a question of its own, with what has changed.
            await self._door.call("tool.approve", {"ids": [pending]}, confirmed=False)
        except AccessDenied:
            return
        except Error as error:
            self.banner.tell_error(error)
        self._ask()

    def _show(self, tools: tuple[ToolShown, ...]) -> None:
        if tools != self._tools or not tools:
            self._tools = tools
            self._fill()

    def _show_more(self) -> None:
        self._room += _MOST_ROWS
        self._fill()

    def _fill(self) -> None:
        wanted = self.search.value.casefold()
        found = [tool for tool in self._tools if wanted in tool.name.casefold()]
        shown = {tool.name: tool for tool in found[: self._room]}
        if list(shown) != list(self.rows):
            empty(self._list)
            self.rows = {name: self._row(name) for name in shown}
        for name, tool in shown.items():
            self.rows[name].show_tool(tool)
        left = len(found) - len(shown)
        self.more_button.setVisible(left > 0)
        self.search.setVisible(len(self._tools) > 8)
        self.note.show_text(self._words(found, left))
        self.note.setVisible(bool(self.note.text()))

    def _words(self, found: list[ToolShown], left: int) -> str:
        if not self._tools:
            return self.tr(
                "No tool of this server is known yet. A client that lists them, or the "
                "button here, makes them known."
            )
        if not found:
            return self.tr("No tool has a name like that.")
        return self.tr("%n more tool(s).", "", left) if left > 0 else ""

    def _row(self, name: str) -> ServerToolRow:
        row = ServerToolRow(name, self)
        row.switched.connect(self._switch)
        row.review_wanted.connect(self._review_pin)
        self._list.addWidget(row)
        return row

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(TitleLabel(self.tr("Tools"), scale=1.15), 1)
        head.addWidget(name_label(self.tr("Access of")))
        head.addWidget(self.client)
        self._list.setSpacing(4)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.read_button)
        foot.addWidget(self.more_button)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 8, 12, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.banner)
        column.addWidget(self.search)
        column.addLayout(self._list)
        column.addWidget(self.note)
        column.addLayout(foot)
