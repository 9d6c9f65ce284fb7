"""The tray icon: there when the desktop has a tray, and again when one appears later."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from keyfob_core.plain import visible
from keyfob_core.states import LatchCondition, LatchState, Status
from keyfob_desktop.icons import icon
from keyfob_desktop.standing import (
    Need,
    Standing,
    needs_of,
    reminders_of,
    server_icon,
    server_words,
    standing_of,
    standing_words,
)
from keyfob_desktop.text import clipped

POLL_MS = 1000
_LABEL_LIMIT = 60


class EntryKind(StrEnum):
    """What an entry of the menu does."""

    PROMPT = "prompt"
    SIGN_IN = "sign in"
    ACCOUNT = "account"
    OPEN = "open"
    LOCK = "lock"
    UNLOCK = "unlock"
    PAUSE = "pause"
    RESUME = "resume"
    SERVER = "server"
    SEPARATOR = "separator"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the tray's menu."""

    kind: EntryKind
    text: str = ""
    target: str = ""
    """The server's or the account's name, where there is one."""
    picture: str = ""


class Tray(QObject):
    """Keyfob's icon in the tray, with its menu.

    Signals:
        chosen: the `Entry` that was clicked.
        opened: the icon itself was clicked.
        available_changed: whether the desktop shows a tray.
    """

    chosen = Signal(object)
    opened = Signal()
    available_changed = Signal(bool)

    def __init__(
        self,
        available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
        poll_ms: int = POLL_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._is_available = available
        self._icons = {each: icon(each.value) for each in Standing}
        self._standing = Standing.WORKING
        self._latch = LatchState()
        self._entries: tuple[Entry, ...] = ()
        self._filled: tuple[Entry, ...] = ()
        self._tray: QSystemTrayIcon | None = None
        self.menu = QMenu()
        self.menu.aboutToShow.connect(self._fill)
        self._poll = QTimer(self)
        self._poll.setInterval(poll_ms)
        self._poll.timeout.connect(self._look)
        self.show_status(None)

    @property
    def available(self) -> bool:
        """Whether the icon is shown."""
        return self._tray is not None

    def start(self) -> None:
        """Show the icon if there is a tray, and go on looking."""
        self._look()
        self._poll.start()

    def close(self) -> None:
        """Take the icon away."""
        self._poll.stop()
        self._drop()
        self.menu.deleteLater()

    def show_status(self, status: Status | None) -> None:
        """Show how Keyfob is."""
        self._standing = standing_of(status) if status else Standing.WORKING
        self._latch = status.latch if status else LatchState()
        self._entries = entries_for(self, status)
        if not self.menu.isVisible():
            # Some panels read the menu before they say that it is about to show.
            self._fill()
        self._paint()

    def notify(self, title: str, text: str) -> None:
        """Tell the person something without a window, where there is a tray."""
        if self._tray is not None:
            self._tray.showMessage(title, text, self._icons[Standing.NEEDS_YOU])

    def _look(self) -> None:
        if self._is_available() == self.available:
            return
        if self.available:
            self._drop()
        else:
            self._create()
        self.available_changed.emit(self.available)

    def _create(self) -> None:
        # Made anew each time: an icon from before the tray existed never shows.
        self._tray = QSystemTrayIcon(self._icons[self._standing], self)
        self._tray.setContextMenu(self.menu)
        self._tray.activated.connect(self._activated)
        self._tray.messageClicked.connect(self.opened)
        self._paint()
        self._tray.show()

    def _drop(self) -> None:
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def _paint(self) -> None:
        if self._tray is not None:
            self._tray.setIcon(self._icons[self._standing])
            self._tray.setToolTip(standing_words(self._standing, self._latch))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On macOS the same click opens the menu.
        if reason is QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":
            self.opened.emit()

    def _fill(self) -> None:
        # Replacing entries that a panel already shows would make its click miss.
        if self._filled == self._entries:
            return
        self._filled = self._entries
        self.menu.clear()
        for entry in self._entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        if entry.kind is EntryKind.SEPARATOR:
            self.menu.addSeparator()
            return
        action = QAction(clipped(entry.text, _LABEL_LIMIT).replace("&", "&&"), self.menu)
        if entry.picture:
            action.setIcon(icon(entry.picture))
        action.triggered.connect(lambda: self.chosen.emit(entry))
        self.menu.addAction(action)


def entries_for(tr: QObject, status: Status | None) -> tuple[Entry, ...]:
    """The menu for a status: what needs the person first."""
    separator = Entry(EntryKind.SEPARATOR)
    entries: list[Entry] = []
    needs = (*needs_of(status), *reminders_of(status, time.time())) if status else ()
    for need in needs:
        target = need.server or need.account or ""
        entries.append(Entry(_kind_of(need), need.text, target, "state-needs-you"))
    if needs:
        entries.append(separator)
    for server in status.servers if status else ():
        words = f"{visible(server.name)}: {server_words(server)}"
        entries.append(Entry(EntryKind.SERVER, words, server.name, server_icon(server)))
    if status and status.servers:
        entries.append(separator)
    if status:
        entries += _latch_entries(tr, status.latch)
        entries.append(separator)
    entries.append(Entry(EntryKind.OPEN, tr.tr("Open Keyfob")))
    entries.append(Entry(EntryKind.QUIT, tr.tr("Quit")))
    return tuple(entries)


def _latch_entries(tr: QObject, latch: LatchState) -> tuple[Entry, ...]:
    lock = Entry(EntryKind.LOCK, tr.tr("Lock Keyfob"))
    match latch.condition:
        case LatchCondition.LOCKED:
            return (Entry(EntryKind.UNLOCK, tr.tr("Unlock Keyfob…")),)
        case LatchCondition.PAUSED:
            return (Entry(EntryKind.RESUME, tr.tr("Let calls pass again")), lock)
        case LatchCondition.OPEN:
            return (Entry(EntryKind.PAUSE, tr.tr("Pause all calls")), lock)


def _kind_of(need: Need) -> EntryKind:
    if need.prompt:
        return EntryKind.PROMPT
    if need.server:
        return EntryKind.SIGN_IN
    return EntryKind.ACCOUNT if need.account else EntryKind.OPEN
