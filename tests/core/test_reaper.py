from __future__ import annotations

import io
import signal
import subprocess
import sys

import pytest

from keyfob_core.reaper import end_groups, left
from keyfob_core.system.program_reaper import reaper_command
from support.stdio_program import stubborn


def test_what_was_released_is_not_left() -> None:
    told = b"+11\n+12\n-11\n+13\nnonsense\n+1\n+0\n+-5\n-99\n+12\n"
    assert left(io.BytesIO(told)) == {12, 13}


def test_a_group_that_does_not_end_when_asked_is_forced() -> None:
    sent: list[tuple[int, int]] = []
    gentle = {11}

    def send(group: int, number: int) -> None:
        if group == 13 or (group in gentle and (group, signal.SIGTERM) in sent):
            raise ProcessLookupError
        sent.append((group, number))

    end_groups([11, 12, 13], send, gentle=0.1)
    asked = [(11, signal.SIGTERM), (12, signal.SIGTERM)]
    assert sent[:2] == asked
    assert sent[-1] == (12, signal.SIGKILL)
    assert (11, signal.SIGKILL) not in sent


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_the_process_ends_what_is_left_when_its_input_ends() -> None:
    left_behind, spared = stubborn(), stubborn()
    try:
        reaper = subprocess.Popen(reaper_command(), stdin=subprocess.PIPE)
        told = f"+{left_behind.pid}\n+{spared.pid}\n-{spared.pid}\n"
        reaper.communicate(told.encode(), timeout=20)
        assert reaper.returncode == 0
        assert left_behind.wait(5) == -signal.SIGKILL
        assert spared.poll() is None
    finally:
        for process in (left_behind, spared):
            process.kill()
            process.wait()
