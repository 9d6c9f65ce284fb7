"""The composition root of the desktop: here alone its concrete parts are chosen."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.resources import files
from types import TracebackType
from typing import TYPE_CHECKING, cast

import qasync  # pyright: ignore[reportMissingTypeStubs]
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from keyfob_core.errors import Error
from keyfob_core.launch import window_engine_command
from keyfob_core.system.browser import SystemBrowser
from keyfob_core.system.hardening import harden
from keyfob_core.system.paths import http_port, paths
from keyfob_core.system.signals import stop_signals
from keyfob_core.words.plain import visible
from keyfob_desktop.collector import Collector
from keyfob_desktop.handover import found_running
from keyfob_desktop.languages import chosen_in, install, language_of
from keyfob_desktop.loop import Engine, EngineThread
from keyfob_desktop.prompts.prompter import DesktopPrompter
from keyfob_desktop.tray import Tray
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.outlines import show_outlines
from keyfob_desktop.window_state import WindowFile

if TYPE_CHECKING:
    from keyfob_desktop.desktop import Desktop

_log = logging.getLogger(__name__)

Show = Callable[[], None]
"""Shows the window; may be called from any thread."""

Compose = Callable[[DesktopPrompter, Show], AbstractAsyncContextManager[Engine]]
"""Makes the engine that the desktop is built around."""


def main(argv: list[str]) -> int:
    """Start the tray app, or show the one that runs; answers the exit code."""
    parser = argparse.ArgumentParser(prog="keyfob", allow_abbrev=False)
    parser.add_argument("--background", action="store_true", help="start in the tray")
    background: bool = parser.parse_args(argv).background
    harden()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        where = paths(os.environ, sys.platform)
        # Looked at here too, where there is no window yet.
        http_port(os.environ)
        if asyncio.run(found_running(where, sys.platform, show=not background)):
            return 0
    except Error as error:
        print(f"keyfob: {visible(str(error))}", file=sys.stderr)
        return 1
    kept = WindowFile(where.data_folder / "window.json")
    language = language_of(chosen_in(where.config_file))
    return run_desktop(_engine, background, kept, language)


def _engine(prompter: DesktopPrompter, show: Show) -> AbstractAsyncContextManager[Engine]:
    # Called on the engine's thread: what it loads does not keep the window waiting.
    from keyfob_desktop.engine_process import engine_process

    return engine_process(window_engine_command(), prompter, show)


def run_desktop(make: Compose, background: bool, kept: WindowFile, language: str) -> int:
    """Show Keyfob around the engine that `make` makes, until the person quits.

    The process is to end then: nothing that is there by now is collected any more.
    """
    app = application()
    install(language, app)
    loop = cast("asyncio.AbstractEventLoop", qasync.QEventLoop(app))
    asyncio.set_event_loop(loop)
    before = sys.excepthook
    collector = Collector()
    collector.start()
    try:
        return loop.run_until_complete(_live(make, background, kept))
    finally:
        sys.excepthook = before
        asyncio.set_event_loop(None)
        loop.close()
        # What is left goes with the process: looking for garbage in it takes Python seconds.
        gc.freeze()
        collector.stop()


def application() -> QApplication:
    """The application, set up so that no closed window ends it."""
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    app.setApplicationName("keyfob")
    app.setApplicationDisplayName("Keyfob")
    QGuiApplication.setDesktopFileName("keyfob")
    app.setWindowIcon(icon("keyfob"))
    show_outlines(app)
    app.setStyleSheet((files("keyfob_resources") / "themes" / "keyfob.qss").read_text("utf-8"))
    return app


async def _live(make: Compose, background: bool, kept: WindowFile) -> int:
    # The icon first: what the window is made of takes longer to load than Qt itself.
    tray = Tray()
    tray.start()
    QCoreApplication.processEvents()
    from keyfob_desktop.desktop import Desktop

    prompter = DesktopPrompter()
    browser = SystemBrowser(os.environ, sys.platform)
    desktop = Desktop(prompter, browser, lambda: tray, kept)
    _tell_what_nobody_caught(desktop)
    thread = EngineThread(lambda: make(prompter, desktop.raise_wanted.emit), asyncio.new_event_loop)
    with stop_signals(desktop.quit):
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
