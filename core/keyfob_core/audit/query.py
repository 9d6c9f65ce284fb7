from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

from keyfob_core.audit.files import lines_backwards, log_files
from keyfob_core.audit.selection import Selection
from keyfob_core.errors import AuditUnavailable

_UNREADABLE: Mapping[str, object] = {"event": "unreadable"}


def tail(folder: Path, count: int) -> tuple[Mapping[str, object], ...]:
    """The last `count` events as they stand in the log, oldest first.

    A line that is no JSON object shows as the event `unreadable`. Raises AuditUnavailable.
    """
    return query(folder, Selection(), count)


def query(folder: Path, selection: Selection, count: int) -> tuple[Mapping[str, object], ...]:
    """The last `count` events that were asked for, oldest first; raises AuditUnavailable."""
    try:
        return tuple(islice(_selected(folder, selection), count))[::-1]
    except OSError as error:
        raise _unreadable(folder, error) from error


def selected_lines(folder: Path, selection: Selection) -> Iterator[bytes]:
    """Every line that was asked for as it stands in the log, oldest first.

    Raises AuditUnavailable while it is read.
    """
    try:
        for path in log_files(folder):
            with path.open("rb") as file:
                for line in file:
                    if selection.is_everything or _fits(line, selection):
                        yield line
    except OSError as error:
        raise _unreadable(folder, error) from error


def newest_first(folder: Path) -> Iterator[Mapping[str, object]]:
    """All events from the last to the first, unverified; raises OSError."""
    return map(read_event, lines_backwards(reversed(log_files(folder))))


def read_event(line: bytes) -> Mapping[str, object]:
    """The event that a line tells of, or `unreadable`."""
    try:
        value: Any = json.loads(line)
    except ValueError:
        return _UNREADABLE
    return cast(dict[str, object], value) if isinstance(value, dict) else _UNREADABLE


def _selected(folder: Path, selection: Selection) -> Iterator[Mapping[str, object]]:
    if selection.is_everything:
        yield from newest_first(folder)
        return
    for path in reversed(log_files(folder)):
        for line in _candidates(path, selection):
            if selection.may_fit(line):
                event = read_event(line)
                if selection.fits(event):
                    yield event


def _candidates(path: Path, selection: Selection) -> Iterator[bytes]:
    """The lines of a file that may fit, last one first."""
    needle = selection.needle
    return lines_backwards((path,)) if needle is None else _lines_with(path, needle)


def _lines_with(path: Path, needle: bytes) -> Iterator[bytes]:
    """The lines that have the needle, last one first: found at the speed of memory."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            end = len(data)
            while (found := data.rfind(needle, 0, end)) >= 0:
                start = data.rfind(b"\n", 0, found) + 1
                stop = data.find(b"\n", found)
                yield data[start : len(data) if stop < 0 else stop + 1]
                end = start


def _fits(line: bytes, selection: Selection) -> bool:
    needle = selection.needle
    if (needle is not None and needle not in line) or not selection.may_fit(line):
        return False
    return selection.fits(read_event(line))


def _unreadable(folder: Path, error: OSError) -> AuditUnavailable:
    return AuditUnavailable(
        f"The audit log in {folder} cannot be read: {error.strerror or error}.",
        "Check whose folder it is.",
    )
