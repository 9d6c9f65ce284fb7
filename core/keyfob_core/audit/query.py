from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

from keyfob_core.audit.files import lines_backwards, log_files
from keyfob_core.errors import AuditUnavailable

_UNREADABLE: Mapping[str, object] = {"event": "unreadable"}


def tail(folder: Path, count: int) -> tuple[Mapping[str, object], ...]:
    """The last `count` events as they stand in the log, oldest first.

    A line that is no JSON object shows as the event `unreadable`. Raises AuditUnavailable.
    """
    try:
        return tuple(islice(newest_first(folder), count))[::-1]
    except OSError as error:
        raise AuditUnavailable(
            f"The audit log in {folder} cannot be read: {error.strerror or error}.",
            "Check whose folder it is.",
        ) from error


def newest_first(folder: Path) -> Iterator[Mapping[str, object]]:
    """All events from the last to the first, unverified; raises OSError."""
    return map(_event, lines_backwards(reversed(log_files(folder))))


def _event(line: bytes) -> Mapping[str, object]:
    try:
        value: Any = json.loads(line)
    except ValueError:
        return _UNREADABLE
    return cast(dict[str, object], value) if isinstance(value, dict) else _UNREADABLE
