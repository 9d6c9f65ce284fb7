"""Connecting a server to an account: the choice of a method, then the steps as they happen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error, OAuthFailed
from keyfob_core.model import ServerState, Step
from keyfob_core.plain import visible
from keyfob_desktop.connect_form import ConnectForm
from keyfob_desktop.connect_steps import ConnectSteps
from keyfob_desktop.dialog import GrowingDialog
from keyfob_desktop.labels import TitleLabel
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.parts import Button
from keyfob_desktop.tasks import Tasks

_URL = re.compile(r"https?://\S+")


class ConnectDialog(GrowingDialog):
    """Walks a person through connecting one server; Cancel works at every moment.

    Signals:
        connected: the server's name.
        tool_wanted: the server's name, when the person goes on to try a tool.
    """

    connected = Signal(str)
    tool_wanted = Signal(str)

    def __init__(
        self,
        server: ServerState,
        method: str,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Connect"))
        self._server = server
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self.form = ConnectForm(server.account, method)
        self.steps = ConnectSteps()
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.form)
        self.pages.addWidget(self.steps)
        self.back_button = Button(self.tr("Back"), self)
        self.cancel_button = Button(self.tr("Cancel"), self)
        self.go_button = Button(self.tr("Connect"), self)
        self.go_button.setDefault(True)
        self.tool_button = Button(self.tr("Try a tool…"), self)
        self._lay_out()
        self.form.changed.connect(self._review)
        self.back_button.clicked.connect(self._show_form)
        self.cancel_button.clicked.connect(self.reject)
        self.go_button.clicked.connect(self._go)
        self.tool_button.clicked.connect(self._try_tool)
        self.finished.connect(self._tasks.cancel)
        self._show_form()

    def _go(self) -> None:
        if self.pages.currentWidget() is self.steps:
            self.accept()
            return
        self._show_steps()
        self._tasks.start(self._connect(self.form.arguments()))

    async def _connect(self, arguments: dict[str, Any]) -> None:
        call = {"server": self._server.name, **arguments}
        try:
            await self._door.call("connect", call, on_step=self._step)
        except Error as error:
            self._fail(error)
        else:
            self._succeed()

    def _step(self, step: Step) -> None:
        link = _URL.search(step.text) if step.name == "browser" else None
        self.steps.add(step, link.group() if link else None)

    def _succeed(self) -> None:
        self.form.forget_secret()
        self.steps.succeed(self.tr("Connected. The key is in your keychain."))
        self.cancel_button.hide()
        self.tool_button.show()
        self.go_button.setText(self.tr("Done"))
        self.go_button.show()
        self.go_button.setEnabled(True)
        self.go_button.setFocus()
        self.connected.emit(self._server.name)

    def _fail(self, error: Error) -> None:
        code = error.oauth_code if isinstance(error, OAuthFailed) else error.code
        self.steps.fail(error, code)
        self.back_button.show()
        self.cancel_button.setText(self.tr("Close"))

    def _show_form(self) -> None:
        self.pages.setCurrentWidget(self.form)
        self.back_button.hide()
        self.tool_button.hide()
        self.cancel_button.show()
        self.cancel_button.setText(self.tr("Cancel"))
        self.go_button.setText(self.tr("Connect"))
        self.go_button.show()
        self._review()

    def _show_steps(self) -> None:
        self.steps.begin()
        self.pages.setCurrentWidget(self.steps)
        self.back_button.hide()
        self.go_button.hide()
        self.cancel_button.setText(self.tr("Cancel"))

    def _review(self) -> None:
        self.go_button.setEnabled(self.form.complete)

    def _try_tool(self) -> None:
        self.accept()
        self.tool_wanted.emit(self._server.name)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.back_button, self.cancel_button, self.tool_button, self.go_button):
            button.setMinimumWidth(self.fontMetrics().averageCharWidth() * 13)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.tool_button)
        row.addWidget(self.go_button)
        title = self.tr("Connect {server}").format(server=visible(self._server.name))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(TitleLabel(title))
        column.addWidget(self.pages, 1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 66)
