from __future__ import annotations

import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob_core.audit.events import EVENTS
from keyfob_core.audit.files import log_files
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.query import tail
from keyfob_core.audit.verify import verify
from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from support.audit_log import KEY, SetClock, log_bytes, numbered, write_log

WRITER = """
import sys, time
from pathlib import Path
from keyfob_core.audit.log import AuditLog
from keyfob_core.model import AuditEvent

log = AuditLog(Path(sys.argv[1]), bytes(range(32)), time.time, rotate_bytes=20_000)
while True:
    log.record(AuditEvent(event="forwarding", server="s" * 400))
    sys.stdout.write(f"{log.head.count} {log.head.digest}\\n")
    sys.stdout.flush()
"""

EVENT = AuditEvent(event="forwarding", request_id="r", server="github")

events = st.builds(
    AuditEvent,
    event=st.sampled_from(sorted(set(EVENTS) - {"log_cut"})),
    client=st.none() | st.text(max_size=600),
    details=st.dictionaries(
        st.text(max_size=9), st.text(max_size=30) | st.integers() | st.floats() | st.none()
    ),
)


@contextmanager
def files_limited_to(size: int) -> Generator[None]:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@settings(max_examples=60, deadline=None)
@given(
    sessions=st.lists(st.lists(events, max_size=6), max_size=4),
    rotate_bytes=st.integers(1, 3000),
)
def test_any_events_over_any_restarts_and_rotations_verify(
    tmp_path_factory: pytest.TempPathFactory,
    sessions: list[list[AuditEvent]],
    rotate_bytes: int,
) -> None:
    folder = tmp_path_factory.mktemp("audit")
    head = write_log(folder)
    for session in sessions:
        head = write_log(folder, *session, rotate_bytes=rotate_bytes)
    found = verify(folder, KEY, head)
    assert found.ok, found
    assert found.count == head.count == sum(map(len, sessions))


def test_the_log_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_log(tmp_path / "data" / "audit", EVENT)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "data" / "audit").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data/audit/000000000001.jsonl").stat().st_mode) == 0o600


def test_an_event_is_one_write_of_the_whole_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AuditLog(tmp_path, KEY, SetClock())
    written: list[bytes] = []
    write = os.write

    def watched(fd: int, data: bytes) -> int:
        written.append(data)
        return write(fd, data)

    monkeypatch.setattr(os, "write", watched)
    log.record(EVENT)
    log.record(EVENT)
    monkeypatch.undo()
    assert len(written) == 2
    assert b"".join(written) == log_bytes(tmp_path)
    log.close()


def test_an_event_is_in_the_file_when_record_returns(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, KEY, SetClock())
    for event in numbered(3):
        log.record(event)
        last = json.loads(log_bytes(tmp_path).splitlines()[-1])
        assert last["request_id"] == event.request_id
        assert (log.head.count, log.head.digest) == (last["seq"], last["mac"])
    log.close()


def test_a_full_file_is_followed_by_one_named_after_its_first_event(tmp_path: Path) -> None:
    head = write_log(tmp_path, *numbered(12), rotate_bytes=900)
    files = log_files(tmp_path)
    assert len(files) >= 3
    for path in files:
        first = json.loads(path.read_bytes().splitlines()[0])
        assert path.name == f"{first['seq']:012}.jsonl"
        assert path.stat().st_size <= 900
    assert verify(tmp_path, KEY, head).ok


def test_an_unpublished_event_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, KEY, SetClock())
    log.record(EVENT)
    before = (log.head, log_bytes(tmp_path))
    with pytest.raises(ValueError, match="published"):
        log.record(AuditEvent(event="nonsense"))
    assert (log.head, log_bytes(tmp_path)) == before
    log.record(EVENT)
    assert verify(tmp_path, KEY, log.head).count == 2
    log.close()


@pytest.mark.parametrize("missing", [1, 50, 150, None])
def test_a_full_disk_refuses_events_and_the_chain_goes_on_when_there_is_room(
    tmp_path: Path, missing: int | None
) -> None:
    log = AuditLog(tmp_path, KEY, SetClock())
    log.record(EVENT)
    log.record(EVENT)
    good = log_bytes(tmp_path)
    room = 0 if missing is None else len(good) // 2 - missing
    with files_limited_to(len(good) + room):
        for _ in range(3):
            with pytest.raises(AuditUnavailable, match=tmp_path.name):
                log.record(EVENT)
        assert log_bytes(tmp_path) == good
        assert log.head.count == 2
    log.record(EVENT)
    found = verify(tmp_path, KEY, log.head)
    assert (found.ok, found.count) == (True, 3)
    log.close()


def test_a_log_that_cannot_be_opened_refuses_events_until_it_can(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("in the way")
    log = AuditLog(tmp_path / "audit", KEY, SetClock())
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            log.record(EVENT)
        with pytest.raises(AuditUnavailable):
            _ = log.head
    (tmp_path / "audit").unlink()
    log.record(EVENT)
    assert verify(tmp_path / "audit", KEY, log.head).count == 1
    log.close()


def test_a_rotation_that_fails_refuses_the_event_and_is_tried_again(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, KEY, SetClock(), rotate_bytes=100)
    log.record(EVENT)
    (tmp_path / "000000000002.jsonl").mkdir()
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            log.record(EVENT)
    (tmp_path / "000000000002.jsonl").rmdir()
    log.record(EVENT)
    found = verify(tmp_path, KEY, log.head)
    assert (found.ok, found.count) == (True, 2)
    log.close()


def test_a_log_deleted_while_it_is_written_goes_on_and_verify_misses_what_is_gone(
    tmp_path: Path,
) -> None:
    clock = SetClock()
    log = AuditLog(tmp_path / "audit", KEY, clock)
    for event in numbered(3):
        log.record(event)
    shutil.rmtree(tmp_path / "audit")
    clock.now += 1
    log.record(EVENT)
    log.sync()
    assert json.loads(log_bytes(tmp_path / "audit"))["seq"] == 4
    found = verify(tmp_path / "audit", KEY, None)
    assert (found.ok, found.count, found.line) == (False, 0, 1)
    assert "event 1 is missing" in (found.problem or "")
    log.close()


def test_a_closed_log_takes_no_event(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, KEY, SetClock())
    log.close()
    with pytest.raises(AuditUnavailable):
        log.record(EVENT)
    log.close()


def test_events_of_several_threads_make_one_chain_that_verifies_at_any_moment(
    tmp_path: Path,
) -> None:
    log = AuditLog(tmp_path, KEY, SetClock(), rotate_bytes=10_000)

    def write() -> None:
        for event in numbered(250):
            log.record(event)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        anchor = log.head
        found = verify(tmp_path, KEY, anchor)
        assert found.ok, found
        assert found.count >= anchor.count
    assert verify(tmp_path, KEY, log.head).count == 1000
    log.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(count=st.integers(1, 5), cut=st.floats(0, 1), rotated=st.booleans())
def test_a_line_torn_at_any_byte_is_set_apart_and_told(
    tmp_path_factory: pytest.TempPathFactory, count: int, cut: float, rotated: bool
) -> None:
    folder = tmp_path_factory.mktemp("audit")
    rotate_bytes = 200 if rotated else 1 << 20
    write_log(folder, *numbered(count), rotate_bytes=rotate_bytes)
    last = log_files(folder)[-1]
    lines = last.read_bytes().splitlines(keepends=True)
    torn = lines[-1][: 1 + int(cut * (len(lines[-1]) - 2))]
    last.write_bytes(b"".join(lines[:-1]) + torn)
    assert not verify(folder, KEY, None).ok

    head = write_log(folder, EVENT, rotate_bytes=rotate_bytes)
    found = verify(folder, KEY, head)
    assert found.ok, found
    assert found.count == count - 1 + 2
    told = tail(folder, 2)[0]
    assert told["event"] == "log_recovered"
    details = told["details"]
    assert isinstance(details, dict)
    assert (folder / details["kept_in"]).read_bytes() == torn
    assert details["bytes"] == len(torn)


def test_a_torn_line_is_told_even_if_the_disk_was_full_at_first(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(3))
    last = log_files(tmp_path)[-1]
    last.write_bytes(last.read_bytes()[:-10])
    size = len(b"".join(last.read_bytes().splitlines(keepends=True)[:-1]))
    with files_limited_to(size):
        log = AuditLog(tmp_path, KEY, SetClock())
        with pytest.raises(AuditUnavailable):
            log.record(EVENT)
        log.close()
    head = write_log(tmp_path, EVENT)
    assert [event["event"] for event in tail(tmp_path, 9)] == [
        "forwarding",
        "forwarding",
        "log_recovered",
        "forwarding",
    ]
    assert verify(tmp_path, KEY, head).ok


def test_a_last_line_torn_twice_at_the_same_place_is_kept_twice(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(2))
    last = log_files(tmp_path)[-1]
    first, second = last.read_bytes().splitlines(keepends=True)
    for torn in (second[:20], second[:30]):
        last.write_bytes(first + torn)
        write_log(tmp_path)
    assert len(list(tmp_path.glob("*.torn"))) == 2
    assert verify(tmp_path, KEY, None).ok


def test_an_undamaged_log_is_opened_without_a_word(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(3), rotate_bytes=200)
    before = log_bytes(tmp_path)
    write_log(tmp_path)
    assert log_bytes(tmp_path) == before
    assert list(tmp_path.glob("*.torn")) == []


def test_whole_lines_that_are_damaged_stay_for_verify_to_find(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(3))
    last = log_files(tmp_path)[-1]
    content = last.read_bytes().replace(b'"r2"', b'"r9"')
    last.write_bytes(content + b"\x00garbage\n")
    write_log(tmp_path, EVENT)
    assert log_bytes(tmp_path).startswith(content)
    assert tail(tmp_path, 2)[0]["event"] == "log_recovered"
    found = verify(tmp_path, KEY, None)
    assert (found.ok, found.count, found.line) == (False, 2, 3)


def test_a_log_written_with_another_key_is_told_and_found(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(2))
    log = AuditLog(tmp_path, bytes(32), SetClock())
    assert log.head.count == 3
    assert tail(tmp_path, 1)[0]["event"] == "log_recovered"
    log.close()
    assert not verify(tmp_path, bytes(32), None).ok


def test_a_file_left_empty_by_a_crash_is_gone_on_with(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(2))
    (tmp_path / "000000000003.jsonl").touch()
    head = write_log(tmp_path, EVENT)
    assert (tmp_path / "000000000003.jsonl").stat().st_size > 0
    assert verify(tmp_path, KEY, head).count == 3


def test_every_event_acknowledged_before_a_kill_is_in_the_log(tmp_path: Path) -> None:
    acknowledged: list[tuple[int, str]] = []
    chance = random.Random(18)  # noqa: S311
    for _ in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline() for _ in range(chance.randint(1, 120))]
            os.kill(writer.pid, signal.SIGKILL)
            lines += writer.stdout.read().splitlines(keepends=True)
        acknowledged += [
            (int(count), digest)
            for count, digest in (line.split() for line in lines if line.endswith("\n"))
        ]
    head = write_log(tmp_path)
    found = verify(tmp_path, KEY, head)
    assert found.ok, found
    written = {(event["seq"], event["mac"]) for event in tail(tmp_path, found.count)}
    assert len(acknowledged) > 200
    assert len(log_files(tmp_path)) > 2
    assert set(acknowledged) <= written
