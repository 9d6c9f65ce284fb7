"""Foreign text made safe for a terminal, and the shapes commands print in."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

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


def moment(seconds: float | None) -> str:
    """A time as the person's clock shows it, or a dash."""
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns under their titles; None is a dash, and every cell is made visible."""
    cells = [list(titles)]
    cells += [["-" if cell is None else visible(str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def json_text(value: object) -> str:
    """JSON for other programs that is also safe on a terminal."""
    return json.dumps(value, indent=2, ensure_ascii=True).replace(_DELETE, "\\u007f")


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
