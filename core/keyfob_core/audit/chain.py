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

_WHO = ("client", "server", "tool", "account", "outcome")
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
    if event.request_id is not None:
        line += f',"request_id":{_literal(event.request_id)}'
    who = (event.client, event.server, event.tool, event.account, event.outcome)
    details = tuple(event.details.items())
    kinds = tuple(map(type, event.details.values()))
    # Zero and minus zero are equal, and are not written alike; a long text is not to be kept.
    texts = [text for text in (*who, *event.details.values()) if isinstance(text, str)]
    usual = float not in kinds and max(map(len, texts), default=0) <= STRING_LIMIT
    rest = _rest if usual else _rest.__wrapped__
    return f"{line}{rest(who, details, kinds)}".encode("ascii")


@lru_cache(maxsize=256)
def _rest(
    who: tuple[str | None, ...],
    details: tuple[tuple[str, object], ...],
    kinds: tuple[type, ...],
) -> str:
    """What follows the request's number, which for one client's calls is mostly the same.

    `kinds` are the types of the details: 1 and True are equal, and are not written alike.
    """
    line = ""
    for name, text in zip(_WHO, who, strict=True):
        if text is not None:
            line += f',"{name}":{_literal(text)}'
    if details:
        # The json module would look at each a second time.
        pairs = [f"{_literal(name)}:{_literal(value)}" for name, value in details]
        line += f',"details":{{{",".join(pairs)}}}'
    return line


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


def _moment(at: float) -> str:
    seconds, thousandths = divmod(int(at * 1000), 1000)
    return f"{_second(seconds)}.{thousandths:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds))
