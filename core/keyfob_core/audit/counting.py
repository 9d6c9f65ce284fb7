"""How many calls and refusals there were, over time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from keyfob_core.audit.files import blocks_backwards, lines_backwards, log_files
from keyfob_core.audit.query import read_event
from keyfob_core.audit.selection import Selection, moment_text
from keyfob_core.errors import AuditUnavailable

_LINE = re.compile(
    rb'\{"seq":[0-9]+,"time":"([^"]{1,40})","event":"(?:(forwarding)|refused)"[^\n]*'
)
_TIMES = re.compile(rb'"times":([0-9]{1,9})[,}]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Calls and refusals in slices of equal length, the oldest first."""

    since: float
    """Seconds since the epoch where the first slice begins."""
    until: float
    calls: tuple[int, ...]
    refusals: tuple[int, ...]
    is_whole: bool
    """False where there was no time to count the oldest slices."""


def count(
    folder: Path,
    selection: Selection,
    since: float,
    until: float,
    slices: int,
    seconds: float,
    clock: Callable[[], float] = monotonic,
) -> Counts:
    """Count what is asked for from `since` to `until`, in at most `seconds` of work.

    Raises AuditUnavailable.
    """
    length = (until - since) / slices
    # Moments in the log have the order of their texts.
    borders = [moment_text(since + length * number).encode() for number in range(slices + 1)]
    calls, refusals = [0] * slices, [0] * slices
    is_whole, deadline = True, clock() + seconds
    try:
        for path in reversed(log_files(folder)):
            last = str(read_event(next(lines_backwards((path,)), b"")).get("time", ""))
            if not is_whole or (last and last.encode() < borders[0]):
                break
            for block in blocks_backwards(path):
                if selection.may_hold(block):
                    _add(block, selection, borders, calls, refusals)
                if clock() > deadline:
                    is_whole = False
                    break
    except OSError as error:
        raise AuditUnavailable(
            f"The audit log in {folder} cannot be read: {error.strerror or error}.",
            "Check whose folder it is.",
        ) from error
    return Counts(
        since=since,
        until=until,
        calls=tuple(calls),
        refusals=tuple(refusals),
        is_whole=is_whole,
    )


def _add(
    block: bytes,
    selection: Selection,
    borders: list[bytes],
    calls: list[int],
    refusals: list[int],
) -> None:
    for found in _LINE.finditer(block):
        number = bisect_right(borders, found[1]) - 1
        if not 0 <= number < len(calls):
            continue
        if not selection.is_everything and not selection.fits(read_event(found[0])):
            continue
        if found[2] is not None:
            calls[number] += 1
            continue
        times = _TIMES.search(found[0])
        refusals[number] += int(times[1]) if times else 1
