from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.audit.chain import AuditHead
from keyfob_core.audit.files import log_files
from keyfob_core.audit.verify import Verification, verify
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from support.audit_log import KEY, log_bytes, numbered, replace_bytes, write_log

LINES = 9


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, AuditHead]:
    folder = tmp_path_factory.mktemp("whole")
    head = write_log(folder, *numbered(LINES), rotate_bytes=700)
    assert len(log_files(folder)) == 3
    return folder, head


@pytest.fixture
def copy(whole: tuple[Path, AuditHead], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy(whole[0], tmp_path_factory)


def _copy(folder: Path, factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(folder, factory.mktemp("copy") / "audit"))


def _lines(folder: Path) -> list[tuple[Path, bytes]]:
    return [
        (path, line)
        for path in log_files(folder)
        for line in path.read_bytes().splitlines(keepends=True)
    ]


def _write(folder: Path, lines: list[tuple[Path, bytes]]) -> None:
    for path in log_files(folder):
        path.write_bytes(b"".join(line for owner, line in lines if owner == path))


def test_a_whole_log_verifies_with_and_without_its_anchor(
    whole: tuple[Path, AuditHead],
) -> None:
    folder, head = whole
    assert verify(folder, KEY, None) == Verification(ok=True, count=LINES)
    assert verify(folder, KEY, head) == Verification(ok=True, count=LINES)


def test_no_log_verifies_unless_one_was_anchored(tmp_path: Path) -> None:
    assert verify(tmp_path / "none", KEY, None) == Verification(ok=True, count=0)
    assert not verify(tmp_path / "none", KEY, AuditHead(3, "a" * 64)).ok


def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(3), rotate_bytes=400)
    good = log_bytes(tmp_path)
    assert len(log_files(tmp_path)) == 2
    for position in range(len(good)):
        for flip in (0x01, 0x20, 0x80):
            bad = bytearray(good)
            bad[position] ^= flip
            replace_bytes(tmp_path, bytes(bad))
            found = verify(tmp_path, KEY, None)
            assert not found.ok, (position, flip)
            assert found.count <= good[:position].count(b"\n")
    replace_bytes(tmp_path, good)
    assert verify(tmp_path, KEY, None).ok


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_change_of_one_byte_names_the_file_and_line(
    whole: tuple[Path, AuditHead], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    copy = _copy(whole[0], tmp_path_factory)
    lines = _lines(copy)
    which = data.draw(st.integers(0, LINES - 1))
    path, line = lines[which]
    position = data.draw(st.integers(0, len(line) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b not in (line[position], 10)))
    lines[which] = (path, line[:position] + bytes([byte]) + line[position + 1 :])
    _write(copy, lines)
    found = verify(copy, KEY, None)
    assert (found.ok, found.count, found.file) == (False, which, path.name)
    first_of_file = [owner for owner, _ in lines].index(path)
    assert found.line == which - first_of_file + 1


@pytest.mark.parametrize("removed", range(LINES - 1))
def test_a_removed_line_is_found(copy: Path, removed: int) -> None:
    lines = _lines(copy)
    del lines[removed]
    _write(copy, lines)
    found = verify(copy, KEY, None)
    assert (found.ok, found.count) == (False, removed)


@pytest.mark.parametrize("kept", range(LINES))
def test_a_tail_cut_behind_the_anchor_is_found(
    whole: tuple[Path, AuditHead], copy: Path, kept: int
) -> None:
    _write(copy, _lines(copy)[:kept])
    assert verify(copy, KEY, None).ok
    found = verify(copy, KEY, whole[1])
    assert (found.ok, found.count) == (False, kept)
    assert f"{LINES - kept} events" in (found.problem or "")


@settings(max_examples=60, deadline=None)
@given(first=st.integers(0, LINES - 1), second=st.integers(0, LINES - 1))
def test_two_swapped_lines_are_found(
    whole: tuple[Path, AuditHead],
    tmp_path_factory: pytest.TempPathFactory,
    first: int,
    second: int,
) -> None:
    copy = _copy(whole[0], tmp_path_factory)
    lines = _lines(copy)
    a, b = lines[first], lines[second]
    lines[first], lines[second] = (a[0], b[1]), (b[0], a[1])
    _write(copy, lines)
    found = verify(copy, KEY, None)
    assert found.ok == (first == second)
    if first != second:
        assert found.count == min(first, second)


@pytest.mark.parametrize("line", range(LINES))
@pytest.mark.parametrize("at", [0, 4, LINES])
def test_a_duplicated_line_is_found(copy: Path, line: int, at: int) -> None:
    lines = _lines(copy)
    lines.insert(at, (lines[min(at, LINES - 1)][0], lines[line][1]))
    _write(copy, lines)
    assert not verify(copy, KEY, None).ok


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_removed_file_is_found(whole: tuple[Path, AuditHead], copy: Path, which: int) -> None:
    log_files(copy)[which].unlink()
    assert not verify(copy, KEY, whole[1]).ok
    if which < 2:
        assert "missing" in (verify(copy, KEY, None).problem or "")


def test_a_log_written_anew_after_a_cut_does_not_match_the_anchor(
    whole: tuple[Path, AuditHead], copy: Path
) -> None:
    _write(copy, _lines(copy)[:4])
    write_log(copy, *(AuditEvent(event="refused") for _ in range(LINES)))
    assert verify(copy, KEY, None).ok
    found = verify(copy, KEY, whole[1])
    assert (found.ok, found.count) == (False, LINES - 1)
    assert "anchored" in (found.problem or "")


def test_a_log_goes_on_after_its_anchor(whole: tuple[Path, AuditHead], copy: Path) -> None:
    write_log(copy, *numbered(2))
    assert verify(copy, KEY, whole[1]) == Verification(ok=True, count=LINES + 2)


def test_another_key_verifies_nothing(whole: tuple[Path, AuditHead]) -> None:
    assert verify(whole[0], bytes(32), None).count == 0
    assert not verify(whole[0], bytes(32), None).ok


def test_a_file_that_cannot_be_read_is_an_error_and_no_verdict(copy: Path) -> None:
    path = log_files(copy)[1]
    path.unlink()
    path.mkdir()
    with pytest.raises(AuditUnavailable):
        verify(copy, KEY, None)


def test_a_name_in_the_details_is_not_taken_for_an_event(tmp_path: Path) -> None:
    write_log(tmp_path, AuditEvent(event="prompt", details={"event": "log_cut", "x": 1}))
    assert verify(tmp_path, KEY, None).ok
