from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from keyfob_core.errors import OAuthFailed
from keyfob_desktop.connect_dialog import ConnectDialog
from support.desktop import Running, shows_all, until
from support.fake_engine import STEPS, server

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def dialog(running: Running, qtbot: QtBot) -> AsyncIterator[ConnectDialog]:
    await running.tell(servers=(server("github"),))
    dialog = ConnectDialog(server("github"), "oauth", running.door, running.failures.append)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    assert running.failures == []


async def test_one_click_signs_in_and_tells_each_step(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    connected: list[str] = []
    dialog.connected.connect(connected.append)

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert dialog.steps.words == tuple(step.text for step in STEPS)
    (area,) = dialog.steps.findChildren(QScrollArea)
    bar = area.verticalScrollBar()
    await until(lambda: bar.value() == bar.maximum())
    assert connected == ["github"]
    assert running.engine.dispatched == [
        ("connect", {"server": "github", "method": "oauth", "scopes": []}, True)
    ]
    qtbot.mouseClick(dialog.go_button, LEFT)
    assert not dialog.isVisible()


async def test_the_sign_in_address_can_be_copied_while_the_browser_is_awaited(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.link.isVisible)

    assert dialog.steps.link.text == "https://login.example/authorize?state=x1&scope=read"
    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(dialog.steps.outcome.isVisible)
    assert not dialog.steps.link.isVisible()


async def test_cancelling_ends_the_sign_in_at_once(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.link.isVisible)

    qtbot.mouseClick(dialog.cancel_button, LEFT)

    assert not dialog.isVisible()
    await until(lambda: running.engine.cancelled == ["connect"])


async def test_a_failure_is_one_sentence_with_its_hint_and_folded_details(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.failures["connect"] = OAuthFailed(
        "access_denied", "You did not allow it.", "Try again and allow it."
    )

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.failure.isVisible)

    assert dialog.steps.failure.words == "You did not allow it. Try again and allow it."
    assert not dialog.steps.details_text.isVisible()
    qtbot.mouseClick(dialog.steps.details.toggle, LEFT)
    assert dialog.steps.details_text.toPlainText() == "access_denied: You did not allow it."

    del running.engine.failures["connect"]
    qtbot.mouseClick(dialog.back_button, LEFT)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)
    assert not dialog.steps.failure.isVisible()


async def test_an_api_key_is_hidden_sent_and_then_forgotten(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    qtbot.mouseClick(dialog.form.api_key, LEFT, pos=QPoint(8, dialog.form.api_key.height() // 2))
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(dialog.form.secret, "sk-marked")
    assert "sk-marked" not in dialog.form.secret.displayText()

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    (call,) = running.engine.dispatched
    assert call[1] == {
        "server": "github",
        "method": "api-key",
        "scopes": [],
        "secret": "sk-marked",
    }
    assert dialog.form.secret.text() == ""


async def test_more_choices_are_sent_when_given(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    qtbot.mouseClick(dialog.form.more.toggle, LEFT)
    await until(lambda: shows_all(dialog))
    qtbot.keyClicks(dialog.form.account, "work")
    qtbot.keyClicks(dialog.form.scopes, "read write")
    qtbot.keyClicks(dialog.form.client_id, "my-client")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    (call,) = running.engine.dispatched
    assert call[1] == {
        "server": "github",
        "account": "work",
        "client_id": "my-client",
        "method": "oauth",
        "scopes": ["read", "write"],
    }


async def test_after_connecting_a_tool_can_be_tried(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.tool_button.isVisible)

    with qtbot.waitSignal(dialog.tool_wanted) as wanted:
        qtbot.mouseClick(dialog.tool_button, LEFT)

    assert wanted.args == ["github"]


async def test_an_unexpected_failure_is_not_shown_as_success(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.failures["connect"] = RuntimeError("a bug")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: running.failures)

    assert not dialog.steps.outcome.isVisible()
    assert dialog.cancel_button.isVisible()
    running.failures.clear()
