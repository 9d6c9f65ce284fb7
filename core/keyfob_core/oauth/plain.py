"""Words of others, made safe to show."""

from __future__ import annotations

import unicodedata

_LONGEST = 300
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def visible(text: str, *, secrets: tuple[str | None, ...] = ()) -> str:
    """The text on one line, control and bidirectional characters written out, secrets cut out.

    Longer texts are cut at 300 characters.
    """
    for secret in secrets:
        text = text.replace(secret, "[secret]") if secret else text
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return "".join(_shown(character) for character in cut)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return f"\\u{{{ord(character):x}}}"
