"""One file that is replaced whole or not at all, and that only this user can read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_private(file: Path) -> bytes | None:
    """The file's bytes, or None where there is no file; raises OSError."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def replace_private(file: Path, content: bytes) -> None:
    """Put new content in the file's place; on return it outlives a power cut.

    A stop at any step leaves the old content or the new. One writer at a time: the caller holds a
    lock. Raises OSError, and then the old content stands.
    """
    fresh = file.with_name(file.name + ".new")
    # A stop may have left one behind; nobody else writes it, since the caller holds the lock.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)
    try:
        _write(fresh, content)
        os.replace(fresh, file)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise
    _settle(file.parent)


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, _FLAGS, 0o600)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(folder: Path) -> None:
    """Make the change of names itself lasting; Windows has no way to, and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
