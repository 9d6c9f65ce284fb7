"""The page of servers: the list, one server's pane, and the dialogs that start from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error
from keyfob_core.states import ServerState, Status
from keyfob_desktop.answers import note_in
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.target import server_target
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.servers.add_server_dialog import AddServerDialog
from keyfob_desktop.servers.server_details import ServerDetails
from keyfob_desktop.servers.server_list import ServerList
from keyfob_desktop.servers.server_tools import ServerTools
from keyfob_desktop.servers.token_dialog import TokenDialog
from keyfob_desktop.servers.tool_dialog import ToolDialog
from keyfob_desktop.servers.welcome import Welcome
from keyfob_desktop.standing import all_server_words
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.parts import Banner, Button
from keyfob_desktop.widgets.two_lines import width_for
from keyfob_desktop.widgets.undo_banner import UndoBanner


class ServersPage(QWidget):
    """All servers; everything it changes goes through the engine's door."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._on_failure = on_failure
        self._tasks = Tasks(on_failure, self)
        self._status: Status | None = None
        self.list = ServerList(self)
        self.details = ServerDetails(self)
        self.tools = ServerTools(door, on_failure, self)
        self.undo_banner = UndoBanner(door, on_failure, self)
        self.banner = Banner("state-needs-you", self)
        self.welcome = Welcome(self)
        self.add_button = Button(self.tr("Add server…"), self)
        self.pages = QStackedWidget(self)
        self._lay_out()
        self._wire()

    def show_status(self, status: Status) -> None:
        """Show the servers as they are now."""
        self._status = status
        self.pages.setCurrentIndex(1 if status.servers else 0)
        self.list.show_servers(status.servers)
        self._show_current()

    def choose(self, name: str) -> None:
        """Show the server of that name."""
        self.list.choose(name)

    def add_server(self) -> None:
        """Open the dialog that adds one."""
        dialog = AddServerDialog(self._door, self._on_failure, self.window())
        dialog.added.connect(self._when_added)
        dialog.connect_wanted.connect(self._connect_when_told)
        self._open(dialog)

    def connect_server(self, name: str) -> None:
        """Open the dialog that connects the server."""
        server = self._server(name)
        if server is None or self._status is None:
            return
        target = server_target(server, self._status)
        dialog = ConnectDialog(target, self._door, self._on_failure, self.window())
        dialog.tool_wanted.connect(self.try_tool)
        self._open(dialog)

    def try_tool(self, name: str) -> None:
        """Open the dialog that calls a tool of the server."""
        dialog = ToolDialog(name, self._door, self._on_failure, self.window())
        self._open(dialog)
        dialog.begin()

    def _make_token(self, name: str) -> None:
        self._open(TokenDialog(name, self._door, self._on_failure, self.window()))

    def _remove(self, name: str) -> None:
        self._tasks.start(self._do_remove(name))

    async def _do_remove(self, name: str) -> None:
        self.banner.hide()
        try:
            answer = await self._door.call("server.remove", {"name": name})
        except Error as error:
            self.banner.tell_error(error)
            return
        self.undo_banner.offer(self.tr("the server {server}").format(server=name), answer)

    def _disconnect(self, name: str) -> None:
        dialog = ConfirmDialog(
            self.tr("Disconnect {account}?").format(account=name),
            self.tr(
                "Its key is erased here and, where the issuer offers that, revoked there. Servers "
                "that use it need a sign-in."
            ),
            self.tr("Disconnect"),
            self.window(),
        )
        dialog.accepted.connect(partial(self._do, "account.disconnect", {"name": name}))
        self._open(dialog)

    def _retry(self, account: str) -> None:
        self._do("account.refresh", {"name": account})

    def _do(self, verb: str, args: Mapping[str, Any]) -> None:
        self._tasks.start(self._ask_engine(verb, args))

    async def _ask_engine(self, verb: str, args: Mapping[str, Any]) -> None:
        self.banner.hide()
        try:
            answer = await self._door.call(verb, args)
        except Error as error:
            self.banner.tell_error(error)
            return
        note = note_in(answer) if verb == "account.disconnect" else ""
        if note:
            self.banner.tell(self.tr("The account is disconnected."), note)

    def _when_added(self, name: str) -> None:
        # The new server may be told by a status that is still on its way.
        if self._server(name) is not None:
            self.choose(name)
        else:
            self._tasks.start(self._choose_when_told(name))

    def _connect_when_told(self, name: str) -> None:
        self._tasks.start(self._go_on(name))

    async def _go_on(self, name: str) -> None:
        self.show_status(await self._door.refresh())
        self.connect_server(name)

    async def _choose_when_told(self, name: str) -> None:
        status = await self._door.refresh()
        self.show_status(status)
        self.choose(name)

    def _server(self, name: str) -> ServerState | None:
        servers = self._status.servers if self._status else ()
        return next((s for s in servers if s.name == name), None)

    def _show_current(self) -> None:
        server = self.list.current
        if server is not None and self._status is not None:
            self.details.show_server(server, self._status)
            self.tools.show_server(server.name, self._status)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _wire(self) -> None:
        self.list.chosen.connect(self._show_current)
        self.add_button.clicked.connect(self.add_server)
        self.welcome.add_wanted.connect(self.add_server)
        self.details.connect_wanted.connect(self.connect_server)
        self.details.retry_wanted.connect(self._retry)
        self.details.tool_wanted.connect(self.try_tool)
        self.details.token_wanted.connect(self._make_token)
        self.details.removal_wanted.connect(self._remove)
        self.details.disconnect_wanted.connect(self._disconnect)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.list, 1)
        left.addWidget(self.add_button)
        usual = self.fontMetrics().averageCharWidth() * 32
        self.list.setFixedWidth(max(usual, width_for(self.list, all_server_words())))
        scroll = QScrollArea(self)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        pane = QWidget(self)
        inner = QVBoxLayout(pane)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.details)
        inner.addWidget(self.tools)
        inner.addStretch(1)
        scroll.setWidget(pane)
        split = QWidget(self)
        row = QHBoxLayout(split)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(left)
        row.addWidget(scroll, 1)
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(split)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(12)
        column.addWidget(self.banner)
        column.addWidget(self.undo_banner)
        column.addWidget(self.pages, 1)
