"""One engine an installation."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.system.paths import make_private

_FAR_BYTE = 1 << 30
_POLL_SECONDS = 0.05

TakeLock = Callable[[int], bool]
"""Locks an open file descriptor without waiting; False when another process has it."""


class EngineLock:
    """An exclusive lock on a file, which the kernel gives back when the process ends, however.

    The file is never removed: a lock on a removed file would be nobody's.
    """

    def __init__(self, file: Path, take: TakeLock | None = None) -> None:
        self._file = file
        self._take = take or _system_lock()
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object has the lock."""
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take the lock without waiting; False when another process has it.

        Raises ConfigInvalid where the file cannot be opened.
        """
        if self.held:
            return True
        descriptor = self._open()
        if not self._take(descriptor):
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return True

    async def acquire_within(self, seconds: float) -> bool:
        """Take the lock as soon as it is free; False when it is not within `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.acquire():
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def holder(self) -> int | None:
        """The process id that the last holder left; for people only."""
        try:
            text = self._file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return None
        return int(text) if text.isdigit() else None

    def release(self) -> None:
        """Give the lock back; nothing happens where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        make_private(self._file.parent)
        try:
            return os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigInvalid(
                str(self._file),
                f"cannot be opened ({error.strerror})",
                "Check who owns it.",
            ) from error


class Msvcrt(Protocol):
    """The two names of the C runtime's module that a lock needs."""

    @property
    def LK_NBLCK(self) -> int:
        """Lock without waiting."""
        ...

    def locking(self, fd: int, mode: int, nbytes: int, /) -> None:
        """Lock `nbytes` from the file's position; raises OSError when another has them."""
        ...


def windows_lock(msvcrt: Msvcrt) -> TakeLock:
    """Lock one byte far behind the text: locks bind on Windows, and the text must stay readable."""

    def take(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    return take


def _system_lock() -> TakeLock:
    if sys.platform == "win32":
        import msvcrt

        return windows_lock(msvcrt)
    import fcntl

    def take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return take


class AccountLocks:
    """Locks on accounts between the processes of one installation: a `ports.AccountLock`."""

    def __init__(self, folder: Path, *, seconds: float = 60.0) -> None:
        self._folder = folder
        self._seconds = seconds

    @asynccontextmanager
    async def __call__(self, account: str) -> AsyncGenerator[None]:
        """Hold an account; raises UpstreamUnreachable where another process keeps it too long."""
        name = hashlib.sha256(account.encode()).hexdigest()[:16]
        lock = EngineLock(self._folder / f"account-{name}.lock")
        if not await lock.acquire_within(self._seconds):
            raise UpstreamUnreachable(
                f"Another process renews the account {account} and does not end.",
                "Look for a second Keyfob and end it.",
            )
        try:
            yield
        finally:
            lock.release()
