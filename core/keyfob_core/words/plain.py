"""Words of others, made safe to show."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_DELETE = "\x7f"


def visible(text: str, *, lines: bool = False) -> str:
    """The text with escape, control, bidirectional and invisible characters written out.

    With `lines`, line feeds and tabs stay; without, the answer is one line.
    """
    return "".join(
        character if lines and character in "\n\t" else _shown(character) for character in text
    )


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if character == _DELETE:
        return "\u2421"
    if unicodedata.category(character) in _UNSEEN or character in _BLANK or _selects(code):
        return f"\u27e8U+{code:04X}\u27e9"
    return character


def _selects(code: int) -> bool:
    """Variation selectors can carry hidden text; the two that colour an emoji are common."""
    return 0xFE00 <= code <= 0xFE0D or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F
