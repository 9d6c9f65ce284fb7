"""Where a log left off, found from its end, with a torn last line set apart."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from keyfob_core.audit.chain import GENESIS, AuditHead, seal, take_apart
from keyfob_core.audit.files import file_name, lines_backwards, log_files
from keyfob_core.model import AuditEvent


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The file to go on in, the head to chain to, and what has to be told about the end."""

    path: Path
    head: AuditHead
    found: tuple[AuditEvent, ...] = ()


def find_end(folder: Path, key: bytes) -> LogEnd:
    """Find the end of the log in a folder; raises OSError.

    A last line without its line break is moved to a `.torn` file beside the log. Whole lines that
    are damaged stay where they are, for `verify` to find.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = log_files(folder)
    if not files:
        return LogEnd(folder / file_name(1), AuditHead(0, GENESIS))
    _set_torn_line_apart(files[-1])
    head, damage = _last_head(files, key)
    found = (*_untold_torn_lines(files[-1]), *damage)
    return LogEnd(files[-1], head, found)


def _set_torn_line_apart(path: Path) -> None:
    torn = next(lines_backwards((path,)), b"\n")
    if torn.endswith(b"\n"):
        return
    good = path.stat().st_size - len(torn)
    name = f"{path.stem}-{good}-{hashlib.sha256(torn).hexdigest()[:16]}.torn"
    # On disk before the log loses it; a crash in between does the same once more.
    with open(os.open(path.with_name(name), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(torn)
        file.flush()
        os.fsync(file.fileno())
    os.truncate(path, good)


def _untold_torn_lines(path: Path) -> tuple[AuditEvent, ...]:
    # The offset in the name is the end of the log exactly until an event tells of it.
    name = re.compile(rf"{path.stem}-{path.stat().st_size}-[0-9a-f]{{16}}\.torn")
    return tuple(
        AuditEvent(
            event="log_recovered",
            details={
                "reason": "the last line was torn",
                "kept_in": torn,
                "bytes": (path.parent / torn).stat().st_size,
            },
        )
        for torn in sorted(os.listdir(path.parent))
        if name.fullmatch(torn)
    )


def _last_head(files: tuple[Path, ...], key: bytes) -> tuple[AuditHead, tuple[AuditEvent, ...]]:
    lines = lines_backwards(reversed(files))
    unreadable = 0
    for line in lines:
        parts = take_apart(line)
        if parts is None:
            unreadable += 1
            continue
        sequence, text, mac = parts
        before = None if sequence == 1 else take_apart(next(lines, b""))
        previous = before[2] if before else GENESIS
        head = AuditHead(sequence, mac)
        if unreadable:
            return head, (_damage(f"{unreadable} lines at the end were unreadable"),)
        if seal(key, previous, text)[0] != line:
            return head, (_damage("the last line does not agree with the one before it"),)
        return head, ()
    head = AuditHead(0, GENESIS)
    return head, (_damage("no line was readable"),) if unreadable else ()


def _damage(reason: str) -> AuditEvent:
    return AuditEvent(event="log_recovered", details={"reason": reason})
