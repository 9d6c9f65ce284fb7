"""The form of a line and its chain: an HMAC-SHA-256 over the line before it and itself."""

from __future__ import annotations

import re
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from math import isfinite
from time import gmtime, strftime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

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
_START = re.compile(rb'\{"seq":([1-9][0-9]{0,17}),')
_HEX = re.compile(rb"[0-9a-f]{64}")


def content(sequence: int, at: float, event: AuditEvent) -> bytes:
    """The line of an event up to its authentication code.

    Raises ValueError for an event that is not on the list and TypeError for a value that is no
    text, number, truth value or None.
    """
    if event.event not in EVENTS:
        raise ValueError(f"{event.event!r} is not a published audit event")
    line = f'{{"seq":{sequence},"time":"{_moment(at)}","event":{_quoted(event.event)}'
    for name, text in (
        ("request_id", event.request_id),
        ("client", event.client),
        ("server", event.server),
        ("tool", event.tool),
        ("account", event.account),
        ("outcome", event.outcome),
    ):
        if text is not None:
            line += f',"{name}":{_quoted(text) if len(text) <= STRING_LIMIT else _text(text)}'
    if event.details:
        # The json module would look at each a second time; what is usual is done without a call.
        details = [
            f"{_quoted(name) if len(name) <= STRING_LIMIT else _text(name)}:"
            f"{'null' if value is None else _literal(value)}"
            for name, value in event.details.items()
        ]
        line += f',"details":{{{",".join(details)}}}'
    return line.encode("ascii")


def seal(key: bytes, previous: str, text: bytes) -> tuple[bytes, str]:
    """The whole line of a content chained to the previous code, and its own code in hex."""
    return seal_with(keyed(key), previous, text)


def keyed(key: bytes) -> HMAC:
    """The beginning of every code under this key, for `seal_with`."""
    # cryptography's is copied in half the time that the standard library's takes.
    return HMAC(key, SHA256())


def seal_with(beginning: HMAC, previous: str, text: bytes) -> tuple[bytes, str]:
    """What `seal` does, for many lines under one key; the beginning stays as it is."""
    code = beginning.copy()
    code.update(previous.encode("ascii") + text)
    mac = code.finalize().hex()
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


def _text(text: str) -> str:
    return _quoted(text[: STRING_LIMIT - 1] + "…")


def _literal(value: object) -> str:
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


def _moment(at: float) -> str:
    seconds, thousandths = divmod(int(at * 1000), 1000)
    return f"{_second(seconds)}.{thousandths:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))
