"""The page of accounts: all of them, those without a server too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.providers.provider import ScopeWords
from keyfob_core.states import AccountState, Status
from keyfob_desktop.accounts.account_details import AccountDetails
from keyfob_desktop.accounts.account_list import AccountList
from keyfob_desktop.answers import note_in
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.provider_answers import ProviderName, provider_in, providers_in
from keyfob_desktop.connect.provider_dialog import ProviderDialog
from keyfob_desktop.connect.target import Target, account_target
from keyfob_desktop.core_words import said
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.empty_state import EmptyState
from keyfob_desktop.widgets.parts import Banner, Button


class AccountsPage(QWidget):
    """All accounts; everything it changes goes through the engine's door."""

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
        self._providers: tuple[ProviderName, ...] = ()
        self._words: dict[str, Mapping[str, ScopeWords]] = {}
        self.left = QWidget(self)
        self.list = AccountList(self)
        self.details = AccountDetails(self)
        self.empty = EmptyState(
            "keyfob",
            self.tr("No account yet"),
            self.tr(
                "An account is one sign-in or one key that Keyfob holds for you. Several servers "
                "may use the same one. Connecting a server makes its account; one of a provider "
                "can be added here."
            ),
            self.tr("Add an account…"),
            self,
        )
        self.empty.button.clicked.connect(self._choose_provider)
        self.banner = Banner("state-needs-you", self)
        self.add_button = Button(self.tr("Add account…"), self)
        self._lay_out()
        self.list.chosen.connect(self._show_current)
        self.add_button.clicked.connect(self._choose_provider)
        self.details.connect_wanted.connect(self.connect_account)
        self.details.refresh_wanted.connect(self._refresh)
        self.details.disconnect_wanted.connect(self._ask_to_disconnect)

    def show_status(self, status: Status) -> None:
        """Show the accounts as they are now."""
        self._status = status
        self.list.show_accounts(status.accounts, self._names())
        self._show_current()

    def choose(self, name: str) -> None:
        """Show the account of that name."""
        self.list.choose(name)

    def learn(self) -> None:
        """Ask for the providers' names, once."""
        if not self._providers and not self._tasks.busy:
            self._tasks.start(self._learn())

    def connect_account(self, name: str) -> None:
        """Open the dialog that connects the account again."""
        account = self._account(name)
        target = account_target(account, self._status) if account and self._status else None
        if target is not None:
            self._connect(target)

    async def _learn(self) -> None:
        try:
            self._providers = providers_in(await self._door.call("provider.list"))
        except Error as error:
            self.banner.tell_unread(error)
            return
        self.banner.read()
        if self._status is not None:
            self.show_status(self._status)

    async def _learn_words(self, provider: str) -> None:
        try:
            entry = provider_in(await self._door.call("provider.show", {"id": provider}))
        except Error:
            return
        self._words[provider] = entry.scopes
        self._show_current()

    def _choose_provider(self) -> None:
        self._tasks.start(self._open_choice())

    async def _open_choice(self) -> None:
        self.banner.hide()
        if not self._providers:
            await self._learn()
        if self._providers:
            dialog = ProviderDialog(self._providers, self.window())
            dialog.picked.connect(self._add)
            self._open(dialog)

    def _add(self, provider: ProviderName) -> None:
        status = self._door.status
        taken = {account.name for account in status.accounts} if status else set[str]()
        names = (f"{provider.id}-{number}" for number in count(2))
        free = next(name for name in names if name not in taken) if provider.id in taken else ""
        self._connect(Target(title=provider.name, provider=provider.id, suggested=free))

    def _connect(self, target: Target) -> None:
        dialog = ConnectDialog(target, self._door, self._on_failure, self.window())
        dialog.connected.connect(self._when_connected)
        self._open(dialog)

    def _when_connected(self, name: str) -> None:
        self._tasks.start(self._choose_when_told(name))

    async def _choose_when_told(self, name: str) -> None:
        self.show_status(await self._door.refresh())
        self.choose(name)

    def _ask_to_disconnect(self, name: str) -> None:
        dialog = ConfirmDialog(
            self.tr("Disconnect {account}?").format(account=name),
            self.tr(
                "Its key is erased here and, where the issuer offers that, revoked there. Servers "
                "that use it need a sign-in."
            ),
            self.tr("Disconnect"),
            self.window(),
        )
        dialog.accepted.connect(partial(self._disconnect, name))
        self._open(dialog)

    def _disconnect(self, name: str) -> None:
        self._tasks.start(self._do_disconnect(name))

    async def _do_disconnect(self, name: str) -> None:
        self.banner.hide()
        try:
            note = note_in(await self._door.call("account.disconnect", {"name": name}))
        except Error as error:
            self.banner.tell_error(error)
            return
        if note:
            title = self.tr("{account} is disconnected.").format(account=name)
            self.banner.tell(title, said(note))

    def _refresh(self, name: str) -> None:
        self._tasks.start(self._do_refresh(name))

    async def _do_refresh(self, name: str) -> None:
        self.banner.hide()
        try:
            await self._door.call("account.refresh", {"name": name})
        except Error as error:
            self.banner.tell_error(error)

    def _account(self, name: str) -> AccountState | None:
        accounts = self._status.accounts if self._status else ()
        return next((a for a in accounts if a.name == name), None)

    def _names(self) -> dict[str, str]:
        return {each.id: each.name for each in self._providers}

    def _show_current(self) -> None:
        account = self.list.current
        self.details.setVisible(account is not None)
        self.empty.setVisible(account is None)
        self.left.setVisible(bool(self._status and self._status.accounts))
        if account is None or self._status is None:
            return
        provider = account.provider or ""
        known = self._words.get(provider, {})
        name = self._names().get(provider, provider)
        self.details.show_account(account, self._status, name, known)
        if provider and provider not in self._words and self._providers:
            # Noted first: a provider that cannot be shown is not asked for again and again.
            self._words[provider] = {}
            self._tasks.start(self._learn_words(provider))

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _lay_out(self) -> None:
        left = QVBoxLayout(self.left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(self.list, 1)
        left.addWidget(self.add_button)
        self.list.setFixedWidth(self.fontMetrics().averageCharWidth() * 38)
        pane = QWidget(self)
        inner = QVBoxLayout(pane)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.empty, 1)
        inner.addWidget(self.details, 1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(pane)
        row = QHBoxLayout()
        row.addWidget(self.left)
        row.addWidget(scroll, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(12)
        column.addWidget(self.banner)
        column.addLayout(row, 1)
