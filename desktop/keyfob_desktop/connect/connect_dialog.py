"""Connecting an account: the choice of a way, then the steps as they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.errors import Error, OAuthFailed
from keyfob_core.states import Need, ServerNeeds
from keyfob_core.steps import Step
from keyfob_core.words.plain import visible
from keyfob_desktop.answers import account_in, needs_in
from keyfob_desktop.connect.connect_form import ConnectForm
from keyfob_desktop.connect.connect_steps import ConnectSteps
from keyfob_desktop.connect.provider_answers import provider_in
from keyfob_desktop.connect.target import Target
from keyfob_desktop.core_words import said
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.labels import TitleLabel
from keyfob_desktop.widgets.one_page import OnePage
from keyfob_desktop.widgets.parts import Banner, Button, FitScroll, sentence


class ConnectDialog(GrowingDialog):
    """Walks a person through connecting one account; Cancel works at every moment.

    Signals:
        connected: the account's name.
        tool_wanted: the server's name, when the person goes on to try a tool.
    """

    connected = Signal(str)
    tool_wanted = Signal(str)

    def __init__(
        self,
        target: Target,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Connect"))
        self._target = target
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self.form = ConnectForm(target, on_failure)
        self.steps = ConnectSteps()
        self._form_page = self._scrolling(self.form)
        self.pages = OnePage(self)
        self.pages.add(self._form_page)
        self.pages.add(self.steps)
        self.link_banner = Banner("state-needs-you", self)
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
        self.form.open_wanted.connect(self._open_link)
        self.steps.device.open_wanted.connect(self._open_link)
        self.steps.paste.pasted.connect(self._paste)
        self.finished.connect(self._end)
        self._show_form()
        if target.provider is not None:
            self._tasks.start(self._learn(target.provider))
        if target.account is not None:
            self._tasks.start(self._recall(target.account))
        elif target.server is not None and target.provider is None and not target.secrets_wanted:
            self._tasks.start(self._look(target.server))

    def _go(self) -> None:
        if self.pages.current is self.steps:
            self.accept()
            return
        self._show_steps()
        self._tasks.start(self._connect(self.form.arguments()))

    async def _learn(self, provider: str) -> None:
        try:
            entry = provider_in(await self._door.call("provider.show", {"id": provider}))
        except Error:
            # Without an entry the form still serves: everything can be filled in by hand.
            return
        self.form.show_provider(entry)

    async def _look(self, server: str) -> None:
        self.form.show_needs(None)
        try:
            needs = needs_in(await self._door.call("server.needs", {"name": server}))
        except Error:
            # Every way is still there to be tried, and says then what is wrong.
            needs = ServerNeeds(need=Need.UNKNOWN)
        self.form.show_needs(needs)

    async def _recall(self, account: str) -> None:
        try:
            own = account_in(await self._door.call("account.show", {"name": account}))
        except Error:
            # It may have gone meanwhile; the form then begins as for a new one.
            return
        self.form.show_account(own)

    async def _connect(self, arguments: dict[str, Any]) -> None:
        try:
            call = {**self._target.arguments, **arguments}
            await self._door.call("connect", call, on_step=self.steps.add)
        except Error as error:
            self._fail(error)
        else:
            self._succeed()

    def _paste(self, address: str) -> None:
        self._tasks.start(self._bring(address))

    async def _bring(self, address: str) -> None:
        call = {"account": self.form.account_name, "address": address}
        try:
            await self._door.call("connect.paste", call)
        except Error as error:
            self.steps.paste.complain(sentence(error))

    def _open_link(self, address: str) -> None:
        self._tasks.start(self._open(address))

    async def _open(self, address: str) -> None:
        if not await self._door.open_link(address):
            self.link_banner.tell(
                self.tr("No browser could be opened."), self.tr("Copy the address instead.")
            )

    def _succeed(self) -> None:
        self.form.forget_secrets()
        status = self._door.status
        store = said(status.store.name) if status else self.tr("your store")
        self.steps.succeed(self.tr("Connected. The key is in {store}.").format(store=store))
        self.cancel_button.hide()
        self.tool_button.setVisible(self._target.server is not None)
        self.go_button.setText(self.tr("Done"))
        self.go_button.show()
        self.go_button.setEnabled(True)
        self.go_button.setFocus()
        self.connected.emit(self.form.account_name)

    def _fail(self, error: Error) -> None:
        code = error.oauth_code if isinstance(error, OAuthFailed) else error.code
        self.steps.fail(error, code, self.tr("Nothing was stored."))
        self.back_button.show()
        self.cancel_button.setText(self.tr("Close"))

    def _show_form(self) -> None:
        self.link_banner.hide()
        self.pages.turn_to(self._form_page)
        self.back_button.hide()
        self.tool_button.hide()
        self.cancel_button.show()
        self.cancel_button.setText(self.tr("Cancel"))
        self.go_button.setText(self.tr("Connect"))
        self.go_button.show()
        self._review()

    def _show_steps(self) -> None:
        self.link_banner.hide()
        self.steps.begin()
        self.pages.turn_to(self.steps)
        if self.form.checks_key:
            words = self.tr("Asking {server} whether it takes the key.")
            self.steps.add(Step("check", words.format(server=self._target.server)))
        self.back_button.hide()
        self.go_button.hide()
        self.cancel_button.setText(self.tr("Cancel"))

    def _review(self) -> None:
        self.go_button.setEnabled(self.form.complete)

    def _try_tool(self) -> None:
        self.accept()
        self.tool_wanted.emit(self._target.server or "")

    def _end(self) -> None:
        self._tasks.cancel()
        self.steps.device.stop()
        self.form.forget_secrets()

    def _scrolling(self, form: QWidget) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        area = FitScroll(form)
        # What it holds can be reached, and comes into sight then.
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(area)
        column.addStretch(1)
        return page

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.back_button, self.cancel_button, self.tool_button, self.go_button):
            button.setMinimumWidth(self.fontMetrics().averageCharWidth() * 13)
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.tool_button)
        row.addWidget(self.go_button)
        title = self.tr("Connect {name}").format(name=visible(self._target.title))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(TitleLabel(title))
        column.addWidget(self.link_banner)
        column.addWidget(self.pages, 1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 72)
