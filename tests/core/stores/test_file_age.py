"""An encrypted file that was put back to an older one, or taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.errors import Error, StateUnavailable, StoreLocked, StoreUnavailable
from keyfob_core.ports import Written
from keyfob_core.states import StoreCondition
from keyfob_core.stores import sealed as sealing
from keyfob_core.stores.encrypted_file import EncryptedFileStore
from support.encrypted_files import EncryptedFiles

KEY = "account/work"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[EncryptedFiles]:
    made = EncryptedFiles(tmp_path / "secrets.keyfob")
    yield made
    made.close()


async def refused(store: EncryptedFileStore) -> StoreUnavailable:
    """Every way to a secret is shut, for one reason."""
    found: list[StoreUnavailable] = []
    for attempt in (
        store.get(KEY),
        store.reread(KEY),
        store.put(KEY, "new"),
        store.erase(KEY),
        store.keys(),
        store.unlock(),
        store.change_passphrase("another passphrase"),
    ):
        with pytest.raises(StoreUnavailable) as one:
            await attempt
        found.append(one.value)
    assert len({str(one) for one in found}) == 1
    assert "--accept-older" in found[0].hint
    return found[0]


@pytest.mark.parametrize("running", [True, False])
async def test_a_file_put_back_to_an_older_one_is_named_and_neither_read_nor_written(
    files: EncryptedFiles, running: bool
) -> None:
    store = files.open()
    await store.put(KEY, "old")
    older = files.file.read_bytes()
    await store.put(KEY, "renewed")
    newer = files.file.read_bytes()
    files.file.write_bytes(older)
    if not running:
        store = files.open()
    asked = list(files.asked)

    error = await refused(store)
    assert str(files.file) in error.message
    assert "older" in error.message
    state = await store.state()
    assert (state.condition, state.reason) == (StoreCondition.OUTDATED, error.message)
    assert state.hint
    assert files.asked == asked
    assert files.file.read_bytes() == older
    files.file.write_bytes(newer)
    assert await store.get(KEY) == "renewed"


async def test_an_older_file_serves_again_once_a_person_accepts_it(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put(KEY, "old")
    older = files.file.read_bytes()
    await store.put("account/other", "later")
    files.file.write_bytes(older)
    restarted = files.open()
    files.passphrase = "not the passphrase"
    with pytest.raises(StoreLocked):
        await restarted.accept_older()
    await refused(restarted)

    files.unlock()
    await restarted.accept_older()

    assert await restarted.get(KEY) == "old"
    assert await restarted.get("account/other") is None
    await restarted.put(KEY, "renewed")
    assert await files.open().get(KEY) == "renewed"
    files.file.write_bytes(older)
    await refused(files.open())


async def test_a_file_that_is_gone_is_named_and_no_new_one_begun_in_its_place(
    files: EncryptedFiles,
) -> None:
    store = files.open()
    await store.put(KEY, "kept")
    whole = files.file.read_bytes()
    files.file.unlink()

    assert "gone" in (await refused(store)).message
    assert (await store.state()).condition is StoreCondition.GONE
    assert not files.file.exists()
    files.file.write_bytes(whole)
    assert await store.get(KEY) == "kept"

    files.file.unlink()
    await store.accept_older()
    assert await store.get(KEY) is None
    await store.put(KEY, "new")
    assert await files.open().get(KEY) == "new"


async def test_a_file_without_secrets_may_go(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put(KEY, "moved elsewhere")
    older = files.file.read_bytes()
    await store.erase(KEY)
    files.file.unlink()

    assert await files.open().get(KEY) is None
    fresh = files.open()
    await fresh.put(KEY, "back again")
    assert await files.open().get(KEY) == "back again"
    files.file.write_bytes(older)
    await refused(files.open())


async def test_a_write_that_could_not_be_remembered_is_good(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put(KEY, "one")
    files.writes.failure = StateUnavailable("The disk is full.")
    await store.put(KEY, "two")
    files.writes.failure = None
    assert await files.open().get(KEY) == "two"
    await store.put(KEY, "three")
    assert files.writes.last().number == sealing.from_bytes(files.file.read_bytes()).writes


async def test_a_changed_count_opens_nothing(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put(KEY, "old")
    older = files.file.read_bytes()
    await store.put(KEY, "renewed")
    document = json.loads(older.partition(b"\n")[2])
    for count in (99, -1, 1.5, True, "2", None):
        kept = sealing.from_bytes(older)
        body = json.dumps({**document, "writes": count}, indent=1).encode() + b"\n"
        files.file.write_bytes(_with_digest(body))
        for attempt in (store.get(KEY), store.accept_older()):
            with pytest.raises(Error):
                await attempt
        assert files.writes.last().number > kept.writes


async def test_a_file_of_before_there_was_a_count_is_read_and_counted_from_then_on(
    files: EncryptedFiles,
) -> None:
    key = sealing.derive("correct horse battery", sealing.new_salt(), sealing.Cost(n=16))
    first = sealing.with_item(sealing.new_sealed("home", key, -1), key, KEY, "kept")
    document = json.loads(sealing.to_bytes(first).partition(b"\n")[2])
    del document["writes"]
    files.file.write_bytes(_with_digest(json.dumps(document, indent=1).encode() + b"\n"))
    before = files.file.read_bytes()

    store = files.open()
    assert await store.get(KEY) == "kept"
    await store.put(KEY, "renewed")

    assert files.writes.last() == Written(1, 1)
    files.file.write_bytes(before)
    await refused(files.open())


async def test_a_new_passphrase_is_a_write_too(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put(KEY, "kept")
    before = files.file.read_bytes()
    await store.change_passphrase("another passphrase")
    files.file.write_bytes(before)
    await refused(files.open())


def _with_digest(body: bytes) -> bytes:
    return sealing._first_line(body) + body
