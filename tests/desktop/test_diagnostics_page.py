from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.control.examination import Report
from keyfob_core.diagnosis.findings import Finding, Fix, Outcome
from keyfob_core.errors import StoreLocked
from keyfob_desktop.diagnostics.diagnostics_page import DiagnosticsPage
from support.desktop import Running, until

LEFT = Qt.MouseButton.LeftButton
FINDINGS = (
    Finding(rule="store", outcome=Outcome.GOOD, sentence="Your secrets are there."),
    Finding(
        rule="account",
        outcome=Outcome.WARNING,
        sentence="work cannot be renewed now.",
        hint="token=ghp_abcdefghijklmnopqrstuvwx was refused",
        fix=Fix(words="Try again", verb="account.refresh", args={"name": "work"}),
    ),
    Finding(
        rule="tools",
        outcome=Outcome.NOTE,
        sentence="2 tools wait.",
        fix=Fix(words="Show", verb="show", args={"page": "servers", "name": "github"}),
    ),
    Finding(
        rule="edits",
        outcome=Outcome.BAD,
        sentence="An edit waits.",
        fix=Fix(words="Look…", verb="config.accept"),
    ),
)


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[DiagnosticsPage]:
    running.engine.report = Report(is_well=False, findings=FINDINGS)
    page = DiagnosticsPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    page.show()
    page.look()
    await until(lambda: page.rows and page.look_button.isEnabled())
    yield page
    assert running.failures == []


async def test_the_worst_comes_first_and_what_is_in_order_is_folded(page: DiagnosticsPage) -> None:
    rules = [row.finding.rule for row in page.rows]
    assert rules == ["edits", "account", "tools", "store", "tray", "autostart"]
    assert [row.isVisible() for row in page.rows] == [True, True, True, False, False, False]
    assert page.summary.text() == "2 thing(s) to look at."


async def test_each_button_does_what_its_finding_needs(
    running: Running, page: DiagnosticsPage, qtbot: QtBot
) -> None:
    buttons = {row.finding.rule: row.button for row in page.rows}
    with qtbot.waitSignal(page.turn_wanted) as turned:
        qtbot.mouseClick(buttons["edits"], LEFT)
    assert turned.args == ["config.accept"]
    with qtbot.waitSignal(page.show_wanted) as shown:
        qtbot.mouseClick(buttons["tools"], LEFT)
    assert shown.args == ["servers", "github", ""]
    running.engine.report = Report(is_well=True, findings=FINDINGS[:1])
    qtbot.mouseClick(buttons["account"], LEFT)
    await until(lambda: page.summary.text() == "Nothing is wrong.")
    assert ("account.refresh", {"name": "work"}, True) in running.engine.dispatched


async def test_the_report_hides_what_looks_like_a_secret(page: DiagnosticsPage) -> None:
    assert "[warning] account: work cannot be renewed now." in page.report
    assert "ghp_" not in page.report


async def test_an_examination_that_fails_says_why(
    running: Running, page: DiagnosticsPage, qtbot: QtBot
) -> None:
    running.engine.failures["doctor"] = StoreLocked("It is locked.", "Unlock it.")
    qtbot.mouseClick(page.look_button, LEFT)
    await until(page.banner.isVisible)
    assert page.banner.words == "It is locked. Unlock it."
    await until(page.look_button.isEnabled)
