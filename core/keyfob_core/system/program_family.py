"""A program's process with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import Protocol

import psutil


class Family(Protocol):
    """Ends together."""

    def look(self) -> None:
        """Remember who is there, where that cannot be told later."""
        ...

    def ask(self) -> None:
        """Ask each of them to end, where the system has a way to."""
        ...

    def force(self) -> None:
        """End each of them now."""
        ...

    @property
    def is_gone(self) -> bool:
        """Whether none is left."""
        ...


class ProcessGroup:
    """A POSIX process group; who left it for one of his own is not of the family any more."""

    def __init__(self, leader: int) -> None:
        self._leader = leader

    def look(self) -> None:
        """The system knows who is in a group."""

    def ask(self) -> None:
        """Send SIGTERM."""
        self._send(signal.SIGTERM)

    def force(self) -> None:
        """Send SIGKILL."""
        self._send(signal.SIGKILL)

    @property
    def is_gone(self) -> bool:
        """Whether the group is empty."""
        return not self._send(0)

    def _send(self, number: int) -> bool:
        try:
            os.killpg(self._leader, number)
        except OSError:
            return False
        return True


class ProcessTree:
    """A process and its descendants, for Windows, where no signal reaches them gently."""

    def __init__(self, leader: int) -> None:
        self._known: dict[int, psutil.Process] = {}
        with contextlib.suppress(psutil.Error):
            self._known[leader] = psutil.Process(leader)

    def look(self) -> None:
        """Remember who is there: only a parent that lives tells of its children."""
        for process in tuple(self._known.values()):
            with contextlib.suppress(psutil.Error):
                for child in process.children(recursive=True):
                    self._known.setdefault(child.pid, child)

    def ask(self) -> None:
        """There is no way to ask."""
        self.look()

    def force(self) -> None:
        """Kill them all."""
        self.look()
        for process in self._known.values():
            with contextlib.suppress(psutil.Error):
                process.kill()

    @property
    def is_gone(self) -> bool:
        """Whether none of those that are known runs; a number used again is another process."""
        return not any(process.is_running() for process in self._known.values())
