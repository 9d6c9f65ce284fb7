from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from keyfob_core.errors import AuditUnavailable
from keyfob_desktop.activity.activity_answers import Event, EventCounts, event_in
from keyfob_desktop.activity.activity_chart import ActivityChart
from keyfob_desktop.activity.activity_model import EVENT_ROLE, MOST_ROWS, ActivityModel
from keyfob_desktop.activity.activity_page import ActivityPage
from support.desktop import Running, opened, until
from support.engine import Home, official_client
from support.real_desktop import RealEngine, fill_log, real_engine
from support.upstreams import sdk_upstream

CALLS = 20_000
LONGEST_WORK = 0.1
LEFT = Qt.MouseButton.LeftButton


def page_of(running: Running | RealEngine, qtbot: QtBot) -> ActivityPage:
    page = ActivityPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    running.door.status_changed.connect(page.show_status)
    page.resize(1100, 700)
    page.show()
    return page


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[ActivityPage]:
    page = page_of(running, qtbot)
    await until(lambda: page.model.rowCount() == 5 and not page.is_reading)
    yield page
    assert running.failures == []


@pytest.fixture
async def real_page(real: RealEngine, qtbot: QtBot) -> ActivityPage:
    page = page_of(real, qtbot)
    await until(lambda: page.model.rowCount() and not page.is_reading)
    return page


def column(page: ActivityPage, number: int) -> list[str]:
    return [page.model.index(row, number).data() for row in range(page.model.rowCount())]


def click_row(page: ActivityPage, qtbot: QtBot, row: int) -> None:
    place = page.table.visualRect(page.model.index(row, 1)).center()
    qtbot.mouseClick(page.table.viewport(), LEFT, pos=place)


async def test_a_call_is_one_row_and_its_whole_story_is_told(
    page: ActivityPage, qtbot: QtBot
) -> None:
    assert column(page, 1) == ["Refused", "Call", "Decision", "You were asked", "Server added"]
    click_row(page, qtbot, 1)
    await until(lambda: len(page.detail.steps) == 4)
    assert page.detail.steps == (
        "You were asked.",
        "You said yes, for this session.",
        "Sent to github as github-account.",
        "The server answered (200).",
    )
    assert page.detail.title.text() == "create_issue of github"
    assert "characters hidden" in page.detail.arguments.toPlainText()
    assert page.detail.request_id.text == "0f3c2b7a"
    assert not page.detail.raw.isVisible()
    qtbot.mouseClick(page.detail.more.toggle, LEFT)
    assert '"seq": 5' in page.detail.raw.toPlainText()


async def test_what_is_asked_for_is_shown_and_can_be_cleared(
    page: ActivityPage, qtbot: QtBot
) -> None:
    qtbot.keyClicks(page.filter.search, "GOOSE")
    await until(lambda: page.model.rowCount() == 1)
    assert page.clear_button.isVisible()
    qtbot.mouseClick(page.clear_button, LEFT)
    await until(lambda: page.model.rowCount() == 5)
    assert page.filter.search.text() == ""
    page.filter.outcome.setCurrentIndex(page.filter.outcome.findData("waiting"))
    await until(lambda: page.model.rowCount() == 0)
    assert page.note.text() == "No event is like that."
    assert not page.empty.isVisible()
    await until(lambda: not page.is_reading)


async def test_a_log_out_of_reach_is_told_and_tried_again(
    running: Running, page: ActivityPage, qtbot: QtBot
) -> None:
    running.engine.failures["audit.page"] = AuditUnavailable("The log is shut.", "Open it.")
    page.refresh()
    await until(page.banner.isVisible)
    assert page.banner.words == "The log is shut. Open it."
    del running.engine.failures["audit.page"]
    qtbot.mouseClick(page.again_button, LEFT)
    await until(lambda: not page.banner.isVisible() and not page.is_reading)


async def test_an_empty_log_says_what_will_be_recorded_there(
    running: Running, qtbot: QtBot
) -> None:
    running.engine.events = []
    page = page_of(running, qtbot)
    await until(page.empty.isVisible)
    await until(lambda: not page.is_reading)
    assert "before its first byte leaves" in page.empty.words.text()
    page.hide()


async def test_the_log_is_verified_in_words(page: ActivityPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.exports.verify_button, LEFT)
    await until(lambda: "is whole" in page.exports.banner.words)
    assert "1204 event(s)" in page.exports.banner.words


async def test_the_page_follows_a_real_log_and_filters_it(
    real: RealEngine, real_page: ActivityPage, qtbot: QtBot
) -> None:
    await until(lambda: "Keyfob started" in column(real_page, 1))
    await real.do("rule.add", client="cursor", access="deny")
    await until(lambda: column(real_page, 1)[:1] == ["Rule added"])
    await until(lambda: real_page.filter.client.findData("cursor") >= 0)
    await real.do("rule.add", client="goose", access="deny")
    await until(lambda: column(real_page, 2)[:1] == ["goose"])

    real_page.filter.client.setCurrentIndex(real_page.filter.client.findData("cursor"))

    await until(lambda: column(real_page, 2) == ["cursor"])
    await real.do("rule.remove", id="r2")
    await real.do("rule.remove", id="r1")
    await until(lambda: column(real_page, 1) == ["Rule removed", "Rule added"])


async def test_a_real_call_becomes_a_row_a_story_and_a_bar(
    real: RealEngine, real_page: ActivityPage, qtbot: QtBot
) -> None:
    async def call() -> None:
        async with sdk_upstream("k") as upstream:
            await seeded(upstream.url)

    async def seeded(url: str) -> None:
        await ask("server.add", name="notes", url=url)
        await ask("connect", server="notes", method="api-key", secret="k")
        await ask("rule.add", server="notes", access="allow")
        token = await ask("client.token", name="cursor")
        base = real.door.status.url if real.door.status else ""
        headers = {"Authorization": f"Bearer {token['token']}"}
        async with official_client(f"{base}/s/notes/mcp", headers=headers) as client:
            await client.call_tool("echo", {"a": 1})

    async def ask(verb: str, **args: object) -> Any:
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(real.do(verb, **args), loop)
        )

    loop = asyncio.get_running_loop()
    await real.elsewhere(call)
    await until(lambda: "notes · echo" in column(real_page, 3))
    row = column(real_page, 3).index("notes · echo")
    await until(lambda: column(real_page, 4)[row] == "Done")
    click_row(real_page, qtbot, row)
    await until(lambda: len(real_page.detail.steps) == 2)
    assert real_page.detail.steps[0] == "Sent to notes as notes."
    await until(lambda: real_page.chart.counts and sum(real_page.chart.counts.calls))


async def test_what_the_filters_show_is_exported_by_the_file_dialog(
    real: RealEngine, real_page: ActivityPage, qtbot: QtBot, tmp_path: Path
) -> None:
    await real.do("rule.add", client="cursor", access="deny")
    await until(lambda: column(real_page, 1)[:1] == ["Rule added"])
    qtbot.keyClicks(real_page.filter.search, "cursor")
    await until(lambda: real_page.model.rowCount() == 1)

    real_page.exports.as_lines.trigger()
    dialog: QFileDialog = await opened(QFileDialog)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    to = tmp_path / "out.jsonl"
    dialog.fileSelected.emit(str(to))
    dialog.reject()

    await until(to.exists)
    await until(lambda: "Exported" in real_page.exports.banner.words)
    assert json.loads(to.read_text())["event"] == "rule_added"


async def test_a_log_that_was_changed_is_said_to_be(
    real: RealEngine, real_page: ActivityPage, qtbot: QtBot
) -> None:
    (log,) = real.home.paths.audit_folder.glob("*.jsonl")
    log.write_bytes(log.read_bytes().replace(b"engine_started", b"engine_stopped"))
    qtbot.mouseClick(real_page.exports.verify_button, LEFT)
    await until(real_page.exports.failure.isVisible)
    assert "not whole" in real_page.exports.failure.words
    assert "000000000001.jsonl:1" in real_page.exports.failure.words


async def longest_work(done: asyncio.Event) -> float:
    """How long the window's thread worked at most between two turns of its loop, in seconds.

    What other programs of the machine take does not count.
    """
    worst, before = 0.0, thread_time()
    while not done.is_set():
        await asyncio.sleep(0.002)
        now = thread_time()
        worst, before = max(worst, now - before), now
    return worst


async def test_a_long_log_is_read_searched_and_scrolled_without_holding_up_the_window(
    home: Home, qapp: QApplication, qtbot: QtBot
) -> None:
    async with real_engine(home):
        pass
    await fill_log(home, CALLS)
    async with real_engine(home) as real:
        page = page_of(real, qtbot)
        await until(lambda: page.model.rowCount() and not page.is_reading)
        done = asyncio.Event()
        work = asyncio.ensure_future(longest_work(done))
        assert page.chart.counts is not None
        assert sum(page.chart.counts.calls) == CALLS
        for _ in range(5):
            rows = page.model.rowCount()
            page.table.scrollToBottom()
            await until(lambda rows=rows: page.model.rowCount() > rows)
        qtbot.keyClicks(page.filter.search, "q17 is nowhere")
        await until(lambda: page.model.rowCount() == 0 and not page.is_reading)
        page.filter.search.setText("q17")
        await until(lambda: page.model.rowCount() and not page.is_reading)
        assert all("q17" in event.text for event in shown(page))
        done.set()
        assert await work < LONGEST_WORK
        page.hide()


def test_the_newest_rows_stay_and_the_oldest_are_let_go(qtbot: QtBot) -> None:
    model = ActivityModel()
    told = [{"seq": n, "event": "outcome", "request_id": f"q{n}"} for n in range(1, 8001)]
    events = [event_in(one) for one in reversed(told)]
    model.show_events(events[3000:], None)
    model.add_newer(events[:3000])
    assert model.rowCount() == MOST_ROWS
    assert model.index(0, 0).data(EVENT_ROLE).number == 8000
    assert model.before == 3001


async def test_a_call_under_way_becomes_the_call_that_has_ended(qtbot: QtBot) -> None:
    model = ActivityModel()
    call = {"request_id": "q1", "client": "cursor"}
    model.show_events([event_in({"seq": 1, "event": "forwarding", **call})], None)
    assert model.index(0, 1).data() == "Call under way"
    model.add_newer([event_in({"seq": 2, "event": "outcome", "outcome": "ok", **call})])
    assert (model.rowCount(), model.index(0, 1).data()) == (1, "Call")


def shown(page: ActivityPage) -> list[Event]:
    return [page.model.index(row, 0).data(EVENT_ROLE) for row in range(page.model.rowCount())]


def counts(calls: tuple[int, ...], refusals: tuple[int, ...]) -> EventCounts:
    return EventCounts(1.79e9, 1.79e9 + 3600, calls, refusals, is_whole=True)


def test_the_chart_is_read_by_pointer_by_keys_and_by_screen_readers(qtbot: QtBot) -> None:
    chart = ActivityChart()
    qtbot.addWidget(chart)
    chart.resize(400, 120)
    chart.show()
    chart.show_counts(counts((5, 0, 3, 2), (0, 4, 0, 0)))
    assert chart.accessibleDescription().startswith("10 call(s) and 4 refusal(s) since")
    qtbot.mouseMove(chart, QPoint(150, 60))
    assert chart.current == 1
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.current == 3
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.current == 2
    assert "3 call(s), 0 refusal(s)" in chart.accessibleDescription()


@pytest.mark.parametrize("ground", [QColor(250, 250, 250), QColor(40, 40, 40)])
def test_refusals_can_be_told_from_the_ground_in_light_and_dark(
    qtbot: QtBot, ground: QColor
) -> None:
    chart = ActivityChart()
    qtbot.addWidget(chart)
    palette = QPalette(ground, ground)
    chart.setPalette(palette)

    def luminance(colour: QColor) -> float:
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(ground), luminance(chart.refusal_colour())), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3
