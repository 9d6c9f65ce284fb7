"""Ctrl-C at any moment: what was begun is ended in order, and what ends is not interrupted."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Interrupted(Exception):
    """A person or the system asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interrupts:
    """Turns the signals that end a program into `Interrupted`, at places that can bear it.

    A signal cancels what `run` runs. One that comes while something is set up or cleaned away
    waits for the next `check` or `run`, so that neither is ever left half done.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)
            # A program that was told to ignore one, as under nohup, goes on ignoring it.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise Interrupted where a signal has come."""
        if self._number is not None:
            raise Interrupted(self._number)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the work on a loop of its own to its end; raises Interrupted where it was cut."""
        try:
            return asyncio.run(self._watched(work))
        except asyncio.CancelledError:
            self.check()
            raise

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(work)
        try:
            if self._number is not None:
                self._task.cancel()
            return await self._task
        finally:
            self._task = None

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._number is None:
            self._number = number
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
