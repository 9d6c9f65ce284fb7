"""What Keyfob knows of one server, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.states import AccountState, ServerState, Status
from keyfob_desktop.core_words import said
from keyfob_desktop.standing import (
    NextStep,
    again_words,
    method_words,
    next_step,
    server_icon,
    server_words,
)
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.widgets.models import moment
from keyfob_desktop.widgets.parts import Button, CopyField, RemoveButton, Rule
from keyfob_desktop.widgets.two_ends import TwoEnds


class ServerDetails(QWidget):
    """One server's pane.

    Signals, each with the server's name:
        connect_wanted, retry_wanted, tool_wanted, token_wanted, removal_wanted;
        disconnect_wanted carries the account's name.
    """

    connect_wanted = Signal(str)
    retry_wanted = Signal(str)
    tool_wanted = Signal(str)
    token_wanted = Signal(str)
    removal_wanted = Signal(str)
    disconnect_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._server: ServerState | None = None
        self._account: AccountState | None = None
        self.name = TitleLabel(parent=self)
        self.url = DimLabel(parent=self)
        self._picture = QLabel(self)
        self.condition = PlainLabel(parent=self)
        self.reason = DimLabel(parent=self)
        self.step_button = Button(self)
        self.step_button.setDefault(True)
        self.step_button.clicked.connect(self._take_step)
        self.address = CopyField(self.tr("Address for clients"), parent=self)
        self._address_part = QWidget(self)
        self.account, self.issuer = PlainLabel(parent=self), PlainLabel(parent=self)
        self.scopes, self.until = PlainLabel(parent=self), PlainLabel(parent=self)
        self.expires = PlainLabel(parent=self)
        self.variables, self.running = PlainLabel(parent=self), PlainLabel(parent=self)
        self._form = self._facts()
        self.tool_button = self._button(self.tr("Try a tool…"), self.tool_wanted)
        self.token_button = self._button(self.tr("Token for a client…"), self.token_wanted)
        self.sign_in_button = self._button("", self.connect_wanted)
        self.disconnect_button = Button(self.tr("Disconnect…"), self)
        self.disconnect_button.clicked.connect(self._disconnect)
        self.remove_button = RemoveButton(self.tr("Remove"), self)
        self.remove_button.clicked.connect(lambda: self._tell(self.removal_wanted))
        self._lay_out()

    def show_server(self, server: ServerState, status: Status) -> None:
        """Show this server as the status tells it."""
        self._server = server
        self._account = next((a for a in status.accounts if a.name == server.account), None)
        self.name.show_text(server.name)
        self.url.show_text(server.address)
        self._show_condition(server)
        self._show_account(server, self._account)
        self._fill(self.variables, ", ".join(server.variables))
        running = self.tr("%n process(es)", "", server.running) if server.running else ""
        self._fill(self.running, running)
        self.address.show_text(f"{status.url}/s/{server.name}/mcp" if status.url else "")
        self._address_part.setVisible(status.url is not None)
        connected = next_step(server) in {NextStep.TRY_TOOL, NextStep.RETRY}
        self.tool_button.setVisible(next_step(server) is not NextStep.TRY_TOOL)
        self.sign_in_button.setText(again_words(self._account.method if self._account else ""))
        self.sign_in_button.setVisible(connected and server.needs_account)
        self.disconnect_button.setVisible(
            self._account is not None and next_step(server) is not NextStep.CONNECT
        )

    def _show_condition(self, server: ServerState) -> None:
        side = round(self.fontMetrics().height() * 1.2)
        picture = icon(server_icon(server))
        self._picture.setPixmap(picture.pixmap(side, side))
        self.condition.show_text(server_words(server))
        self.reason.show_text(said(server.reason or ""))
        self.reason.setVisible(bool(server.reason))
        words = {
            NextStep.CONNECT: self.tr("Connect…"),
            NextStep.SIGN_IN: again_words(self._account.method if self._account else ""),
            NextStep.RETRY: self.tr("Try again"),
            NextStep.TRY_TOOL: self.tr("Try a tool…"),
        }
        self.step_button.setText(words[next_step(server)])

    def _show_account(self, server: ServerState, account: AccountState | None) -> None:
        self._fill(self.account, _account_words(server, account))
        self._fill(self.issuer, account.issuer if account else None)
        self._fill(self.scopes, account.scope if account else None)
        expires = account.expires_at if account else None
        renews = account is not None and account.renews
        when = moment(str(expires)) if expires else None
        self._fill(self.until, when if renews else None)
        self._fill(self.expires, None if renews else when)

    def _fill(self, field: PlainLabel, text: str | None) -> None:
        field.show_text(text or "")
        self._form.setRowVisible(field, bool(text))

    def _facts(self) -> QFormLayout:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(8)
        rows = (
            (self.tr("Account"), self.account),
            (self.tr("Signed in at"), self.issuer),
            (self.tr("Scopes"), self.scopes),
            (self.tr("Renews by"), self.until),
            (self.tr("Expires"), self.expires),
            (self.tr("Variables"), self.variables),
            (self.tr("Running"), self.running),
        )
        for name, field in rows:
            form.addRow(name_label(name), field)
        return form

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(10)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.condition)
        words.addWidget(self.reason)
        state.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        state.addLayout(words, 1)
        state.addWidget(self.step_button, 0, Qt.AlignmentFlag.AlignVCenter)
        address = QVBoxLayout(self._address_part)
        address.setContentsMargins(0, 0, 0, 0)
        address.setSpacing(4)
        address.addWidget(DimLabel(self.tr("Address for clients")))
        address.addWidget(self.address)
        heading = QVBoxLayout()
        heading.setSpacing(2)
        heading.addWidget(self.name)
        heading.addWidget(self.url)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 4, 12, 4)
        column.setSpacing(16)
        column.addLayout(heading)
        column.addLayout(state)
        column.addWidget(Rule())
        column.addLayout(self._form)
        column.addWidget(self._address_part)
        column.addStretch(1)
        column.addWidget(self._actions())

    def _actions(self) -> TwoEnds:
        return TwoEnds(
            (self.token_button, self.tool_button, self.sign_in_button),
            (self.disconnect_button, self.remove_button),
            self,
        )

    def _button(self, text: str, wanted: SignalInstance) -> QPushButton:
        button = Button(text, self)
        button.clicked.connect(lambda: self._tell(wanted))
        return button

    def _tell(self, wanted: SignalInstance) -> None:
        if self._server is not None:
            wanted.emit(self._server.name)

    def _disconnect(self) -> None:
        if self._account is not None:
            self.disconnect_wanted.emit(self._account.name)

    def _take_step(self) -> None:
        if self._server is None:
            return
        match next_step(self._server):
            case NextStep.CONNECT | NextStep.SIGN_IN:
                self.connect_wanted.emit(self._server.name)
            case NextStep.RETRY:
                self.retry_wanted.emit(self._server.account or "")
            case NextStep.TRY_TOOL:
                self.tool_wanted.emit(self._server.name)


def _account_words(server: ServerState, account: AccountState | None) -> str | None:
    if server.account is None or account is None:
        return server.account
    words = f"{account.name} ({method_words(account.method)})"
    return f"{words}, {account.label}" if account.label else words
