"""The clients that may use Keyfob, and the rules about them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.model import KnownBy
from keyfob_core.states import ClientState, Status
from keyfob_desktop.client_wizard import ClientWizard
from keyfob_desktop.clients_rules import ClientsRules
from keyfob_desktop.confirm_dialog import ConfirmDialog
from keyfob_desktop.empty_state import EmptyState
from keyfob_desktop.labels import DimLabel
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.models import TableModel, client_row, moment
from keyfob_desktop.parts import Banner, Button
from keyfob_desktop.table import PlainTable
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.undo_banner import UndoBanner


class ClientsPage(QWidget):
    """All clients, with buttons that connect more and revoke one, and all rules."""

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
        self._clients: tuple[ClientState, ...] = ()
        headings = (
            self.tr("Client"),
            self.tr("Known by"),
            self.tr("Only for"),
            self.tr("Last used"),
        )
        self.model = TableModel(headings, self)
        self.table = PlainTable("clients", self.tr("Clients"), self.model, self)
        for column in range(3):
            self.table.header().setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents
            )
        self.table.selectionModel().selectionChanged.connect(self._review)
        self.note = DimLabel()
        self.pages = QStackedWidget(self)
        self.banner = Banner("state-needs-you", self)
        self.revoke_button = Button(self.tr("Revoke…"), self)
        self.revoke_button.clicked.connect(self._ask_first)
        self.find_button = Button(self.tr("Connect clients…"), self)
        self.find_button.clicked.connect(self.find_clients)
        self.rules = ClientsRules(door, on_failure, self)
        self.undo_banner = UndoBanner(door, on_failure, self)
        self.rules.removed.connect(self.undo_banner.offer)
        self.empty = EmptyState(
            "state-not-connected",
            self.tr("No client uses Keyfob yet"),
            self.tr(
                "Claude Desktop, Cursor, VS Code and the rest are pointed at Keyfob once, and "
                "never see a key. Keyfob finds them here, writes its entry into their files, and "
                "moves the keys that lie there into your keychain. A client it does not know takes "
                "a token, made on a server's page."
            ),
            self.tr("Connect your clients…"),
            self,
        )
        self.empty.button.clicked.connect(self.find_clients)
        self._lay_out()
        self._review()

    def show_status(self, status: Status) -> None:
        """Show the clients as they are now."""
        if status.clients != self._clients:
            self._clients = status.clients
            never = self.tr("never")
            rows = tuple(client_row(c, self._known_words(c), never) for c in status.clients)
            self.model.show_rows(rows)
            self._review()
        if self.isVisible():
            self.rules.look()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the rules again."""
        super().showEvent(event)
        if self._door.status is not None:
            self.rules.look()

    @property
    def current(self) -> ClientState | None:
        """The chosen client."""
        rows = self.table.selectionModel().selectedRows()
        return self._clients[rows[0].row()] if rows else None

    def find_clients(self) -> None:
        """Open the wizard that points the clients of this computer at Keyfob."""
        wizard = ClientWizard(self._door, self._on_failure, self.window())
        wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wizard.open()
        wizard.begin()

    def _review(self) -> None:
        self.revoke_button.setEnabled(self.current is not None)
        self.note.show_text(self.tr("A revoked client is refused at once."))
        self.pages.setCurrentIndex(1 if self._clients else 0)

    def _ask_first(self) -> None:
        client = self.current
        if client is None:
            return
        dialog = ConfirmDialog(
            self.tr("Revoke {client}?").format(client=client.name),
            self.tr("It is refused at once and needs a new token to come back."),
            self.tr("Revoke"),
            self.window(),
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._tasks.start(self._revoke(client.name)))
        dialog.open()

    async def _revoke(self, name: str) -> None:
        self.banner.hide()
        try:
            await self._door.call("client.revoke", {"name": name})
        except Error as error:
            self.banner.tell_error(error)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.find_button)
        foot.addWidget(self.revoke_button)
        known = QWidget(self)
        inner = QVBoxLayout(known)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(self.table, 1)
        inner.addLayout(foot)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(known)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(12)
        column.addWidget(self.banner)
        column.addWidget(self.undo_banner)
        column.addWidget(self.pages, 3)
        column.addWidget(self.rules, 2)

    def _known_words(self, client: ClientState) -> str:
        match client.known_by:
            case KnownBy.TOKEN:
                return self.tr("token")
            case KnownBy.PROCESS:
                return client.executable or self.tr("program file")
            case KnownBy.SIGNATURE:
                told = self.tr("{program}, signed by {signer}")
                return told.format(program=client.executable, signer=client.signer)
            case KnownBy.PAIRING:
                ends = moment(str(client.ends_at))
                return self.tr("pairing, ends {date}").format(date=ends)
            case KnownBy.KEYFOB:
                return self.tr("Keyfob itself")
