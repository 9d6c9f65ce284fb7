from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WAITS = "import signal; print('ready', flush=True); signal.pause()"
STARTS = f"""
import os, signal, subprocess, sys
from support.interrupts import hear_signals
hear_signals()
child = subprocess.Popen([sys.executable, "-c", {WAITS!r}], stdout=subprocess.PIPE)
child.stdout.readline()
child.send_signal(getattr(signal, sys.argv[1]))
sys.exit(child.wait() != -getattr(signal, sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_what_the_tests_start_hears_signals_though_the_run_was_told_to_ignore_them(
    name: str,
) -> None:
    command = f'trap "" INT HUP; exec "{sys.executable}" -c "$1" {name}'
    done = subprocess.run(
        ("sh", "-c", command, "sh", STARTS),
        cwd=Path(__file__).parent,
        capture_output=True,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr.decode()
