from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.audit.files import file_name, lines_backwards, log_files


def test_files_come_in_the_order_of_their_first_event_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    for first in (1_000_000, 2, 99, 1):
        (tmp_path / file_name(first)).touch()
    for other in ("000000000001-7-0011223344556677.torn", "notes.jsonl", "1.jsonl"):
        (tmp_path / other).touch()
    assert log_files(tmp_path) == tuple(
        tmp_path / file_name(first) for first in (1, 2, 99, 1_000_000)
    )
    assert log_files(tmp_path / "none") == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 200_000), max_size=4), max_size=3),
    st.binary(max_size=3).filter(lambda rest: b"\n" not in rest),
)
def test_lines_read_backwards_are_the_lines_read_forwards(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[list[int]], rest: bytes
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    paths: list[Path] = []
    for number, file in enumerate(lengths, start=1):
        path = folder / file_name(number)
        path.write_bytes(b"".join(b"x" * length + b"\n" for length in file) + rest)
        paths.append(path)
    forwards: list[bytes] = []
    for path in paths:
        with path.open("rb") as file:
            forwards += file
    assert list(lines_backwards(reversed(paths))) == forwards[::-1]
