"""How a person or the system asks a program in a terminal to end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_signals(stop: Callable[[], object]) -> Generator[None, None, None]:
    """Call `stop` on the running loop at the first signal to end; a second one acts at once.

    Used on the main thread. The signals are Ctrl-C, SIGTERM and a terminal that closes, on Windows
    Ctrl-C and Ctrl-Break.
    """
    if sys.platform == "win32":
        with _windows_signals(stop):
            yield
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def restore() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    def first() -> None:
        restore()
        stop()

    for number in numbers:
        loop.add_signal_handler(number, first)
    try:
        yield
    finally:
        restore()


@contextmanager
def _windows_signals(stop: Callable[[], object]) -> Generator[None, None, None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, getattr(signal, "SIGBREAK", signal.SIGTERM))
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def first(number: int, frame: FrameType | None) -> None:
        restore()
        loop.call_soon_threadsafe(stop)

    for number in numbers:
        signal.signal(number, first)
    try:
        yield
    finally:
        restore()
