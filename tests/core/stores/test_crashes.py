"""A stop at any step of a write leaves the old secret, the new one or none: never garbage."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from keyfob_core.ports import StoreIndex
from keyfob_core.states import StoreCondition
from keyfob_core.stores.backends import Backend, Hints
from keyfob_core.stores.items import read_head, unpack
from keyfob_core.stores.keychain import KeychainStore
from support.store_index import DictStoreIndex

KEY = "account/work"
LIMIT = 120
OLD, NEW = "old-" * 100, "new." * 150


class Stopped(BaseException):
    """The program ends here."""


@dataclass
class Fuse:
    """Lets `steps` steps happen and stops the program at the next, before or after its effect."""

    steps: int
    after: bool = False
    blown: bool = False

    def step(self, effect: Callable[[], Any]) -> Any:
        if self.blown:
            raise Stopped
        if self.steps:
            self.steps -= 1
            return effect()
        self.blown = True
        if self.after:
            effect()
        raise Stopped


class PasswordDeleteError(Exception):
    """Shaped like keyring's."""


@dataclass
class Items:
    """A keychain in memory that counts its steps on a fuse."""

    fuse: Fuse
    texts: dict[str, str] = field(default_factory=dict[str, str])

    def get_password(self, service: str, username: str) -> str | None:
        return self.texts.get(service)

    def set_password(self, service: str, username: str, password: str) -> None:
        assert service not in self.texts, "no item is ever written twice"
        self.fuse.step(lambda: self.texts.update({service: password}))

    def delete_password(self, service: str, username: str) -> None:
        def delete() -> None:
            if self.texts.pop(service, None) is None:
                raise PasswordDeleteError

        self.fuse.step(delete)


class FusedIndex(DictStoreIndex):
    """Each write of the index is a step, too."""

    fuse: Fuse

    def begin(self, key: str, generation: int, items: int) -> None:
        self.fuse.step(lambda: super(FusedIndex, self).begin(key, generation, items))

    def switch(self, key: str, generation: int | None) -> None:
        self.fuse.step(lambda: super(FusedIndex, self).switch(key, generation))

    def erased(self, key: str, generation: int) -> None:
        self.fuse.step(lambda: super(FusedIndex, self).erased(key, generation))


@dataclass
class Machine:
    """What outlives a program: its keychain and its index."""

    items: Items
    index: FusedIndex

    def set_fuse(self, fuse: Fuse) -> None:
        self.items.fuse = self.index.fuse = fuse

    def start(self, index: StoreIndex | None = None) -> KeychainStore:
        backend = Backend(
            product="test keychain",
            open=lambda: self.items,
            probe=lambda _: StoreCondition.READY,
            hints=Hints("unlock", "install", "restart"),
            limit=LIMIT,
        )
        return KeychainStore(backend, index or self.index, "test", timeout=5)

    def of_generation(self, generation: int) -> set[str]:
        return {
            name for name in self.items.texts if name.startswith(f"keyfob:test:{KEY}:{generation}:")
        }


@pytest.fixture
def machine() -> Machine:
    endless = Fuse(steps=10_000)
    index = FusedIndex()
    index.fuse = endless
    return Machine(Items(endless), index)


async def stopped_at(machine: Machine, fuse: Fuse, act: Callable[[KeychainStore], Any]) -> bool:
    """Whether the program was stopped on the way."""
    machine.set_fuse(fuse)
    store = machine.start()
    try:
        await act(store)
    except Stopped:
        pass
    finally:
        store.close()
        machine.set_fuse(Fuse(steps=10_000))
    return fuse.blown


async def what_a_restart_finds(machine: Machine) -> str | None:
    store = machine.start()
    try:
        found = await store.get(KEY)
        await store.sweep()
        store.forget()
        assert await store.get(KEY) == found
    finally:
        store.close()
    return found


def assert_no_orphan(machine: Machine) -> None:
    current = machine.index.current(KEY)
    expected = set() if current is None else machine.of_generation(current)
    assert set(machine.items.texts) == expected
    assert machine.index.stale() == ()


def assert_no_head_without_its_items(machine: Machine) -> None:
    for name, text in machine.items.texts.items():
        prefix, _, n = name.rpartition(":")
        head = read_head(text) if n == "0" else None
        if head is not None:
            rest = [machine.items.texts[f"{prefix}:{i}"] for i in range(1, head.items)]
            assert unpack(head, rest) in (OLD, NEW)


@pytest.mark.parametrize("after", [False, True], ids=["before a step", "after a step"])
@pytest.mark.parametrize("old", [OLD, None], ids=["an update", "a first put"])
async def test_a_put_stopped_anywhere_leaves_the_old_secret_or_the_new(
    machine: Machine, old: str | None, after: bool
) -> None:
    found: list[str | None] = []
    for steps in range(100):
        await stopped_at(machine, Fuse(10_000), lambda store: store.erase(KEY))
        if old is not None:
            await stopped_at(machine, Fuse(10_000), lambda store: store.put(KEY, OLD))
        fuse = Fuse(steps, after)
        stopped = await stopped_at(machine, fuse, lambda store: store.put(KEY, NEW))
        assert_no_head_without_its_items(machine)
        found.append(await what_a_restart_finds(machine))
        assert_no_orphan(machine)
        if not stopped:
            break
    else:
        pytest.fail("the put never came to its end")
    switched = found.index(NEW)
    assert set(found[:switched]) == {old}
    assert set(found[switched:]) == {NEW}
    items = len(machine.items.texts)
    assert items > 3
    # begin, every item, and then the switch.
    assert switched == 1 + items + (0 if after else 1)


@pytest.mark.parametrize("after", [False, True], ids=["before a step", "after a step"])
async def test_an_erase_stopped_anywhere_leaves_the_secret_or_nothing(
    machine: Machine, after: bool
) -> None:
    found: list[str | None] = []
    for steps in range(100):
        await stopped_at(machine, Fuse(10_000), lambda store: store.put(KEY, OLD))
        stopped = await stopped_at(machine, Fuse(steps, after), lambda store: store.erase(KEY))
        assert_no_head_without_its_items(machine)
        found.append(await what_a_restart_finds(machine))
        assert_no_orphan(machine)
        if not stopped:
            break
    else:
        pytest.fail("the erase never came to its end")
    assert found == ([None] * len(found) if after else [OLD, *[None] * (len(found) - 1)])


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_an_item_that_somebody_removed_or_changed_reads_as_no_secret(
    machine: Machine, lost: int
) -> None:
    store = machine.start()
    await store.put(KEY, OLD)
    (name,) = (name for name in machine.items.texts if name.endswith(f":{lost}"))
    text = machine.items.texts[name]
    for damaged in (None, text[:-1], text[::-1], ""):
        machine.items.texts.pop(name, None)
        if damaged is not None:
            machine.items.texts[name] = damaged
        store.forget()
        assert await store.get(KEY) is None
    machine.items.texts[name] = text
    assert await store.get(KEY) == OLD
    store.close()


async def test_a_put_that_failed_leaves_nothing_after_the_next_one(machine: Machine) -> None:
    await stopped_at(machine, Fuse(4), lambda store: store.put(KEY, OLD))
    assert machine.items.texts
    await stopped_at(machine, Fuse(10_000), lambda store: store.put(KEY, NEW))
    assert_no_orphan(machine)


async def test_a_sweep_leaves_a_put_that_is_under_way_alone(machine: Machine) -> None:
    store = machine.start()
    await store.put("account/other", "kept")
    await stopped_at(machine, Fuse(3), lambda other: other.put(KEY, OLD))

    class SweepingIndex(DictStoreIndex):
        sweeping: Any = None

        def begin(self, key: str, generation: int, items: int) -> None:
            super().begin(key, generation, items)
            self.sweeping = asyncio.ensure_future(store.sweep())

    index = SweepingIndex(machine.index.generations, machine.index.begun, machine.index.highest)
    store.close()
    store = machine.start(index)
    await store.put(KEY, NEW)
    await index.sweeping
    store.forget()
    assert await store.get(KEY) == NEW
    assert await store.get("account/other") == "kept"
    store.close()
