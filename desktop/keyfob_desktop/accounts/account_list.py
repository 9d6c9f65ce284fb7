"""The list of accounts, those of one provider beside one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, Qt, Signal
from PySide6.QtWidgets import QListView, QWidget

from keyfob_core.states import AccountCondition, AccountState
from keyfob_core.words.plain import visible
from keyfob_desktop.standing import condition_icon, condition_words, method_words
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.models import NOWHERE, SUBTITLE_ROLE, Index
from keyfob_desktop.widgets.text import clipped
from keyfob_desktop.widgets.two_lines import in_two_lines

ACCOUNT_ROLE = int(Qt.ItemDataRole.UserRole) + 3
_LIMIT = 120


class AccountModel(QAbstractListModel):
    """The accounts, each with its provider, whose it is, and how it is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accounts: tuple[AccountState, ...] = ()
        self._names: Mapping[str, str] = {}
        self._icons = {
            condition_icon(each): icon(condition_icon(each)) for each in AccountCondition
        }

    def show_accounts(
        self, accounts: tuple[AccountState, ...], providers: Mapping[str, str]
    ) -> None:
        """Show these; `providers` has the name of each provider by its id."""
        self._names = providers
        ordered = tuple(sorted(accounts, key=self._order))
        if [a.name for a in ordered] == [a.name for a in self._accounts]:
            self._accounts = ordered
            if ordered:
                self.dataChanged.emit(self.index(0), self.index(len(ordered) - 1))
            return
        self.beginResetModel()
        self._accounts = ordered
        self.endResetModel()

    def row_of(self, name: str) -> int | None:
        """The row of the account, or None."""
        return next((i for i, a in enumerate(self._accounts) if a.name == name), None)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many accounts there are."""
        return 0 if parent.isValid() else len(self._accounts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The account's name, what there is to say of it, its picture or its value."""
        account = self._accounts[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return clipped(visible(account.name), _LIMIT)
            case Qt.ItemDataRole.DecorationRole:
                return self._icons[condition_icon(account.condition)]
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{visible(account.name)}, {condition_words(account.condition)}"
            case _ if role == SUBTITLE_ROLE:
                return self._subtitle(account)
            case _ if role == ACCOUNT_ROLE:
                return account
            case _:
                return None

    def _subtitle(self, account: AccountState) -> str:
        whose = visible(account.label or "") or method_words(account.method)
        known = (self._names.get(account.provider or "", account.provider), whose)
        return clipped(" · ".join(visible(each) for each in known if each), _LIMIT)

    def _order(self, account: AccountState) -> tuple[str, str]:
        provider = self._names.get(account.provider or "", account.provider or "\uffff")
        return provider.casefold(), account.name


class AccountList(QListView):
    """The accounts to choose from.

    Signals:
        chosen: the name of the account now chosen, or "" for none.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("accounts")
        self.setAccessibleName(self.tr("Accounts"))
        self._model = AccountModel(self)
        self.setModel(self._model)
        in_two_lines(self)
        self.selectionModel().currentChanged.connect(self._tell)

    @property
    def current(self) -> AccountState | None:
        """The chosen account as it is now."""
        index = self.currentIndex()
        return index.data(ACCOUNT_ROLE) if index.isValid() else None

    def show_accounts(
        self, accounts: tuple[AccountState, ...], providers: Mapping[str, str]
    ) -> None:
        """Show these and keep the choice, or choose the first."""
        before = self.current
        self._model.show_accounts(accounts, providers)
        if before is not None:
            self.choose(before.name)
        if self.current is None and accounts:
            self.setCurrentIndex(self._model.index(0))

    def choose(self, name: str) -> None:
        """Choose the account of that name, if it is there."""
        row = self._model.row_of(name)
        if row is not None:
            self.setCurrentIndex(self._model.index(row))

    def _tell(self) -> None:
        account = self.current
        self.chosen.emit(account.name if account else "")
