"""The form of a line and its chain: an HMAC-SHA-256 over the line before it and itself."""

from __future__ import annotations

import re
from binascii import hexlify
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from math import isfinite
from time import gmtime, strftime
from types import MappingProxyType

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from keyfob_core.audit.events import EVENTS
from keyfob_core.model import AuditEvent, Details

GENESIS = "0" * 64
"""What the first line is chained to."""
STRING_LIMIT = 500
"""Characters of any one string; the rest is cut, since texts come from outside."""

_WHO = ("client", "server", "tool", "account", "outcome")
_INT_LIMIT = 1 << 63
_MOST_KNOWN = 256
_MAC = b',"mac":"'
_END = b'"}\n'
_TAIL = len(_MAC) + 64 + len(_END)
_START = re.compile(rb'\{"seq":([1-9][0-9]{0,17}),')
_HEX = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the chain: how many events, and the last one's authentication code."""

    count: int
    digest: str


Rest = Callable[[AuditEvent], str]
"""Makes what follows the request's number in the line of an event."""


def rest_of(event: AuditEvent) -> str:
    """What follows the request's number; raises TypeError as `content` does."""
    line = ""
    for name in _WHO:
        text: str | None = getattr(event, name)
        if text is not None:
            line += f',"{name}":{_literal(text)}'
    if event.details:
        # The json module would look at each a second time.
        pairs = [f"{_literal(name)}:{_literal(value)}" for name, value in event.details.items()]
        line += f',"details":{{{",".join(pairs)}}}'
    return line


class KnownRests:
    """`rest_of`, remembered: for one client's calls it is mostly the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], str] = {}
        self._of_same: dict[tuple[object, ...], tuple[Details, str]] = {}
        """For the very same details, which they hold so that none takes their place."""

    def __call__(self, event: AuditEvent) -> str:
        """Raises TypeError as `content` does."""
        who = (event.client, event.server, event.tool, event.account, event.outcome)
        key = (*who, id(event.details))
        same = self._of_same.get(key)
        if same is not None:
            return same[1]
        same = event.details, self._rest(event)
        size = _size((*who, *same[0].values()))
        # Others may still be changed by whoever made them.
        if type(event.details) is MappingProxyType and size <= STRING_LIMIT:
            if len(self._of_same) >= _MOST_KNOWN:
                self._of_same.clear()
            self._of_same[key] = same
        return same[1]

    def _rest(self, event: AuditEvent) -> str:
        values = event.details.values()
        # 1 and True are equal, and are not written alike.
        key = (
            *(event.client, event.server, event.tool, event.account, event.outcome),
            *event.details,
            *values,
            *map(type, values),
        )
        rest = self._known.get(key)
        if rest is None:
            rest = rest_of(event)
            # Zero and minus zero are equal, and are not written alike; a long text is not kept.
            if float not in map(type, values) and _size(key) <= STRING_LIMIT:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = rest
        return rest


def content(sequence: int, at: float, event: AuditEvent, rest: Rest = rest_of) -> bytes:
    """The line of an event up to its authentication code.

    Raises ValueError for an event that is not on the list and TypeError for a value that is no
    text, number, truth value or None.
    """
    if event.event not in EVENTS:
        raise ValueError(f"{event.event!r} is not a published audit event")
    seconds, thousandths = divmod(int(at * 1000), 1000)
    moment = _second(seconds) + _FRACTIONS[thousandths]
    line = f'{{"seq":{sequence},"time":"{moment}","event":"{event.event}"'
    asked = event.request_id
    if asked is not None:
        # As in `_literal`, for what stands in most lines.
        line += f',"request_id":{_quoted(asked) if len(asked) <= STRING_LIMIT else _text(asked)}'
    return f"{line}{rest(event)}".encode("ascii")


def seal(key: bytes, previous: str, text: bytes) -> tuple[bytes, str]:
    """The whole line of a content chained to the previous code, and its own code in hex."""
    line, mac = seal_with(keyed(key), previous.encode("ascii"), text)
    return line, mac.decode("ascii")


def keyed(key: bytes) -> HMAC:
    """The beginning of every code under this key, for `seal_with`."""
    # cryptography's is copied in half the time that the standard library's takes.
    return HMAC(key, SHA256())


def seal_with(beginning: HMAC, previous: bytes, text: bytes) -> tuple[bytes, bytes]:
    """What `seal` does, for many lines under one key; the beginning stays as it is."""
    code = beginning.copy()
    code.update(previous + text)
    mac = hexlify(code.finalize())
    return b"".join((text, _MAC, mac, _END)), mac


def take_apart(line: bytes) -> tuple[int, bytes, str] | None:
    """The number, content and code a line states, unchecked; None where it is no line of ours."""
    start = _START.match(line)
    text, mac = line[:-_TAIL], line[-_TAIL + len(_MAC) : -len(_END)]
    if start is None or not _HEX.fullmatch(mac):
        return None
    if line[-_TAIL : -_TAIL + len(_MAC)] != _MAC or not line.endswith(_END):
        return None
    return int(start[1]), text, mac.decode("ascii")


def _size(values: tuple[object, ...]) -> int:
    return max((len(value) for value in values if isinstance(value, str)), default=0)


def _text(text: str) -> str:
    return _quoted(text[: STRING_LIMIT - 1] + "…")


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _quoted(value) if len(value) <= STRING_LIMIT else _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        size = value.bit_length()
        return int.__repr__(value) if abs(value) < _INT_LIMIT else f'"a number of {size} bits"'
    if isinstance(value, float):
        return float.__repr__(value) if isfinite(value) else f'"{value}"'
    raise TypeError(f"an audit event cannot carry {type(value).__name__}")


# Formatting a number takes longer than looking it up.
_FRACTIONS = tuple(f".{thousandth:03}Z" for thousandth in range(1000))


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))
