"""The tray icon: there when the desktop has a tray, and again when one appears later."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from keyfob_core.states import LatchCondition, LatchState, Status
from keyfob_core.words.plain import visible
from keyfob_desktop.standing import (
    Need,
    Standing,
    all_needs,
    condition_icon,
    condition_words,
    server_icon,
    server_words,
    standing_of,
    standing_words,
)
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.text import clipped

translate = QCoreApplication.translate

POLL_MS = 1000
_LABEL_LIMIT = 60
_MOST_LINES = 8
"""Accounts and servers in the menu; the window has them all."""


class EntryKind(StrEnum):
    """What an entry of the menu does."""

    PROMPT = "prompt"
    SIGN_IN = "sign in"
    ACCOUNT = "account"
    ACTIVITY = "activity"
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
        chosen: the `Entry` that was clicked, in the menu or by a notification.
        opened: the icon itself was clicked, or a notification that is about no single thing.
        looked: the menu is about to be seen.
        available_changed: whether the desktop shows a tray.
    """

    chosen = Signal(object)
    opened = Signal()
    looked = Signal()
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
        self._told: Entry | None = None
        self._recent: tuple[str, ...] = ()
        self.menu = QMenu()
        self.menu.aboutToShow.connect(self._fill)
        self.menu.aboutToShow.connect(self.looked)
        self.recent_menu = QMenu(self.menu)
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        self.recent_menu.aboutToShow.connect(self.looked)
        self._fill_recent()
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
        self._entries = entries_for(status)
        if not self.menu.isVisible():
            # Some panels read the menu before they say that it is about to show.
            self._fill()
        self._paint()

    def show_recent(self, lines: tuple[str, ...]) -> None:
        """Show these as the last calls, the newest first."""
        self._recent = lines
        if not self.recent_menu.isVisible():
            self._fill_recent()

    def notify(self, title: str, text: str, entry: Entry | None = None) -> None:
        """Tell the person something without a window, where there is a tray.

        A click on it leads where a click on `entry` would, else to what the icon opens.
        """
        self._told = entry
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
        self._tray.messageClicked.connect(self._message_clicked)
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

    def _message_clicked(self) -> None:
        if self._told is None:
            self.opened.emit()
        else:
            self.chosen.emit(self._told)

    def _fill_recent(self) -> None:
        shown = [each.text() for each in self.recent_menu.actions()]
        everything = Entry(EntryKind.ACTIVITY, self.tr("Show all activity"))
        lines = [Entry(EntryKind.ACTIVITY, line) for line in self._recent]
        if shown and shown == [*map(_label, lines), "", _label(everything)]:
            return
        self.recent_menu.clear()
        for entry in lines:
            self._add(entry, self.recent_menu)
        self.recent_menu.addSeparator()
        self._add(everything, self.recent_menu)

    def _fill(self) -> None:
        # Replacing entries that a panel already shows would make its click miss.
        if self._filled == self._entries:
            return
        self._filled = self._entries
        self.menu.clear()
        for entry in self._entries:
            if entry.kind is EntryKind.SEPARATOR:
                self.menu.addSeparator()
            elif entry.kind is EntryKind.ACTIVITY:
                self.recent_menu.setTitle(_label(entry))
                self.menu.addMenu(self.recent_menu)
            else:
                self._add(entry, self.menu)

    def _add(self, entry: Entry, menu: QMenu) -> None:
        action = QAction(_label(entry), menu)
        if entry.picture:
            action.setIcon(icon(entry.picture))
        action.triggered.connect(lambda: self.chosen.emit(entry))
        menu.addAction(action)


def entries_for(status: Status | None) -> tuple[Entry, ...]:
    """The menu for a status: what needs the person first."""
    separator = Entry(EntryKind.SEPARATOR)
    entries: list[Entry] = []
    needs = all_needs(status, time.time()) if status else ()
    if needs:
        entries += [entry_for(need) for need in needs]
        entries.append(separator)
    lines = _account_entries(status) if status else []
    if lines:
        entries += _shortened(lines)
        entries.append(separator)
    if status:
        entries.append(Entry(EntryKind.ACTIVITY, translate("Tray", "Recent activity")))
        entries.append(separator)
        entries += _latch_entries(status.latch)
        entries.append(separator)
    entries.append(Entry(EntryKind.OPEN, translate("Tray", "Open Keyfob")))
    entries.append(Entry(EntryKind.QUIT, translate("Tray", "Quit")))
    return tuple(entries)


def entry_for(need: Need) -> Entry:
    """The entry that leads to what helps."""
    return Entry(_kind_of(need), need.text, need.server or need.account or "", "state-needs-you")


def _account_entries(status: Status) -> list[Entry]:
    """The accounts, and the servers that have none of these."""
    named, owned = (
        translate("Tray", "{name}: {state}"),
        translate("Tray", "{name} ({person}): {state}"),
    )
    names = {account.name for account in status.accounts}
    entries: list[Entry] = []
    for account in status.accounts:
        text = (owned if account.label else named).format(
            name=visible(account.name),
            person=visible(account.label or ""),
            state=condition_words(account.condition),
        )
        picture = condition_icon(account.condition)
        entries.append(Entry(EntryKind.ACCOUNT, text, account.name, picture))
    for server in status.servers:
        if server.account not in names:
            text = named.format(name=visible(server.name), state=server_words(server))
            entries.append(Entry(EntryKind.SERVER, text, server.name, server_icon(server)))
    return entries


def _shortened(lines: Sequence[Entry]) -> list[Entry]:
    if len(lines) <= _MOST_LINES:
        return list(lines)
    shown = list(lines[: _MOST_LINES - 1])
    more = translate("Tray", "{count} more…").format(count=len(lines) - len(shown))
    return [*shown, Entry(EntryKind.OPEN, more)]


def _label(entry: Entry) -> str:
    return clipped(entry.text, _LABEL_LIMIT).replace("&", "&&")


def _latch_entries(latch: LatchState) -> tuple[Entry, ...]:
    lock = Entry(EntryKind.LOCK, translate("Tray", "Lock Keyfob"))
    match latch.condition:
        case LatchCondition.LOCKED:
            return (Entry(EntryKind.UNLOCK, translate("Tray", "Unlock Keyfob…")),)
        case LatchCondition.PAUSED:
            return (Entry(EntryKind.RESUME, translate("Tray", "Let calls pass again")), lock)
        case LatchCondition.OPEN:
            return (Entry(EntryKind.PAUSE, translate("Tray", "Pause all calls")), lock)


def _kind_of(need: Need) -> EntryKind:
    if need.prompt:
        return EntryKind.PROMPT
    if need.server:
        return EntryKind.SIGN_IN
    return EntryKind.ACCOUNT if need.account else EntryKind.OPEN
