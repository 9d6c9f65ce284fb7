"""What programs say beside their messages: kept short, and without the secrets they were given."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote

from keyfob_core.errors import Error
from keyfob_core.words.plain import visible

_LARGEST_FILE = 1 << 20
_LONGEST_LINE = 4096
_LONGEST_PENDING = 1 << 16
_LINES_A_SECOND = 200
_LAST_WORDS = 5
_LONGEST_WORDS = 300
_SHORT = 8
_TAIL = 1 << 16


class Redactor:
    """Takes secrets out of a text: as they are, and as programs tend to write them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        shapes = {shape for secret in secrets if secret for shape in _shapes(secret)}
        # The longest first, so that no part of one is left over.
        ordered = sorted(shapes, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub("[secret]", text) if self._pattern else text


def _shapes(secret: str) -> set[str]:
    shapes = {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
    if len(secret) < _SHORT:
        return shapes
    plain = secret.encode("utf-8", "surrogatepass")
    shapes |= {plain.hex(), plain.hex().upper(), repr(secret)[1:-1]}
    # Base64 depends on where in three bytes the secret begins; its ends mix with neighbours.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        inner = encoded[4 if shift else 0 : -4]
        shapes |= {inner.decode(), inner.translate(bytes.maketrans(b"+/", b"-_")).decode()}
    return {shape for shape in shapes if len(shape) >= _SHORT}


class ProgramRecords:
    """One log file for each server, below one folder."""

    def __init__(
        self,
        folder: Path,
        make: Callable[[Path], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`make` makes the folder, closed to others, once there is something to keep."""
        self._folder = folder
        self._make = make
        self._clock = clock
        self._files: dict[str, _Record] = {}

    def of(self, server: str, pid: int, secrets: Iterable[str]) -> Complaints:
        """Where one process's words go."""
        record = self._files.get(server)
        if record is None:
            with contextlib.suppress(Error):
                self._make(self._folder)
            record = self._files[server] = _Record(self._path(server), self._clock)
        return Complaints(record, pid, Redactor(secrets))

    def tail(self, server: str, count: int) -> tuple[str, ...]:
        """The last lines of a server's log, oldest first; none where there is none."""
        try:
            with self._path(server).open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - _TAIL))
                text = file.read().decode(errors="replace")
        except OSError:
            return ()
        return tuple(text.splitlines()[-count:])

    def close(self) -> None:
        """Close the files."""
        for record in self._files.values():
            record.close()
        self._files.clear()

    def _path(self, server: str) -> Path:
        return self._folder / f"{server}.log"


class Complaints:
    """The words of one process, line by line."""

    def __init__(self, record: _Record, pid: int, redact: Redactor) -> None:
        self._record = record
        self._pid = pid
        self._redact = redact
        self._pending = bytearray()
        self._cut = False
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)

    @property
    def last_words(self) -> str:
        """Its last lines as one, or nothing."""
        return " / ".join(self._words)[-_LONGEST_WORDS:]

    def hear(self, data: bytes) -> None:
        """Take bytes of its standard error, wherever they were cut."""
        *lines, rest = (self._pending + data).split(b"\n")
        self._pending = rest
        for line in lines:
            self._keep(line)
            self._cut = False
        if len(self._pending) > _LONGEST_PENDING:
            # The rest of so long a line is left out: half a secret could not be known as one.
            self._keep(self._pending)
            self._pending, self._cut = bytearray(), True

    def end(self) -> None:
        """What is left of its last line counts as one."""
        self._keep(self._pending)
        self._pending = bytearray()

    def note(self, text: str, line: bytes = b"") -> None:
        """Keep a remark of ours, and the line it is about."""
        quoted = f": {self._clean(line)}" if line else ""
        self._record.write(f"[{self._pid}] ({text}){quoted}")

    def _keep(self, line: bytes | bytearray) -> None:
        text = "" if self._cut else self._clean(line)
        if text:
            self._words.append(text[:_LONGEST_WORDS])
            self._record.write(f"[{self._pid}] {text}")

    def _clean(self, line: bytes | bytearray) -> str:
        text = self._redact(line[:_LONGEST_PENDING].decode(errors="replace").rstrip())
        return visible(text[:_LONGEST_LINE])


class _Record:
    """A file that never grows beyond its bound, and takes so many lines a second."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._handler = _file(path)
        self._clock = clock
        self._second = 0
        self._written = 0

    def write(self, line: str) -> None:
        second = int(self._clock())
        if second != self._second:
            left_out, self._second, self._written = self._written - _LINES_A_SECOND, second, 0
            if left_out > 0:
                self._emit(f"({left_out} lines were left out)")
        self._written += 1
        if self._written <= _LINES_A_SECOND:
            self._emit(line)

    def close(self) -> None:
        self._handler.close()

    def _emit(self, line: str) -> None:
        self._handler.handle(logging.makeLogRecord({"msg": line}))


class _Silent(RotatingFileHandler):
    """A full disk costs lines, and nothing else."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave the line out."""


def _file(path: Path) -> logging.Handler:
    handler = _Silent(
        path, maxBytes=_LARGEST_FILE, backupCount=1, delay=True, encoding="utf-8", errors="replace"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    return handler
