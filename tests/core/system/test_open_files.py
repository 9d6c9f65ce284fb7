from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")

LOOK = """
import resource, sys
from keyfob_core.system.open_files import allow_many
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), min(int(sys.argv[2]), hard)))
allow_many()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "after"),
    [(256, 2000, 2000), (2000, 2000, 2000), (64, 64, 64)],
)
def test_a_process_may_open_as_many_files_as_the_system_lets_it(
    soft: int, hard: int, after: int
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOK, str(soft), str(hard)],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert told.stdout.split() == [str(after), str(hard)]
