"""The person's browser."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import threading
import webbrowser
from collections.abc import Mapping
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 5.0


class SystemBrowser:
    """Opens addresses in the person's browser: a `ports.Browser`.

    `BROWSER` is honoured. Without it a browser that draws in a terminal is never started, since
    nobody may be looking at that terminal.
    """

    def __init__(self, environ: Mapping[str, str], platform: str) -> None:
        self._chosen = bool(environ.get("BROWSER"))
        self._platform = platform
        self._windowed = platform in ("win32", "darwin") or any(
            environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
        )

    async def __call__(self, url: str) -> bool:
        """Open an http or https address; False when there is no browser, or it failed at once."""
        if not _is_web_address(url) or not (self._chosen or self._windowed):
            return False
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def report(opened: bool) -> None:
            if not done.done():
                done.set_result(opened)

        def run() -> None:
            opened = self._open(url)
            # The loop may have ended while a browser that stays in the foreground was open.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(report, opened)

        # Not the loop's executor: its end would wait for the browser to be closed.
        threading.Thread(target=run, name="browser", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(done), _PATIENCE_SECONDS)
        except TimeoutError:
            return True

    def _open(self, url: str) -> bool:
        if self._platform == "darwin" and not self._chosen:
            return _run(["/usr/bin/open", url])
        try:
            browser = webbrowser.get()
            if isinstance(browser, webbrowser.GenericBrowser):
                return self._open_generic(browser, url)
            return browser.open(url)
        except (webbrowser.Error, OSError):
            return False

    def _open_generic(self, browser: webbrowser.GenericBrowser, url: str) -> bool:
        draws_in_terminal = not isinstance(browser, webbrowser.BackgroundBrowser)
        if draws_in_terminal and not self._chosen:
            return False
        return _run([browser.name, *(part.replace("%s", url) for part in browser.args)])


def _run(command: list[str]) -> bool:
    """Run a browser's command with our own output kept clean, and wait for it."""
    try:
        finished = subprocess.run(  # noqa: S603  no shell, and the address was checked
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
    except OSError:
        return False
    return finished.returncode == 0


def _is_web_address(url: str) -> bool:
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
