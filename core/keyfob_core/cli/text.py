"""Foreign text made safe for a terminal, and the shapes commands print in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from keyfob_core.words.plain import visible

_DELETE = "\x7f"


def moment(seconds: float | None) -> str:
    """A time as the person's clock shows it, or a dash; `never` after the end of the calendar."""
    if seconds is None:
        return "-"
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "never"


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
