"""The real Secret Service, also in its bad hours."""

import os
import uuid
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import secretstorage
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.states import StoreCondition
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.stores.session_bus import session_bus_address
from support.eventually import eventually
from support.secret_service import PrivateSecretService, RestartableSecretService
from support.store_index import DictStoreIndex

Open = Callable[..., KeychainStore]


@pytest.fixture
def open_store() -> Generator[Open]:
    opened: list[KeychainStore] = []
    index, installation = DictStoreIndex(), uuid.uuid4().hex

    def open_one(address: str | None, timeout: float = 10.0) -> KeychainStore:
        opened.append(
            KeychainStore(
                native_backend("linux", address),
                index,
                installation,
                timeout=timeout,
                probe_timeout=timeout,
            )
        )
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


async def test_a_locked_keychain_fails_fast_with_a_hint(
    own_service: PrivateSecretService, open_store: Open
) -> None:
    store = open_store(own_service.address)
    await store.put("account/work", "secret")
    own_service.lock()
    assert (await store.state()).condition is StoreCondition.LOCKED
    assert await store.get("account/work") == "secret"
    store.forget()
    with pytest.raises(StoreLocked) as failed:
        await store.get("account/work")
    assert failed.value.hint
    own_service.unlock()
    assert await store.get("account/work") == "secret"


async def test_a_killed_keychain_is_missing(
    own_service: PrivateSecretService, open_store: Open
) -> None:
    store = open_store(own_service.address)
    await store.put("account/work", "secret")
    store.forget()
    own_service.kill()
    with pytest.raises(StoreUnavailable) as failed:
        await store.get("account/work")
    assert failed.value.hint
    assert (await store.state()).condition is StoreCondition.MISSING


async def test_a_frozen_keychain_is_named_within_the_limit_and_recovers(
    own_service: PrivateSecretService, open_store: Open
) -> None:
    store = open_store(own_service.address, timeout=0.2)
    await store.put("account/work", "old")
    own_service.freeze()
    with pytest.raises(StoreUnavailable):
        await store.put("account/work", "new")
    assert (await store.state()).condition is StoreCondition.FROZEN
    own_service.thaw()

    async def ready() -> bool:
        return (await store.state()).condition is StoreCondition.READY

    await eventually(ready)
    patient = open_store(own_service.address)
    assert await patient.get("account/work") == "old"
    await patient.put("account/work", "new")
    assert await patient.get("account/work") == "new"


async def test_a_probe_of_a_frozen_keychain_does_not_hold_the_thread(
    own_service: PrivateSecretService, open_store: Open
) -> None:
    store = open_store(own_service.address)
    await store.put("account/work", "secret")
    own_service.freeze()
    assert (await store.state()).condition is StoreCondition.FROZEN
    own_service.thaw()
    store.forget()
    assert await store.get("account/work") == "secret"


@pytest.mark.parametrize("address", ["unix:path=/nonexistent/keyfob/bus", "tcp:host=127.0.0.1"])
async def test_without_a_bus_the_keychain_is_missing(address: str, open_store: Open) -> None:
    store = open_store(address)
    with pytest.raises(StoreUnavailable) as failed:
        await store.put("account/work", "secret")
    assert failed.value.hint
    state = await store.state()
    assert state.condition is StoreCondition.MISSING
    assert state.name == "Secret Service"
    assert state.reason


async def test_without_a_session_the_keychain_is_missing(
    open_store: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert (await open_store(None).state()).condition is StoreCondition.MISSING


async def test_the_bus_of_the_environment_is_used_where_none_is_named(
    shared_service: PrivateSecretService, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", shared_service.address)
    await open_store(None).put("account/work", "secret")
    assert await open_store(shared_service.address).get("account/work") == "secret"


def test_a_swept_environment_still_finds_the_login_bus(
    shared_service: PrivateSecretService, tmp_path: Path
) -> None:
    assert session_bus_address({"XDG_RUNTIME_DIR": str(shared_service.folder)}) == (
        shared_service.address
    )
    assert session_bus_address({"XDG_RUNTIME_DIR": str(tmp_path)}) is None


async def test_nothing_in_the_environment_chooses_another_keyring(
    shared_service: PrivateSecretService,
    open_store: Open,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    settings = tmp_path / "python_keyring"
    settings.mkdir()
    null = "keyring.backends.null.Keyring"
    (settings / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring={null}\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", null)
    monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeePassXC")
    monkeypatch.setenv(
        "KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session"
    )
    secret = f"secret of {uuid.uuid4()}"
    await open_store(shared_service.address).put("account/work", secret)
    assert await open_store(shared_service.address).get("account/work") == secret
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", shared_service.address)
    with closing(secretstorage.dbus_init()) as connection:
        kept = [
            item.get_attributes()
            for item in secretstorage.get_default_collection(connection).get_all_items()
            if item.get_secret().decode().endswith(secret)
        ]
    assert len(kept) == 1
    assert kept[0]["service"].endswith(":account/work:1:0")
    assert kept[0]["username"] == "keyfob"


def connections(service: PrivateSecretService) -> int:
    """How many connections this process has to the bus, but for the one that asks."""
    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    with closing(open_dbus_connection(bus=service.address)) as connection:

        def ask(method: str, *words: str) -> Any:
            message = new_method_call(bus, method, "s" if words else None, words)
            return connection.send_and_get_reply(message).body

        (names,) = ask("ListNames")
        unique = [one for one in names if one.startswith(":") and one != connection.unique_name]
        owners = [ask("GetConnectionUnixProcessID", one) for one in unique]
    return owners.count((os.getpid(),))


async def test_one_connection_serves_every_call_until_the_store_is_closed(
    own_service: PrivateSecretService, open_store: Open
) -> None:
    store = open_store(own_service.address)
    assert connections(own_service) == 0
    for secret in ("first", "second"):
        await store.put("account/work", secret)
        store.forget()
        assert await store.get("account/work") == secret
        assert connections(own_service) == 1
    await store.erase("account/work")
    assert connections(own_service) == 1
    store.close()
    await eventually(lambda: connections(own_service) == 0)


async def test_a_service_that_was_started_again_is_reached_without_an_error(
    open_store: Open,
) -> None:
    with RestartableSecretService() as service:
        store = open_store(service.address)
        await store.put("account/work", "before")
        service.kill()
        service.restart()
        store.forget()
        assert await store.get("account/work") == "before"
        service.kill()
        service.restart()
        await store.put("account/work", "after")
        store.forget()
        assert await store.get("account/work") == "after"
        service.kill()
        service.restart()
        await store.erase("account/work")
        assert await store.get("account/work") is None


async def test_a_locked_keychain_keeps_the_connection(
    own_service: PrivateSecretService, open_store: Open
) -> None:
    store = open_store(own_service.address)
    await store.put("account/work", "secret")
    store.forget()
    own_service.lock()
    with pytest.raises(StoreLocked):
        await store.get("account/work")
    assert connections(own_service) == 1


async def test_no_item_is_left_behind(
    own_service: PrivateSecretService, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(own_service.address)
    for secret in ("first", "second", "third"):
        await store.put("account/work", secret)
    await store.put("account/home", "home")
    await store.erase("account/home")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", own_service.address)
    with closing(secretstorage.dbus_init()) as connection:
        items = list(secretstorage.get_default_collection(connection).get_all_items())
        assert [item.get_secret().decode().rpartition(":")[2] for item in items] == ["third"]
