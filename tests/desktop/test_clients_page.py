from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.model import KnownBy
from keyfob_core.states import ClientState
from keyfob_desktop.clients_page import ClientsPage
from keyfob_desktop.confirm_dialog import ConfirmDialog
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
    assert page.model.index(0, 3).data() == "never"


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
    assert running.engine.dispatched == [("client.revoke", {"name": "claude"}, True)]
    assert not page.revoke_button.isEnabled()
