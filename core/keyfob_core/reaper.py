"""Ends what an engine left behind when it was killed; standard library only.

A process of its own, which reads its standard input: `+PID` for each process group that the engine
started, `-PID` for one that has ended. When the input ends, so has the engine, and what is still
listed is ended too.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import BinaryIO

WORD = "--end-what-is-left"
"""What `keyfob` is started with to be this."""

_GENTLE_SECONDS = 2.0
_LOOK_SECONDS = 0.05

Signal = Callable[[int, int], None]
"""Signals a process group; raises OSError where there is none."""


def main() -> int:
    """Read standard input to its end, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A terminal that ends the engine must not end this first.
        signal.signal(number, signal.SIG_IGN)
    end_groups(left(sys.stdin.buffer), os.killpg)
    return 0


def left(lines: BinaryIO | Iterable[bytes]) -> set[int]:
    """What is listed at the end."""
    groups: set[int] = set()
    for line in lines:
        sign, digits = line[:1], line[1:].strip()
        if digits.isdigit() and int(digits) > 1:
            (groups.add if sign == b"+" else groups.discard)(int(digits))
    return groups


def end_groups(groups: Iterable[int], send: Signal, gentle: float = _GENTLE_SECONDS) -> None:
    """Ask each group to end, and force those that do not within `gentle` seconds."""
    there = [group for group in groups if _reaches(send, group, signal.SIGTERM)]
    waiting = threading.Event()
    for _ in range(int(gentle / _LOOK_SECONDS)):
        if not there:
            return
        waiting.wait(_LOOK_SECONDS)
        there = [group for group in there if _reaches(send, group, 0)]
    for group in there:
        _reaches(send, group, signal.SIGKILL)


def _reaches(send: Signal, group: int, number: int) -> bool:
    try:
        send(group, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
