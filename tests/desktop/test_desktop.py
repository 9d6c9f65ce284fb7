from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from keyfob_core.errors import EngineUnreachable
from keyfob_core.prompts import Decision, Dismissed, PendingPrompt
from keyfob_core.states import AccountCondition
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.desktop import Desktop
from keyfob_desktop.loop import EngineThread
from keyfob_desktop.notices import Notice
from keyfob_desktop.prompts.prompter import DesktopPrompter
from keyfob_desktop.prompts.sign_in_prompt import SignInDialog
from keyfob_desktop.tray import Entry, EntryKind, Tray, entries_for
from keyfob_desktop.window_state import WindowFile
from support.desktop import PATIENCE, NotedBrowser, opened, until
from support.fake_engine import EMPTY, FakeEngine, account, server
from support.prompts import access_prompt, step_up_prompt

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)


class NotedTray(Tray):
    """A tray on a desktop that shows one or none; keeps its notifications."""

    def __init__(self, shown: bool) -> None:
        super().__init__(lambda: shown)
        self.notes: list[tuple[str, str]] = []
        self.about: list[Entry | None] = []

    def notify(self, title: str, text: str, entry: Entry | None = None) -> None:
        super().notify(title, text, entry)
        self.notes.append((title, text))
        self.about.append(entry)


@dataclass
class Live:
    """A desktop that runs."""

    desktop: Desktop
    engine: FakeEngine
    thread: EngineThread
    tray: NotedTray
    running: asyncio.Task[int]

    async def on_engine(self, pending: PendingPrompt) -> object:
        loop, _ = self.thread.started.result()
        work = asyncio.run_coroutine_threadsafe(self.engine.ask(pending), loop)
        return await asyncio.wrap_future(work)


@asynccontextmanager
async def live(
    qtbot: QtBot,
    *,
    tray_shown: bool = True,
    background: bool = False,
    kept: WindowFile | None = None,
) -> AsyncGenerator[Live]:
    prompter, tray = DesktopPrompter(), NotedTray(tray_shown)
    desktop = Desktop(prompter, NotedBrowser(), lambda: tray, kept)
    engine = FakeEngine(EMPTY)
    thread = EngineThread(lambda: engine.running(prompter))
    running = asyncio.ensure_future(desktop.run(thread, background=background))
    await until(lambda: desktop.door.status is not None)
    try:
        yield Live(desktop, engine, thread, tray, running)
    finally:
        desktop.quit()
        async with asyncio.timeout(PATIENCE):
            assert await running == 0
        assert engine.closed


async def test_a_start_shows_the_window_and_quitting_closes_the_engine(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        assert it.desktop.window.isVisible()
        assert not it.desktop.window.tray_banner.isVisible()


async def test_a_start_in_the_background_shows_no_window_where_there_is_a_tray(
    qtbot: QtBot,
) -> None:
    async with live(qtbot, background=True) as it:
        await asyncio.sleep(0)
        assert not it.desktop.window.isVisible()

        it.desktop.raise_wanted.emit()

        assert it.desktop.window.isVisible()


async def test_without_a_tray_a_background_start_leaves_a_minimised_window(qtbot: QtBot) -> None:
    async with live(qtbot, background=True, tray_shown=False) as it:
        await until(it.desktop.window.isMinimized)
        assert "no tray" in it.desktop.window.tray_banner.words


async def test_a_question_is_notified_where_no_window_is_seen(qtbot: QtBot) -> None:
    async with live(qtbot, background=True) as it:
        asking = asyncio.ensure_future(it.on_engine(PendingPrompt("p", access_prompt(), 0.0)))
        await until(lambda: it.desktop.prompts.dialog)

        assert it.tray.notes == [("Keyfob has a question", "cursor asks to use github")]
        dialog = it.desktop.prompts.dialog
        assert dialog is not None
        await until(dialog.allow_button.isEnabled)
        dialog.allow_button.click()
        assert await asking == Decision(allow=True)


async def test_a_flood_of_questions_is_told_once(qtbot: QtBot) -> None:
    async with live(qtbot, background=True) as it:
        for number in range(5):
            pending = PendingPrompt(f"p{number}", access_prompt(tool=f"t{number}"), 0.0)
            asking = asyncio.ensure_future(it.on_engine(pending))
            await until(lambda: it.desktop.prompts.dialog)
            dialog = it.desktop.prompts.dialog
            assert dialog is not None
            dialog.reject()
            assert await asking == Dismissed()

        assert len(it.tray.notes) == 1


async def test_a_sign_in_that_has_ended_is_told_and_what_is_tried_again_is_not(
    qtbot: QtBot,
) -> None:
    async with live(qtbot, background=True) as it:
        loop, _ = it.thread.started.result()
        servers = (
            server("wiki", AccountCondition.FAILED),
            server("github", AccountCondition.NEEDS_YOU),
        )
        loop.call_soon_threadsafe(lambda: it.engine.tell(servers=servers))
        await until(lambda: it.tray.notes)

        assert it.tray.notes == [("Keyfob needs you", "Sign in to github again")]
        (about,) = it.tray.about
        assert about is not None
        it.tray.chosen.emit(about)
        dialog = await opened(ConnectDialog)
        dialog.reject()


async def test_what_a_visible_window_shows_is_not_told_beside_it(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        it.desktop.notices.told.emit(Notice("t", "x"))
        assert it.tray.notes == []
        it.desktop.window.hide()
        it.desktop.notices.told.emit(Notice("t", "x"))
        assert it.tray.notes == [("t", "x")]


async def test_recent_activity_leads_to_its_page(qtbot: QtBot) -> None:
    async with live(qtbot, background=True) as it:
        await until(lambda: it.tray.recent_menu.actions())

        it.tray.chosen.emit(Entry(EntryKind.ACTIVITY))

        assert it.desktop.window.activity.isVisible()


async def test_the_trays_entries_lead_where_they_say(qtbot: QtBot) -> None:
    async with live(qtbot, background=True) as it:
        loop, _ = it.thread.started.result()
        servers = (server("wiki"), server("github", AccountCondition.NEEDS_YOU))
        loop.call_soon_threadsafe(lambda: it.engine.tell(servers=servers))
        await until(lambda: it.desktop.door.status and it.desktop.door.status.servers)
        window = it.desktop.window

        it.tray.chosen.emit(Entry(EntryKind.SERVER, target="github"))
        assert window.isVisible()
        assert window.servers.details.name.text() == "github"

        it.tray.chosen.emit(Entry(EntryKind.SIGN_IN, target="github"))
        dialog = await opened(ConnectDialog)
        dialog.reject()

        it.tray.chosen.emit(Entry(EntryKind.QUIT))
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(it.running)


async def test_an_open_question_does_not_keep_keyfob_from_quitting(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        asking = asyncio.ensure_future(it.on_engine(PendingPrompt("p", access_prompt(), 0.0)))
        await until(lambda: it.desktop.prompts.dialog)

    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_the_window_comes_back_as_it_was_left(qtbot: QtBot, tmp_path: Path) -> None:
    kept = WindowFile(tmp_path / "window.json")
    async with live(qtbot, kept=kept) as it:
        window = it.desktop.window
        window.setGeometry(20, 40, 740, 640)
        window.tabs.setCurrentWidget(window.clients)
        window.close()
        assert kept.read().page == "ClientsPage"
        window.come_forward()
        window.tabs.setCurrentWidget(window.accounts)

    async with live(qtbot, kept=kept) as it:
        window = it.desktop.window
        assert window.geometry() == QRect(20, 40, 740, 640)
        assert window.accounts.isVisible()


async def test_an_engine_that_is_told_to_stop_ends_the_desktop(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        loop, _ = it.thread.started.result()

        loop.call_soon_threadsafe(it.engine.stopped.set)

        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(it.running)


@asynccontextmanager
async def _refusing() -> AsyncGenerator[FakeEngine]:
    raise EngineUnreachable("`keyfob serve` runs already.", "End it first.")
    yield FakeEngine()


async def test_an_engine_that_cannot_start_is_told_in_the_window(qtbot: QtBot) -> None:
    desktop = Desktop(DesktopPrompter(), NotedBrowser(), lambda: NotedTray(True))
    running = asyncio.ensure_future(desktop.run(EngineThread(_refusing)))

    await until(desktop.window.failure_banner.isVisible)

    assert desktop.window.failure_banner.words == "`keyfob serve` runs already. End it first."
    assert not desktop.window.starting.isVisible()
    desktop.quit()
    assert await running == 0


@pytest.mark.expects_log("`keyfob serve` runs already")
async def test_in_the_background_an_engine_that_cannot_start_ends_the_desktop(
    qtbot: QtBot,
) -> None:
    desktop = Desktop(DesktopPrompter(), NotedBrowser(), lambda: NotedTray(True))

    assert await desktop.run(EngineThread(_refusing), background=True) == 1


@pytest.mark.expects_log("Something in the desktop failed")
async def test_what_nobody_expected_is_logged_and_told_calmly(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        it.desktop.tell_failure(ValueError("a bug with sk-secret"))

        assert it.desktop.window.failure_banner.isVisible()
        assert "sk-secret" not in it.desktop.window.failure_banner.words


async def test_a_step_up_is_explained_in_the_provider_s_plain_words(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        loop, _ = it.thread.started.result()
        accounts = (account("github-account", provider="github"),)
        loop.call_soon_threadsafe(lambda: it.engine.tell(accounts=accounts))
        await until(lambda: it.desktop.door.status and it.desktop.door.status.accounts)

        asking = asyncio.ensure_future(it.on_engine(PendingPrompt("p", step_up_prompt(), 0.0)))
        await until(lambda: it.desktop.prompts.dialog)
        dialog = it.desktop.prompts.dialog
        assert isinstance(dialog, SignInDialog)
        await until(
            lambda: "Delete repositories" in [each.text() for each in dialog.findChildren(QLabel)]
        )

        dialog.deny_button.click()
        assert await asking == Decision(allow=False)


async def test_a_reminder_in_the_tray_leads_to_its_account(qtbot: QtBot) -> None:
    async with live(qtbot, background=True) as it:
        loop, _ = it.thread.started.result()
        accounts = (account("a"), account("dd", method="api-key", remind_at=1.0, expires_at=2.0))
        loop.call_soon_threadsafe(lambda: it.engine.tell(accounts=accounts))
        await until(lambda: it.desktop.door.status and it.desktop.door.status.accounts)
        entries = entries_for(it.desktop.door.status)
        assert entries[0] == Entry(
            EntryKind.ACCOUNT, "The key of dd has expired", "dd", "state-needs-you"
        )

        it.tray.chosen.emit(entries[0])

        window = it.desktop.window
        assert window.isVisible()
        assert window.accounts.isVisible()
        assert window.accounts.details.name.text() == "dd"
        assert window.reminder_banner.words.startswith("The key of dd has expired.")


async def test_keyfob_is_locked_from_the_tray_and_opened_from_the_window(qtbot: QtBot) -> None:
    async with live(qtbot) as it:
        window = it.desktop.window
        for shut, words in ((EntryKind.LOCK, "You have locked"), (EntryKind.PAUSE, "is paused")):
            it.tray.chosen.emit(Entry(shut))
            await until(window.latch_banner.isVisible)
            assert words in window.latch_banner.words
            assert not window.store_banner.isVisible()
            window.tell_failure("An earlier try failed.", "Try again.")

            window.latch_banner.button.click()

            await until(lambda: not window.latch_banner.isVisible())
            assert not window.failure_banner.isVisible()
        verbs = [verb for verb, _, confirmed in it.engine.dispatched if confirmed]
        assert [verb for verb in verbs if verb in ("lock", "unlock", "pause", "resume")] == [
            "lock",
            "unlock",
            "pause",
            "resume",
        ]
