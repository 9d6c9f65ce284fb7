"""The composition root of the desktop: here alone its concrete parts are chosen."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.resources import files
from types import TracebackType

import qasync  # pyright: ignore[reportMissingTypeStubs]
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from keyfob_desktop.desktop import Desktop
from keyfob_desktop.icons import icon
from keyfob_desktop.loop import Engine, EngineThread
from keyfob_desktop.prompter import DesktopPrompter

_log = logging.getLogger(__name__)

Compose = Callable[[DesktopPrompter, Callable[[], None]], AbstractAsyncContextManager[Engine]]
"""Makes the engine; the second argument shows the window and may be called from any thread."""


def run_desktop(compose: Compose, *, background: bool = False) -> int:
    """Show Keyfob around the engine that `compose` makes, until the person quits."""
    app = application()
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    before = sys.excepthook
    try:
        return loop.run_until_complete(_live(compose, background))
    finally:
        sys.excepthook = before
        asyncio.set_event_loop(None)
        loop.close()


def application() -> QApplication:
    """The application, set up so that no closed window ends it."""
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    app.setApplicationName("keyfob")
    app.setApplicationDisplayName("Keyfob")
    QGuiApplication.setDesktopFileName("keyfob")
    app.setWindowIcon(icon("keyfob"))
    app.setStyleSheet((files("keyfob_resources") / "themes" / "keyfob.qss").read_text("utf-8"))
    return app


async def _live(compose: Compose, background: bool) -> int:
    prompter = DesktopPrompter()
    desktop = Desktop(prompter)
    _tell_what_nobody_caught(desktop)
    _quit_on_signals(desktop)
    thread = EngineThread(lambda: compose(prompter, desktop.raise_wanted.emit))
    return await desktop.run(thread, background=background)


def _tell_what_nobody_caught(desktop: Desktop) -> None:
    def excepthook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace
        desktop.tell_failure(error)

    def handler(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        del loop
        error = context.get("exception")
        if isinstance(error, BaseException):
            desktop.tell_failure(error)
        else:
            _log.error("The desktop's loop reports: %s", context.get("message"))

    sys.excepthook = excepthook
    asyncio.get_running_loop().set_exception_handler(handler)


def _quit_on_signals(desktop: Desktop) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, desktop.quit)
        except NotImplementedError:
            signal.signal(number, lambda *_: desktop.quit())
