"""Measures for how long the window's thread is blocked while the relay carries load.

cd tests && python -m bench.window [--seconds N] [--report FILE] [--check]

The real tray app runs here, drawn off screen, its engine in its own process; another one sends
calls. Meanwhile a person turns the window's pages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtCore import QObject, Qt, QTimer

from bench.keyfob import SERVER, prepared
from bench.load import Load, Measured
from bench.measuring import percentile
from bench.processes import run_load, upstream
from keyfob_core.demo.secret_service import PrivateSecretService
from keyfob_core.launch import window_engine_command
from keyfob_core.system.browser import SystemBrowser
from keyfob_desktop.app import application
from keyfob_desktop.collector import Collector
from keyfob_desktop.desktop import Desktop
from keyfob_desktop.engine_process import engine_process
from keyfob_desktop.loop import EngineThread
from keyfob_desktop.prompts.prompter import DesktopPrompter

MOST_BLOCKED = 50.0
"""Milliseconds; what a person does not notice."""
CONNECTIONS = 16
_TICK_MS = 2
_TURN_MS = 300
_SETTLE_SECONDS = 1.0
_BARE = f"""
import json, select, sys, time
late, last = [], time.perf_counter()
while not select.select([sys.stdin], [], [], {_TICK_MS} / 1000)[0]:
    now = time.perf_counter()
    late.append(max(0.0, (now - last) * 1000 - {_TICK_MS}))
    last = now
print(json.dumps(late))
"""


@dataclass
class Ticks:
    """How much later than it should a timer of the window's thread came, in milliseconds."""

    late: list[float] = field(default_factory=list[float])

    def told(self, what: str) -> str:
        """One line of the report."""
        worst, median, high = (
            max(self.late),
            percentile(self.late, 0.5),
            percentile(self.late, 0.99),
        )
        return f"{what:<24} p50 {median:6.1f}  p99 {high:6.1f}  worst {worst:6.1f} ms"


class Probe(QObject):
    """Ticks on the window's thread, and turns the window's pages as a person would."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        self._last = 0.0
        self._ticks = Ticks()
        self._tabs = desktop.window.tabs
        self._tick = QTimer(self)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._look)
        self._turn = QTimer(self)
        self._turn.setInterval(_TURN_MS)
        self._turn.timeout.connect(self._next_page)

    def begin(self) -> Ticks:
        """Measure anew from now on."""
        self._ticks = Ticks()
        self._last = time.perf_counter()
        self._tick.start()
        self._turn.start()
        return self._ticks

    def _look(self) -> None:
        now = time.perf_counter()
        self._ticks.late.append(max(0.0, (now - self._last) * 1000 - _TICK_MS))
        self._last = now

    def _next_page(self) -> None:
        self._tabs.setCurrentIndex((self._tabs.currentIndex() + 1) % self._tabs.count())


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; with --check a thread that is blocked for too long is exit status 1."""
    parser = argparse.ArgumentParser(prog="bench.window")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args(words)
    idle, loaded, bare, calls = measure(args.seconds)
    text = "\n".join(
        (
            f"The window's thread, how late its timers come; {CONNECTIONS} connections",
            idle.told("idle"),
            loaded.told(f"{calls.per_second:,.0f} calls a second"),
            bare.told("a bare loop beside it"),
            f"goal: never above {MOST_BLOCKED:.0f} ms",
        )
    )
    print(text)
    if args.report:
        args.report.write_text(f"{text}\n", "utf-8")
    return int(args.check and max(loaded.late) > MOST_BLOCKED)


def measure(seconds: float) -> tuple[Ticks, Ticks, Ticks, Measured]:
    """The window's thread without load and with it, for so long each, and the load's calls.

    The third is a process that does nothing but tick under the same load: what the system itself
    keeps a program waiting.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="kf-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        environ = {**os.environ, "KEYFOB_HOME": str(folder / "home"), "KEYFOB_PORT": "0"}
        if sys.platform == "linux":
            environ |= stack.enter_context(PrivateSecretService()).environment
        secret = secrets.token_urlsafe(32)
        url = stack.enter_context(upstream(secret, environ, folder / "upstream.log"))
        home = folder / "home"
        home.mkdir(mode=0o700)
        (home / "config.toml").touch(0o600)
        (home / "config.toml").write_text('[defaults]\npinning = "off"\n', "utf-8")
        token = prepared(environ, url, secret)
        # The engine's process inherits it.
        os.environ.update(environ)
        app = application()
        loop = qasync.QEventLoop(app)
        asyncio.set_event_loop(loop)
        collector = Collector()
        collector.start()
        stack.callback(asyncio.set_event_loop, None)
        stack.callback(loop.close)
        stack.callback(collector.stop)
        return loop.run_until_complete(_measure(environ, token, seconds))


async def _measure(
    environ: dict[str, str], token: str, seconds: float
) -> tuple[Ticks, Ticks, Ticks, Measured]:
    prompter = DesktopPrompter()
    desktop = Desktop(prompter, SystemBrowser(environ, sys.platform))
    command = window_engine_command()
    thread = EngineThread(
        lambda: engine_process(command, prompter, desktop.raise_wanted.emit),
        asyncio.new_event_loop,
    )
    running = asyncio.ensure_future(desktop.run(thread))
    while desktop.door.status is None or not desktop.door.status.url:  # noqa: ASYNC110 - in Qt
        await asyncio.sleep(0.05)
    probe = Probe(desktop)
    # The start is another measure's: `bench.start`.
    await asyncio.sleep(_SETTLE_SECONDS)
    idle = probe.begin()
    await asyncio.sleep(seconds)
    load = Load(
        f"{desktop.door.status.url}/s/{SERVER}/mcp",
        token,
        connections=CONNECTIONS,
        seconds=seconds + _SETTLE_SECONDS,
    )
    with ThreadPoolExecutor(1) as pool:
        work = asyncio.get_running_loop().run_in_executor(pool, _beside_a_bare_loop, load)
        # Python holds its lock while it starts these processes, which the tray app does not do.
        await asyncio.sleep(_SETTLE_SECONDS)
        loaded = probe.begin()
        calls, bare = await work
    desktop.quit()
    await running
    return idle, loaded, bare, calls


def _beside_a_bare_loop(load: Load) -> tuple[Measured, Ticks]:
    with subprocess.Popen(
        [sys.executable, "-c", _BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as ticking:
        calls = run_load(load)
        told, _ = ticking.communicate()
    return calls, Ticks(json.loads(told))


if __name__ == "__main__":
    sys.exit(main())
