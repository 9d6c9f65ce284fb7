from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.audit.anchor import HEAD_ITEM, KEY_ITEM, Anchor, anchored_head, audit_key
from keyfob_core.audit.files import log_files
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.query import tail
from keyfob_core.audit.verify import verify
from keyfob_core.errors import AuditUnavailable, StoreLocked
from keyfob_core.model import AuditEvent
from keyfob_core.states import StoreCondition
from support.audit_log import KEY, SetClock, numbered, write_log
from support.stores import MemoryStore

EVENT = AuditEvent(event="forwarding", request_id="r", server="github")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def log(tmp_path: Path, clock: SetClock) -> Iterator[AuditLog]:
    log = AuditLog(tmp_path, KEY, clock)
    yield log
    log.close()


async def test_the_key_is_made_once_and_lies_in_the_store() -> None:
    store, other = MemoryStore(), MemoryStore()
    key = await audit_key(store)
    assert len(key) == 32
    assert await audit_key(store) == key
    assert store.secrets[KEY_ITEM] == key.hex()
    assert await audit_key(other) != key


@pytest.mark.parametrize("text", ["", "no hex", "00ff"])
async def test_an_item_that_is_no_key_is_never_replaced(text: str) -> None:
    store = MemoryStore()
    store.secrets[KEY_ITEM] = text
    with pytest.raises(AuditUnavailable):
        await audit_key(store)
    assert store.secrets[KEY_ITEM] == text


async def test_a_locked_store_gives_no_key() -> None:
    store = MemoryStore()
    store.condition = StoreCondition.LOCKED
    with pytest.raises(StoreLocked):
        await audit_key(store)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"count": "x", "digest": ""}'])
async def test_an_item_that_is_no_head_is_an_error(text: str) -> None:
    store = MemoryStore()
    store.secrets[HEAD_ITEM] = text
    with pytest.raises(AuditUnavailable):
        await anchored_head(store)


async def test_the_head_is_anchored_after_so_many_events(log: AuditLog, clock: SetClock) -> None:
    store = MemoryStore()
    anchor = Anchor(store, log, clock, every_events=3, every_seconds=1000, least_seconds=0)
    log.record(EVENT)
    log.record(EVENT)
    assert not await anchor.keep()
    assert await anchored_head(store) is None
    log.record(EVENT)
    assert await anchor.keep()
    assert await anchored_head(store) == log.head


async def test_many_events_are_not_anchored_more_often_than_the_keychain_likes(
    log: AuditLog, clock: SetClock
) -> None:
    store = MemoryStore()
    anchor = Anchor(store, log, clock, every_events=1, every_seconds=1000, least_seconds=20)
    for passed, anchored in ((0, False), (19, False), (1, True), (19, False), (1, True)):
        clock.now += passed
        log.record(AuditEvent(event="outcome"))
        assert await anchor.keep() is anchored


async def test_the_head_is_anchored_after_so_many_seconds(log: AuditLog, clock: SetClock) -> None:
    store = MemoryStore()
    anchor = Anchor(store, log, clock, every_events=1000, every_seconds=60)
    log.record(EVENT)
    clock.now += 59
    assert not await anchor.keep()
    clock.now += 1
    assert await anchor.keep()
    assert await anchored_head(store) == log.head
    log.record(EVENT)
    assert not await anchor.keep()


async def test_the_head_is_anchored_at_a_clean_end(log: AuditLog, clock: SetClock) -> None:
    store = MemoryStore()
    anchor = Anchor(store, log, clock)
    log.record(AuditEvent(event="engine_stopped"))
    assert await anchor.keep(now=True)
    assert await anchored_head(store) == log.head


async def test_a_store_out_of_reach_is_tried_again(log: AuditLog, clock: SetClock) -> None:
    store = MemoryStore()
    anchor = Anchor(store, log, clock)
    log.record(EVENT)
    store.condition = StoreCondition.LOCKED
    assert not await anchor.keep(now=True)
    store.condition = StoreCondition.READY
    assert await anchor.keep(now=True)
    assert await anchored_head(store) == log.head


@pytest.mark.parametrize("kept", [0, 1, 4])
async def test_a_cut_found_at_the_start_stays_found_after_the_log_went_on(
    tmp_path: Path, clock: SetClock, kept: int
) -> None:
    store = MemoryStore()
    log = AuditLog(tmp_path, KEY, clock)
    for event in numbered(5):
        log.record(event)
    assert await Anchor(store, log, clock).keep(now=True)
    log.close()

    path = log_files(tmp_path)[0]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept]))
    clock.now += 1
    log = AuditLog(tmp_path, KEY, clock)
    for event in numbered(9):
        log.record(event)
    assert await Anchor(store, log, clock).keep(now=True)
    assert await anchored_head(store) == log.head
    cut = tail(tmp_path, 1)[0]
    assert cut["event"] == "log_cut"
    found = verify(tmp_path, KEY, log.head)
    assert (found.ok, found.count) == (False, kept + 9)
    assert "cut off" in (found.problem or "")
    log.close()


async def test_a_log_that_was_killed_after_its_anchor_is_whole(
    tmp_path: Path, clock: SetClock
) -> None:
    store = MemoryStore()
    log = AuditLog(tmp_path, KEY, clock, rotate_bytes=500)
    for event in numbered(4):
        log.record(event)
    assert await Anchor(store, log, clock).keep(now=True)
    for event in numbered(7):
        log.record(event)
    log.close()
    log = AuditLog(tmp_path, KEY, clock)
    assert await Anchor(store, log, clock).check()
    assert log.head.count == 11
    log.close()


async def test_a_log_that_was_anchored_while_empty_is_whole_after_it_went_on(
    log: AuditLog, clock: SetClock
) -> None:
    store = MemoryStore()
    assert await Anchor(store, log, clock).keep(now=True)
    log.record(EVENT)
    assert await Anchor(store, log, clock).check()
    assert [event["event"] for event in tail(log.folder, 9)] == ["forwarding"]


async def test_nothing_is_anchored_over_a_head_that_could_not_be_read(
    tmp_path: Path, log: AuditLog, clock: SetClock
) -> None:
    store = MemoryStore()
    write_log(tmp_path, EVENT)
    store.secrets[HEAD_ITEM] = "rubbish"
    assert not await Anchor(store, log, clock).keep(now=True)
    assert store.secrets[HEAD_ITEM] == "rubbish"
