"""The pages' switches and buttons against the real engine: what a click writes, holds."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from keyfob_desktop.settings.settings_fields import ChoiceField, LineField, NumberField, SwitchField
from keyfob_desktop.window import Window
from support.desktop import until
from support.marked import found, mark
from support.real_desktop import RealEngine

LEFT = Qt.MouseButton.LeftButton
NOTES = "http://127.0.0.1:9/mcp"


@pytest.fixture
async def window(real: RealEngine, qtbot: QtBot) -> Window:
    window = Window(real.door, real.failures.append)
    qtbot.addWidget(window)
    window.show()
    return window


async def test_settings_are_written_as_they_are_chosen_and_comments_stay(
    real: RealEngine, window: Window, qtbot: QtBot
) -> None:
    with real.home.paths.config_file.open("a") as file:
        file.write("\n[relay]\nwait = 45  # my patience\n")
    window.tabs.setCurrentWidget(window.settings)
    form = window.settings.form
    screen, wait = form.fields["lock.screen"], form.fields["relay.wait"]
    access, idle = form.fields["defaults.access"], form.fields["lock.idle"]
    assert isinstance(screen, SwitchField)
    assert isinstance(wait, NumberField)
    assert isinstance(access, ChoiceField)
    assert isinstance(idle, NumberField)
    await until(screen.box.isChecked)
    assert "Agents that work while you are away stop" in screen.about.text()

    qtbot.mouseClick(screen.box, LEFT)
    await until(lambda: "screen = false" in real.config())
    access.box.setFocus()
    qtbot.keyClick(access.box, Qt.Key.Key_Down)
    await until(lambda: 'access = "deny"' in real.config())
    idle.box.setValue(15)
    await until(lambda: "idle = 15" in real.config())
    wait.box.setValue(90)
    await until(lambda: "wait = 90  # my patience" in real.config())
    qtbot.keyClick(idle.box, Qt.Key.Key_Home)
    idle.box.setValue(0)
    await until(lambda: "idle" not in real.config())
    assert (await real.do("settings.show"))["lock.screen"] is False


async def test_what_is_wrong_with_a_setting_is_said_at_its_field(
    real: RealEngine, window: Window, qtbot: QtBot
) -> None:
    window.tabs.setCurrentWidget(window.settings)
    field = window.settings.form.fields["audit.syslog"]
    assert isinstance(field, LineField)
    before = real.config()
    field.box.setFocus()
    qtbot.keyClicks(field.box, "https://logs.example")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    await until(lambda: not field.error.isHidden())
    assert field.error.text().startswith("'https://logs.example' is no syslog server")
    assert real.config() == before
    field.box.selectAll()
    qtbot.keyClicks(field.box, "udp://logs.example:514")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    await until(lambda: "udp://logs.example:514" in real.config())
    assert field.error.isHidden()


async def test_a_tool_s_switch_is_written_shown_and_reset(
    real: RealEngine, window: Window, qtbot: QtBot
) -> None:
    with real.home.paths.config_file.open("a") as file:
        file.write(
            f'\n[servers.notes]\nurl = "{NOTES}"  # mine\n'
            '\n[servers.notes.tools.write]\naccess = "ask"\n'
        )
    await real.do("config.check")
    await real.do("config.accept")
    await real.do("client.token", name="cursor")
    await until(lambda: "write" in window.servers.tools.rows)
    await until(lambda: window.servers.tools.client.count() == 2)
    tools = window.servers.tools
    row = tools.rows["write"]
    assert row.switch.access == "ask"

    qtbot.mouseClick(row.switch.buttons["allow"], LEFT)
    await until(lambda: 'access = "allow"' in real.config())
    await until(lambda: row.switch.access == "allow")
    assert "# mine" in real.config()

    tools.client.setCurrentIndex(tools.client.findData("cursor"))
    await until(lambda: "servers.notes.tools.write" in tools.rows["write"].about.text())
    qtbot.mouseClick(tools.rows["write"].switch.buttons["deny"], LEFT)
    await until(lambda: "[clients.cursor.servers.notes.tools.write]" in real.config())
    await until(tools.rows["write"].usual_button.isVisible)
    qtbot.mouseClick(tools.rows["write"].usual_button, LEFT)
    await until(lambda: "clients.cursor" not in real.config())

    await real.do("rule.add", server="notes", access="deny")
    tools.client.setCurrentIndex(0)
    await until(lambda: "rule r1" in tools.rows["write"].about.text())
    qtbot.mouseClick(tools.rows["write"].switch.buttons["ask"], LEFT)
    await until(tools.banner.isVisible)
    assert tools.banner.words.startswith("Something else decides about write.")
    assert tools.rows["write"].switch.access == "deny"


async def test_a_removed_server_and_a_removed_rule_come_back_by_undo(
    real: RealEngine, window: Window, qtbot: QtBot
) -> None:
    await real.do("server.add", name="notes", url=NOTES)
    file = real.home.paths.config_file
    file.write_text(file.read_text().replace(NOTES, f"{NOTES}?x=1").replace('x=1"', 'x=1"  # mine'))
    await real.do("config.check")
    await real.do("config.accept")
    await real.do("rule.add", client="cursor", access="deny")
    text = real.config()
    await until(window.servers.details.remove_button.isVisible)

    qtbot.mouseClick(window.servers.details.remove_button, LEFT)
    await until(window.servers.undo_banner.isVisible)
    assert "notes" not in real.config()
    qtbot.mouseClick(window.servers.undo_banner.button, LEFT)
    await until(lambda: real.config() == text)
    await until(lambda: not window.servers.undo_banner.isVisible())

    window.tabs.setCurrentWidget(window.clients)
    rules = window.clients.rules
    await until(lambda: rules.model.rowCount() == 1)
    place = rules.table.visualRect(rules.model.index(0, 0)).center()
    qtbot.mouseClick(rules.table.viewport(), LEFT, pos=place)
    qtbot.mouseClick(rules.remove_button, LEFT)
    await until(window.clients.undo_banner.isVisible)
    await until(lambda: rules.model.rowCount() == 0)
    assert "rules" not in real.config()
    qtbot.mouseClick(window.clients.undo_banner.button, LEFT)
    await until(lambda: real.config() == text)
    await until(lambda: rules.model.rowCount() == 1)


async def test_diagnostics_mend_what_can_be_and_the_report_has_no_secret(
    real: RealEngine, window: Window, qtbot: QtBot
) -> None:
    key = mark("key")
    await real.do("server.add", name="notes", url=NOTES)
    await real.do("connect", server="notes", method="api-key", secret=key, check_key=False)
    issued = await real.do("client.token", name="cursor")
    os.chmod(real.home.paths.data_folder, 0o750)  # noqa: S103 - what is to be found
    window.show_tray(False)
    window.tabs.setCurrentWidget(window.diagnostics)
    page = window.diagnostics
    await until(lambda: page.rows and page.copy_button.isEnabled())
    wrong = {row.finding.rule: row for row in page.rows if row.finding.outcome != "good"}
    assert {"folders", "reach", "tray"} <= set(wrong)
    assert "look at" in page.summary.text()

    qtbot.mouseClick(page.copy_button, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert "[bad] folders:" in copied
    for secret in (key, issued["token"]):
        assert found(secret, [copied.encode()]) == []

    qtbot.mouseClick(wrong["folders"].button, LEFT)
    await until(
        lambda: (
            page.rows
            and all(
                row.finding.rule != "folders" or row.finding.outcome == "good" for row in page.rows
            )
        )
    )
    await until(page.copy_button.isEnabled)
    assert real.home.paths.data_folder.stat().st_mode & 0o777 == 0o700
    qtbot.mouseClick(page.good.toggle, LEFT)
    shown = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert any(text.startswith("The audit log is whole") for text in shown)
