"""Stopped anywhere, a move has lost nothing and can be brought to its end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.states import StoreCondition
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.stores.move import Copied, Moving, copy, erase_source, move
from support.encrypted_files import EncryptedFiles
from support.secret_service import PrivateSecretService
from support.store_index import DictStoreIndex
from support.stores import MemoryStore

SECRETS = {"account/a": "of a", "account/b": "of b" * 900, "audit": ""}


class Stopped(BaseException):
    """The program ends here."""


@dataclass
class Fuse:
    """Lets so many writes happen; stops the program at the next, before or after its effect."""

    steps: int
    after: bool = False
    blown: bool = False

    async def step(self, effect: Callable[[], Awaitable[None]]) -> None:
        if self.steps:
            self.steps -= 1
            await effect()
            return
        self.blown = True
        if self.after:
            await effect()
        raise Stopped


class FusedStore(MemoryStore):
    """A store whose writes are steps."""

    def __init__(self) -> None:
        super().__init__()
        self.fuse = Fuse(10_000)

    async def put(self, key: str, secret: str) -> None:
        await self.fuse.step(lambda: MemoryStore.put(self, key, secret))

    async def erase(self, key: str) -> None:
        await self.fuse.step(lambda: MemoryStore.erase(self, key))


@dataclass
class Machine:
    """What outlives a program: both stores, and which of them is chosen."""

    source: FusedStore = field(default_factory=FusedStore)
    target: FusedStore = field(default_factory=FusedStore)
    chosen: str = "source"
    fuse: Fuse = field(default_factory=lambda: Fuse(10_000))

    def __post_init__(self) -> None:
        self.source.secrets = dict(SECRETS)

    def set_fuse(self, fuse: Fuse) -> None:
        self.fuse = self.source.fuse = self.target.fuse = fuse

    async def switch(self, copied: Copied) -> None:
        async def chosen() -> None:
            self.chosen = "target"

        assert set(copied.keys) == set(SECRETS)
        await self.fuse.step(chosen)

    async def move(self) -> None:
        """As a program does it that is started again after a stop."""
        if self.chosen == "source":
            await move(self.source, self.target, SECRETS, switch=self.switch, progress=silent)
        else:
            await erase_source(self.source, self.target, Copied(tuple(SECRETS)), progress=silent)

    @property
    def in_use(self) -> FusedStore:
        return self.source if self.chosen == "source" else self.target


def silent(_: Moving) -> None:
    """Tells nobody."""


@pytest.mark.parametrize("after", [False, True], ids=["before a step", "after a step"])
async def test_a_move_stopped_at_any_step_loses_nothing_and_ends_when_begun_again(
    after: bool,
) -> None:
    chosen_at: list[str] = []
    for steps in range(100):
        machine = Machine()
        machine.target.secrets["account/a"] = "of an earlier attempt"
        machine.target.secrets["own"] = "not ours to touch"
        fuse = Fuse(steps, after)
        machine.set_fuse(fuse)
        try:
            await machine.move()
        except Stopped:
            chosen_at.append(machine.chosen)
        assert SECRETS.items() <= machine.in_use.secrets.items()
        machine.set_fuse(Fuse(10_000))
        await machine.move()
        assert machine.chosen == "target"
        assert machine.target.secrets == {**SECRETS, "own": "not ours to touch"}
        assert machine.source.secrets == {}
        if not fuse.blown:
            break
    else:
        pytest.fail("the move never came to its end")
    # Each write was a place to stop at: three copies, the switch, three erasures.
    copies = 3 if after else 4
    assert chosen_at == ["source"] * copies + ["target"] * (7 - copies)


async def test_a_target_that_keeps_something_else_is_never_switched_to() -> None:
    class Forgetful(FusedStore):
        async def put(self, key: str, secret: str) -> None:
            await super().put(key, secret.upper())

    machine = Machine(target=Forgetful())
    with pytest.raises(StoreUnavailable) as failed:
        await machine.move()
    assert failed.value.hint
    assert machine.chosen == "source"
    assert machine.source.secrets == SECRETS


async def test_a_target_that_is_locked_halfway_changes_nothing() -> None:
    machine = Machine()

    def lock_at_the_second(moving: Moving) -> None:
        if moving.number == 2:
            machine.target.condition = StoreCondition.LOCKED

    with pytest.raises(StoreLocked):
        await move(
            machine.source,
            machine.target,
            SECRETS,
            switch=machine.switch,
            progress=lock_at_the_second,
        )
    assert (machine.chosen, machine.source.secrets) == ("source", SECRETS)


async def test_a_secret_that_was_renewed_while_it_was_copied_is_copied_again() -> None:
    machine = Machine()
    renewed: list[str] = []

    def renew_once(moving: Moving) -> None:
        if moving.doing == "checking" and not renewed:
            renewed.append(moving.key)
            machine.source.secrets[moving.key] = "renewed"

    await copy(machine.source, machine.target, SECRETS, progress=renew_once)
    assert machine.target.secrets == {**SECRETS, renewed[0]: "renewed"}


async def test_a_secret_that_left_the_source_does_not_come_back_by_an_earlier_copy() -> None:
    machine = Machine()
    await copy(machine.source, machine.target, SECRETS, progress=silent)
    del machine.source.secrets["account/a"]
    await machine.move()
    assert "account/a" not in machine.target.secrets


async def test_what_the_new_store_lacks_is_not_erased_from_the_old_one() -> None:
    machine = Machine(chosen="target")
    machine.target.secrets = {"account/a": "renewed since"}
    with pytest.raises(StoreUnavailable):
        await machine.move()
    assert machine.source.secrets == SECRETS


async def test_a_token_that_was_renewed_after_the_switch_stays_as_it_is() -> None:
    machine = Machine(chosen="target")
    machine.target.secrets = {**SECRETS, "account/a": "renewed since"}
    await machine.move()
    assert machine.target.secrets["account/a"] == "renewed since"
    assert machine.source.secrets == {}


async def test_progress_names_every_key_at_every_step() -> None:
    machine, told = Machine(), list[Moving]()
    await move(machine.source, machine.target, SECRETS, switch=machine.switch, progress=told.append)
    assert [(one.doing.value, one.number) for one in told] == [
        (doing, number) for doing in ("copying", "checking", "erasing") for number in (1, 2, 3)
    ]
    assert {one.key for one in told} == set(SECRETS)
    assert {one.of for one in told} == {3}


async def test_from_the_keychain_to_the_file_and_back(
    shared_service: PrivateSecretService, tmp_path: Path
) -> None:
    index = DictStoreIndex()
    backend = native_backend("linux", shared_service.address)
    keychain = KeychainStore(backend, index, "test-move", timeout=10)
    files = EncryptedFiles(tmp_path / "secrets.keyfob")
    file = files.open()
    for key, secret in SECRETS.items():
        await keychain.put(key, secret)

    async def no_switch(_: Copied) -> None:
        return None

    await move(keychain, file, index.keys(), switch=no_switch, progress=silent)
    assert index.keys() == ()
    assert {key: await files.open().get(key) for key in await file.keys()} == SECRETS
    await move(file, keychain, await file.keys(), switch=no_switch, progress=silent)
    assert await file.keys() == ()
    keychain.forget()
    assert {key: await keychain.get(key) for key in SECRETS} == SECRETS
    for key in SECRETS:
        await keychain.erase(key)
    files.close()
    keychain.close()
