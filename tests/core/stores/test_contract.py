"""What every `SecretStore` does, shown of the fake and of the real ones alike."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.ports import SecretStore, StoreIndex
from keyfob_core.state.database import open_database
from keyfob_core.state.store_items import StoreItems
from keyfob_core.states import StoreCondition
from keyfob_core.stores.backends import Backend, native_backend
from keyfob_core.stores.keychain import KeychainStore
from support.encrypted_files import EncryptedFiles
from support.macos_keychain import INTERACTION_NOT_ALLOWED, Keychain
from support.secret_service import PrivateSecretService
from support.store_index import DictStoreIndex
from support.stores import MemoryStore
from support.wincred import CredentialManager, WindowsError


@dataclass
class World:
    """A place for secrets, which outlives the stores opened on it."""

    open: Callable[[], SecretStore]
    """Answers a store as a restarted program has it: nothing in memory."""
    lock: Callable[[], None]
    unlock: Callable[[], None]
    locked_error: type[Exception] = StoreLocked
    locked_condition: StoreCondition = StoreCondition.LOCKED


def keychain_world(
    backend: Backend,
    opened: list[KeychainStore],
    lock: Callable[[], None],
    unlock: Callable[[], None],
    locked_error: type[Exception] = StoreLocked,
    locked_condition: StoreCondition = StoreCondition.LOCKED,
    index: StoreIndex | None = None,
) -> World:
    kept_index, installation = index or DictStoreIndex(), uuid.uuid4().hex

    def open_store() -> SecretStore:
        opened.append(KeychainStore(backend, kept_index, installation, timeout=10))
        return opened[-1]

    return World(open_store, lock, unlock, locked_error, locked_condition)


def memory_world() -> World:
    store = MemoryStore()

    def set_condition(condition: StoreCondition) -> Callable[[], None]:
        return lambda: setattr(store, "condition", condition)

    return World(
        lambda: store, set_condition(StoreCondition.LOCKED), set_condition(StoreCondition.READY)
    )


@pytest.fixture(params=["memory", "encrypted file", "secret service", "windows", "macos"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    opened: list[KeychainStore] = []
    database = open_database(tmp_path / "state.db")
    if request.param == "memory":
        yield memory_world()
    elif request.param == "encrypted file":
        files = EncryptedFiles(tmp_path / "secrets.keyfob")
        yield World(files.open, files.lock, files.unlock)
        files.close()
    elif request.param == "secret service":
        service: PrivateSecretService = request.getfixturevalue("shared_service")
        backend = native_backend("linux", service.address)
        yield keychain_world(backend, opened, service.lock, service.unlock)
        service.unlock()
    elif request.param == "windows":
        manager: CredentialManager = request.getfixturevalue("windows")
        no_session = WindowsError(1312, "CredRead", "A specified logon session does not exist.")
        yield keychain_world(
            native_backend("win32"),
            opened,
            lambda: setattr(manager, "session_error", no_session),
            lambda: setattr(manager, "session_error", None),
            StoreUnavailable,
            StoreCondition.MISSING,
            # The index of the real program, so that the two are seen to fit.
            StoreItems(database),
        )
    else:
        keychain: Keychain = request.getfixturevalue("macos")
        yield keychain_world(
            native_backend("darwin"),
            opened,
            lambda: setattr(keychain, "status", INTERACTION_NOT_ALLOWED),
            lambda: setattr(keychain, "status", 0),
        )
    for store in opened:
        store.close()
    database.close()


@pytest.mark.parametrize(
    "secret",
    [
        "a token",
        "",
        "line\nbreak\0nul\x01one",
        "\ufeffmark \ufffe turned",
        "lone \ud83d surrogate",
        "\ufeff\ufffe" * 1500,
        "schlüssel 鍵 🔑",
        "x" * 1280,
        "x" * 1281,
        "🔑" * 640,
        "x" + "🔑" * 640,
        '{"access_token": "' + "eyJ" * 3000 + '"}',
    ],
    ids=lambda secret: f"{len(secret)}-{secret[:5]!a}",
)
async def test_a_secret_is_read_as_it_was_put_also_after_a_restart(
    world: World, secret: str
) -> None:
    store = world.open()
    await store.put("account/work", secret)
    assert await store.get("account/work") == secret
    assert await world.open().get("account/work") == secret


async def test_where_nothing_was_put_there_is_nothing(world: World) -> None:
    store = world.open()
    assert await store.get("account/none") is None
    await store.erase("account/none")
    assert await store.get("account/none") is None


async def test_the_last_put_counts(world: World) -> None:
    store = world.open()
    for secret in ("first" * 1000, "second", "third" * 600):
        await store.put("account/work", secret)
        assert await store.get("account/work") == secret
    assert await world.open().get("account/work") == "third" * 600


async def test_an_erased_secret_is_gone_and_can_be_put_again(world: World) -> None:
    store = world.open()
    await store.put("account/work", "x" * 3000)
    await store.erase("account/work")
    assert await store.get("account/work") is None
    assert await world.open().get("account/work") is None
    await store.put("account/work", "again")
    assert await world.open().get("account/work") == "again"


async def test_keys_do_not_mix(world: World) -> None:
    store = world.open()
    await store.put("account/a", "of a")
    await store.put("account/a:1", "of a:1")
    await store.put("audit", "of audit")
    await store.erase("account/a")
    restarted = world.open()
    assert await restarted.get("account/a") is None
    assert await restarted.get("account/a:1") == "of a:1"
    assert await restarted.get("audit") == "of audit"


async def test_puts_at_once_leave_one_of_them_whole(world: World) -> None:
    store = world.open()
    secrets = [str(n) * 2000 for n in range(4)]
    await asyncio.gather(*(store.put("account/work", secret) for secret in secrets))
    kept = await store.get("account/work")
    assert kept in secrets
    assert await world.open().get("account/work") == kept


async def test_a_reader_beside_a_writer_never_sees_half_a_secret(world: World) -> None:
    store = world.open()
    old, new = "0" * 3000, "1" * 3000
    await store.put("account/work", old)
    restarted = world.open()
    seen = await asyncio.gather(
        restarted.get("account/work"),
        restarted.put("account/work", new),
        restarted.get("account/work"),
        restarted.get("account/work"),
    )
    assert (seen[0], seen[3]) == (old, new)
    assert seen[2] in (old, new)


async def test_a_store_that_works_says_so(world: World) -> None:
    store = world.open()
    await store.put("account/work", "secret")
    state = await store.state()
    assert state.condition is StoreCondition.READY
    assert state.name
    assert state.hint is None


async def test_a_store_that_is_locked_fails_with_a_hint_and_loses_nothing(world: World) -> None:
    await world.open().put("account/work", "kept")
    world.lock()
    store = world.open()
    with pytest.raises(world.locked_error) as failed:
        await store.get("account/work")
    assert isinstance(failed.value, StoreLocked | StoreUnavailable)
    assert failed.value.hint
    with pytest.raises(world.locked_error):
        await store.put("account/work", "new")
    state = await store.state()
    assert state.condition is world.locked_condition
    assert state.hint
    world.unlock()
    assert await store.get("account/work") == "kept"
    assert (await store.state()).condition is StoreCondition.READY


async def test_what_could_not_be_erased_can_be_erased_later(world: World) -> None:
    store = world.open()
    await store.put("account/work", "secret")
    world.lock()
    with pytest.raises(world.locked_error):
        await store.erase("account/work")
    world.unlock()
    await store.erase("account/work")
    assert await world.open().get("account/work") is None
