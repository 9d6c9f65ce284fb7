from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.control.tool_access import ToolState
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import Verdict
from keyfob_desktop.servers.tool_dialog import ToolDialog
from support.desktop import Running, until

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def dialog(running: Running, qtbot: QtBot) -> AsyncIterator[ToolDialog]:
    dialog = ToolDialog("github", running.door, running.failures.append)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    assert running.failures == []


async def _loaded(dialog: ToolDialog) -> None:
    dialog.begin()
    await until(lambda: dialog.tool is not None and dialog.call_button.isEnabled())


async def test_a_call_shows_the_answer_as_plain_text_and_who_the_server_saw(
    running: Running, dialog: ToolDialog, qtbot: QtBot
) -> None:
    await _loaded(dialog)

    qtbot.mouseClick(dialog.call_button, LEFT)
    await until(lambda: dialog.answer.toPlainText())

    assert dialog.answer.toPlainText() == "whoami got [] <b>as text</b>"
    assert dialog.identity.text() == "The server saw you as ada@example.org."
    assert running.engine.dispatched[-1] == (
        "server.call",
        {"server": "github", "tool": "whoami", "arguments": {}},
        True,
    )


async def test_a_chosen_tool_brings_its_words_and_its_required_arguments(
    running: Running, dialog: ToolDialog, qtbot: QtBot
) -> None:
    await _loaded(dialog)
    dialog.choose("create_issue")

    assert "⟨U+202E⟩ gnp.exe" in dialog.description.toPlainText()
    qtbot.mouseClick(dialog.call_button, LEFT)
    await until(lambda: dialog.answer.toPlainText())

    assert running.engine.dispatched[-1][1]["arguments"] == {"title": "", "number": 0}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [('{"a": ', "Not JSON yet: line 1, column 7."), ("[1]", "Arguments are one JSON object")],
)
async def test_arguments_that_are_no_object_cannot_be_sent(
    dialog: ToolDialog, text: str, complaint: str
) -> None:
    await _loaded(dialog)

    dialog.arguments.setPlainText(text)

    assert complaint in dialog.complaint.text()
    assert not dialog.call_button.isEnabled()
    dialog.arguments.setPlainText("{}")
    assert dialog.call_button.isEnabled()


async def test_a_failed_call_is_told_with_its_hint_and_can_be_repeated(
    running: Running, dialog: ToolDialog, qtbot: QtBot
) -> None:
    await _loaded(dialog)
    running.engine.failures["server.call"] = UpstreamUnreachable("It is down.", "Try later.")

    qtbot.mouseClick(dialog.call_button, LEFT)
    await until(dialog.banner.isVisible)

    assert dialog.banner.words == "It is down. Try later."
    del running.engine.failures["server.call"]
    await until(dialog.call_button.isEnabled)
    qtbot.mouseClick(dialog.call_button, LEFT)
    await until(lambda: dialog.answer.toPlainText())
    assert not dialog.banner.isVisible()


async def test_a_server_that_does_not_tell_its_tools_says_why(
    running: Running, dialog: ToolDialog
) -> None:
    running.engine.failures["server.tools"] = UpstreamUnreachable("It is down.", "Try later.")

    dialog.begin()

    await until(dialog.banner.isVisible)
    assert not dialog.call_button.isEnabled()


async def test_a_server_whose_tools_are_all_hidden_is_not_said_to_have_none(
    running: Running, dialog: ToolDialog
) -> None:
    running.engine.offered = []
    dialog.begin()
    await until(lambda: dialog.identity.text() == "This server offers no tools.")

    running.engine.tools = (
        ToolState(
            name="whoami",
            pin="rejected",
            pending="t1",
            own=None,
            access=Verdict.ASK,
            decided_by="defaults.access",
        ),
    )
    dialog.begin()

    await until(lambda: "None of its tools is approved" in dialog.identity.text())


async def test_the_dialog_fits_a_small_screen(dialog: ToolDialog) -> None:
    await _loaded(dialog)

    assert dialog.height() < dialog.fontMetrics().lineSpacing() * 44
    assert dialog.minimumHeight() < dialog.fontMetrics().lineSpacing() * 40


async def test_closing_withdraws_the_call_that_is_under_way(
    running: Running, dialog: ToolDialog, qtbot: QtBot
) -> None:
    await _loaded(dialog)
    running.engine.held.add("server.call")
    qtbot.mouseClick(dialog.call_button, LEFT)
    await until(lambda: running.verbs()[-1] == "server.call")
    assert not dialog.call_button.isEnabled()

    qtbot.mouseClick(dialog.close_button, LEFT)

    await until(lambda: running.engine.cancelled == ["server.call"])
