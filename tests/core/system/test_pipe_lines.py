from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from keyfob_core.system.pipe_lines import PipeLines
from support.eventually import eventually


@dataclass
class Pipes:
    """One end of two pipes under test, and the bare other end."""

    lines: PipeLines
    to_it: int
    from_it: int
    open: set[int]
    heard: list[bytes] = field(default_factory=list[bytes])
    ended: int = 0

    def start(self) -> None:
        def end() -> None:
            self.ended += 1

        self.lines.start(self.heard.append, end)

    def close(self, descriptor: int) -> None:
        """Close it once: its number may be another's by the second time."""
        if descriptor in self.open:
            self.open.remove(descriptor)
            os.close(descriptor)


@pytest.fixture
def pipes() -> Generator[Pipes]:
    reading, to_it = os.pipe()
    from_it, writing = os.pipe()
    before = set(threading.enumerate())
    made = Pipes(PipeLines(reading, writing), to_it, from_it, {reading, to_it, from_it, writing})
    yield made
    # Its threads end first, for they must not meet a descriptor that was closed under them.
    made.close(to_it)
    made.lines.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    for each in tuple(made.open):
        made.close(each)


async def test_lines_are_heard_whole_however_they_come(pipes: Pipes) -> None:
    pipes.start()

    for piece in (b"on", b"e\ntwo\nth", b"ree\n", b"unfinished"):
        os.write(pipes.to_it, piece)
    await eventually(lambda: len(pipes.heard) == 3)

    assert pipes.heard == [b"one", b"two", b"three"]
    assert pipes.ended == 0


async def test_the_end_of_the_other_side_is_told_once(pipes: Pipes) -> None:
    pipes.start()

    os.write(pipes.to_it, b"last\n")
    pipes.close(pipes.to_it)

    await eventually(lambda: pipes.ended == 1)
    assert pipes.heard == [b"last"]


async def test_more_than_a_pipe_holds_does_not_keep_the_sender_waiting(pipes: Pipes) -> None:
    pipes.start()
    line = b"x" * (1 << 20) + b"\n"

    for _ in range(3):
        pipes.lines.send(line)
    received = await asyncio.to_thread(_read, pipes.from_it, 3 * len(line))

    assert received == line * 3
    pipes.lines.close()


async def test_sending_to_a_side_that_is_gone_is_nothing(pipes: Pipes) -> None:
    pipes.start()
    pipes.close(pipes.from_it)

    pipes.lines.send(b"anybody?\n")
    pipes.lines.close()

    pipes.lines.send(b"still?\n")


def _read(descriptor: int, count: int) -> bytes:
    read = b""
    while len(read) < count:
        read += os.read(descriptor, count - len(read))
    return read
