from __future__ import annotations

import base64
import json
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import pytest

from keyfob_core.transports.programs.records import Complaints, ProgramRecords, Redactor

SECRET = 'se"cret/with+odd=%20chars\\'


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def kept(tmp_path: Path, clock: list[float]) -> Generator[ProgramRecords]:
    made = ProgramRecords(
        tmp_path / "logs", lambda folder: folder.mkdir(exist_ok=True), lambda: clock[0]
    )
    yield made
    made.close()


@pytest.fixture
def complaints(kept: ProgramRecords) -> Complaints:
    return kept.of("files", 7, (SECRET,))


def test_a_secret_is_taken_out_in_every_shape_that_programs_write_it() -> None:
    redact = Redactor((SECRET, "", "tiny"))
    plain = SECRET.encode()
    shapes = [SECRET, json.dumps(SECRET)[1:-1], quote(SECRET, safe=""), plain.hex()]
    for shift in range(3):
        encoded = base64.b64encode(b"ab:"[:shift] + plain + b":more")
        assert "[secret]" in redact(encoded.decode())
        assert "[secret]" in redact(base64.urlsafe_b64encode(b"ab:"[:shift] + plain).decode())
    for shape in shapes:
        assert redact(f"before {shape} after") == "before [secret] after"
    assert redact("a tiny bit") == "a [secret] bit"
    assert Redactor(())("as it is") == "as it is"


def test_a_longer_secret_is_not_left_over_beside_a_shorter_one() -> None:
    redact = Redactor(("token", "token-and-more"))
    assert redact("token-and-more token") == "[secret] [secret]"


def test_lines_are_kept_with_who_said_them(kept: ProgramRecords, complaints: Complaints) -> None:
    complaints.hear(b"one\ntw")
    complaints.hear(b"o\n\nthree")
    complaints.end()
    said = [line.split(" ", 2)[2] for line in kept.tail("files", 10)]
    assert said == ["[7] one", "[7] two", "[7] three"]
    assert complaints.last_words == "one / two / three"
    assert [line[-3:] for line in kept.tail("files", 2)] == ["two", "ree"]
    assert kept.tail("others", 10) == ()


def test_a_line_without_end_is_cut_and_no_half_of_a_secret_is_left(
    kept: ProgramRecords, complaints: Complaints
) -> None:
    complaints.hear(b"y" * (1 << 16) + SECRET.encode()[:9])
    complaints.hear(SECRET.encode()[9:] + b" and on\nnext\n")
    text = "\n".join(kept.tail("files", 10))
    assert len(text) < 10_000
    assert "with+odd" not in text
    assert text.endswith("next")


def test_the_file_stays_small(tmp_path: Path, kept: ProgramRecords, clock: list[float]) -> None:
    complaints = kept.of("files", 7, ())
    for _ in range(30):
        clock[0] += 1
        complaints.hear((b"z" * 1000 + b"\n") * 100)
    sizes = [file.stat().st_size for file in (tmp_path / "logs").iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) < 2_200_000


def test_a_flood_is_counted_and_not_kept(
    kept: ProgramRecords, complaints: Complaints, clock: list[float]
) -> None:
    complaints.hear(b"flood\n" * 5000)
    clock[0] += 1
    complaints.hear(b"after\n")
    lines = kept.tail("files", 1000)
    assert len(lines) == 202
    assert lines[-2].endswith("(4800 lines were left out)")


def test_no_escape_reaches_the_file(kept: ProgramRecords, complaints: Complaints) -> None:
    complaints.hear(b"\x1b]0;title\x07 \xe2\x80\xae \xff\n")
    complaints.note("said what is no message", b"\x1b[2J")
    text = "".join(kept.tail("files", 10))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_folder_that_cannot_be_written_costs_lines_and_nothing_else(
    tmp_path: Path, clock: list[float]
) -> None:
    (tmp_path / "logs").write_text("a file")
    kept = ProgramRecords(tmp_path / "logs", lambda made: None, lambda: clock[0])
    complaints = kept.of("files", 7, ())
    complaints.hear(b"one\n")
    assert complaints.last_words == "one"
    assert kept.tail("files", 5) == ()
    kept.close()
