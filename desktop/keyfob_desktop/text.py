"""Foreign text made safe to read: what would be invisible or reorder the line is shown."""

from __future__ import annotations

import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_EMOJI_SELECTORS = frozenset("\ufe0e\ufe0f")


def visible_text(text: str, *, lines: bool = False) -> str:
    """The text with control, bidirectional and zero-width characters written out.

    With `lines`, line feeds and tabs stay what they are; without, the answer is one line.
    """
    kept = frozenset("\n\t") if lines else frozenset[str]()
    return "".join(c if c in kept else _visible(c) for c in text)


def clipped(text: str, limit: int) -> str:
    """The text, cut with an ellipsis when it has more than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"⟨U+{code:04X}⟩" if _is_invisible(character) else character


def _is_invisible(character: str) -> bool:
    if unicodedata.category(character) in _INVISIBLE_CATEGORIES:
        return True
    if character in _EMOJI_SELECTORS:
        return False
    return character in _BLANK_LETTERS or _is_variation_selector(ord(character))


def _is_variation_selector(code: int) -> bool:
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F
