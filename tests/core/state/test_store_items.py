from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from keyfob_core.state.database import Database, open_database
from keyfob_core.state.store_items import StoreItems
from support.tables import MemoryStoreIndex

Index = StoreItems | MemoryStoreIndex


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "state.db")
    yield database
    database.close()


@pytest.fixture(params=["memory", "sqlite"])
def index(request: pytest.FixtureRequest, database: Database) -> Index:
    return MemoryStoreIndex() if request.param == "memory" else StoreItems(database)


def test_a_begun_generation_is_stale_until_the_switch(index: Index) -> None:
    generation = index.next("account/a")
    index.begin("account/a", generation, 3)
    assert index.current("account/a") is None
    assert index.stale() == (("account/a", generation, 3),)
    index.switch("account/a", generation)
    assert index.current("account/a") == generation
    assert index.stale() == ()
    assert index.keys() == ("account/a",)


def test_the_old_generation_is_stale_after_the_switch_until_it_is_erased(index: Index) -> None:
    old, new = index.next("k"), index.next("k")
    index.begin("k", old, 1)
    index.switch("k", old)
    index.begin("k", new, 2)
    index.switch("k", new)
    assert index.stale("k") == (("k", old, 1),)
    index.erased("k", old)
    assert index.stale("k") == ()
    assert index.current("k") == new


def test_switching_to_none_leaves_the_items_to_be_erased(index: Index) -> None:
    generation = index.next("k")
    index.begin("k", generation, 2)
    index.switch("k", generation)
    index.switch("k", None)
    assert index.current("k") is None
    assert index.keys() == ()
    assert index.stale() == (("k", generation, 2),)


def test_a_generation_never_returns_even_when_all_is_erased(index: Index) -> None:
    seen: list[int] = []
    for _ in range(4):
        generation = index.next("k")
        index.begin("k", generation, 1)
        index.switch("k", generation)
        index.switch("k", None)
        index.erased("k", generation)
        seen.append(generation)
    assert len(set(seen)) == 4
    assert seen == sorted(seen)


def test_two_writers_of_one_key_get_two_generations(index: Index) -> None:
    assert index.next("k") != index.next("k")


def test_the_current_generation_cannot_be_noted_as_erased(index: Index) -> None:
    generation = index.next("k")
    index.begin("k", generation, 1)
    index.switch("k", generation)
    index.erased("k", generation)
    assert index.current("k") == generation


def test_a_switch_to_what_was_not_begun_changes_nothing(index: Index) -> None:
    generation = index.next("k")
    index.begin("k", generation, 1)
    index.switch("k", generation)
    with pytest.raises(ValueError, match="not begun"):
        index.switch("k", index.next("k"))
    assert index.current("k") == generation


def test_a_generation_that_was_not_handed_out_cannot_begin(index: Index) -> None:
    with pytest.raises(ValueError, match="not free"):
        index.begin("k", 1, 1)
    generation = index.next("k")
    index.begin("k", generation, 1)
    with pytest.raises(ValueError, match="not free"):
        index.begin("k", generation, 1)


def test_keys_are_kept_apart(index: Index) -> None:
    for key in ("b", "a"):
        generation = index.next(key)
        index.begin(key, generation, 1)
        index.switch(key, generation)
    index.switch("b", None)
    assert index.keys() == ("a",)
    assert index.stale("a") == ()
    assert index.stale("b") == (("b", 1, 1),)


KEYS = st.sampled_from(["account/a", "account/b", "audit/key"])


class StoreIndexAgrees(RuleBasedStateMachine):
    """The real index, reopened at any time, says what the naive one says."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "state.db"
        self._database: Database = open_database(self._path)
        self._model = MemoryStoreIndex()
        self._ever: set[tuple[str, int]] = set()

    @property
    def _real(self) -> StoreItems:
        return StoreItems(self._database)

    @rule(key=KEYS)
    def next(self, key: str) -> None:
        generation = self._real.next(key)
        assert generation == self._model.next(key)
        assert (key, generation) not in self._ever
        self._ever.add((key, generation))

    @rule(key=KEYS, generation=st.integers(0, 6), items=st.integers(1, 9))
    def begin(self, key: str, generation: int, items: int) -> None:
        assert _raises(self._real.begin, key, generation, items) == _raises(
            self._model.begin, key, generation, items
        )

    @rule(key=KEYS, generation=st.none() | st.integers(0, 6))
    def switch(self, key: str, generation: int | None) -> None:
        assert _raises(self._real.switch, key, generation) == _raises(
            self._model.switch, key, generation
        )

    @rule(key=KEYS, generation=st.integers(0, 6))
    def erased(self, key: str, generation: int) -> None:
        self._real.erased(key, generation)
        self._model.erased(key, generation)

    @rule()
    def restart(self) -> None:
        self._database.close()
        self._database = open_database(self._path)

    @invariant()
    def both_say_the_same(self) -> None:
        assert self._real.keys() == self._model.keys()
        assert self._real.stale() == self._model.stale()
        for key in ("account/a", "account/b", "audit/key", "none"):
            assert self._real.current(key) == self._model.current(key)
            assert self._real.stale(key) == self._model.stale(key)

    def teardown(self) -> None:
        self._database.close()
        self._folder.cleanup()


def _raises(call: object, *arguments: object) -> bool:
    assert callable(call)
    try:
        call(*arguments)
    except ValueError:
        return True
    return False


StoreIndexAgrees.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, database=None
)
test_the_real_index_and_the_naive_one_agree_after_any_use = StoreIndexAgrees.TestCase
