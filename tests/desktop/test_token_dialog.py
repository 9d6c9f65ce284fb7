from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from keyfob_core.errors import ConfigInvalid
from keyfob_desktop.servers.token_dialog import TokenDialog
from support.desktop import Running, until
from support.fake_engine import CLIENT_TOKEN

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def dialog(running: Running, qtbot: QtBot) -> AsyncIterator[TokenDialog]:
    dialog = TokenDialog("github", running.door, running.failures.append)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    assert running.failures == []


async def test_a_token_is_shown_once_and_can_be_copied(
    running: Running, dialog: TokenDialog, qtbot: QtBot
) -> None:
    assert not dialog.make_button.isEnabled()
    qtbot.keyClicks(dialog.name, "cursor")

    qtbot.mouseClick(dialog.make_button, LEFT)
    await until(dialog.token.isVisible)

    assert running.engine.dispatched == [("client.token", {"name": "cursor"}, True)]
    assert dialog.url.text == "http://127.0.0.1:7332/s/github/mcp"
    qtbot.mouseClick(dialog.token.button, LEFT)
    assert QGuiApplication.clipboard().text() == CLIENT_TOKEN
    qtbot.mouseClick(dialog.close_button, LEFT)
    assert dialog.token.text == ""


async def test_a_client_without_headers_gets_the_token_in_its_address(
    running: Running, dialog: TokenDialog, qtbot: QtBot
) -> None:
    qtbot.keyClicks(dialog.name, "old-client")
    dialog.in_url.setChecked(True)

    qtbot.mouseClick(dialog.make_button, LEFT)
    await until(dialog.url.isVisible)

    assert running.engine.dispatched[0][1] == {"name": "old-client", "server": "github"}
    assert dialog.url.text == f"http://127.0.0.1:7332/k/{CLIENT_TOKEN}/mcp"
    assert not dialog.token.isVisible()


async def test_a_name_that_cannot_be_is_told(
    running: Running, dialog: TokenDialog, qtbot: QtBot
) -> None:
    running.engine.failures["client.token"] = ConfigInvalid("name", "is taken", "Choose another.")
    qtbot.keyClicks(dialog.name, "cursor")

    qtbot.mouseClick(dialog.make_button, LEFT)

    await until(dialog.banner.isVisible)
    assert dialog.banner.words == "name: is taken Choose another."
    assert dialog.make_button.isEnabled()
