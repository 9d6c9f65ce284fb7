from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.system.lock import EngineLock, windows_lock

HOLD = """
import sys
from pathlib import Path
from keyfob_core.system.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def hold_elsewhere(file: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "True"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=5)


def test_two_processes_never_hold_the_lock_together(tmp_path: Path) -> None:
    process = hold_elsewhere(tmp_path / "lock")
    ours = EngineLock(tmp_path / "lock")
    assert not ours.acquire()
    assert ours.holder() == process.pid
    end(process)
    assert ours.acquire()
    assert ours.holder() == os.getpid()
    ours.release()


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    process = hold_elsewhere(tmp_path / "lock")
    process.send_signal(signal.SIGKILL)
    end(process)
    ours = EngineLock(tmp_path / "lock")
    assert ours.acquire()
    ours.release()


def test_two_holders_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    one, other = EngineLock(tmp_path / "lock"), EngineLock(tmp_path / "lock")
    assert one.acquire()
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert other.acquire()
    other.release()


async def test_waiting_for_the_lock_ends_when_it_is_given_back(tmp_path: Path) -> None:
    one, other = EngineLock(tmp_path / "lock"), EngineLock(tmp_path / "lock")
    assert one.acquire()
    assert not await other.acquire_within(0)
    one.release()
    assert await other.acquire_within(5)
    other.release()


def test_a_lock_that_cannot_be_opened_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(ConfigInvalid):
        EngineLock(tmp_path / "lock").acquire()


class ByteLocks:
    """Windows' byte-range locks as msvcrt documents them: exclusive, by position."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.taken = dict[tuple[int, int], int]()

    def locking(self, fd: int, mode: int, nbytes: int, /) -> None:
        assert mode == self.LK_NBLCK
        key = (os.fstat(fd).st_ino, os.lseek(fd, 0, os.SEEK_CUR))
        if key in self.taken:
            raise PermissionError(13, "Permission denied")
        self.taken[key] = fd


def test_windows_locks_a_byte_that_is_not_the_text_and_excludes_others(tmp_path: Path) -> None:
    locks = ByteLocks()
    one = EngineLock(tmp_path / "lock", windows_lock(locks))
    other = EngineLock(tmp_path / "lock", windows_lock(locks))
    assert one.acquire()
    assert not other.acquire()
    assert one.holder() == os.getpid()
    assert all(position > 1000 for _, position in locks.taken)
    one.release()
