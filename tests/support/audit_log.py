from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keyfob_core.audit.chain import AuditHead
from keyfob_core.audit.files import log_files
from keyfob_core.audit.log import AuditLog
from keyfob_core.model import AuditEvent

KEY = bytes(range(32))


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class RecordedAudit:
    """An `Audit` that keeps its events in a list; `failure` makes it refuse them."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.failure: Exception | None = None

    def record(self, event: AuditEvent) -> None:
        if self.failure is not None:
            raise self.failure
        self.events.append(event)


def write_log(folder: Path, *events: AuditEvent, rotate_bytes: int = 1 << 20) -> AuditHead:
    """Write a whole log, closed in good order, and answer its head."""
    log = AuditLog(folder, KEY, SetClock(), rotate_bytes=rotate_bytes)
    for event in events:
        log.record(event)
    head = log.head
    log.close()
    return head


def numbered(count: int) -> Iterator[AuditEvent]:
    """Events that differ."""
    for number in range(count):
        yield AuditEvent(event="forwarding", request_id=f"r{number}", server="github")


def log_bytes(folder: Path) -> bytes:
    """The log's files one after the other."""
    return b"".join(path.read_bytes() for path in log_files(folder))


def replace_bytes(folder: Path, content: bytes) -> None:
    """Write other bytes over the log's files, each of which keeps its length but the last."""
    for path in log_files(folder):
        size = path.stat().st_size
        last = path == log_files(folder)[-1]
        part, content = (content, b"") if last else (content[:size], content[size:])
        path.write_bytes(part)
