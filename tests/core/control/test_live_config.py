from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.config import Rule
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Verdict
from keyfob_core.settings.config_file import ConfigFile, Document, Edit, put_rule, put_server

KEY = bytes(range(32))
DENY = Rule("r1", Verdict.DENY, "cursor", "one")
WIDER = '[[rules]]\nid = "r9"\naccess = "allow"\n'
OTHER = '[servers.one]\nurl = "https://evil.example/mcp"\n'


class Table:
    """An AcceptedTable in memory."""

    def __init__(self) -> None:
        self.row: tuple[str, str] | None = None

    def accepted(self) -> tuple[str, str] | None:
        return self.row

    def keep(self, text: str, mac: str) -> None:
        self.row = (text, mac)


class World:
    def __init__(self, folder: Path, text: str = "") -> None:
        self.path, self.table = folder / "config.toml", Table()
        self.path.write_text(text)
        self.config = self.started()
        self.config.open(KEY, is_new=True)

    def started(self) -> LiveConfig:
        """As after a restart, before the store has given the key."""
        return LiveConfig(ConfigFile(self.path), lambda: None, self.table)

    def by_hand(self, text: str) -> None:
        self.path.write_text(self.path.read_text() + text)

    def waiting(self, config: LiveConfig) -> list[str]:
        return [change.part for change in config.waiting]


def rules(config: LiveConfig) -> list[str]:
    return [rule.id for rule in config().rules]


def test_a_first_start_accepts_the_file_as_it_is(tmp_path: Path) -> None:
    world = World(tmp_path, WIDER)
    assert (rules(world.config), world.config.waiting) == (["r9"], ())
    assert world.table.row is not None


def test_what_the_engine_writes_is_in_force_and_stays_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.config.edit(put_server("one", "https://one.example/mcp"), put_rule(DENY))
    again = world.started()
    again.open(KEY, is_new=False)
    assert (rules(again), again.waiting) == (["r1"], ())


@pytest.mark.parametrize("live", [True, False], ids=["running", "between two starts"])
def test_a_widening_by_hand_waits_until_it_is_accepted(tmp_path: Path, live: bool) -> None:
    world = World(tmp_path)
    world.by_hand(WIDER)
    config = world.config if live else world.started()
    if live:
        assert config.refresh()
    else:
        config.open(KEY, is_new=False)
    assert (rules(config), world.waiting(config)) == ([], ["rules.r9"])
    config.accept(config.as_found)
    assert (rules(config), config.waiting) == (["r9"], ())
    again = world.started()
    again.open(KEY, is_new=False)
    assert (rules(again), again.waiting) == (["r9"], ())


def test_what_is_edited_after_the_person_has_looked_waits_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.by_hand(WIDER)
    world.config.refresh()
    seen = world.config.as_found
    world.by_hand(OTHER)
    world.config.accept(seen)
    world.config.refresh()
    assert rules(world.config) == ["r9"]
    assert world.waiting(world.config) == ["servers.one"]


def test_an_edit_of_the_engines_carries_nothing_along_that_waits(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.by_hand(WIDER)
    # Not even one that it has not noticed yet.
    world.config.edit(put_server("one", "https://one.example/mcp"))
    assert list(world.config().servers) == ["one"]
    assert (rules(world.config), world.waiting(world.config)) == ([], ["rules.r9"])


def test_an_edit_that_rests_on_what_waits_is_refused_with_the_way_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.by_hand('[accounts.work]\nmethod = "oauth"\n')
    world.config.refresh()
    before = world.path.read_text()
    with pytest.raises(ConfigInvalid, match="keyfob config"):
        world.config.edit(put_server("one", "https://one.example/mcp"), _uses("work"))
    assert world.path.read_text() == before


def _uses(account: str) -> Edit:
    def change(document: Document) -> None:
        document["servers"]["one"]["account"] = account

    return change


def test_a_narrowing_by_hand_acts_and_taking_it_back_is_asked_about(tmp_path: Path) -> None:
    world = World(tmp_path, WIDER)
    world.path.write_text("")
    world.config.refresh()
    assert (rules(world.config), world.config.waiting) == ([], ())
    world.path.write_text(WIDER)
    world.config.refresh()
    assert (rules(world.config), world.waiting(world.config)) == ([], ["rules.r9"])


@pytest.mark.parametrize("forged", ["text", "mac", "gone"])
def test_a_record_that_was_changed_or_removed_counts_as_nothing_accepted(
    tmp_path: Path, forged: str
) -> None:
    world = World(tmp_path, WIDER)
    assert world.table.row is not None
    text, mac = world.table.row
    world.by_hand(OTHER)
    rows = {"text": (text + OTHER, mac), "mac": (text, "0" * 64), "gone": None}
    world.table.row = rows[forged]
    config = world.started()
    config.open(KEY, is_new=False)
    assert (rules(config), list(config().servers)) == ([], [])
    assert set(world.waiting(config)) == {"rules.r9", "servers.one"}


def test_what_the_engine_wrote_before_it_had_the_key_is_kept_with_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    config = world.started()
    config.edit(put_server("one", "https://one.example/mcp"))
    config.open(KEY, is_new=False)
    again = world.started()
    again.open(KEY, is_new=False)
    assert (list(again().servers), again.waiting) == (["one"], ())


def test_comments_and_order_of_keys_are_no_change(tmp_path: Path) -> None:
    world = World(tmp_path, '[[rules]]\nid = "r9"\naccess = "allow"\n')
    world.path.write_text('# mine\n[[rules]]\naccess = "allow" # yes\nid = "r9"\n')
    world.config.refresh()
    assert (rules(world.config), world.config.waiting) == (["r9"], ())
