from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keyfob_core.system.lock import EngineLock

KEYFOB = [sys.executable, "-I", "-m", "keyfob_core.cli.main"]


@contextmanager
def serving(home: Path, *words: str) -> Generator[subprocess.Popen[str]]:
    """A real `keyfob serve` without a terminal, once it listens."""
    process = subprocess.Popen(
        [*KEYFOB, "serve", *words],
        env={**os.environ, "KEYFOB_HOME": str(home), "KEYFOB_PORT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 30)[0]
        first = process.stdout.readline()
        assert re.match(r"Keyfob listens on http://127\.0\.0\.1:\d+; Ctrl-C ends it\.", first)
        yield process
    finally:
        process.kill()
        process.communicate(timeout=5)


def keyfob(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KEYFOB, *words],
        env={**os.environ, "KEYFOB_HOME": str(home), "KEYFOB_PORT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        start_new_session=True,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_ends_cleanly_within_two_seconds_of_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    with serving(home) as process:
        begun = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - begun < 2
        assert process.returncode == 0
        assert "Keyfob has ended." in out
        assert err == ""
    assert [path.name for path in (home / "run").iterdir() if path.is_socket()] == []
    lock = EngineLock(home / "engine.lock")
    assert lock.acquire()
    lock.release()


def test_a_second_serve_names_the_first_and_a_background_one_makes_way(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home, "--background") as background:
        second = keyfob(home, "serve", "--background")
        assert second.returncode == 1
        assert f"process {background.pid}" in second.stderr
        with serving(home) as ours:
            assert background.wait(5) == 0
            refused = keyfob(home, "serve")
            assert refused.returncode == 1
            assert f"process {ours.pid}" in refused.stderr
            status = keyfob(home, "status")
            assert "(keyfob serve)" in status.stdout


def test_a_killed_engine_leaves_nothing_that_stops_the_next(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as process:
        process.kill()
        process.wait(5)
    with serving(home) as process:
        assert "(keyfob serve)" in keyfob(home, "status").stdout


AT_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_at_a_terminal_somebody_can_answer_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    person, ours = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, *KEYFOB[1:], "serve"],
        env={**os.environ, "KEYFOB_HOME": str(tmp_path / "home"), "KEYFOB_PORT": "0"},
        stdin=ours,
        stdout=ours,
        stderr=ours,
    )
    os.close(ours)
    try:
        shown = read_until(person, "client token")
        os.write(person, b"\x03")
        shown += read_until(person, "Keyfob has ended.")
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait(5)
        os.close(person)
    assert "Keyfob listens on" in shown
    assert "Nobody can answer here" not in shown


def read_until(person: int, text: str) -> str:
    shown = ""
    while text not in shown:
        assert select.select([person], [], [], 20)[0], shown
        shown += os.read(person, 4096).decode()
    return shown
