"""What every test stands on: a scratch home, quiet logs and no process left behind."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from support.interrupts import hear_signals

PERSONAL = re.compile(
    "XDG_.*|KEYFOB_.*|DBUS_SESSION_BUS_ADDRESS|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|BROWSER"
    "|PYTHON_KEYRING_BACKEND|GNOME_KEYRING_CONTROL|SSH_AUTH_SOCK|(?i:(https?|all)_proxy)"
)
"""Variables by which a test could reach the desktop, keychain or files of the person."""

WATCHED = ("keyfob", "keyfob_core", "keyfob_desktop", "keyfob_resources", "aiohttp", "asyncio")
"""Loggers that stay below WARNING, unless the test is marked `expects_log`."""

EXAMPLES = 500 if os.environ.get("PROVE_LONG") else 50
"""Of each property whose test does not say how many."""
settings.register_profile("here", deadline=None, max_examples=EXAMPLES)
settings.register_profile(
    "ci", deadline=None, max_examples=EXAMPLES, derandomize=True, database=None
)


def pytest_configure(config: pytest.Config) -> None:
    hear_signals()
    config.addinivalue_line(
        "markers", "expects_log(pattern): a warning or error that matches has to be logged"
    )
    settings.load_profile("ci" if os.environ.get("CI") else "here")
    home = tempfile.mkdtemp(prefix="keyfob-tests-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    environment = pytest.MonkeyPatch()
    config.add_cleanup(environment.undo)
    for name in filter(PERSONAL.fullmatch, tuple(os.environ)):
        environment.delenv(name)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        environment.setenv(name, home)
    environment.setenv("QT_QPA_PLATFORM", os.environ.get("QT_QPA_PLATFORM", "offscreen"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    # Modules and tests stay to the end: the garbage collector would look through all of them again
    # and again, for a third of the time that finding them takes.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture
def keyfob_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own that Keyfob, here and in child processes, takes as its home."""
    home = tmp_path / "keyfob"
    monkeypatch.setenv("KEYFOB_HOME", str(home))
    return home


class _Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {self.format(record)}")


@pytest.fixture(autouse=True)
def _expected_logs_only(request: pytest.FixtureRequest) -> Iterator[None]:
    recorder = _Recorder()
    for name in WATCHED:
        logging.getLogger(name).addHandler(recorder)
    yield
    for name in WATCHED:
        logging.getLogger(name).removeHandler(recorder)
    expected: list[str] = [mark.args[0] for mark in request.node.iter_markers("expects_log")]
    surprising = [line for line in recorder.lines if not any(re.search(p, line) for p in expected)]
    missing = [p for p in expected if not any(re.search(p, line) for line in recorder.lines)]
    assert not surprising, "logged, and not expected:\n" + "\n".join(surprising)
    assert not missing, f"expected in the log, and not there: {missing}"


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_running() -> Iterator[None]:
    home = os.environ["HOME"]
    yield
    _, left = psutil.wait_procs(_started_here(home), timeout=3)
    lines = [f"{process.pid} {_command(process)}" for process in left]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    assert not lines, "left running:\n" + "\n".join(lines)


def _started_here(home: str) -> list[psutil.Process]:
    """Our descendants, and those that left us: they still have our scratch home."""
    ours = psutil.Process()
    found = {process.pid: process for process in ours.children(recursive=True)}
    for process in psutil.process_iter(["environ"]):
        environment: dict[str, str] = process.info["environ"] or {}
        if environment.get("HOME") == home and process.pid != ours.pid:
            found[process.pid] = process
    return list(found.values())


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "(gone)"
