"""How a secret becomes keychain items, and how a torn one is known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# A NUL ends a string on macOS, a byte order mark is eaten or turned round on Windows, and a lone
# surrogate has no UTF-8: each would read back as another secret.
_UNSAFE = re.compile("[\x00\x01\ud800-\udfff\ufeff\ufffe]")
_ESCAPED = re.compile("\x01([0-9a-f]{4})")
_HEAD = re.compile(r"keyfob1:(\d{6}):(\d{10}):([0-9a-f]{64}):(.*)", re.DOTALL)
_HEAD_UNITS = len("keyfob1:") + 6 + 1 + 10 + 1 + 64 + 1


@dataclass(frozen=True, slots=True)
class Head:
    """The first item of a secret, written last: while it is missing there is no secret."""

    items: int
    """All items of the secret, this one included."""
    units: int
    """UTF-16 units of the whole text."""
    sha256: str
    first: str = field(repr=False)
    """The beginning of the text, as much as fits beside the rest of the head."""


def utf16_units(text: str) -> int:
    """The length of a text as Windows counts it: characters beyond U+FFFF are two."""
    return len(text) + sum(character > "\uffff" for character in text)


def pack(secret: str, limit: int | None) -> tuple[str, ...]:
    """The texts of a secret's items, the head first; none is longer than `limit` UTF-16 units."""
    text = _UNSAFE.sub(lambda match: f"\x01{ord(match[0]):04x}", secret)
    first, *rest = (text,) if limit is None else tuple(_pieces(text, limit))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return (f"keyfob1:{1 + len(rest):06d}:{utf16_units(text):010d}:{digest}:{first}", *rest)


def read_head(item: str) -> Head | None:
    """The head that an item's text states, or None where it is none."""
    match = _HEAD.fullmatch(item)
    if match is None:
        return None
    return Head(items=int(match[1]), units=int(match[2]), sha256=match[3], first=match[4])


def unpack(head: Head, rest: Sequence[str]) -> str | None:
    """The secret, or None where the items do not belong together."""
    text = head.first + "".join(rest)
    if 1 + len(rest) != head.items or utf16_units(text) != head.units:
        return None
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if digest != head.sha256:
        return None
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Cut to the limit without parting a surrogate pair; the first piece leaves room for a head."""
    units = text.encode("utf-16-le")
    start, size = 0, 2 * (limit - _HEAD_UNITS)
    while True:
        end = start + size
        if end < len(units) and 0xD8 <= units[end - 1] <= 0xDB:
            end -= 2
        yield units[start:end].decode("utf-16-le")
        if end >= len(units):
            return
        start, size = end, 2 * limit
