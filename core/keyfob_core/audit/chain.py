"""The form of a line and its chain: an HMAC-SHA-256 over the line before it and itself."""

from __future__ import annotations

import hmac
import json
import re
from functools import lru_cache
from math import isfinite
from time import gmtime, strftime
from typing import cast

from keyfob_core.audit.events import EVENTS
from keyfob_core.model import AuditEvent

GENESIS = "0" * 64
"""What the first line is chained to."""
STRING_LIMIT = 500
"""Characters of any one string; the rest is cut, since texts come from outside."""

_INT_LIMIT = 1 << 63
_MAC = b',"mac":"'
_END = b'"}\n'
_TAIL = len(_MAC) + 64 + len(_END)
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, check_circular=False).encode
_START = re.compile(rb'\{"seq":([1-9][0-9]{0,17}),')
_HEX = re.compile(rb"[0-9a-f]{64}")


def content(sequence: int, at: float, event: AuditEvent) -> bytes:
    """The line of an event up to its authentication code.

    Raises ValueError for an event that is not on the list and TypeError for a value that is no
    text, number, truth value or None.
    """
    if event.event not in EVENTS:
        raise ValueError(f"{event.event!r} is not a published audit event")
    line: dict[str, object] = {"seq": sequence, "time": _moment(at), "event": event.event}
    for name, value in (
        ("request_id", event.request_id),
        ("client", event.client),
        ("server", event.server),
        ("tool", event.tool),
        ("account", event.account),
        ("outcome", event.outcome),
    ):
        if value is not None:
            line[name] = _plain(value)
    if event.details:
        line["details"] = {_text(name): _plain(value) for name, value in event.details.items()}
    return _ENCODE(line)[:-1].encode("ascii")


def seal(key: bytes, previous: str, text: bytes) -> tuple[bytes, str]:
    """The whole line of a content chained to the previous code, and its own code in hex."""
    mac = hmac.digest(key, previous.encode("ascii") + text, "sha256").hex()
    return b"".join((text, _MAC, mac.encode("ascii"), _END)), mac


def take_apart(line: bytes) -> tuple[int, bytes, str] | None:
    """The number, content and code a line states, unchecked; None where it is no line of ours."""
    start = _START.match(line)
    text, mac = line[:-_TAIL], line[-_TAIL + len(_MAC) : -len(_END)]
    if start is None or not _HEX.fullmatch(mac):
        return None
    if line[-_TAIL : -_TAIL + len(_MAC)] != _MAC or not line.endswith(_END):
        return None
    return int(start[1]), text, mac.decode("ascii")


def _plain(value: object) -> str | int | float | None:
    # Exact types first: two events are written for each call.
    kind = type(value)
    if kind is str:
        return _text(value)
    if value is None or kind is bool:
        return cast("bool | None", value)
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, int):
        return value if abs(value) < _INT_LIMIT else f"a number of {value.bit_length()} bits"
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    raise TypeError(f"an audit event cannot carry {kind.__name__}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"an audit event's detail cannot be named by {type(value).__name__}")
    return value if len(value) <= STRING_LIMIT else value[: STRING_LIMIT - 1] + "…"


def _moment(at: float) -> str:
    seconds, thousandths = divmod(int(at * 1000), 1000)
    return f"{_second(seconds)}.{thousandths:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))
