"""How to connect: sign in with the browser, or paste an API key."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_desktop.labels import DimLabel
from keyfob_desktop.parts import Disclosure


class ConnectForm(QWidget):
    """The choice of a method, with what it needs.

    Signals:
        changed: something was filled in.
    """

    changed = Signal()

    def __init__(self, account: str | None, method: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.browser = QRadioButton(self.tr("Sign in with the browser"), self)
        self.api_key = QRadioButton(self.tr("Use an API key"), self)
        self.secret = self._field(self.tr("API key"), "")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.account = self._field(self.tr("Account name"), self.tr("chosen for you"))
        self.account.setText(account or "")
        self.scopes = self._field(self.tr("Scopes"), self.tr("what the server asks for"))
        self.client_id = self._field(self.tr("Client ID"), self.tr("registered for you"))
        self.more = Disclosure(self.tr("More choices"), self._more())
        (self.api_key if method == "api-key" else self.browser).setChecked(True)
        self.browser.toggled.connect(self._review)
        self.secret.textChanged.connect(self.changed)
        self._lay_out()
        self._review()

    @property
    def complete(self) -> bool:
        """Whether there is enough to begin."""
        return self.browser.isChecked() or bool(self.secret.text())

    def arguments(self) -> dict[str, Any]:
        """The arguments for `connect`, without the server."""
        account = {"account": self.account.text().strip()} if self.account.text().strip() else {}
        if self.api_key.isChecked():
            return {**account, "method": "api-key", "scopes": [], "secret": self.secret.text()}
        client_id = self.client_id.text().strip()
        brought = {"client_id": client_id} if client_id else {}
        scopes = self.scopes.text().split()
        return {**account, **brought, "method": "oauth", "scopes": scopes}

    def forget_secret(self) -> None:
        """Empty the field of the key, its history included."""
        with QSignalBlocker(self.secret):
            self.secret.clear()

    def _review(self) -> None:
        by_key = self.api_key.isChecked()
        self.secret.setEnabled(by_key)
        for field in (self.scopes, self.client_id):
            field.setEnabled(not by_key)
        if by_key:
            self.secret.setFocus()
        self.changed.emit()

    def _field(self, name: str, example: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setPlaceholderText(example)
        return field

    def _more(self) -> QWidget:
        panel = QWidget(self)
        form = QFormLayout(panel)
        form.setContentsMargins(22, 0, 0, 0)
        form.setHorizontalSpacing(14)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("Account name"), self.account)
        form.addRow(self.tr("Scopes"), self.scopes)
        form.addRow(self.tr("Client ID"), self.client_id)
        return panel

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.browser)
        column.addWidget(
            self._indented(DimLabel(self.tr("Your browser opens the server's own sign-in page.")))
        )
        column.addSpacing(4)
        column.addWidget(self.api_key)
        column.addWidget(self._indented(self.secret))
        column.addSpacing(6)
        column.addWidget(self.more)
        column.addStretch(1)

    def _indented(self, content: QWidget) -> QWidget:
        cell = QWidget(self)
        column = QVBoxLayout(cell)
        column.setContentsMargins(24, 0, 0, 0)
        column.addWidget(content)
        return cell
