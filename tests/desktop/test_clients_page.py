from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.errors import EngineUnreachable
from keyfob_core.model import KnownBy
from keyfob_core.setups.client_setups import Standing
from keyfob_core.states import ClientState
from keyfob_desktop.clients.client_wizard import ClientWizard
from keyfob_desktop.clients.clients_page import ClientsPage
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from support.client_machine import Machine
from support.desktop import Running, opened, until
from support.fake_engine import EMPTY

CLIENTS = (
    ClientState(name="cursor", known_by=KnownBy.TOKEN, created_at=1.0, last_used_at=None),
    ClientState(
        name="claude",
        known_by=KnownBy.PROCESS,
        created_at=1.0,
        last_used_at=1_790_000_000.0,
        executable="/opt/claude",
    ),
)


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[ClientsPage]:
    page = ClientsPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    running.door.status_changed.connect(page.show_status)
    page.show_status(EMPTY)
    page.show()
    yield page
    assert running.failures == []


async def test_clients_are_listed_with_what_they_are_known_by(
    running: Running, page: ClientsPage
) -> None:
    assert page.empty.isVisible()

    await running.tell(clients=CLIENTS)

    rows = [[page.model.index(row, column).data() for column in (0, 1)] for row in (0, 1)]
    assert rows == [["cursor", "token"], ["claude", "/opt/claude"]]
    assert [page.model.index(0, column).data() for column in (3, 4)] == ["", "never"]


async def test_a_client_is_revoked_after_a_yes(
    running: Running, page: ClientsPage, qtbot: QtBot
) -> None:
    await running.tell(clients=CLIENTS)
    assert not page.revoke_button.isEnabled()
    page.table.setCurrentIndex(page.model.index(1, 0))

    qtbot.mouseClick(page.revoke_button, Qt.MouseButton.LeftButton)
    dialog: ConfirmDialog = await opened(ConfirmDialog)
    qtbot.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)

    await until(lambda: page.model.rowCount() == 1)
    revoked = ("client.revoke", {"name": "claude"}, True)
    assert [one for one in running.engine.dispatched if one[0] != "client.list"] == [revoked]
    assert not page.revoke_button.isEnabled()


async def test_an_entry_that_was_changed_is_shown_and_led_to_its_repair(
    running: Running, page: ClientsPage, qtbot: QtBot
) -> None:
    machine = Machine(running)
    machine.standing = Standing.STANDS
    await running.tell(clients=CLIENTS)
    await until(lambda: page.model.index(0, 3).data() == "stands")
    assert not page.repair_button.isVisible()
    machine.standing = Standing.CHANGED
    page.hide()
    page.show()
    await until(lambda: page.model.index(0, 3).data() == "was changed")
    assert not page.repair_button.isEnabled()
    page.table.setCurrentIndex(page.model.index(1, 0))
    assert not page.repair_button.isEnabled()
    page.table.setCurrentIndex(page.model.index(0, 0))
    qtbot.mouseClick(page.repair_button, Qt.MouseButton.LeftButton)
    wizard: ClientWizard = await opened(ClientWizard)
    await until(lambda: wizard.client is not None and wizard.connect_button.isEnabled())
    assert wizard.client is not None
    assert (wizard.client.id, wizard.connect_button.text()) == ("cursor", "Repair")
    qtbot.mouseClick(wizard.connect_button, Qt.MouseButton.LeftButton)
    await until(lambda: not wizard._tasks.busy and "is written" in wizard.news.words)
    qtbot.mouseClick(wizard.close_button, Qt.MouseButton.LeftButton)
    await until(lambda: page.model.index(0, 3).data() == "stands")
    assert not page.repair_button.isVisible()
    await until(lambda: not page.rules._tasks.busy and not page._tasks.busy)


async def test_a_client_that_has_an_entry_and_never_came_is_listed(
    running: Running, page: ClientsPage
) -> None:
    machine = Machine(running)
    machine.standing = Standing.STANDS
    await running.tell(clients=CLIENTS[1:])
    await until(lambda: page.model.rowCount() == 2)
    row = [page.model.index(1, column).data() for column in range(5)]
    assert row == ["cursor", "", "", "stands", "never"]
    page.table.setCurrentIndex(page.model.index(1, 0))
    assert not page.revoke_button.isEnabled()
    await until(lambda: not page.rules._tasks.busy and not page._tasks.busy)


async def test_what_could_not_be_read_is_taken_back_once_it_can(
    running: Running, page: ClientsPage
) -> None:
    gone = EngineUnreachable("The engine has ended.", "Repeat this in a moment.")
    running.engine.failures = {"client.list": gone, "rule.list": gone}
    await running.tell(clients=CLIENTS)
    await until(lambda: page.banner.isVisible() and page.rules.banner.isVisible())

    running.engine.failures = {}
    await running.tell(clients=CLIENTS[:1])

    await until(lambda: not (page.banner.isVisible() or page.rules.banner.isVisible()))
