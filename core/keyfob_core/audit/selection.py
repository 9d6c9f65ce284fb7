"""Which events are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import cast

from keyfob_core.audit.events import EVENTS
from keyfob_core.errors import ConfigInvalid
from keyfob_core.tables import nearest

_TIME = re.compile(rb'\{"seq":([0-9]{1,18}),"time":"([^"]{1,40})"')
_GLOB = re.compile(r"[*?\[]")
_EXACT = ("event", "request_id", "client", "server", "account", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Events by their fields; None in a field means any."""

    event: str | None = None
    request_id: str | None = None
    client: str | None = None
    server: str | None = None
    tool: str | None = None
    """A name, or a glob."""
    account: str | None = None
    outcome: str | None = None
    since: float | None = None
    """Seconds since the epoch; the first moment that counts."""
    until: float | None = None
    """The first moment that no longer does."""
    text: str | None = None
    """Stands in any of the event's values, whatever its case."""
    before: int | None = None
    """The number that an event's own is below."""
    after: int | None = None
    """The number that an event's own is above."""

    def __post_init__(self) -> None:
        if self.event is not None and self.event not in EVENTS:
            hint = nearest(self.event, EVENTS) or f"Use one of {', '.join(EVENTS)}."
            raise ConfigInvalid("event", f"{self.event!r} is no audit event", hint)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return all(getattr(self, field.name) is None for field in fields(self))

    @property
    def needle(self) -> bytes | None:
        """Bytes that stand in every line that fits, the longest there are; None where none are."""
        return max(self._needles(), key=len, default=None)

    def may_fit(self, line: bytes) -> bool:
        """Whether a line's number and time fit: cheap, and before it is read as JSON."""
        if all(one is None for one in (self.since, self.until, self.before, self.after)):
            return True
        found = _TIME.match(line)
        if found is None:
            return False
        number, moment = int(found[1]), found[2].decode("ascii", "replace")
        return (
            (self.since is None or moment >= moment_text(self.since))
            and (self.until is None or moment < moment_text(self.until))
            and (self.before is None or number < self.before)
            and (self.after is None or number > self.after)
        )

    def may_hold(self, lines: bytes) -> bool:
        """Whether one of the lines could be asked for: at the speed of memory."""
        if not all(needle in lines for needle in self._needles()):
            return False
        if self.text is None or not self.text.isascii():
            return True
        return _quoted(self.text)[1:-1].lower().encode("ascii") in lines.lower()

    def fits(self, event: Mapping[str, object]) -> bool:
        """Whether an event is asked for, its number and time apart."""
        wanted = ((name, getattr(self, name)) for name in _EXACT)
        if not all(value is None or event.get(name) == value for name, value in wanted):
            return False
        tool = event.get("tool")
        if self.tool is not None and not (isinstance(tool, str) and fnmatchcase(tool, self.tool)):
            return False
        return self.text is None or self.text.casefold() in _values(event)

    def _needles(self) -> Iterator[bytes]:
        for name in _EXACT:
            value = getattr(self, name)
            if value is not None:
                yield f'"{name}":{_quoted(value)}'.encode("ascii")
        if self.tool is not None:
            plain = _GLOB.split(self.tool, maxsplit=1)[0]
            # Without its closing quote, a glob's plain beginning is one of the line's as well.
            quoted = _quoted(plain)
            yield f'"tool":{quoted if plain == self.tool else quoted[:-1]}'.encode("ascii")


@lru_cache(maxsize=64)
def moment_text(seconds: float) -> str:
    """A time as it stands in a line, where texts have the order of their times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _values(event: Mapping[str, object]) -> str:
    """What an event says, in one text without its code and the names of its fields."""
    told = [value for name, value in event.items() if name not in ("mac", "details")]
    details = event.get("details")
    if isinstance(details, dict):
        told += cast("Mapping[str, object]", details).values()
    return "\n".join(str(value) for value in told if value is not None).casefold()
