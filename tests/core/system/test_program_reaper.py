from __future__ import annotations

import asyncio
import os
import signal
import sys

import psutil

from keyfob_core.system.program_reaper import Reaper, reaper_command
from support.program_upstream import gone

WAITING = "import threading; threading.Event().wait()"


async def waiting() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", WAITING, start_new_session=True
    )


async def test_it_is_started_once_and_only_when_it_is_needed() -> None:
    reaper = Reaper(reaper_command(), os.environ)
    await reaper.close()
    before = set(psutil.Process().children())
    reaper.begin()
    [started] = set(psutil.Process().children()) - before
    reaper.begin()
    assert set(psutil.Process().children()) - before == {started}
    await reaper.close()
    assert not started.is_running()


async def test_what_is_released_is_left_alone_and_the_rest_is_ended() -> None:
    reaper = Reaper(reaper_command(), os.environ)
    one, other = await waiting(), await waiting()
    reaper.begin()
    reaper.watch(one.pid)
    reaper.watch(other.pid)
    reaper.release(one.pid)
    await reaper.close()
    assert await asyncio.wait_for(other.wait(), 5) == -signal.SIGTERM
    assert one.returncode is None
    one.kill()
    await one.wait()


async def test_one_that_was_killed_is_started_anew_and_told_of_all_that_there_is() -> None:
    reaper = Reaper(reaper_command(), os.environ)
    program = await waiting()
    others = {child.pid for child in psutil.Process().children()}
    reaper.begin()
    reaper.watch(program.pid)
    [first] = [child for child in psutil.Process().children() if child.pid not in others]
    first.kill()
    await gone(first.pid)
    reaper.watch(program.pid)
    reaper.begin()
    await reaper.close()
    assert await asyncio.wait_for(program.wait(), 5) == -signal.SIGTERM
