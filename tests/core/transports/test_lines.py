"""Lines come out as they went in, wherever their bytes were cut."""

from __future__ import annotations

import asyncio

from hypothesis import example, given
from hypothesis import strategies as st

from keyfob_core.errors import RequestRefused
from keyfob_core.transports.lines import Lines

LONGEST = 6
TOO_LONG = "too long"
PIECES = st.lists(st.text("ab\r\n", min_size=1, max_size=9).map(str.encode), max_size=8)


class Pieces:
    """A stream that gives one piece at each reading, and is reset by its other end."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._left = list(pieces)

    async def read(self, n: int = -1, /) -> bytes:
        """The next piece."""
        if not self._left:
            raise ConnectionResetError
        return self._left.pop(0)


async def all_lines(pieces: list[bytes]) -> list[bytes | str]:
    """Each line, or that it was too long."""
    lines, found = Lines(Pieces(pieces), LONGEST), list[bytes | str]()
    while True:
        try:
            line = await lines.next()
        except RequestRefused:
            found.append(TOO_LONG)
            continue
        if line is None:
            return found
        found.append(line)


def wanted(data: bytes) -> list[bytes | str]:
    """The same, of all bytes at once."""
    *whole, last = data.split(b"\n")
    parts = [*whole, last] if last.removesuffix(b"\r") else whole
    bare = [part.removesuffix(b"\r") for part in parts]
    return [line if len(line) <= LONGEST else TOO_LONG for line in bare]


@example([b"aaaaaaaa", b"a\n", b"b\n"])
@example([b"a\n", b"b\nb", b"\n", b"a"])
@example([b"\n", b"\r\n", b"aaaaaa\n"])
@example([b"aaaaaa\r", b"\n"])
@given(PIECES)
def test_where_the_bytes_were_cut_makes_no_difference(pieces: list[bytes]) -> None:
    found = asyncio.run(all_lines(pieces))
    assert found == asyncio.run(all_lines([b"".join(pieces)]))


@example([b"aaaaaaa\n", b"a\n"])
@given(PIECES)
def test_each_line_comes_without_its_end_and_a_long_one_is_refused(pieces: list[bytes]) -> None:
    assert asyncio.run(all_lines(pieces)) == wanted(b"".join(pieces))
