from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from keyfob_core.audit.chain import AuditHead, KnownRests, content, keyed, seal_with
from keyfob_core.audit.files import file_name
from keyfob_core.audit.recovery import find_end
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Clock

ROTATE_BYTES = 16 * 1024 * 1024
Copy = Callable[[bytes], None]
"""Takes a copy of a line."""
_LOOK_SECONDS = 0.1
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class AuditLog:
    """The audit log's writing end: one process, any thread.

    A log that cannot be opened yet refuses events until it can.
    """

    def __init__(
        self,
        folder: Path,
        key: bytes,
        clock: Clock,
        *,
        rotate_bytes: int = ROTATE_BYTES,
        copy: Copy | None = None,
    ) -> None:
        """`copy` is given each line once it is written; it must not wait nor raise."""
        self._folder = folder
        self._key = key
        self._beginning = keyed(key)
        self._rests = KnownRests()
        self._clock = clock
        self._rotate_bytes = rotate_bytes
        self._copy = copy
        self._lock = Lock()
        self._closed = False
        self._fd: int | None = None
        self._path = folder
        self._size = 0
        self._looked_at = float("-inf")
        self._count, self._digest = 0, b""
        self._to_tell: list[AuditEvent] = []
        self._unsynced: list[Path] = []
        with suppress(AuditUnavailable), self._lock:
            self._ready()

    @property
    def folder(self) -> Path:
        """Where the files of the log lie."""
        return self._folder

    @property
    def head(self) -> AuditHead:
        """The end of the chain; raises AuditUnavailable while the log cannot be opened."""
        with self._lock:
            self._ready_fd()
            return AuditHead(self._count, self._digest.decode("ascii"))

    def record(self, event: AuditEvent) -> None:
        """Chain the event and hand it to the kernel by one write.

        Raises AuditUnavailable, and then nothing was recorded; ValueError or TypeError for an
        event that is none (see `chain.content`).
        """
        with self._lock:
            fd = self._fd
            self._append(self._ready() if fd is None or self._to_tell else fd, event)

    def sync(self) -> None:
        """Wait until all that was recorded has reached the disk; raises AuditUnavailable."""
        with self._lock:
            paths = [*self._unsynced, self._path]
        try:
            for path in paths:
                # A deleted file has nothing to wait for; `verify` misses its lines.
                with suppress(FileNotFoundError):
                    _sync(path, os.O_RDWR)
        except OSError as error:
            raise self._unavailable(error) from error
        # A new file's name lies in its folder; where a folder cannot be opened it needs no help.
        with suppress(OSError):
            _sync(self._folder, os.O_RDONLY)
        with self._lock:
            self._unsynced = [path for path in self._unsynced if path not in paths]

    def close(self) -> None:
        """Bring all to the disk and close; events are refused from then on."""
        with suppress(AuditUnavailable):
            self.sync()
        with self._lock:
            self._closed = True
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None

    def _ready(self) -> int:
        fd = self._ready_fd()
        while self._to_tell:
            self._append(fd, self._to_tell[0])
            del self._to_tell[0]
            fd = self._ready_fd()
        return fd

    def _ready_fd(self) -> int:
        if self._fd is None:
            if self._closed:
                raise AuditUnavailable("The audit log is closed.", "Start Keyfob again.")
            try:
                end = find_end(self._folder, self._key)
                self._fd, self._size = _open(end.path)
            except OSError as error:
                raise self._unavailable(error) from error
            self._path, self._to_tell = end.path, list(end.found)
            self._count, self._digest = end.head.count, end.head.digest.encode("ascii")
        return self._fd

    def _append(self, fd: int, event: AuditEvent) -> None:
        sequence, now = self._count + 1, self._clock()
        text = content(sequence, now, event, self._rests)
        line, mac = seal_with(self._beginning, self._digest, text)
        try:
            full = self._size and self._size + len(line) > self._rotate_bytes
            looks = abs(now - self._looked_at) >= _LOOK_SECONDS
            if full or (looks and self._is_gone(fd, now)):
                fd = self._rotate(sequence)
            written = os.write(fd, line)
            if written != len(line):
                raise OSError(f"only {written} of {len(line)} bytes were taken")
        except OSError as error:
            self._drop_partial_line(fd)
            raise self._unavailable(error) from error
        self._size += len(line)
        self._count, self._digest = sequence, mac
        if self._copy is not None:
            self._copy(line)

    def _is_gone(self, fd: int, now: float) -> bool:
        """Whether the file was deleted under us, where it would take every event into the void.

        Whoever deletes it takes what was written a moment before as well.
        """
        self._looked_at = now
        return os.fstat(fd).st_nlink == 0

    def _drop_partial_line(self, fd: int) -> None:
        try:
            os.ftruncate(fd, self._size)
        except OSError:
            # Opened anew at the next event, which finds the torn line and sets it apart.
            self._fd = None
            with suppress(OSError):
                os.close(fd)

    def _rotate(self, first: int) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / file_name(first)
        fd, size = _open(path)
        if self._fd is not None:
            os.close(self._fd)
        self._unsynced.append(self._path)
        self._fd, self._path, self._size = fd, path, size
        return fd

    def _unavailable(self, error: OSError) -> AuditUnavailable:
        return AuditUnavailable(
            f"The audit log in {self._folder} cannot be written: {error.strerror or error}.",
            "Nothing is forwarded until it can be. Make room on the disk, or check the folder.",
        )


def _open(path: Path) -> tuple[int, int]:
    fd = os.open(path, _FLAGS, 0o600)
    return fd, os.fstat(fd).st_size


def _sync(path: Path, flags: int) -> None:
    fd = os.open(path, flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
