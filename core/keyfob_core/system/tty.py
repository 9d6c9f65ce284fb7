"""The controlling terminal, whatever stdin and stdout are tied to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Generator
from io import RawIOBase
from typing import Protocol

_CHUNK = 4096
_ENABLE_ECHO_INPUT = 0x0004


class Terminal(Protocol):
    """A terminal with a person at it."""

    @property
    def attended(self) -> bool:
        """Whether we may read: a job in the background would be stopped for it."""
        ...

    def write(self, text: str) -> None:
        """Show text; what the terminal cannot show is written as escapes."""
        ...

    async def read_line(self, *, echo: bool = True) -> str | None:
        """The next line typed from now on, without its end; None when there will be none.

        Without `echo` the terminal does not show what is typed.
        """
        ...


class Tty:
    """A terminal read by a thread of its own, so that a question can be withdrawn at any time.

    The thread is a daemon: a read that nobody answers must not keep the process alive.
    """

    def __init__(self, reading: RawIOBase, writing: RawIOBase, encoding: str) -> None:
        """Python's own files, which on Windows turn the console's code page into UTF-8."""
        self._reading = reading
        self._writing = writing
        self._encoding = encoding
        self._input = reading.fileno()
        self._lock = threading.Lock()
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Future[str | None]] | None = None
        self._thread: threading.Thread | None = None
        self._ended = False

    @property
    def attended(self) -> bool:
        """Whether the terminal still has input and this process is its foreground job."""
        if self._ended:
            return False
        if sys.platform == "win32":
            return True
        try:
            return os.tcgetpgrp(self._input) == os.getpgrp()
        except OSError:
            return False

    def write(self, text: str) -> None:
        """Show text; nothing happens where the terminal has gone."""
        rest = text.encode(self._encoding, "backslashreplace")
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[self._writing.write(rest) or len(rest) :]

    async def read_line(self, *, echo: bool = True) -> str | None:
        """The next line typed from now on; one reader at a time."""
        if echo:
            return await self._next_line()
        with _silenced(self._input):
            try:
                return await self._next_line()
            finally:
                # The line end was not shown either.
                self.write("\n")

    async def _next_line(self) -> str | None:
        loop = asyncio.get_running_loop()
        line = loop.create_future()
        self._discard_typed_ahead()
        with self._lock:
            if self._ended:
                return None
            self._waiting = (loop, line)
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="terminal", daemon=True)
                self._thread.start()
        try:
            return await line
        finally:
            with self._lock:
                self._waiting = None

    def _read(self) -> None:
        typed = b""
        while True:
            try:
                chunk = self._reading.read(_CHUNK)
            except OSError:
                chunk = b""
            if not chunk:
                self._deliver(None)
                return
            typed += chunk
            if typed.endswith(b"\n"):
                self._deliver(typed.decode(errors="replace").rstrip("\r\n"))
                typed = b""

    def _deliver(self, line: str | None) -> None:
        with self._lock:
            self._ended = line is None
            waiting = self._waiting
        if waiting is None:
            return
        loop, future = waiting

        def settle() -> None:
            if not future.done():
                future.set_result(line)

        # The loop may have ended while nobody typed anything.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle)

    def _discard_typed_ahead(self) -> None:
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
            return
        import termios

        with contextlib.suppress(termios.error):
            termios.tcflush(self._input, termios.TCIFLUSH)


@contextlib.contextmanager
def _silenced(descriptor: int) -> Generator[None]:
    """The terminal shows nothing that is typed; as it was before, at the end."""
    if sys.platform == "win32":
        with _silenced_console(descriptor):
            yield
        return
    import termios

    try:
        before = termios.tcgetattr(descriptor)
    except termios.error:
        yield  # the terminal has gone, and with it whoever could look on
        return
    silent = [*before]
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _silenced_console(descriptor: int) -> Generator[None]:
    if sys.platform != "win32":
        raise OSError("There is no console but on Windows.")
    import ctypes
    import msvcrt

    kernel, handle = ctypes.windll.kernel32, msvcrt.get_osfhandle(descriptor)
    before = ctypes.c_uint32()
    if not kernel.GetConsoleMode(handle, ctypes.byref(before)):
        raise OSError("The console does not say how it is set.")
    kernel.SetConsoleMode(handle, before.value & ~_ENABLE_ECHO_INPUT)
    try:
        yield
    finally:
        kernel.SetConsoleMode(handle, before.value)


def open_tty() -> Tty | None:
    """The terminal this process was started from; None where there is none."""
    names = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")
    opened = list[int]()
    try:
        opened.extend(os.open(name, os.O_RDWR) for name in names)
    except OSError:
        for descriptor in opened:
            os.close(descriptor)
        return None
    return tty_on(*opened)


def tty_on(reading: int, writing: int) -> Tty:
    """The terminal at two descriptors, which are not closed."""
    encoding = "utf-8" if sys.platform == "win32" else sys.stdout.encoding or "utf-8"
    return Tty(
        open(reading, "rb", buffering=0, closefd=False),
        open(writing, "wb", buffering=0, closefd=False),
        encoding,
    )
