"""An address as a QR code in half-block characters, for the camera of a phone."""

from __future__ import annotations

_QUIET = 4
"""Light modules around the code (ISO/IEC 18004, 9.1)."""
_BLOCKS = {(0, 0): "\u2588", (0, 1): "\u2580", (1, 0): "\u2584", (1, 1): " "}
_BLACK_AND_WHITE, _AS_BEFORE = "\x1b[97;40m", "\x1b[0m"


def qr_lines(text: str, *, columns: int, encoding: str, colours: bool) -> tuple[str, ...]:
    """The lines of a QR code; none where the terminal cannot show it, or the text is too long.

    With `colours` it is black on white whatever the terminal's theme; else light modules are drawn
    in the terminal's own foreground.
    """
    import segno

    try:
        "".join(_BLOCKS.values()).encode(encoding)
        code = segno.make_qr(text, error="l", boost_error=False)
    except (LookupError, UnicodeEncodeError, segno.DataOverflowError):
        return ()
    rows = [tuple(row) for row in code.matrix_iter(border=_QUIET)]
    if len(rows[0]) > columns:
        return ()
    if len(rows) % 2:
        # A line shows two rows; what is below the last one is light as the border is.
        rows.append((0,) * len(rows[0]))
    lines = (
        "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
    return tuple(f"{_BLACK_AND_WHITE}{line}{_AS_BEFORE}" if colours else line for line in lines)
