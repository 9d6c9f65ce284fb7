from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource, subprocess, sys
from keyfob_core.system.hardening import harden
libc = ctypes.CDLL(None)
before = libc.prctl(3, 0, 0, 0, 0)
harden()
inherited = "print(int(open('/proc/self/coredump_filter').read(), 16))"
dumped = subprocess.run([sys.executable, "-c", inherited], capture_output=True, text=True).stdout
print(before, int(dumped), libc.prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_hardened_process_dumps_no_core_and_is_closed_to_debuggers() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=20
    )
    before, dumped_of_a_child, after, limits = told.stdout.split(maxsplit=3)
    assert (before, after, limits) == ("1", "0", "(0, 0)\n")
    assert dumped_of_a_child == "0"
