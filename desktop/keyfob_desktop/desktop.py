"""The running desktop: window, tray and prompts around one engine."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from keyfob_core.errors import AccessDenied, Error
from keyfob_core.ports import Browser
from keyfob_core.prompts import Prompt, SignInPrompt
from keyfob_core.states import Status
from keyfob_desktop.answers import happenings_in
from keyfob_desktop.connect.provider_answers import provider_in
from keyfob_desktop.loop import EngineDoor, EngineThread
from keyfob_desktop.notices import Notice, Notices
from keyfob_desktop.prompts.prompt_desk import PromptDesk
from keyfob_desktop.prompts.prompter import DesktopPrompter
from keyfob_desktop.prompts.sign_in_prompt import SignInDialog
from keyfob_desktop.recent import recent_lines
from keyfob_desktop.standing import all_needs
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.tray import Entry, EntryKind, Tray, entry_for
from keyfob_desktop.widgets.screens import Screens
from keyfob_desktop.window import Window
from keyfob_desktop.window_state import WindowFile, restore, state_of

QUIT_SECONDS = 2.0
"""How long the engine may take to close before the desktop leaves without it."""

_LOOK_BACK = 60
"""Events that are looked through for the last calls."""

_log = logging.getLogger(__name__)


class Desktop(QObject):
    """Ties the window, the tray and the prompts to an engine.

    Signals:
        raise_wanted: another start of Keyfob asks for the window; may be told from any thread.
    """

    raise_wanted = Signal()

    def __init__(
        self,
        prompter: DesktopPrompter,
        browser: Browser,
        make_tray: Callable[[], Tray] = Tray,
        kept: WindowFile | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._quit = asyncio.Event()
        self._tasks = Tasks(self.tell_failure, self)
        self._recent = Tasks(self.tell_failure, self)
        self.door = EngineDoor(browser, self)
        self.window = Window(self.door, self.tell_failure)
        self._kept = kept or WindowFile(None)
        restore(self._kept.read(), self.window, self.window.tabs)
        self.screens = Screens(self._seen, parent=self)
        self.tray = make_tray()
        self.prompts = PromptDesk(prompter, parent=self)
        self.notices = Notices(parent=self)
        self._wire()

    async def run(self, thread: EngineThread, *, background: bool = False) -> int:
        """Show Keyfob until the person quits; answers the exit code."""
        self.tray.start()
        self.window.show_tray(self.tray.available)
        if not background:
            self.window.show()
        try:
            if not await self._open(thread, background):
                return 1
            await self._until_end(thread)
        finally:
            await self._close(thread)
        return 0

    def quit(self) -> None:
        """End soon, the engine first."""
        self._quit.set()

    def tell_failure(self, error: BaseException) -> None:
        """Log what nobody expected and say so calmly."""
        _log.error("Something in the desktop failed.", exc_info=error)
        self.window.tell_failure(
            self.tr("Something in this window went wrong."),
            self.tr("Your keys and calls are not touched by it. The log has the details."),
        )

    async def _open(self, thread: EngineThread, background: bool) -> bool:
        opening = asyncio.ensure_future(self.door.open(thread))
        quitting = asyncio.ensure_future(self._quit.wait())
        await asyncio.wait({opening, quitting}, return_when=asyncio.FIRST_COMPLETED)
        if self._quit.is_set():
            opening.cancel()
            return True
        quitting.cancel()
        try:
            opening.result()
        except Error as error:
            if background:
                _log.error("Keyfob cannot start: %s", error)
                return False
            self.window.tell_failure(error.message, error.hint)
            return True
        if background and not self.tray.available:
            # Without a tray a minimised window is the only sign of Keyfob.
            self.window.showMinimized()
        return True

    async def _until_end(self, thread: EngineThread) -> None:
        quitting = asyncio.ensure_future(self._quit.wait())
        waits: set[asyncio.Future[Any]] = {quitting}
        if self.door.status is not None:
            # A command may have ended the engine; without one there is nothing to show.
            waits.add(asyncio.wrap_future(thread.ended))
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.exception()
        quitting.cancel()

    async def _close(self, thread: EngineThread) -> None:
        self._tasks.cancel()
        self._recent.cancel()
        self.prompts.close()
        self._keep_window()
        self.screens.close()
        self.window.hide()
        if not await self.door.close(thread, QUIT_SECONDS):
            _log.error("The engine did not close in time.")
        self.tray.close()
        self.window.deleteLater()

    def _wire(self) -> None:
        self.door.status_changed.connect(self._show_status)
        self.tray.opened.connect(self._come)
        self.tray.chosen.connect(self._choose)
        self.tray.available_changed.connect(self._tray_changed)
        self.tray.looked.connect(self._look_back)
        self.prompts.shown.connect(self._tell_scopes)
        self.prompts.came.connect(self.notices.question)
        self.notices.told.connect(self._notify)
        self.window.quit_wanted.connect(self.quit)
        self.window.left.connect(self._keep_window)
        self.window.prompt_wanted.connect(self.prompts.raise_current)
        self.window.turn_wanted.connect(self._turn)
        self.raise_wanted.connect(self.window.come_forward)
        self.window.shown.connect(self.screens.look)

    def _show_status(self, status: Status) -> None:
        self.tray.show_status(status)
        self.prompts.show_pending(status.waiting)
        self.notices.needs(all_needs(status, time.time()))
        self._look_back()

    def _keep_window(self) -> None:
        self._kept.write(state_of(self.window, self.window.tabs))

    def _seen(self) -> tuple[QWidget, ...]:
        dialog = self.prompts.dialog
        return (self.window, dialog) if dialog is not None else (self.window,)

    def _come(self) -> None:
        if self.prompts.dialog is not None:
            self.prompts.raise_current()
        else:
            self.window.come_forward()

    def _choose(self, entry: Entry) -> None:
        match entry.kind:
            case EntryKind.PROMPT:
                self._come()
            case EntryKind.SIGN_IN:
                self.window.come_forward()
                self.window.servers.choose(entry.target)
                self.window.servers.connect_server(entry.target)
            case EntryKind.SERVER:
                self.window.come_forward()
                self.window.servers.choose(entry.target)
            case EntryKind.ACCOUNT:
                self.window.come_forward()
                self.window.show_account(entry.target)
            case EntryKind.ACTIVITY:
                self.window.come_forward()
                self.window.show_page("activity")
            case EntryKind.OPEN:
                self.window.come_forward()
            case EntryKind.LOCK | EntryKind.UNLOCK | EntryKind.PAUSE | EntryKind.RESUME:
                self._turn(entry.kind.value)
            case EntryKind.QUIT:
                self.quit()
            case EntryKind.SEPARATOR:
                pass

    def _turn(self, verb: str) -> None:
        self._tasks.start(self._turned(verb))

    async def _turned(self, verb: str) -> None:
        """Lock, unlock, pause or resume, as the person has just said."""
        self.window.failure_banner.hide()
        try:
            # An edit is shown in a question of its own, where the yes is given.
            await self.door.call(verb, confirmed=verb != "config.accept")
        except AccessDenied:
            return
        except Error as error:
            self.window.tell_failure(error.message, error.hint)

    def _tray_changed(self, available: bool) -> None:
        self.window.show_tray(available)
        if not available and not self.window.isVisible():
            self.window.showMinimized()

    def _notify(self, notice: Notice) -> None:
        # The window has a banner for each of them.
        if not self.window.isVisible() or self.window.isMinimized():
            entry = entry_for(notice.need) if notice.need else None
            self.tray.notify(notice.title, notice.text, entry)

    def _look_back(self) -> None:
        if self.tray.available and not self._recent.busy:
            self._recent.start(self._learn_recent())

    async def _learn_recent(self) -> None:
        try:
            told = await self.door.call("audit.tail", {"count": _LOOK_BACK})
        except Error:
            return
        self.tray.show_recent(recent_lines(happenings_in(told)))

    def _tell_scopes(self, prompt: Prompt) -> None:
        if isinstance(prompt, SignInPrompt) and prompt.more_scopes:
            self._tasks.start(self._explain(prompt))

    async def _explain(self, prompt: SignInPrompt) -> None:
        """Say in the question what its scopes allow, where the provider's entry knows it."""
        provider = self._provider_of(prompt)
        if provider is None:
            return
        try:
            entry = provider_in(await self.door.call("provider.show", {"id": provider}))
        except Error:
            return
        dialog = self.prompts.dialog
        if isinstance(dialog, SignInDialog) and dialog.prompt is prompt:
            dialog.explain(entry.scopes)

    def _provider_of(self, prompt: SignInPrompt) -> str | None:
        status = self.door.status
        if status is None:
            return None
        account = next((a for a in status.accounts if a.name == prompt.account), None)
        server = next((s for s in status.servers if s.name == prompt.server), None)
        return (account.provider if account else None) or (server.provider if server else None)
