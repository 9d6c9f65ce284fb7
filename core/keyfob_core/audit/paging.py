"""The log page by page, the newest event first, within a bounded time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from keyfob_core.audit.chain import take_apart
from keyfob_core.audit.files import blocks_backwards, first_number, lines_backwards, log_files
from keyfob_core.audit.query import read_event
from keyfob_core.audit.selection import Selection, moment_text
from keyfob_core.errors import AuditUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some events that were asked for."""

    events: tuple[Mapping[str, object], ...]
    """The newest first."""
    before: int | None
    """What to ask for as `before` for the next page; None where nothing older can follow."""
    is_full: bool
    """False where the search stopped for want of time before it had found enough."""


def page(
    folder: Path,
    selection: Selection,
    count: int,
    seconds: float,
    clock: Callable[[], float] = monotonic,
) -> Page:
    """The newest `count` events that are asked for; raises AuditUnavailable.

    After `seconds` it answers what it has found, and where to go on.
    """
    search = _Search(selection, count, clock() + seconds, clock)
    try:
        for path in reversed(log_files(folder)):
            if search.passes_over(path):
                continue
            if search.is_too_old(path):
                break
            if (found := search.through(path)) is not None:
                return found
    except OSError as error:
        raise AuditUnavailable(
            f"The audit log in {folder} cannot be read: {error.strerror or error}.",
            "Check whose folder it is.",
        ) from error
    return Page(events=tuple(search.found), before=None, is_full=True)


class _Search:
    def __init__(
        self, selection: Selection, count: int, deadline: float, clock: Callable[[], float]
    ) -> None:
        self._selection = selection
        self._count = count
        self._deadline = deadline
        self._clock = clock
        self.found: list[Mapping[str, object]] = []

    def passes_over(self, path: Path) -> bool:
        """Whether all of a file is newer than what is asked for."""
        before = self._selection.before
        return before is not None and first_number(path) >= before

    def is_too_old(self, path: Path) -> bool:
        """Whether a file, and so those before it, ended before what is asked for begins.

        A clock may go back by a little within a file, hence its last line counts.
        """
        last = next(lines_backwards((path,)), b"")
        parts, after, since = take_apart(last), self._selection.after, self._selection.since
        if parts is None:
            return False
        if after is not None and parts[0] <= after:
            return True
        return since is not None and str(read_event(last).get("time")) < moment_text(since)

    def through(self, path: Path) -> Page | None:
        """Search one file; a page where that is the end of the search."""
        for block in blocks_backwards(path):
            if self._selection.may_hold(block):
                for line in reversed(block.splitlines(keepends=True)):
                    self._take(line)
                    if len(self.found) == self._count:
                        return self._page(line, is_full=True)
            first = block[: block.find(b"\n") + 1]
            if self._clock() > self._deadline:
                return self._page(first, is_full=False)
            if self._is_behind(first):
                return Page(events=tuple(self.found), before=None, is_full=True)
        return None

    def _take(self, line: bytes) -> None:
        if self._selection.may_fit(line):
            event = read_event(line)
            if self._selection.fits(event):
                self.found.append(event)

    def _is_behind(self, line: bytes) -> bool:
        parts, after = take_apart(line), self._selection.after
        return after is not None and parts is not None and parts[0] <= after

    def _page(self, line: bytes, *, is_full: bool) -> Page:
        parts = take_apart(line)
        before = parts[0] if parts is not None else None
        return Page(
            events=tuple(self.found),
            before=before if before is None or before > 1 else None,
            is_full=is_full,
        )
