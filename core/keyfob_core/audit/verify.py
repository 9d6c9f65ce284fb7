from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from keyfob_core.audit.chain import GENESIS, AuditHead, seal, take_apart
from keyfob_core.audit.files import log_files
from keyfob_core.errors import AuditUnavailable

_CUT = re.compile(rb'\{"seq":[0-9]+,"time":"[^"]*","event":"log_cut",')


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the log is whole; `count` events are good, then comes the problem, if any."""

    ok: bool
    count: int
    problem: str | None = None
    file: str | None = None
    line: int | None = None


def verify(
    folder: Path, key: bytes, anchor: AuditHead | None, base: AuditHead | None = None
) -> Verification:
    """Follow the whole chain and compare it with the head that was anchored.

    `base` is where the log begins since older files were removed. Stops at the first problem.
    Raises AuditUnavailable when a file cannot be read.
    """
    try:
        return _verify(folder, key, anchor, base)
    except OSError as error:
        raise AuditUnavailable(
            f"The audit log in {folder} cannot be read: {error.strerror or error}.",
            "Check whose folder it is.",
        ) from error


def _verify(
    folder: Path, key: bytes, anchor: AuditHead | None, base: AuditHead | None
) -> Verification:
    count, digest = (base.count, base.digest) if base else (0, GENESIS)
    # Files that are about to be removed may still be there; nothing hides behind what is checked.
    removable = count
    for path in log_files(folder):
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                # The engine may be writing this very line: what was missing is there by now.
                whole = line if line.endswith(b"\n") else line + file.readline()
                if removable and _number(whole) <= removable:
                    continue
                removable = 0
                expected = AuditHead(count + 1, digest)
                problem, digest = _check(key, expected, whole, anchor)
                if problem:
                    return Verification(False, count, problem, path.name, number)
                count += 1
    if anchor and anchor.count > count:
        missing = anchor.count - count
        return Verification(
            False, count, f"the log ends {missing} events before its last anchored one"
        )
    return Verification(True, count)


def _number(line: bytes) -> int:
    """The number that a line states; beyond any where it states none."""
    parts = take_apart(line)
    return parts[0] if parts else 1 << 63


def _check(
    key: bytes, expected: AuditHead, line: bytes, anchor: AuditHead | None
) -> tuple[str | None, str]:
    parts = take_apart(line)
    if parts is None:
        torn = not line.endswith(b"\n")
        return "the last line is torn" if torn else "this is not a line of the log", ""
    sequence, text, mac = parts
    if sequence != expected.count:
        return f"event {expected.count} is missing here: the line says {sequence}", ""
    if seal(key, expected.digest, text)[0] != line:
        return "this line, or the one before it, was changed", ""
    if anchor and anchor.count == sequence and anchor.digest != mac:
        return "this is not the event that was anchored", ""
    if _CUT.match(line):
        return "events before this line were cut off, as it says", ""
    return None, mac
