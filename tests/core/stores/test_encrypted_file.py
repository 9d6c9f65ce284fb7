"""One encrypted file: who can open it, who can change it, and what a stop leaves of it."""

import asyncio
import dataclasses
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.states import StoreCondition
from keyfob_core.stores import sealed as sealing
from keyfob_core.stores.encrypted_file import EncryptedFileStore
from keyfob_core.stores.sealed import Cost
from keyfob_core.system.lock import EngineLock
from support.encrypted_files import PASSPHRASE, EncryptedFiles
from support.tables import MemoryWrites

KEY = "account/work"
MARK = "marked-secret-7c1f"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[EncryptedFiles]:
    files = EncryptedFiles(tmp_path / "secrets.keyfob")
    yield files
    files.close()


async def test_the_file_shows_neither_secret_nor_passphrase_and_is_ours_alone(
    files: EncryptedFiles,
) -> None:
    store = files.open()
    await store.put(KEY, MARK)
    raw = files.file.read_bytes()
    assert MARK.encode() not in raw
    assert PASSPHRASE.encode() not in raw
    if os.name == "posix":
        assert stat.S_IMODE(files.file.stat().st_mode) == 0o600
    files.passphrase = None
    assert MARK not in repr(vars(store))
    assert PASSPHRASE not in repr(vars(store))


async def test_nothing_is_written_and_nobody_asked_before_there_is_a_secret(
    files: EncryptedFiles,
) -> None:
    store = files.open()
    assert await store.get(KEY) is None
    await store.erase(KEY)
    assert (await store.state()).condition is StoreCondition.LOCKED
    assert files.asked == []
    assert not files.file.exists()


async def test_a_new_file_takes_a_chosen_passphrase_and_asks_for_it_once(
    files: EncryptedFiles,
) -> None:
    await files.open().put(KEY, "one")
    restarted = files.open()
    await asyncio.gather(*(restarted.get(KEY) for _ in range(5)))
    await restarted.put(KEY, "two")
    assert files.asked == [True, False]


async def test_a_short_new_passphrase_is_refused(files: EncryptedFiles) -> None:
    files.passphrase = "1234567"
    with pytest.raises(StoreLocked) as failed:
        await files.open().put(KEY, "secret")
    assert "8" in failed.value.hint
    assert not files.file.exists()


async def test_a_wrong_passphrase_is_said_with_a_hint_and_costs_nothing(
    files: EncryptedFiles,
) -> None:
    await files.open().put(KEY, "kept")
    before = files.file.read_bytes()
    restarted = files.open()
    files.passphrase = "correct horse battery?"
    for attempt in (restarted.get(KEY), restarted.put(KEY, "new"), restarted.unlock()):
        with pytest.raises(StoreLocked) as failed:
            await attempt
        assert failed.value.hint
        assert "correct horse" not in str(failed.value)
    assert (await restarted.state()).condition is StoreCondition.LOCKED
    assert files.file.read_bytes() == before
    files.passphrase = PASSPHRASE
    await restarted.unlock()
    assert (await restarted.state()).condition is StoreCondition.READY
    assert await restarted.get(KEY) == "kept"


async def test_one_accent_opens_however_the_keyboard_writes_it(files: EncryptedFiles) -> None:
    files.passphrase = "une clé cachée"
    await files.open().put(KEY, "secret")
    files.passphrase = "une cle\u0301 cache\u0301e"
    assert await files.open().get(KEY) == "secret"


async def test_every_flipped_byte_is_found_and_the_file_named(files: EncryptedFiles) -> None:
    running = files.open()
    await running.put(KEY, "secret")
    await running.put("audit", "other")
    whole = files.file.read_bytes()
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1
        files.file.write_bytes(changed)
        with pytest.raises(StoreUnavailable) as failed:
            await running.get(KEY)
        assert str(files.file) in failed.value.message
    for cut in (b"", whole[:-1], whole[: len(whole) // 2], b"{}", b"[" * 100_000):
        files.file.write_bytes(cut)
        with pytest.raises(StoreUnavailable):
            await files.open().get(KEY)
        assert (await running.state()).condition is StoreCondition.MISSING
    files.file.write_bytes(whole)
    assert await running.get(KEY) == "secret"


async def swapped(files: EncryptedFiles, other: EncryptedFiles, name: str, source: str) -> None:
    """Put an item of `other` into our file under a name, and make the digest right again."""
    ours = sealing.from_bytes(files.file.read_bytes())
    theirs = sealing.from_bytes(other.file.read_bytes())
    items = {**ours.items, name: theirs.items[source]}
    forged = sealing.Sealed(ours.installation, ours.salt, ours.cost, ours.check, items, ours.seal)
    files.file.write_bytes(sealing.to_bytes(forged))


async def test_an_item_put_under_another_name_is_not_believed(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put("account/low", "low")
    await store.put("account/high", "high")
    await swapped(files, files, "account/high", "account/low")
    with pytest.raises(StoreUnavailable) as failed:
        await store.get("account/high")
    assert str(files.file) in failed.value.message


async def test_an_item_of_yesterday_or_a_removed_one_is_not_believed(
    files: EncryptedFiles, tmp_path: Path
) -> None:
    store = files.open()
    await store.put(KEY, "old")
    yesterday = EncryptedFiles(tmp_path / "yesterday")
    yesterday.file.write_bytes(files.file.read_bytes())
    await store.put(KEY, "new")
    await swapped(files, yesterday, KEY, KEY)
    with pytest.raises(StoreUnavailable):
        await store.get(KEY)
    with pytest.raises(StoreUnavailable):
        await store.put("account/other", "would seal the forgery")
    ours = sealing.from_bytes(yesterday.file.read_bytes())
    emptied = sealing.Sealed(ours.installation, ours.salt, ours.cost, ours.check, {}, ours.seal)
    files.file.write_bytes(sealing.to_bytes(emptied))
    with pytest.raises(StoreUnavailable):
        await files.open().get(KEY)


def test_an_item_is_bound_to_installation_name_and_key() -> None:
    key = sealing.derive("pass", b"s" * 16, Cost(n=16))
    sealed = sealing.with_item(sealing.new_sealed("home", key), key, "a", "secret")
    assert sealing.item(sealed, key, "a") == "secret"
    for other in (
        sealing.Sealed("demo", key.salt, key.cost, sealed.check, sealed.items, sealed.seal),
        sealing.Sealed("home", key.salt, key.cost, sealed.check, {"a": b""}, sealed.seal),
    ):
        with pytest.raises(sealing.Damaged):
            sealing.item(other, key, "a")
    moved = {"b": sealed.items["a"]}
    renamed = sealing.Sealed("home", key.salt, key.cost, sealed.check, moved, sealed.seal)
    with pytest.raises(sealing.Damaged):
        sealing.item(renamed, key, "b")
    assert "secret" not in repr(sealed)
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_an_older_item_of_the_same_name_does_not_fit_the_seal() -> None:
    key = sealing.derive("pass", b"s" * 16, Cost(n=16))
    old = sealing.with_item(sealing.new_sealed("home", key), key, "a", "old")
    now = sealing.with_item(old, key, "a", "new")
    sealing.check_key(now, key)
    with pytest.raises(sealing.Damaged):
        sealing.check_key(dataclasses.replace(now, items=old.items), key)
    with pytest.raises(sealing.Damaged):
        sealing.check_key(dataclasses.replace(now, items={}), key)


def test_a_file_cannot_ask_for_all_memory() -> None:
    key = sealing.derive("pass", b"s" * 16, Cost(n=16))
    honest = sealing.to_bytes(sealing.new_sealed("home", key))
    for cost in (Cost(n=1 << 40), Cost(r=1 << 30), Cost(p=1 << 30), Cost(n=3), Cost(n=0)):
        sealed = sealing.new_sealed("home", sealing.Key(key.secret, key.salt, cost))
        with pytest.raises(sealing.Damaged):
            sealing.from_bytes(sealing.to_bytes(sealed))
    assert sealing.from_bytes(honest).cost == Cost(n=16)


def test_a_guess_at_the_passphrase_costs_a_hundred_mebibytes_unless_set() -> None:
    cost = Cost()
    assert 128 * cost.n * cost.r >= 128 * 1024 * 1024


async def test_the_file_of_another_installation_is_refused(files: EncryptedFiles) -> None:
    await files.open("home").put(KEY, "secret")
    demo = files.open("demo")
    for attempt in (demo.get(KEY), demo.put(KEY, "other")):
        with pytest.raises(StoreUnavailable) as failed:
            await attempt
        assert "another installation" in failed.value.message
    assert await files.open("home").get(KEY) == "secret"


async def test_the_names_of_all_secrets_are_known(files: EncryptedFiles) -> None:
    store = files.open()
    assert await store.keys() == ()
    await store.put("b", "1")
    await store.put("a", "2")
    assert await files.open().keys() == ("a", "b")


async def test_two_programs_that_write_at_once_keep_both_secrets(files: EncryptedFiles) -> None:
    await files.open().put("first", "0")
    one, other = files.open(), files.open()
    await asyncio.gather(
        *(one.put(f"one/{n}", str(n)) for n in range(5)),
        *(other.put(f"other/{n}", str(n)) for n in range(5)),
    )
    assert len(await files.open().keys()) == 11


async def test_a_writer_that_keeps_the_lock_is_named_not_overwritten(
    files: EncryptedFiles,
) -> None:
    store = files.open()
    await store.put(KEY, "kept")
    store.close()
    lock = EngineLock(files.file.with_name("secrets.lock"))
    blocked = EncryptedFileStore(files.file, "home", passphrase, lock, files.writes, timeout=1)
    holder = EngineLock(files.file.with_name("secrets.lock"))
    assert holder.acquire()
    with pytest.raises(StoreUnavailable) as failed:
        await blocked.put(KEY, "new")
    assert failed.value.hint
    assert await blocked.get(KEY) == "kept"
    holder.release()
    await blocked.put(KEY, "new")
    assert await blocked.get(KEY) == "new"
    blocked.close()


async def passphrase(_: bool) -> str:
    return PASSPHRASE


async def test_a_new_passphrase_opens_all_and_the_old_one_nothing(files: EncryptedFiles) -> None:
    store, other = files.open(), files.open()
    await store.put("a", "1")
    await store.put("b", "2")
    assert await other.get("a") == "1"
    await store.change_passphrase("another passphrase")
    assert await store.get("a") == "1"
    with pytest.raises(StoreLocked):
        await other.get("a")
    files.passphrase = "another passphrase"
    assert [await other.get("a"), await files.open().get("b")] == ["1", "2"]
    with pytest.raises(StoreLocked):
        await store.change_passphrase("short")


async def test_after_forget_the_passphrase_is_asked_for_again(files: EncryptedFiles) -> None:
    store = files.open()
    await store.put(KEY, "secret")
    files.lock()
    with pytest.raises(StoreLocked):
        await store.get(KEY)
    files.unlock()
    assert await store.get(KEY) == "secret"


async def test_the_state_is_told_while_the_passphrase_is_awaited(tmp_path: Path) -> None:
    asked, given = asyncio.Event(), asyncio.Event()

    async def slow(_: bool) -> str:
        asked.set()
        await given.wait()
        return PASSPHRASE

    lock = EngineLock(tmp_path / "secrets.lock")
    store = EncryptedFileStore(
        tmp_path / "secrets", "home", slow, lock, MemoryWrites(), cost=Cost(n=16)
    )
    putting = asyncio.create_task(store.put(KEY, "secret"))
    async with asyncio.timeout(5):
        await asked.wait()
        assert (await store.state()).condition is StoreCondition.LOCKED
        assert not lock.held
        given.set()
        await putting
    assert (await store.state()).condition is StoreCondition.READY
    store.close()


async def test_a_reader_that_holds_the_file_delays_a_write_as_on_windows(
    files: EncryptedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = files.open()
    await store.put(KEY, "old")
    replace, refusals = os.replace, [PermissionError(13, "in use")] * 3

    def replacing(source: Path, target: Path) -> None:
        if refusals:
            raise refusals.pop()
        replace(source, target)

    monkeypatch.setattr(os, "replace", replacing)
    await store.put(KEY, "new")
    assert refusals == []
    assert await files.open().get(KEY) == "new"
    assert [path.name for path in files.file.parent.iterdir() if path.suffix == ".new"] == []


@pytest.mark.parametrize("name", ["replace", "fsync", "open"])
async def test_a_disk_that_fails_keeps_the_old_secret(
    files: EncryptedFiles, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = files.open()
    await store.put(KEY, "old")
    original = getattr(os, name)

    def failing(path: object, *rest: object, **named: object) -> object:
        if name == "open" and not str(path).endswith(".new"):
            return original(path, *rest, **named)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, failing)
    with pytest.raises(StoreUnavailable) as failed:
        await store.put(KEY, "new")
    assert str(files.file) in failed.value.message
    monkeypatch.undo()
    assert await files.open().get(KEY) == "old"
    await store.put(KEY, "new")
    assert await files.open().get(KEY) == "new"


async def test_a_disk_that_takes_little_at_a_time_gets_all(
    files: EncryptedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    await files.open().put(KEY, "secret" * 50)
    assert await files.open().get(KEY) == "secret" * 50


NURSERY = """
import asyncio, os, signal, sys
from pathlib import Path
from support.encrypted_files import EncryptedFiles

file, kills = Path(sys.argv[1]), int(sys.argv[2])
STEPS = ("unlink", "open", "write", "fsync", "close", "replace")


async def put(secret):
    files = EncryptedFiles(file)
    store = files.open()
    await store.unlock()
    kill_in(int(os.environ["STEP"]), os.environ["WHEN"])
    await store.put("account/work", secret)
    files.close()


def kill_in(steps, when):
    left = [steps]

    def counted(call):
        def step(*args, **named):
            left[0] -= 1
            if left[0] < 0 and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return call(*args, **named)
            finally:
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        return step

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


async def kept():
    files = EncryptedFiles(file)
    try:
        return await files.open().get("account/work")
    finally:
        files.close()


for n in range(kills):
    step, when = divmod(n, 2)
    os.environ["STEP"], os.environ["WHEN"] = str(step), ("before", "after")[when]
    child = os.fork()
    if child == 0:
        asyncio.run(put(f"secret {n}"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    print(n, "killed" if killed else f"ended {status}", asyncio.run(kept()), sep="|", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_kill_at_any_step_of_a_write_leaves_the_old_secret_or_the_new(tmp_path: Path) -> None:
    file = tmp_path / "secrets.keyfob"

    async def begin() -> None:
        files = EncryptedFiles(file)
        await files.open().put(KEY, "secret -1")
        files.close()

    asyncio.run(begin())
    trials = 60
    # Python from 3.12 on warns of threads that have ended a moment before the fork.
    quietly = (sys.executable, "-W", "ignore:This process:DeprecationWarning")
    run = subprocess.run(
        [*quietly, "-c", NURSERY, str(file), str(trials)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert run.stderr == ""
    lines = [re.fullmatch(r"(\d+)\|([\w ]+)\|(.*)", line) for line in run.stdout.splitlines()]
    kept, killed, switched = "secret -1", 0, 0
    for n, line in enumerate(lines):
        assert line is not None
        assert line[3] in (kept, f"secret {n}")
        killed += line[2] == "killed"
        switched += line[2] == "killed" and line[3] != kept
        if line[2] != "killed":
            assert line[3] == f"secret {n}"
        kept = line[3]
    assert len(lines) == trials
    # Both sides of the switch were met, and the loop went on until a write outlived its fuse.
    assert killed > 20
    assert switched > 2
    assert killed < trials
