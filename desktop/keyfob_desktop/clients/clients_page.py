"""The clients that may use Keyfob, and the rules about them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.model import KnownBy
from keyfob_core.setups.client_setups import SetupState, Standing
from keyfob_core.states import ClientState, Status
from keyfob_desktop.clients.client_wizard import ClientWizard
from keyfob_desktop.clients.client_wizard_answers import states_in
from keyfob_desktop.clients.clients_rules import ClientsRules
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.empty_state import EmptyState
from keyfob_desktop.widgets.labels import DimLabel
from keyfob_desktop.widgets.models import TableModel, client_row, moment
from keyfob_desktop.widgets.parts import Banner, Button
from keyfob_desktop.widgets.table import PlainTable
from keyfob_desktop.widgets.undo_banner import UndoBanner


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
        self._setups: dict[str, tuple[SetupState, ...]] = {}
        headings = (
            self.tr("Client"),
            self.tr("Known by"),
            self.tr("Only for"),
            self.tr("Entry"),
            self.tr("Last used"),
        )
        self.model = TableModel(headings, self)
        self.table = PlainTable("clients", self.tr("Clients"), self.model, self)
        for column in range(4):
            self.table.header().setSectionResizeMode(
                column, QHeaderView.ResizeMode.ResizeToContents
            )
        self.table.selectionModel().selectionChanged.connect(self._review)
        self.note = DimLabel()
        self.pages = QStackedWidget(self)
        self.banner = Banner("state-needs-you", self)
        self.revoke_button = Button(self.tr("Revoke…"), self)
        self.revoke_button.clicked.connect(self._ask_first)
        self.repair_button = Button(self.tr("Repair…"), self)
        self.repair_button.clicked.connect(self._repair)
        self.find_button = Button(self.tr("Connect clients…"), self)
        self.find_button.clicked.connect(lambda: self.find_clients())
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
        self.empty.button.clicked.connect(lambda: self.find_clients())
        self._lay_out()
        self._review()

    def show_status(self, status: Status) -> None:
        """Show the clients as they are now."""
        if status.clients != self._clients:
            self._clients = status.clients
            self._show_rows()
            if self.isVisible():
                self._look()
        if self.isVisible():
            self.rules.look()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the rules again."""
        super().showEvent(event)
        if self._door.status is not None:
            self.rules.look()
            self._look()

    @property
    def current(self) -> ClientState | None:
        """The chosen client, if it has come or may come."""
        return self._clients[self._row] if 0 <= self._row < len(self._clients) else None

    @property
    def _row(self) -> int:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    @property
    def _written(self) -> tuple[str, ...]:
        """The clients that have an entry of Keyfob's and have never come."""
        names = {client.name for client in self._clients}
        return tuple(
            name for name in self._setups if name not in names and self._standing(name) is not None
        )

    def find_clients(self, client: str = "") -> None:
        """Open the wizard that points the clients of this computer at Keyfob."""
        wizard = ClientWizard(self._door, self._on_failure, self.window())
        wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wizard.finished.connect(self._look)
        wizard.open()
        wizard.begin(client)

    def _repair(self) -> None:
        names = [*(client.name for client in self._clients), *self._written]
        self.find_clients(names[self._row] if 0 <= self._row < len(names) else "")

    def _look(self) -> None:
        self._tasks.start(self._load())

    async def _load(self) -> None:
        try:
            found = states_in(await self._door.call("client.list"))
        except Error as error:
            self.banner.tell_unread(error)
            return
        self.banner.read()
        if found != self._setups:
            self._setups = found
            self._show_rows()

    def _show_rows(self) -> None:
        never = self.tr("never")
        rows = [
            client_row(one, self._known_words(one), self._entry_words(one.name), never)
            for one in self._clients
        ]
        rows += [(name, "", "", self._entry_words(name), never) for name in self._written]
        self.model.show_rows(tuple(rows))
        self._review()

    def _standing(self, name: str) -> Standing | None:
        """How a client's entry is, the worst of its files; None where Keyfob wrote none."""
        found = [one.standing for one in self._setups.get(name, ())]
        written = [one for one in found if one is not Standing.NONE]
        bad = [one for one in written if one is not Standing.STANDS]
        return (bad or written or [None])[0]

    def _entry_words(self, name: str) -> str:
        standing = self._standing(name)
        if standing is None:
            return ""
        return {
            Standing.NONE: "",
            Standing.STANDS: self.tr("stands"),
            Standing.CHANGED: self.tr("was changed"),
            Standing.GONE: self.tr("is gone"),
            Standing.OUTDATED: self.tr("leads elsewhere"),
            Standing.REVOKED: self.tr("token revoked"),
            Standing.UNREADABLE: self.tr("unreadable"),
        }[standing]

    def _review(self) -> None:
        self.revoke_button.setEnabled(self.current is not None)
        names = [*(client.name for client in self._clients), *self._written]
        chosen = self._standing(names[self._row]) if 0 <= self._row < len(names) else None
        self.repair_button.setEnabled(chosen not in (None, Standing.STANDS))
        broken = any(self._standing(name) not in (None, Standing.STANDS) for name in names)
        self.repair_button.setVisible(broken)
        self.note.show_text(
            self.tr("An entry is no longer as Keyfob wrote it: choose the client and repair it.")
            if broken
            else self.tr("A revoked client is refused at once.")
        )
        self.pages.setCurrentIndex(1 if names else 0)

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
        foot.addWidget(self.repair_button)
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
