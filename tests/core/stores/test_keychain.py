import asyncio
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import pytest

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.states import StoreCondition
from keyfob_core.stores.backends import Backend, Hints, native_backend
from keyfob_core.stores.keychain import KeychainStore
from support.eventually import eventually
from support.macos_keychain import USER_CANCELED, Keychain
from support.store_index import DictStoreIndex
from support.wincred import CredentialManager, WindowsError

LONG = "long secret " * 300
HINTS = Hints("unlock it", "install it", "restart it")

Open = Callable[..., KeychainStore]


@pytest.fixture
def index() -> DictStoreIndex:
    return DictStoreIndex()


@pytest.fixture
def open_store(index: DictStoreIndex) -> Generator[Open]:
    opened: list[KeychainStore] = []

    def open_one(backend: Backend, timeout: float = 5.0) -> KeychainStore:
        opened.append(KeychainStore(backend, index, "test", timeout=timeout, probe_timeout=timeout))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@dataclass
class SlowKeychain:
    """Answers when it is let to."""

    free: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    texts: dict[str, str] = field(default_factory=dict[str, str])

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.set()
        self.free.wait()
        return self.texts.get(service)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.texts[service] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.texts[service]

    @property
    def backend(self) -> Backend:
        return Backend("slow keychain", lambda: self, lambda _: StoreCondition.READY, HINTS)


def failing_backend(error: Exception) -> Backend:
    def fail() -> SlowKeychain:
        raise error

    return Backend("broken keychain", fail, lambda _: StoreCondition.READY, HINTS)


async def test_a_start_reads_each_item_once(windows: CredentialManager, open_store: Open) -> None:
    backend = native_backend("win32")
    store = open_store(backend)
    await store.put("account/work", LONG)
    await store.put("audit", "short")
    restarted = open_store(backend)
    windows.calls.clear()
    for _ in range(3):
        answers = await asyncio.gather(
            restarted.get("account/work"), restarted.get("account/work"), restarted.get("audit")
        )
        assert answers == [LONG, LONG, "short"]
    assert {name for name, _ in windows.calls} == {"CredRead"}
    assert sorted(target for _, target in windows.calls) == sorted(windows.entries)


async def test_what_was_put_is_answered_without_asking_the_keychain(
    windows: CredentialManager, open_store: Open
) -> None:
    store = open_store(native_backend("win32"))
    await store.put("account/work", LONG)
    windows.calls.clear()
    assert await store.get("account/work") == LONG
    assert windows.calls == []


async def test_forgetting_asks_the_keychain_again(
    windows: CredentialManager, open_store: Open
) -> None:
    store = open_store(native_backend("win32"))
    await store.put("account/work", "secret")
    store.forget()
    windows.calls.clear()
    assert await store.get("account/work") == "secret"
    assert len(windows.calls) == 1


async def test_a_read_that_was_under_way_at_a_forget_is_not_remembered(open_store: Open) -> None:
    keychain = SlowKeychain()
    store = open_store(keychain.backend)
    await store.put("account/work", "secret")
    store.forget()
    reading = asyncio.create_task(store.get("account/work"))
    await eventually(keychain.asked.is_set)
    store.forget()
    keychain.free.set()
    assert await reading == "secret"
    keychain.texts.clear()
    assert await store.get("account/work") is None


async def test_a_put_that_fails_is_not_answered(
    windows: CredentialManager, open_store: Open
) -> None:
    store = open_store(native_backend("win32"))
    await store.put("account/work", "old")
    windows.session_error = WindowsError(1312, "CredWrite", "No such logon session.")
    with pytest.raises(StoreUnavailable):
        await store.put("account/work", "new")
    windows.session_error = None
    assert await store.get("account/work") == "old"
    store.forget()
    assert await store.get("account/work") == "old"


async def test_a_key_without_a_secret_never_asks_the_keychain(open_store: Open) -> None:
    store = open_store(failing_backend(OSError("must not be opened")))
    assert await store.get("account/none") is None
    await store.erase("account/none")
    assert await store.sweep() == 0


async def test_windows_holds_no_former_secret_and_no_item_beyond_its_limit(
    windows: CredentialManager, open_store: Open, index: DictStoreIndex
) -> None:
    store = open_store(native_backend("win32"))
    for secret in ("first" * 600, "second", "third" * 600):
        await store.put("account/work", secret)
        kept = windows.texts()
        assert "".join(kept[name] for name in sorted(kept)).endswith(secret)
        assert all(
            target.startswith(f"keyfob:test:account/work:{index.current('account/work')}:")
            for target in kept
        )
        assert all(len(entry["CredentialBlob"]) <= 2560 for entry in windows.entries.values())
    await store.erase("account/work")
    assert windows.entries == {}
    assert index.begun == {}


async def test_windows_credentials_do_not_roam(
    windows: CredentialManager, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYRING_PROPERTY_PERSIST", "session")
    store = open_store(native_backend("win32"))
    await store.put("account/work", "secret")
    (entry,) = windows.entries.values()
    assert entry["Persist"] == CredentialManager.CRED_PERSIST_LOCAL_MACHINE
    assert entry["UserName"] != entry["TargetName"]


async def test_macos_never_writes_an_item_twice(
    macos: Keychain, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYCHAIN_PATH", "/somewhere/else.keychain")
    store = open_store(native_backend("darwin"))
    for secret in ("first", "second", "third"):
        await store.put("account/work", secret)
    added = [service for name, service in macos.calls if name == "add"]
    assert len(added) == len(set(added)) == 3
    assert len(macos.items) == 1


async def test_a_dismissed_macos_prompt_is_a_locked_store(
    macos: Keychain, open_store: Open
) -> None:
    store = open_store(native_backend("darwin"))
    await store.put("account/work", "secret")
    store.forget()
    macos.status = USER_CANCELED
    with pytest.raises(StoreLocked):
        await store.get("account/work")
    macos.status = 0
    assert (await store.state()).condition is StoreCondition.LOCKED
    assert await store.get("account/work") == "secret"
    assert (await store.state()).condition is StoreCondition.READY


async def test_a_store_that_does_not_answer_is_frozen_and_recovers(open_store: Open) -> None:
    keychain = SlowKeychain()
    store = open_store(keychain.backend, timeout=0.05)
    await store.put("account/work", "secret")
    store.forget()
    with pytest.raises(StoreUnavailable) as failed:
        await store.get("account/work")
    assert failed.value.hint == HINTS.frozen
    assert (await store.state()).condition is StoreCondition.FROZEN
    with pytest.raises(StoreUnavailable):
        await store.put("account/work", "other")
    keychain.free.set()

    async def ready() -> bool:
        return (await store.state()).condition is StoreCondition.READY

    await eventually(ready)
    assert await store.get("account/work") == "secret"


async def test_a_write_that_ran_out_of_time_is_swept_when_it_came_to_pass_after_all(
    open_store: Open, index: DictStoreIndex
) -> None:
    keychain = SlowKeychain()
    write = keychain.set_password

    class SlowToWrite(SlowKeychain):
        def set_password(self, service: str, username: str, password: str) -> None:
            self.free.wait()
            write(service, username, password)

    slow = SlowToWrite(texts=keychain.texts)
    store = open_store(slow.backend, timeout=0.05)
    with pytest.raises(StoreUnavailable):
        await store.put("account/work", "late")
    slow.free.set()
    await eventually(lambda: bool(keychain.texts))
    assert await store.get("account/work") is None

    async def swept() -> bool:
        return await store.sweep() == 1

    await eventually(swept)
    assert keychain.texts == {}
    assert index.stale() == ()


async def test_a_write_given_up_by_its_caller_leaves_the_old_secret(open_store: Open) -> None:
    class SlowToWrite(SlowKeychain):
        def set_password(self, service: str, username: str, password: str) -> None:
            self.asked.set()
            self.free.wait()
            super().set_password(service, username, password)

    keychain = SlowToWrite()
    keychain.free.set()
    store = open_store(keychain.backend)
    await store.put("account/work", "old")
    keychain.free.clear()
    keychain.asked.clear()
    writing = asyncio.create_task(store.put("account/work", "new"))
    await eventually(keychain.asked.is_set)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    keychain.free.set()
    store.forget()
    assert await store.get("account/work") == "old"
    assert await store.sweep() == 1
    assert len(keychain.texts) == 1


async def test_a_put_stands_though_the_old_secret_cannot_be_erased_yet(
    open_store: Open, index: DictStoreIndex
) -> None:
    class Undeletable(SlowKeychain):
        def delete_password(self, service: str, username: str) -> None:
            if not self.free.is_set():
                raise OSError(5, "Input/output error")
            super().delete_password(service, username)

    keychain = Undeletable()
    store = open_store(keychain.backend)
    await store.put("account/work", "old")
    await store.put("account/work", "new")
    assert await store.get("account/work") == "new"
    assert len(keychain.texts) == 2
    keychain.free.set()
    assert await store.sweep() == 1
    assert len(keychain.texts) == 1
    assert index.stale() == ()


async def test_a_sweep_asks_nobody_while_the_keychain_is_locked(open_store: Open) -> None:
    keychain = SlowKeychain()
    keychain.free.set()
    locked = Backend("locked keychain", lambda: keychain, lambda _: StoreCondition.LOCKED, HINTS)
    store = open_store(locked)
    await store.put("account/work", "secret")
    (text,) = keychain.texts.values()
    store = open_store(locked)
    store._index.switch("account/work", None)
    assert await store.sweep() == 0
    assert list(keychain.texts.values()) == [text]


@pytest.mark.parametrize(
    "error",
    [
        OSError(2, "No such file or directory"),
        ImportError("No module named 'win32cred'", name="win32cred"),
        WindowsError(1312, "CredRead", "A specified logon session does not exist."),
        RuntimeError("anything"),
    ],
)
async def test_errors_of_every_kind_become_one_with_a_hint(
    error: Exception, open_store: Open
) -> None:
    store = open_store(failing_backend(error))
    with pytest.raises(StoreUnavailable) as failed:
        await store.put("account/work", "the secret")
    assert failed.value.hint == HINTS.missing
    assert type(error).__name__ in failed.value.message
    assert (await store.state()).condition is StoreCondition.MISSING


async def test_an_error_that_quotes_the_secret_is_not_repeated(open_store: Open) -> None:
    class Quoting(SlowKeychain):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise ValueError(f"cannot store {password}")

    store = open_store(Quoting().backend)
    with pytest.raises(StoreUnavailable) as failed:
        await store.put("account/work", "MARKED")
    assert "MARKED" not in f"{failed.value} {failed.value!r}"


async def test_installations_do_not_share_secrets(windows: CredentialManager) -> None:
    backend = native_backend("win32")
    stores = [KeychainStore(backend, DictStoreIndex(), name) for name in ("person", "demo")]
    await stores[0].put("account/work", "the person's")
    await stores[1].put("account/work", "the demo's")
    for store in stores:
        store.forget()
    assert [await store.get("account/work") for store in stores] == ["the person's", "the demo's"]
    for store in stores:
        store.close()


async def test_a_secret_that_another_process_replaces_meanwhile_is_the_new_one(
    open_store: Open,
) -> None:
    keychain = SlowKeychain()
    keychain.free.set()
    writer, reader = open_store(keychain.backend), open_store(keychain.backend)
    await writer.put("account/work", "old")
    keychain.asked.clear()
    keychain.free.clear()
    reading = asyncio.create_task(reader.get("account/work"))
    await asyncio.to_thread(keychain.asked.wait, 5)
    await writer.put("account/work", "new")
    keychain.free.set()
    assert await reading == "new"
