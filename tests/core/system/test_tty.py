from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from io import RawIOBase
from typing import Any

import pytest

from keyfob_core.system.tty import Tty, tty_on

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")


@pytest.fixture
def line() -> Iterator[tuple[int, Tty]]:
    """The person's end of a pseudo-terminal, and a Tty at the other."""
    person, ours = os.openpty()
    yield person, tty_on(ours, ours)
    os.close(person)


def typed(person: int, text: str) -> None:
    os.write(person, text.encode())


async def reading(tty: Tty) -> asyncio.Task[str | None]:
    """A reader that waits; what is typed from now on is for it."""
    task = asyncio.create_task(tty.read_line())
    await asyncio.sleep(0)
    return task


async def test_lines_typed_are_read_one_by_one(line: tuple[int, Tty]) -> None:
    person, tty = line
    async with asyncio.timeout(5):
        for text in ("y", "", "a name with é"):
            reader = await reading(tty)
            typed(person, f"{text}\n")
            assert await reader == text


async def test_what_was_typed_before_a_question_does_not_answer_it(line: tuple[int, Tty]) -> None:
    person, tty = line
    typed(person, "y\n")
    select.select([person], [], [], 5)
    async with asyncio.timeout(5):
        reader = await reading(tty)
        typed(person, "n\n")
        assert await reader == "n"


async def test_a_withdrawn_question_leaves_the_line_to_the_next(line: tuple[int, Tty]) -> None:
    person, tty = line
    async with asyncio.timeout(5):
        withdrawn = await reading(tty)
        withdrawn.cancel()
        await asyncio.gather(withdrawn, return_exceptions=True)
        reader = await reading(tty)
        typed(person, "for the next\n")
        assert await reader == "for the next"


async def test_the_end_of_input_is_no_answer_and_nobody_is_there_after_it() -> None:
    person, ours = os.openpty()
    tty = tty_on(ours, ours)
    async with asyncio.timeout(5):
        reader = await reading(tty)
        os.close(person)
        assert await reader is None
        assert await tty.read_line() is None
    assert not tty.attended
    tty.write("into the void")


async def test_a_secret_is_not_shown_and_the_terminal_echoes_again_after_it(
    line: tuple[int, Tty],
) -> None:
    person, tty = line
    async with asyncio.timeout(5):
        task = asyncio.create_task(tty.read_line(echo=False))
        await asyncio.sleep(0)
        typed(person, "marked-secret-90a1\n")
        assert await task == "marked-secret-90a1"
        withdrawn = asyncio.create_task(tty.read_line(echo=False))
        await asyncio.sleep(0)
        withdrawn.cancel()
        await asyncio.gather(withdrawn, return_exceptions=True)
        reader = await reading(tty)
        typed(person, "shown\n")
        assert await reader == "shown"
    shown = os.read(person, 4096).decode()
    assert "marked-secret" not in shown
    assert "shown" in shown


class Console(RawIOBase):
    """A Windows console as Python opens it: UTF-8 here, its old code page at the descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def read(self, size: int = -1, /) -> bytes:
        return os.read(self._descriptor, size).decode("cp850").encode()

    def write(self, data: Any, /) -> int:
        os.write(self._descriptor, bytes(data).decode().encode("cp850"))
        return len(data)


async def test_a_console_of_an_old_code_page_is_read_and_written_in_unicode() -> None:
    person, ours = os.openpty()
    tty = Tty(Console(ours), Console(ours), "utf-8")
    async with asyncio.timeout(5):
        reader = await reading(tty)
        os.write(person, "Schlüssel für é\n".encode("cp850"))
        assert await reader == "Schlüssel für é"
    tty.write("Für größere Mühe")
    shown = b""
    while b"he" not in shown:
        shown += os.read(person, 4096)
    assert shown.decode("cp850").endswith("Für größere Mühe")
    os.close(person)


IN_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from keyfob_core.system.tty import open_tty
tty = open_tty()
tty.write(f"{tty.attended}\\n")
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    tty.write(f"{tty.attended}\\n")
    os._exit(0)
os.waitpid(pid, 0)
"""


def test_only_the_job_in_the_foreground_is_attended() -> None:
    person, ours = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL], stdin=ours, stdout=ours, stderr=ours
    )
    os.close(ours)
    shown = b""
    while shown.count(b"\n") < 2 and select.select([person], [], [], 10)[0]:
        shown += os.read(person, 1000)
    process.wait(10)
    os.close(person)
    assert shown.split() == [b"True", b"False"]


def test_without_a_terminal_there_is_none() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from keyfob_core.system.tty import open_tty; print(open_tty())",
        ],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "None\n"
