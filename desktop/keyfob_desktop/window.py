"""Keyfob's window: where the relay listens, how the keys are, and the pages."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from keyfob_core.states import LatchCondition, LatchState, Status, StoreCondition
from keyfob_core.words.plain import visible
from keyfob_desktop.accounts.accounts_page import AccountsPage
from keyfob_desktop.activity.activity_page import ActivityPage
from keyfob_desktop.clients.clients_page import ClientsPage
from keyfob_desktop.core_words import all_said, said
from keyfob_desktop.diagnostics.diagnostics_page import DiagnosticsPage
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.servers.servers_page import ServersPage
from keyfob_desktop.settings.settings_page import SettingsPage
from keyfob_desktop.standing import (
    is_locked,
    latch_words,
    reminders_of,
    standing_of,
    store_step,
    store_words,
)
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import Banner, CopyField
from keyfob_desktop.widgets.polish import Polish
from keyfob_desktop.window_state import size_within

translate = QCoreApplication.translate

_REMIND_MS = 15 * 60 * 1000
_MOST_LINES = 3


class Window(QWidget):
    """The one window.

    Signals:
        quit_wanted: the person wants Keyfob to end.
        prompt_wanted: the person wants to see the question that waits.
        turn_wanted: the person wants Keyfob opened; `unlock` or `resume`; or
            to look at what was edited by hand: `config.accept`.
        shown: it has appeared.
        left: the person closed it; Keyfob goes on in the tray.
    """

    quit_wanted = Signal()
    prompt_wanted = Signal()
    turn_wanted = Signal(str)
    shown = Signal()
    left = Signal()

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyfob")
        self.setWindowIcon(icon("keyfob"))
        self._door = door
        self._has_tray = True
        self._due = ""
        self._opening = "unlock"
        self._picture = QLabel(self)
        self._listens = name_label("")
        self.url = CopyField(self.tr("Where Keyfob listens"))
        self.failure_banner = Banner("state-failed", self)
        self.problem_banner = Banner("state-failed", self)
        self.latch_banner = Banner("state-needs-you", self)
        self.config_banner = Banner("state-needs-you", self)
        self.store_banner = Banner("state-needs-you", self)
        self.prompt_banner = Banner("state-needs-you", self)
        self.reminder_banner = Banner("state-needs-you", self)
        self.tray_banner = Banner("state-not-connected", self)
        self.servers = ServersPage(door, on_failure, self)
        self.accounts = AccountsPage(door, on_failure, self)
        self.clients = ClientsPage(door, on_failure, self)
        self.activity = ActivityPage(door, on_failure, self)
        self.settings = SettingsPage(door, on_failure, self)
        self.diagnostics = DiagnosticsPage(door, on_failure, self)
        self.starting = DimLabel(
            self.tr(
                "Keyfob is starting. Where your keychain asks you something, it waits for that."
            )
        )
        self.starting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        # Empty pages would say that there is nothing, before anything is known.
        self.tabs.hide()
        self.tabs.addTab(self.servers, self.tr("Servers"))
        self.tabs.addTab(self.accounts, self.tr("Accounts"))
        self.tabs.addTab(self.clients, self.tr("Clients"))
        self.tabs.addTab(self.activity, self.tr("Activity"))
        self.tabs.addTab(self.settings, self.tr("Settings"))
        self.tabs.addTab(self.diagnostics, self.tr("Diagnostics"))
        pages = (self.accounts, self.clients, self.activity, self.settings, self.diagnostics)
        self.polish = Polish(pages, self)
        self.diagnostics.show_wanted.connect(self.show_page)
        self.diagnostics.turn_wanted.connect(self.turn_wanted)
        self.tabs.currentChanged.connect(self._turn_page)
        self.prompt_banner.button.clicked.connect(self.prompt_wanted)
        self.failure_banner.button.clicked.connect(self.failure_banner.hide)
        self.reminder_banner.button.clicked.connect(lambda: self.show_account(self._due))
        self.store_banner.button.clicked.connect(self.settings.unlock)
        self.latch_banner.button.clicked.connect(self._turn)
        self.config_banner.button.clicked.connect(lambda: self.turn_wanted.emit("config.accept"))
        self._clock = QTimer(self)
        self._clock.setInterval(_REMIND_MS)
        self._clock.timeout.connect(self._look_at_clock)
        self._clock.start()
        self._name_buttons()
        self._lay_out()
        door.status_changed.connect(self.show_status)
        if door.status is not None:
            self.show_status(door.status)

    def show_status(self, status: Status) -> None:
        """Show Keyfob as it is now."""
        side = round(self.fontMetrics().height() * 2.2)
        self._picture.setPixmap(icon(standing_of(status).value).pixmap(side, side))
        self._show_listening(status)
        self._show_latch(status.latch)
        self._show_edits(status.unaccepted)
        self._show_store(status)
        self._show_waiting(status)
        self._show_reminders(status)
        self.servers.show_status(status)
        self.accounts.show_status(status)
        self.clients.show_status(status)
        self.activity.show_status(status)
        self.settings.show_status(status)
        if self.tabs.isHidden():
            self._open_pages()

    def _open_pages(self) -> None:
        self.starting.hide()
        self.tabs.show()
        self._turn_page(self.tabs.currentIndex())
        first = self.servers.welcome.add_button
        (first if first.isVisible() else self.tabs).setFocus()

    def show_tray(self, available: bool) -> None:
        """Say so where the desktop has no tray."""
        self._has_tray = available
        self.diagnostics.show_tray(available)
        if available:
            self.tray_banner.hide()
            return
        self.tray_banner.tell(
            self.tr("Your desktop shows no tray, so this window is all there is of Keyfob."),
            self.tr("Closing it asks whether to quit; starting Keyfob again brings it back."),
        )

    def tell_failure(self, title: str, hint: str) -> None:
        """Say calmly that something went wrong."""
        self.starting.hide()
        self.failure_banner.tell(said(title), said(hint))

    def come_forward(self) -> None:
        """Show the window in front: the person asked for it."""
        self.showNormal()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Go to the tray where there is one, else ask."""
        if self._has_tray:
            self.left.emit()
            event.accept()
            return
        event.ignore()
        self._ask_to_quit()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it has appeared."""
        super().showEvent(event)
        self.polish.start()
        self.shown.emit()

    def _ask_to_quit(self) -> None:
        dialog = ConfirmDialog(
            self.tr("Quit Keyfob?"),
            self.tr(
                "Your desktop has no tray to go to. While Keyfob is not running, your MCP clients "
                "cannot use it; minimise the window instead to keep it at work."
            ),
            self.tr("Quit"),
            self,
        )
        dialog.accepted.connect(self.quit_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_listening(self, status: Status) -> None:
        self.url.show_text(status.url or "")
        self.url.setVisible(status.url is not None)
        words = self.tr("Listens at") if status.url else self.tr("Not listening")
        self._listens.show_text(words)
        if status.problem:
            words = self.tr("Clients cannot reach Keyfob now.")
            self.problem_banner.tell(words, said(status.problem))
        else:
            self.problem_banner.hide()

    def _show_latch(self, latch: LatchState) -> None:
        is_locked = latch.condition is LatchCondition.LOCKED
        self._opening = "unlock" if is_locked else "resume"
        words = latch_words(latch)
        if not words:
            self.latch_banner.hide()
            return
        self.latch_banner.picture("keyfob-locked" if is_locked else "keyfob-paused")
        self.latch_banner.button.setText(
            self.tr("Unlock…") if is_locked else self.tr("Let calls pass")
        )
        self.latch_banner.tell(
            words,
            self.tr("Your keys are out of memory, and no client gets anything until you unlock.")
            if is_locked
            else self.tr("Clients are told so. Sign-ins are renewed all the same."),
        )

    def _show_edits(self, unaccepted: tuple[str, ...]) -> None:
        if not unaccepted:
            self.config_banner.hide()
            return
        self.config_banner.tell(
            self.tr("config.toml was edited by hand. What allows more waits for your yes."),
            visible("\n".join(_shortened(tuple(map(said, unaccepted)))), lines=True),
        )

    def _turn(self) -> None:
        self.turn_wanted.emit(self._opening)

    def _show_store(self, status: Status) -> None:
        if is_locked(status) or status.store.condition is StoreCondition.READY:
            self.store_banner.hide()
            return
        step = store_step(status.store.condition)
        self.store_banner.button.setText(step)
        self.store_banner.button.setVisible(bool(step))
        told = all_said(status.store.reason, status.store.hint)
        self.store_banner.tell(store_words(status.store), told)

    def _show_waiting(self, status: Status) -> None:
        if not status.waiting:
            self.prompt_banner.hide()
            return
        self.prompt_banner.tell(
            self.tr("A question waits for your answer.")
            if len(status.waiting) == 1
            else self.tr("{count} questions wait for your answer.").format(
                count=len(status.waiting)
            )
        )

    def show_account(self, name: str) -> None:
        """Turn to the page of accounts, and to this one."""
        self.tabs.setCurrentWidget(self.accounts)
        self.accounts.choose(name)

    def show_page(self, page: str, name: str = "", then: str = "") -> None:
        """Turn to a page by its name, and choose what is meant on it."""
        pages: dict[str, QWidget] = {
            "servers": self.servers,
            "accounts": self.accounts,
            "clients": self.clients,
            "activity": self.activity,
            "settings": self.settings,
        }
        self.tabs.setCurrentWidget(pages.get(page, self.servers))
        if page == "servers" and name:
            self.servers.choose(name)
        elif page == "accounts" and name:
            self.accounts.choose(name)
        elif page == "settings" and then == "unlock":
            self.settings.unlock()

    def _show_reminders(self, status: Status) -> None:
        # While Keyfob is locked no key can be replaced.
        due = () if is_locked(status) else reminders_of(status, time.time())
        self._due = due[0].account or "" if due else ""
        if not due:
            self.reminder_banner.hide()
            return
        rest = self.tr("Make a new one, then replace it here.")
        sentence = self.tr("{reminder}.")
        told = " ".join(sentence.format(reminder=each.text) for each in due)
        self.reminder_banner.tell(told, rest)

    def _look_at_clock(self) -> None:
        if self._door.status is not None:
            self._show_reminders(self._door.status)

    def _turn_page(self, number: int) -> None:
        if self._door.status is None:
            # Nobody is there yet who could be asked.
            return
        page = self.tabs.widget(number)
        if page is self.accounts:
            self.accounts.learn()
        elif page is self.settings:
            self.settings.look()
        elif page is self.diagnostics:
            self.diagnostics.look()

    def _name_buttons(self) -> None:
        self.prompt_banner.button.setText(self.tr("Show"))
        self.prompt_banner.button.show()
        self.latch_banner.button.show()
        self.config_banner.button.setText(self.tr("Look…"))
        self.config_banner.button.show()
        self.reminder_banner.button.setText(self.tr("Show"))
        self.reminder_banner.button.show()
        self.failure_banner.button.setText(self.tr("Hide"))
        self.failure_banner.button.show()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(12)
        header.addWidget(self._picture)
        header.addWidget(TitleLabel("Keyfob", scale=1.6), 1)
        header.addWidget(self._listens)
        header.addWidget(self.url)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(header)
        for banner in (
            self.failure_banner,
            self.problem_banner,
            self.latch_banner,
            self.config_banner,
            self.store_banner,
            self.prompt_banner,
            self.reminder_banner,
            self.tray_banner,
        ):
            column.addWidget(banner)
        column.addWidget(self.starting, 1)
        column.addWidget(self.tabs, 1)
        metrics = self.fontMetrics()
        wanted = QSize(metrics.averageCharWidth() * 130, metrics.lineSpacing() * 42)
        self.resize(size_within(wanted, self.screen().availableSize()))


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= _MOST_LINES:
        return lines
    more = translate("Window", "and {count} more").format(count=len(lines) - _MOST_LINES)
    return (*lines[:_MOST_LINES], more)
