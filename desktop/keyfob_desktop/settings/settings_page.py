"""Settings: where the secrets are, and how Keyfob behaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import ConfigInvalid, Error
from keyfob_core.states import Status, StoreCondition
from keyfob_desktop.answers import StoreShown, mapped, settings_in, store_in
from keyfob_desktop.core_words import all_said
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.settings.move_dialog import FILE, KEYCHAIN, MoveDialog
from keyfob_desktop.settings.settings_fields import Value
from keyfob_desktop.settings.settings_form import SettingsForm
from keyfob_desktop.settings.unlock_dialog import UnlockDialog
from keyfob_desktop.standing import store_step, store_words
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.widgets.parts import Banner, Button, sentence

_WIDE = 110


class SettingsPage(QWidget):
    """The store in use with what can be done about it, and every setting of config.toml.

    A setting is written as soon as it is chosen; what is wrong is said at its field.
    """

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._on_failure = on_failure
        self._tasks = Tasks(on_failure, self)
        self._shown: StoreShown | None = None
        self._number = 0
        self._writing: dict[int, str] = {}
        self._picture = QLabel(self)
        self.store = PlainLabel()
        self.about = DimLabel()
        self.hint = PlainLabel()
        self.banner = Banner("state-needs-you", self)
        self.form = SettingsForm(self)
        self.form.changed.connect(self._change)
        self.form.start.changed.connect(lambda: self._tasks.start(self._turn_start()))
        self.unlock_button = Button(self.tr("Unlock…"), self)
        self.move_button = Button(self.tr("Move my secrets…"), self)
        self.unlock_button.clicked.connect(self.unlock)
        self.move_button.clicked.connect(self._move)
        self._lay_out()

    def show_status(self, status: Status) -> None:
        """Look at the store again, if anybody sees it."""
        del status
        if self.isVisible():
            self.look()

    def look(self) -> None:
        """Ask the engine which store is in use."""
        self._tasks.start(self._ask())
        self._tasks.start(self._read())
        self._tasks.start(self._read_start())

    def unlock(self) -> None:
        """Open the store: in a dialog of ours, or in the keychain's own."""
        self._tasks.start(self._unlock())

    async def _ask(self) -> None:
        try:
            self._show(store_in(await self._door.call("store.show")))
        except Error as error:
            self.banner.tell_unread(error)
        else:
            self.banner.read()

    async def _read(self) -> None:
        try:
            self._show_settings(settings_in(await self._door.call("settings.show")))
        except Error as error:
            self.banner.tell_unread(error)
        else:
            self.banner.read()

    async def _read_start(self) -> None:
        """Show whether Keyfob starts at login, where this system has a place for that."""
        try:
            told = mapped(await self._door.call("autostart.show"))
        except Error:
            return
        self.form.start.show_value(bool(told.get("enabled")))
        self.form.start.setVisible(bool(told.get("place")))

    async def _turn_start(self) -> None:
        field = self.form.start
        try:
            await self._door.call("autostart.set", {"enabled": field.value})
        except Error as error:
            field.complain(all_said(error.message, error.hint))

    def _show_settings(self, values: Mapping[str, Value]) -> None:
        """Show these, but for what is being written, or is wrong: the person is at that."""
        at = {*self._writing.values(), *self.form.wrong}
        self.form.show_values({path: value for path, value in values.items() if path not in at})

    def _change(self, path: str) -> None:
        self._number += 1
        self._writing[self._number] = path
        # Taken now: an answer to an earlier choice may come before this one is asked for.
        value = self.form.fields[path].value
        write = partial(self._begin, self._number, path, value)
        words = self._warning(path, value)
        if not words:
            write()
            return
        dialog = ConfirmDialog(
            self.form.fields[path].name.text(), words, self.tr("Change it"), self.window()
        )
        dialog.accepted.connect(write)
        dialog.rejected.connect(partial(self._take_back, self._number))
        self._open(dialog)

    def _begin(self, number: int, path: str, value: Value) -> None:
        self._tasks.start(self._write(number, path, value))

    def _take_back(self, number: int) -> None:
        del self._writing[number]
        self._tasks.start(self._read())

    def _warning(self, path: str, value: Value) -> str:
        """What a choice gives up that a stray click must not; nothing for most."""
        match (path, value):
            case ("defaults.access", "allow"):
                return self.tr(
                    "Every client may then call every tool that no rule speaks of, and you are "
                    "not asked."
                )
            case ("defaults.pinning", "off"):
                return self.tr(
                    "A server may then change what its tools say and do, and your clients follow "
                    "it without your knowing."
                )
            case _:
                return ""

    async def _write(self, number: int, path: str, value: Value) -> None:
        field = self.form.fields[path]
        self.banner.hide()
        field.complain("")
        shown: Mapping[str, Value] | None = None
        try:
            answer = await self._door.call("settings.set", {"values": {path: value}})
            shown = settings_in(answer)
        except Error as error:
            if isinstance(error, ConfigInvalid) and error.field == path:
                field.complain(sentence(error).removeprefix(f"{path}: "))
                return
            self.banner.tell_error(error)
        finally:
            del self._writing[number]
        if shown is None:
            await self._read()
        else:
            self._show_settings(shown)

    async def _unlock(self) -> None:
        self.banner.hide()
        await self._ask()
        if self._shown is not None and self._shown.kind == FILE:
            condition = self._shown.state.condition
            self._open(UnlockDialog(condition, self._door, self._on_failure, self.window()))
            return
        try:
            self._show(store_in(await self._door.call("store.unlock")))
        except Error as error:
            self.banner.tell_error(error)

    def _move(self) -> None:
        if self._shown is not None:
            to = KEYCHAIN if self._shown.kind == FILE else FILE
            self._open(MoveDialog(to, self._door, self._on_failure, self.window()))

    def _show(self, shown: StoreShown) -> None:
        self._shown = shown
        state = shown.state
        ready = state.condition is StoreCondition.READY
        side = round(self.fontMetrics().height() * 1.4)
        picture = "state-healthy" if ready else "state-needs-you"
        self._picture.setPixmap(icon(picture).pixmap(side, side))
        self.store.show_text(store_words(state))
        self.about.show_text(
            self.tr("One file, encrypted with your passphrase.")
            if shown.kind == FILE
            else self.tr("The keychain of this desktop, unlocked with it.")
        )
        told = all_said(state.reason, state.hint)
        self.hint.show_text(told)
        self.hint.setVisible(bool(told) and not ready)
        step = store_step(state.condition)
        self.unlock_button.setText(step)
        self.unlock_button.setVisible(bool(step))
        self.move_button.setEnabled(ready or shown.kind == KEYCHAIN)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _lay_out(self) -> None:
        card = QFrame(self)
        card.setObjectName("card")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.store)
        words.addWidget(self.about)
        words.addWidget(self.hint)
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(14)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.unlock_button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.move_button, 0, Qt.AlignmentFlag.AlignVCenter)
        pane = QWidget(self)
        pane.setMaximumWidth(self.fontMetrics().averageCharWidth() * _WIDE)
        inner = QVBoxLayout(pane)
        inner.setContentsMargins(0, 0, 12, 12)
        inner.setSpacing(12)
        inner.addWidget(TitleLabel(self.tr("Where your secrets are"), scale=1.15))
        inner.addWidget(card)
        inner.addWidget(self.form)
        inner.addWidget(
            DimLabel(self.tr("All of this stands in config.toml, which you may edit by hand."))
        )
        inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(pane)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(12)
        column.addWidget(self.banner)
        column.addWidget(scroll, 1)
        self.unlock_button.hide()
