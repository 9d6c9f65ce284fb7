from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource
from keyfob_core.system.hardening import harden
libc = ctypes.CDLL(None)
before = libc.prctl(3, 0, 0, 0, 0)
harden()
print(before, libc.prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_hardened_process_dumps_no_core_and_is_closed_to_debuggers() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=20
    )
    assert told.stdout.split(maxsplit=2) == ["1", "0", "(0, 0)\n"]
