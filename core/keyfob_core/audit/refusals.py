from __future__ import annotations

from dataclasses import dataclass

from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, Clock

MINUTE = 60.0
_SOURCES = 64
_OTHERS = ("others", "several reasons")
_COUNTED = AuditEvent(event="refused")


@dataclass(slots=True)
class _Bucket:
    since: float
    untold: int


class Refusals:
    """Records refused requests: the first of a source and reason at once, more of them by number.

    So many refusals cost two lines a minute, and so do any number of sources past the limit.
    """

    def __init__(self, audit: Audit, clock: Clock, *, sources: int = _SOURCES) -> None:
        self._audit = audit
        self._clock = clock
        self._sources = sources
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def refuse(self, source: str, reason: str, event: AuditEvent) -> None:
        """Note a refusal; raises nothing, since nothing more can be refused.

        `source` and `reason` say which refusals are of a kind: a client's name, a peer's or the
        listener's, and what was refused. `event` is the first of a kind in full.
        """
        now = self._clock()
        self._settle(now)
        name = (source, reason)
        if name not in self._buckets and len(self._buckets) >= self._sources:
            name = _OTHERS
        bucket = self._buckets.get(name)
        if bucket is not None:
            bucket.untold += 1
            return
        self._buckets[name] = first = _Bucket(now, untold=1)
        self._tell(*name, first, event)

    def settle(self) -> None:
        """Write what was counted in minutes that have ended; to be called now and then."""
        self._settle(self._clock())

    def close(self) -> None:
        """Write all that was counted."""
        for (source, reason), bucket in self._buckets.items():
            self._tell(source, reason, bucket)
        self._buckets.clear()

    def _settle(self, now: float) -> None:
        # In the order of their beginning, so that the first that goes on ends the search.
        while self._buckets:
            (source, reason), bucket = next(iter(self._buckets.items()))
            if abs(now - bucket.since) < MINUTE:
                return
            self._tell(source, reason, bucket)
            del self._buckets[source, reason]
            if bucket.untold:
                self._buckets[source, reason] = _Bucket(now, bucket.untold)

    def _tell(
        self, source: str, reason: str, bucket: _Bucket, event: AuditEvent = _COUNTED
    ) -> None:
        if not bucket.untold:
            return
        details = {"source": source, "kind": reason, "times": bucket.untold, **event.details}
        try:
            self._audit.record(event._replace(details=details))
        except AuditUnavailable:
            # Still counted, and told when the log can be written again.
            return
        bucket.untold = 0
