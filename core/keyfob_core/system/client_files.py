"""Reading and replacing the files of MCP clients, which belong to others."""

from __future__ import annotations

import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from keyfob_core.errors import ConfigInvalid
from keyfob_core.setups.client_setups import FileNow, Surroundings

_LARGEST = 32 * 1024 * 1024
_MOST_FILES = 2000
_SYSTEMS = {"win32": "windows", "darwin": "mac"}
_BACKUP = "before-keyfob"


def surroundings_of(environ: Mapping[str, str], platform: str) -> Surroundings:
    """Where a person's files lie; `platform` is `sys.platform`."""
    known = dict(environ)
    home = os.path.expanduser("~")
    known.setdefault("HOME", home)
    known.setdefault("USERPROFILE", home)
    return Surroundings(_SYSTEMS.get(platform, "linux"), known)


class SystemClientFiles:
    """The files as they are on the disk."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def read(self, path: str) -> FileNow:
        """The file as it is; raises ConfigInvalid."""
        target = os.path.realpath(path)
        try:
            if not os.path.lexists(target):
                return FileNow(path, target, None)
            found = os.stat(target)
            if not stat.S_ISREG(found.st_mode):
                raise ConfigInvalid(path, "is no file", "Look what lies there.")
            if found.st_size > _LARGEST:
                hint = "Keyfob edits files of at most 32 MiB."
                raise ConfigInvalid(path, f"is too large ({found.st_size} bytes)", hint)
            return FileNow(path, target, Path(target).read_bytes())
        except OSError as error:
            raise _failed(path, "read", error) from error

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return os.path.exists(path)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The paths in folders that match, sorted, whether or not the file itself is there."""
        folder, _, name = pattern.rpartition("/")
        base, star, rest = folder.partition("*")
        found = glob.glob(glob.escape(base) + star + rest)
        return tuple(f"{one.replace(os.sep, '/')}/{name}" for one in sorted(found))

    def below(self, folder: str) -> tuple[str, ...]:
        """The files in a folder and those in it, sorted; nothing where there is none."""
        found: list[str] = []
        for inner, folders, names in os.walk(folder):
            folders.sort()
            found += [f"{inner.replace(os.sep, '/')}/{name}" for name in sorted(names)]
            if len(found) > _MOST_FILES:
                break
        return tuple(path for path in found[:_MOST_FILES] if os.path.isfile(path))

    def program(self, name: str) -> bool:
        """Whether a program of this name is on the path."""
        return shutil.which(name) is not None

    def check_writable(self, now: FileNow) -> None:
        """See that it could be replaced; raises ConfigInvalid."""
        target = Path(now.target)
        folder = target.parent
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        # The mode counts as well: root may write everything, and a file is closed for a reason.
        is_closed = target.exists() and not target.stat().st_mode & stat.S_IWUSR
        if is_closed or not os.access(target if target.exists() else folder, os.W_OK):
            raise _read_only(now)
        if target.exists() and not os.access(folder, os.W_OK):
            raise _read_only(now)

    def back_up(self, now: FileNow) -> str:
        """Keep a copy beside it with the same rights; answers its path. Raises ConfigInvalid."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(self._clock()))
        for number in range(100):
            path = f"{now.target}.{_BACKUP}-{stamp}{f'-{number}' if number else ''}"
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            except OSError as error:
                raise _failed(path, "written", error) from error
            try:
                _fill(handle, now.data or b"")
                _like(now.target, path)
            except OSError as error:
                with suppress(OSError):
                    os.unlink(path)
                raise _failed(path, "written", error) from error
            return path
        raise ConfigInvalid(now.path, "has too many backups", "Remove some that lie beside it.")

    def replace(self, now: FileNow, data: bytes | None) -> None:
        """Put `data` in its place at once, or remove it; refused if it changed since `now`.

        Mode, owner and what else the system keeps of the file stay, and so do symlinks to it.
        Raises ConfigInvalid.
        """
        self.check_writable(now)
        try:
            if data is None:
                self._check_same(now)
                os.unlink(now.target)
                return
            folder = Path(now.target).parent
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(prefix=".keyfob-", dir=folder)
            try:
                _fill(handle, data)
                if now.data is not None:
                    _like(now.target, name)
                self._check_same(now)
                os.replace(name, now.target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
        except OSError as error:
            raise _failed(now.path, "written", error) from error

    def erase(self, path: str) -> None:
        """Write over a file as far as the disk lets us, and remove it; raises ConfigInvalid."""
        try:
            with suppress(FileNotFoundError):
                size = os.stat(path, follow_symlinks=False).st_size
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "r+b") as file:
                        file.write(b"\0" * size)
                        file.flush()
                        os.fsync(file.fileno())
                os.unlink(path)
        except OSError as error:
            raise _failed(path, "erased", error) from error

    def _check_same(self, now: FileNow) -> None:
        found = self.read(now.path)
        if (found.target, found.data) != (now.target, now.data):
            hint = "Nothing was changed. Look at it again with --dry-run."
            raise ConfigInvalid(now.path, "has changed since you saw what would be written", hint)


def _fill(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _like(original: str, copy: str) -> None:
    """Give a copy the rights and the owner of the original, and a time of its own."""
    found = os.stat(original)
    if hasattr(os, "chown"):
        made = os.stat(copy)
        if (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid):
            os.chown(copy, found.st_uid, found.st_gid)
    shutil.copystat(original, copy)
    os.utime(copy)


def _read_only(now: FileNow) -> ConfigInvalid:
    hint = "Write the entry where that file is made, as `--dry-run` shows it, or make it writable."
    led = f" (it leads to {now.target})" if os.path.islink(now.path) else ""
    return ConfigInvalid(now.path, f"is read-only{led}", hint)


def _failed(path: str, done: str, error: OSError) -> ConfigInvalid:
    message = f"cannot be {done} ({error.strerror or error})"
    return ConfigInvalid(path, message, "Look at it and the folder that it lies in.")
