from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.audit.files import log_files
from keyfob_core.audit.gate import AuditGate
from keyfob_core.audit.retention import BASE_ITEM, LogFile, Retention, superfluous
from keyfob_core.model import AuditEvent
from keyfob_core.states import StoreCondition
from support.audit_log import SetClock, numbered
from support.stores import MemoryStore

DAY = 86_400.0
FILES = st.lists(
    st.builds(
        LogFile,
        path=st.just(Path("x")),
        size=st.integers(0, 40 << 20),
        last_at=st.floats(0, 1000 * DAY),
    ),
    max_size=8,
)


@given(FILES, st.integers(1, 900), st.integers(1, 100))
def test_what_is_removed_is_the_oldest_and_no_more_than_has_to_be(
    files: list[LogFile], days: int, mebibytes: int
) -> None:
    now = 1000 * DAY
    count = superfluous(files, Retention(days, mebibytes), now)
    assert count <= max(0, len(files) - 2)
    kept = files[count:]
    if len(kept) > 2:
        assert sum(file.size for file in kept) <= mebibytes << 20
        assert kept[0].last_at >= now - days * DAY
    if count:
        last = files[count - 1]
        too_old = last.last_at < now - days * DAY
        assert too_old or sum(file.size for file in files[count - 1 :]) > mebibytes << 20


async def opened(folder: Path, store: MemoryStore, clock: SetClock) -> AuditGate:
    gate = AuditGate(folder, store, clock, rotate_bytes=700)
    await gate.open()
    return gate


async def aged(folder: Path, store: MemoryStore, clock: SetClock) -> AuditGate:
    """A log of many files, all of whose events but the last three are a hundred days old."""
    gate = await opened(folder, store, clock)
    for event in numbered(30):
        gate.record(event)
    clock.now += 100 * DAY
    for event in numbered(3):
        gate.record(event)
    return gate


async def test_a_trimmed_log_verifies_goes_on_and_says_that_it_was_trimmed(tmp_path: Path) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    before = len(log_files(tmp_path))
    removed = await gate.trim(days=30, mebibytes=64)
    assert 0 < removed < before
    gate.record(AuditEvent(event="config_changed"))
    assert (await gate.verify()).ok
    [told] = [event for event in gate.tail(99) if event["event"] == "log_trimmed"]
    first = int(log_files(tmp_path)[0].stem)
    assert told["details"]["events"] == first - 1
    await gate.close()
    again = await opened(tmp_path, store, clock)
    assert (await again.verify()).ok
    await again.close()


async def test_a_young_and_small_log_is_left_alone(tmp_path: Path) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    files = log_files(tmp_path)
    assert await gate.trim(days=365, mebibytes=64) == 0
    assert log_files(tmp_path) == files
    assert BASE_ITEM not in store.secrets


async def test_a_death_before_the_files_are_gone_leaves_a_log_that_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    before = log_files(tmp_path)

    def die(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Path, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            await gate.trim(days=30, mebibytes=64)
    assert set(before) <= set(log_files(tmp_path))
    assert (await gate.verify()).ok
    assert await gate.trim(days=30, mebibytes=64) > 0
    assert (await gate.verify()).ok
    await gate.close()


async def test_a_file_that_is_being_read_where_that_keeps_it_goes_with_the_next_trim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    before = log_files(tmp_path)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == before[1]:
            raise PermissionError("another program uses this file, as Windows says")
        unlink(path, missing_ok)

    with monkeypatch.context() as reading:
        reading.setattr(Path, "unlink", refuse)
        assert await gate.trim(days=30, mebibytes=64) == 1
    assert set(before[1:]) <= set(log_files(tmp_path))
    assert (await gate.verify()).ok
    assert await gate.trim(days=30, mebibytes=64) > 0
    assert before[1] not in log_files(tmp_path)
    assert (await gate.verify()).ok
    await gate.close()


async def test_files_that_somebody_else_removed_are_missed(tmp_path: Path) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    await gate.trim(days=30, mebibytes=64)
    os.unlink(log_files(tmp_path)[0])
    found = await gate.verify()
    assert not found.ok
    assert "missing" in (found.problem or "")
    await gate.close()


async def test_a_line_smuggled_in_between_is_found_although_its_number_was_removed(
    tmp_path: Path,
) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    old = log_files(tmp_path)[0].read_bytes().splitlines(keepends=True)[0]
    await gate.trim(days=30, mebibytes=64)
    path = log_files(tmp_path)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], old, *lines[1:]]))
    assert not (await gate.verify()).ok
    await gate.close()


async def test_nothing_is_removed_while_the_store_is_shut(tmp_path: Path) -> None:
    store, clock = MemoryStore(), SetClock()
    gate = await aged(tmp_path, store, clock)
    files = log_files(tmp_path)
    store.condition = StoreCondition.LOCKED
    assert await gate.trim(days=30, mebibytes=64) == 0
    assert log_files(tmp_path) == files
    store.condition = StoreCondition.READY
    await gate.close()
