"""How long the log is kept: whole files go, oldest first, and the chain goes on behind them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from keyfob_core.audit.chain import AuditHead, take_apart
from keyfob_core.audit.files import lines_backwards, log_files
from keyfob_core.audit.query import read_event
from keyfob_core.errors import AuditUnavailable
from keyfob_core.ports import SecretStore

BASE_ITEM = "audit/base"
_ALWAYS_KEPT = 2
"""Files: the one that is written, and one before it, whose last line it is chained to."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of the log is kept."""

    days: int
    mebibytes: int


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of the log, as far as its age and size count."""

    path: Path
    size: int
    last_at: float
    """When its last event was, in seconds since the epoch."""


def superfluous(files: Sequence[LogFile], retention: Retention, now: float) -> int:
    """How many of the files, from the oldest on, are older or larger than is kept."""
    oldest, most = now - retention.days * _DAY, retention.mebibytes << 20
    count, total = 0, sum(file.size for file in files)
    for file in files[: max(0, len(files) - _ALWAYS_KEPT)]:
        if file.last_at >= oldest and total <= most:
            break
        total -= file.size
        count += 1
    return count


def look(folder: Path) -> tuple[LogFile, ...]:
    """The files of the log, oldest first; raises OSError."""
    return tuple(
        LogFile(path, path.stat().st_size, _last_moment(path)) for path in log_files(folder)
    )


def last_head(path: Path) -> AuditHead | None:
    """The number and code of a file's last line; None where it is no line of ours."""
    parts = take_apart(next(lines_backwards((path,)), b""))
    return AuditHead(parts[0], parts[2]) if parts else None


async def kept_base(store: SecretStore) -> AuditHead | None:
    """Where the log begins since older files were removed; None where none were.

    Raises StoreLocked or StoreUnavailable, and AuditUnavailable for an item that is none.
    """
    text = await store.get(BASE_ITEM)
    if text is None:
        return None
    try:
        value: Any = json.loads(text)
        return AuditHead(int(value["count"]), str(value["digest"]))
    except (ValueError, TypeError, KeyError) as error:
        raise AuditUnavailable(
            f"The item {BASE_ITEM} in the credential store is no beginning of the audit log.",
            "Erase it; `keyfob audit verify` then finds the removed events missing.",
        ) from error


async def keep_base(store: SecretStore, base: AuditHead) -> None:
    """Note where the log begins, before the files in front of it go."""
    await store.put(BASE_ITEM, json.dumps({"count": base.count, "digest": base.digest}))


def _last_moment(path: Path) -> float:
    time = read_event(next(lines_backwards((path,)), b"")).get("time")
    try:
        return datetime.fromisoformat(str(time)).timestamp()
    except ValueError:
        # A damaged line says no time; what the file system says is younger, so it keeps more.
        return path.stat().st_mtime
