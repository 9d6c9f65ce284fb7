"""A new token for a client: made once, shown once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error
from keyfob_desktop.answers import ClientToken, client_token_in
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.widgets.parts import Banner, Button, CopyField


class TokenDialog(GrowingDialog):
    """Asks for a client's name and shows the token that the engine made for it.

    Signals:
        made: the client's name.
    """

    made = Signal(str)

    def __init__(
        self,
        server: str,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Token for a client"))
        self._server = server
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self.name = QLineEdit(self)
        self.name.setAccessibleName(self.tr("Client's name"))
        self.name.setPlaceholderText("cursor")
        self.name.textChanged.connect(self._review)
        self.in_url = QCheckBox(self.tr("It cannot send a header: put the token into the address"))
        self.url = CopyField(self.tr("Address"))
        self.token = CopyField(self.tr("Token"))
        self._token_label = DimLabel(self.tr("Token, sent as “Authorization: Bearer …”"))
        self.banner = Banner("state-needs-you", self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self._asking())
        self.pages.addWidget(self._showing())
        self.make_button = Button(self.tr("Make token"), self)
        self.make_button.setDefault(True)
        self.make_button.clicked.connect(self._make)
        self.close_button = Button(self.tr("Cancel"), self)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._end)
        self._lay_out()
        self._review()

    def _review(self) -> None:
        self.make_button.setEnabled(bool(self.name.text().strip()))

    def _make(self) -> None:
        if not self._tasks.busy:
            self._tasks.start(self._ask_engine())

    async def _ask_engine(self) -> None:
        self.banner.hide()
        self.make_button.setEnabled(False)
        call = {"name": self.name.text().strip()}
        if self.in_url.isChecked():
            call["server"] = self._server
        try:
            self._show(client_token_in(await self._door.call("client.token", call)))
        except Error as error:
            self.banner.tell_error(error)
            self._review()

    def _show(self, token: ClientToken) -> None:
        in_url = self.in_url.isChecked()
        address = self._door.status.url if self._door.status else None
        plain = f"{address}/s/{self._server}/mcp" if address else token.url
        self.url.show_text(token.url if in_url else plain)
        self.token.show_text(token.token)
        self.token.setVisible(not in_url)
        self._token_label.setVisible(not in_url)
        self.pages.setCurrentIndex(1)
        self.make_button.hide()
        self.close_button.setText(self.tr("Close"))
        self.made.emit(token.client)

    def _end(self) -> None:
        self._tasks.cancel()
        self.token.show_text("")
        self.url.show_text("")

    def _asking(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(
            DimLabel(
                self.tr(
                    "With a token a program uses Keyfob under the name you give it here. Each "
                    "program gets its own, so that you can revoke one alone."
                )
            )
        )
        column.addSpacing(6)
        column.addWidget(PlainLabel(self.tr("Client's name")))
        column.addWidget(self.name)
        column.addWidget(self.in_url)
        column.addStretch(1)
        return page

    def _showing(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(
            PlainLabel(self.tr("Copy it now: it is shown this once and cannot be read again."))
        )
        column.addSpacing(6)
        column.addWidget(DimLabel(self.tr("Address")))
        column.addWidget(self.url)
        column.addSpacing(4)
        column.addWidget(self._token_label)
        column.addWidget(self.token)
        column.addStretch(1)
        return page

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.make_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(TitleLabel(self.tr("Token for a client")))
        column.addWidget(self.banner)
        column.addWidget(self.pages, 1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)
