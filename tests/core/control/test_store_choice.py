from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.config import STORES
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.store_choice import Passphrases, StoreMoves
from keyfob_core.errors import ConfigInvalid, StoreLocked
from keyfob_core.prompts import Decision, PassphrasePrompt
from keyfob_core.questions import Questions
from keyfob_core.settings.config_file import ConfigFile
from keyfob_core.states import StoreCondition
from keyfob_core.steps import Step
from keyfob_core.stores.chosen import ChosenStore
from keyfob_core.stores.move import erase_moved, move_secrets
from support.audit_log import RecordedAudit, SetClock
from support.prompter import DENY, RecordingPrompter
from support.stores import MemoryStore


class World:
    def __init__(self, folder: Path, prompter: RecordingPrompter | None = None) -> None:
        self.keychain, self.file = MemoryStore(), MemoryStore()
        self.config = LiveConfig(ConfigFile(folder / "config.toml"), lambda: None)
        stores = {"keychain": self.keychain, "encrypted-file": self.file}
        self.store = ChosenStore(stores, self.config().store)
        self.prompter = prompter or RecordingPrompter(attended=False)
        questions = Questions(self.prompter, SetClock(), lambda: None)
        self.passphrases = Passphrases(questions, lambda: False)
        self.audit = RecordedAudit()
        self.accepted_with: list[str | None] = []
        self.steps: list[Step] = []
        self.moves = StoreMoves(
            self.config,
            self.store,
            self.passphrases,
            self._keys,
            move_secrets,
            erase_moved,
            STORES,
            self._reopen,
            self._accept_older,
            self.audit,
        )

    async def _keys(self, kind: str) -> tuple[str, ...]:
        return tuple((self.keychain if kind == "keychain" else self.file).secrets)

    async def _reopen(self) -> None:
        return None

    async def _accept_older(self) -> None:
        self.accepted_with.append(await self.passphrases(False))

    async def move(self, to: str) -> int:
        return (await self.moves.move(to, None, self.steps.append)).moved


async def test_everything_is_in_the_new_store_and_nothing_in_the_old_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.store.put("account/a", "1")
    await world.store.put("audit/key", "2")
    assert await world.move("encrypted-file") == 2
    assert world.file.secrets == {"account/a": "1", "audit/key": "2"}
    assert world.keychain.secrets == {}
    assert await world.store.get("account/a") == "1"
    assert world.config().store == "encrypted-file"
    assert [event.event for event in world.audit.events] == ["store_moved"]
    assert [step.name for step in world.steps][-2:] == ["switched", "erasing"]


async def test_a_store_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.store.put("account/a", "1")
    world.file.condition = StoreCondition.LOCKED
    with pytest.raises(StoreLocked):
        await world.move("encrypted-file")
    assert world.keychain.secrets == {"account/a": "1"}
    assert (world.store.kind, world.config().store) == ("keychain", "keychain")


async def test_a_move_that_was_stopped_after_its_switch_is_finished_by_moving_again(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    await world.store.put("account/a", "old")
    await world.move("encrypted-file")
    world.keychain.secrets["account/a"] = "old"
    await world.store.put("account/a", "renewed since")
    assert await world.move("encrypted-file") == 1
    assert world.keychain.secrets == {}
    assert world.file.secrets == {"account/a": "renewed since"}
    with pytest.raises(ConfigInvalid):
        await world.move("encrypted-file")


async def test_an_older_file_is_accepted_with_the_passphrase_that_is_brought_and_then_forgotten(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    await world.moves.accept_older("mine")
    assert world.accepted_with == ["mine"]
    assert await world.passphrases(False) is None


async def test_a_passphrase_is_asked_of_the_person_and_a_dismissed_one_is_none(
    tmp_path: Path,
) -> None:
    prompter = RecordingPrompter(Decision(True, text="mine"), DENY)
    world = World(tmp_path, prompter)
    assert await world.passphrases(True) == "mine"
    assert await world.passphrases(False) is None
    assert [prompt.new for prompt in prompter.asked if isinstance(prompt, PassphrasePrompt)] == [
        True,
        False,
    ]
    world.passphrases.bring("brought")
    assert await world.passphrases(False) == "brought"
    assert len(prompter.asked) == 2
