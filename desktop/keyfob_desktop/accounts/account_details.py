"""What Keyfob knows of one account, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from keyfob_core.providers.provider import ScopeWords
from keyfob_core.states import AccountState, Status
from keyfob_desktop.connect.risk import RiskMark, scope_labels, undescribed
from keyfob_desktop.connect.target import account_target
from keyfob_desktop.core_words import said
from keyfob_desktop.standing import (
    NextStep,
    again_words,
    condition_icon,
    condition_words,
    method_words,
    step_for,
)
from keyfob_desktop.widgets.fields import empty, form_of
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.widgets.models import moment
from keyfob_desktop.widgets.parts import Button, Rule


class AccountDetails(QWidget):
    """One account's pane.

    Signals, each with the account's name:
        connect_wanted, refresh_wanted, disconnect_wanted.
    """

    connect_wanted = Signal(str)
    refresh_wanted = Signal(str)
    disconnect_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._account: AccountState | None = None
        self.name = TitleLabel(parent=self)
        self.label = DimLabel(parent=self)
        self._picture = QLabel(self)
        self.condition = PlainLabel(parent=self)
        self.reason = DimLabel(parent=self)
        self.provider, self.method = PlainLabel(parent=self), PlainLabel(parent=self)
        self.issuer, self.servers = PlainLabel(parent=self), PlainLabel(parent=self)
        self.renews, self.expires = PlainLabel(parent=self), PlainLabel(parent=self)
        self._form = form_of(
            (self.tr("Provider"), self.provider),
            (self.tr("Kind"), self.method),
            (self.tr("Signed in at"), self.issuer),
            (self.tr("Used by"), self.servers),
            (self.tr("Renews by"), self.renews),
            (self.tr("Expires"), self.expires),
        )
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._scopes_title = DimLabel(self.tr("What it may do"))
        self._scopes = QVBoxLayout()
        self.connect_button = self._button(self.tr("Connect…"), self.connect_wanted)
        self.refresh_button = self._button(self.tr("Renew now"), self.refresh_wanted)
        self.disconnect_button = self._button(self.tr("Disconnect…"), self.disconnect_wanted)
        self._lay_out()

    def show_account(
        self,
        account: AccountState,
        status: Status,
        provider: str,
        known: Mapping[str, ScopeWords],
    ) -> None:
        """Show this account; `known` says what the provider's scopes allow."""
        self._account = account
        self.name.show_text(account.name)
        self._fill_line(self.label, account.label)
        self._show_condition(account)
        self._fill(self.provider, provider)
        self._fill(self.method, method_words(account.method))
        self._fill(self.issuer, account.issuer)
        users = [s.name for s in status.servers if s.account == account.name]
        self._fill(self.servers, ", ".join(users) or self.tr("no server"))
        when = moment(str(account.expires_at)) if account.expires_at else None
        self._fill(self.renews, when if account.renews else None)
        self._fill(self.expires, None if account.renews else when)
        self._show_scopes((account.scope or "").split(), known)
        self._show_buttons(account, account_target(account, status) is not None)

    def _show_condition(self, account: AccountState) -> None:
        side = round(self.fontMetrics().height() * 1.2)
        self._picture.setPixmap(icon(condition_icon(account.condition)).pixmap(side, side))
        self.condition.show_text(condition_words(account.condition))
        self._fill_line(self.reason, said(account.reason or ""))

    def _show_buttons(self, account: AccountState, connectable: bool) -> None:
        step = step_for(account.condition)
        again = again_words(account.method)
        first = step is NextStep.CONNECT
        self.connect_button.setText(self.tr("Connect…") if first else again)
        self.connect_button.setVisible(connectable)
        self.connect_button.setDefault(step in {NextStep.CONNECT, NextStep.SIGN_IN})
        self.refresh_button.setVisible(account.renews)
        retry = step is NextStep.RETRY
        self.refresh_button.setText(self.tr("Try again") if retry else self.tr("Renew now"))
        self.disconnect_button.setVisible(not first)

    def _show_scopes(self, scopes: list[str], known: Mapping[str, ScopeWords]) -> None:
        empty(self._scopes)
        self._scopes_title.setVisible(bool(scopes))
        panel = QWidget(self)
        grid = QGridLayout(panel)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(scopes):
            words = known.get(name) or undescribed(name)
            text, own_name = scope_labels(name, words)
            if own_name is not None:
                text.show_text(f"{text.text()} ({name})")
            grid.addWidget(RiskMark(words.risk), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
        self._scopes.addWidget(panel)

    def _fill(self, field: PlainLabel, text: str | None) -> None:
        field.show_text(text or "")
        self._form.setRowVisible(field, bool(text))

    def _fill_line(self, field: PlainLabel, text: str | None) -> None:
        field.show_text(text or "")
        field.setVisible(bool(text))

    def _button(self, text: str, wanted: SignalInstance) -> QPushButton:
        button = Button(text, self)
        button.clicked.connect(lambda: wanted.emit(self._account.name if self._account else ""))
        return button

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(10)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.condition)
        words.addWidget(self.reason)
        state.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        state.addLayout(words, 1)
        heading = QVBoxLayout()
        heading.setSpacing(2)
        heading.addWidget(self.name)
        heading.addWidget(self.label)
        scopes = QVBoxLayout()
        scopes.setSpacing(6)
        scopes.addWidget(self._scopes_title)
        scopes.addLayout(self._scopes)
        actions = QHBoxLayout()
        actions.setSpacing(8)
        actions.addWidget(self.connect_button)
        actions.addWidget(self.refresh_button)
        actions.addStretch(1)
        actions.addWidget(self.disconnect_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 4, 4, 4)
        column.setSpacing(16)
        column.addLayout(heading)
        column.addLayout(state)
        column.addWidget(Rule())
        column.addLayout(self._form)
        column.addLayout(scopes)
        column.addStretch(1)
        column.addLayout(actions)
