from __future__ import annotations

import pytest
import segno

from keyfob_core.cli.qr import qr_lines

ADDRESS = "https://github.com/login/device?user_code=WDJB-MJHT"
_CELLS = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}


def modules(lines: tuple[str, ...]) -> list[tuple[int, ...]]:
    """The dark and light modules that the lines show, two rows a line."""
    rows: list[tuple[int, ...]] = []
    for line in lines:
        pairs = [_CELLS[character] for character in line]
        rows += [tuple(upper for upper, _ in pairs), tuple(lower for _, lower in pairs)]
    return rows


@pytest.mark.parametrize("text", [ADDRESS, "https://x.example/", "https://é.example/" + "a" * 90])
def test_the_lines_show_the_codes_modules_and_a_light_border(text: str) -> None:
    shown = modules(qr_lines(text, columns=200, encoding="utf-8", colours=False))
    size = len(shown[0])
    expected = segno.make_qr(text, error="l", boost_error=False)
    assert [tuple(row) for row in expected.matrix] == [row[4:-4] for row in shown[4 : size - 4]]
    border = [*shown[:4], *shown[size - 4 :]]
    assert not any(any(row) for row in border)
    assert not any(any(row[:4] + row[-4:]) for row in shown)


def test_colours_stand_around_each_line() -> None:
    plain = qr_lines(ADDRESS, columns=80, encoding="utf-8", colours=False)
    coloured = qr_lines(ADDRESS, columns=80, encoding="utf-8", colours=True)
    assert coloured == tuple(f"\x1b[97;40m{line}\x1b[0m" for line in plain)


@pytest.mark.parametrize(
    ("text", "columns", "encoding"),
    [
        (ADDRESS, 30, "utf-8"),
        (ADDRESS, 80, "ascii"),
        (ADDRESS, 80, "cp1252"),
        (ADDRESS, 80, "no-such-encoding"),
        ("a" * 5000, 9999, "utf-8"),
    ],
)
def test_what_cannot_be_shown_is_left_out(text: str, columns: int, encoding: str) -> None:
    assert qr_lines(text, columns=columns, encoding=encoding, colours=False) == ()


def test_the_consoles_old_encoding_suffices() -> None:
    assert qr_lines(ADDRESS, columns=80, encoding="cp437", colours=False)
