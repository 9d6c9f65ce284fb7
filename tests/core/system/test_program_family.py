from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from keyfob_core.system.program_family import ProcessGroup, ProcessTree
from support.eventually import eventually

PARENT = """
import subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
print(child.pid, flush=True)
threading.Event().wait()
"""


def parent() -> tuple[subprocess.Popen[str], psutil.Process]:
    """A process with a child, in a group of their own."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        return process, psutil.Process(int(said.readline()))


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
async def test_a_group_is_asked_and_gone_once_nobody_is_left() -> None:
    process, child = parent()
    group = ProcessGroup(process.pid)
    group.look()
    assert not group.is_gone
    group.ask()
    assert process.wait(5) == -15
    await eventually(lambda: ended(child))
    await eventually(lambda: group.is_gone)
    group.ask()
    group.force()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
async def test_what_is_left_of_a_group_without_its_leader_is_forced() -> None:
    process, child = parent()
    process.kill()
    process.wait(5)
    group = ProcessGroup(process.pid)
    assert not group.is_gone
    group.force()
    await eventually(lambda: ended(child))


async def test_a_tree_is_killed_with_the_children_it_had() -> None:
    process, child = parent()
    tree = ProcessTree(process.pid)
    tree.look()
    process.kill()
    process.wait(5)
    assert not tree.is_gone
    tree.ask()
    assert child.is_running()
    tree.force()
    await eventually(lambda: ended(child))


async def test_a_tree_of_nobody_is_gone() -> None:
    process, child = parent()
    tree = ProcessTree(process.pid)
    tree.force()
    process.wait(5)
    await eventually(lambda: ended(child))
    assert ProcessTree(process.pid).is_gone
