from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.control.wire import to_json
from keyfob_core.errors import ConfigInvalid, EngineUnreachable
from keyfob_core.model import KnownBy
from keyfob_core.setups.client_imports import Imported
from keyfob_core.setups.client_setups import Standing
from keyfob_core.states import ClientState
from keyfob_desktop.clients.client_wizard import ClientWizard
from keyfob_desktop.clients.client_wizard_answers import imported_in, plan_in, states_in
from keyfob_desktop.clients.clients_page import ClientsPage
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from support.client_machine import ARGUED, GITHUB, TOKENS, Machine, plan, state
from support.desktop import Running, opened, until
from support.fake_engine import EMPTY

LEFT = Qt.MouseButton.LeftButton
MOVED = {"name": "cursor", "seen": "i1", "shred": False}


@pytest.fixture
def machine(running: Running) -> Machine:
    return Machine(running)


@pytest.fixture
async def wizard(running: Running, machine: Machine, qtbot: QtBot) -> AsyncIterator[ClientWizard]:
    wizard = ClientWizard(running.door, running.failures.append)
    qtbot.addWidget(wizard)
    wizard.show()
    yield wizard
    assert running.failures == []


async def settled(wizard: ClientWizard) -> None:
    """Wait until it has looked again: what it begins must end before the test does."""
    await until(lambda: not wizard._tasks.busy)


async def looked(wizard: ClientWizard) -> None:
    wizard.begin()
    await until(lambda: wizard.client is not None and wizard.connect_button.isEnabled())
    await settled(wizard)


async def test_what_was_found_is_told_with_its_secrets_masked(
    running: Running, wizard: ClientWizard
) -> None:
    await looked(wizard)
    assert wizard.summary.text() == (
        "Found here: Cursor and Zed. Secrets that lie in plain text in their files: 2. "
        "Move them into your keychain, and route these clients through Keyfob?"
    )
    shown = wizard.plan.toPlainText()
    assert "github moves into Keyfob: https://api.example/mcp" in shown
    assert "argued stays: Its argument 2 is a secret, and Keyfob puts none" in shown
    assert '"keyfob": {' in shown
    assert "\u202e" not in shown + wizard.standing.text()
    assert not wizard.undo_button.isEnabled()
    wizard.choose("zed")
    assert not wizard.move_button.isEnabled()
    asked = [verb for verb, args, _ in running.engine.dispatched if not args.get("dry_run")]
    assert asked == ["client.list"]


async def test_a_client_is_connected_as_it_was_seen_and_taken_out_again(
    running: Running, wizard: ClientWizard, qtbot: QtBot
) -> None:
    await looked(wizard)
    qtbot.mouseClick(wizard.connect_button, LEFT)
    await until(wizard.undo_button.isEnabled)
    assert ("client.add", {"name": "cursor", "seen": "s1"}, True) in running.engine.dispatched
    assert "Restart Cursor" in wizard.news.words
    assert wizard.standing.text().endswith("connected")
    assert not wizard.connect_button.isEnabled()
    qtbot.mouseClick(wizard.undo_button, LEFT)
    await until(wizard.connect_button.isEnabled)
    assert ("client.undo", {"name": "cursor"}, True) in running.engine.dispatched
    await settled(wizard)


async def test_secrets_are_moved_and_what_stays_is_named(
    running: Running, wizard: ClientWizard, qtbot: QtBot
) -> None:
    await looked(wizard)
    qtbot.mouseClick(wizard.move_button, LEFT)
    await until(lambda: "Moved into Keyfob: github." in wizard.news.words)
    assert "b: No." in wizard.banner.words
    assert ("client.import", MOVED, True) in running.engine.dispatched
    await until(lambda: "github moves" not in wizard.plan.toPlainText())
    await settled(wizard)
    assert not wizard.move_button.isEnabled()


async def test_what_was_moved_is_put_back_after_a_second_click(
    running: Running, wizard: ClientWizard, qtbot: QtBot
) -> None:
    await looked(wizard)
    assert not wizard.put_back_button.isVisible()
    qtbot.mouseClick(wizard.move_button, LEFT)
    await until(wizard.put_back_button.isVisible)
    await settled(wizard)
    qtbot.mouseClick(wizard.put_back_button, LEFT)
    asked: ConfirmDialog = await opened(ConfirmDialog)
    qtbot.mouseClick(asked.stay_button, LEFT)
    assert all(verb != "client.restore" for verb, _, _ in running.engine.dispatched)
    qtbot.mouseClick(wizard.put_back_button, LEFT)
    await until(lambda: len(wizard.findChildren(ConfirmDialog)) > 0)
    shown = [one for one in wizard.findChildren(ConfirmDialog) if one.isVisible()]
    qtbot.mouseClick(shown[-1].go_button, LEFT)
    await until(wizard.move_button.isEnabled)
    assert ("client.restore", {"name": "cursor", "undo": True}, True) in running.engine.dispatched
    assert "secrets and all" in wizard.news.words
    assert not wizard.put_back_button.isVisible()
    await settled(wizard)


async def test_tokens_of_others_are_told_and_erased_only_where_that_is_ticked(
    running: Running, machine: Machine, wizard: ClientWizard, qtbot: QtBot
) -> None:
    machine.plans["cursor"] = plan("cursor", "Cursor", ARGUED, leftovers=(TOKENS,))
    await looked(wizard)
    assert f"mcp-remote keeps tokens in {TOKENS.path}" in wizard.plan.toPlainText()
    assert not wizard.move_button.isEnabled()
    wizard.choose("zed")
    assert not wizard.shred_box.isVisible()
    wizard.choose("cursor")
    wizard.shred_box.click()
    qtbot.mouseClick(wizard.move_button, LEFT)
    await until(
        lambda: ("client.import", {**MOVED, "shred": True}, True) in running.engine.dispatched
    )
    await settled(wizard)


async def test_all_clients_are_moved_and_connected_at_one_click(
    running: Running, machine: Machine, wizard: ClientWizard, qtbot: QtBot
) -> None:
    await looked(wizard)
    assert wizard.all_button.text() == "Move and connect all"
    qtbot.mouseClick(wizard.all_button, LEFT)
    await until(lambda: "Restart Cursor, Zed" in wizard.news.words)
    assert "b: No." in wizard.banner.words
    acted = [(verb, args) for verb, args, _ in running.engine.dispatched if "seen" in args]
    assert acted == [("client.import", MOVED), ("client.add", {"name": "zed", "seen": "s1"})]
    await settled(wizard)


async def test_a_computer_without_clients_says_what_else_there_is(
    running: Running, machine: Machine, wizard: ClientWizard
) -> None:
    running.engine.more["client.list"] = lambda _: ()
    wizard.begin()
    assert not wizard.empty.isVisible()
    await until(wizard.empty.isVisible)
    await settled(wizard)
    assert "takes a token" in wizard.empty.words.text()
    assert not wizard.all_button.isVisible()


async def test_a_broken_entry_is_repaired(
    machine: Machine, wizard: ClientWizard, qtbot: QtBot
) -> None:
    machine.standing = Standing.CHANGED
    await looked(wizard)
    assert wizard.connect_button.text() == "Repair"
    assert "was changed" in wizard.standing.text()
    qtbot.mouseClick(wizard.connect_button, LEFT)
    await until(lambda: wizard.standing.text().endswith("connected"))
    await settled(wizard)
    assert wizard.connect_button.text() == "Connect"


async def test_a_file_that_cannot_be_edited_is_told_by_name(
    running: Running, machine: Machine, wizard: ClientWizard, qtbot: QtBot
) -> None:
    machine.plans["zed"] = ConfigInvalid("/home/ada/zed", "line 3, column 1: is no JSON", "Look.")
    await looked(wizard)
    wizard.choose("zed")
    assert "line 3, column 1" in wizard.plan.toPlainText()
    assert not wizard.connect_button.isEnabled()
    wizard.choose("cursor")
    running.engine.failures["client.add"] = ConfigInvalid(
        "/home/ada/c", "has changed", "Look again."
    )
    qtbot.mouseClick(wizard.connect_button, LEFT)
    await until(lambda: "has changed" in wizard.banner.words)
    await settled(wizard)


async def test_the_clients_page_opens_the_wizard(
    running: Running, machine: Machine, qtbot: QtBot
) -> None:
    page = ClientsPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    page.show_status(EMPTY)
    page.show()
    qtbot.mouseClick(page.empty.button, LEFT)
    wizard: ClientWizard = await opened(ClientWizard)
    await until(lambda: wizard.client is not None)
    await settled(wizard)
    qtbot.mouseClick(wizard.close_button, LEFT)
    cursor = ClientState(name="cursor", known_by=KnownBy.TOKEN, created_at=1.0, last_used_at=None)
    page.show_status(replace(EMPTY, clients=(cursor,)))
    assert page.find_button.isVisible()
    await until(lambda: not page.rules._tasks.busy)
    assert running.failures == []


def test_what_the_engine_answers_is_the_same_after_it_crossed_from_its_process() -> None:
    moved = replace(
        plan("cursor", "Cursor", GITHUB, ARGUED, leftovers=(TOKENS,)), can_put_back=True
    )
    done = Imported(
        client="c", label="C", moved=("a",), failed=(("b", "No."),), erased=("/home/ada/x",)
    )
    rows = [{"name": "cursor", "setups": (state("cursor", "Cursor", Standing.CHANGED),)}]

    def crossed(answer: object) -> object:
        return json.loads(json.dumps(to_json(answer)))

    assert plan_in(crossed(moved)) == moved
    assert imported_in(crossed(done)) == done
    assert states_in(crossed(rows)) == states_in(rows)
    for wrong in ({}, [], "text", {"client": 3}):
        with pytest.raises(EngineUnreachable):
            plan_in(wrong)
