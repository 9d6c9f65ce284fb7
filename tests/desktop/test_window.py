from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from keyfob_core.errors import StoreLocked
from keyfob_core.prompts import PendingPrompt
from keyfob_core.states import (
    AccountCondition,
    LatchCondition,
    LatchState,
    LockedBy,
    StoreCondition,
    StoreState,
)
from keyfob_desktop.loop import EngineDoor, EngineThread
from keyfob_desktop.prompts.prompter import DesktopPrompter
from keyfob_desktop.settings.unlock_dialog import UnlockDialog
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.window import Window
from support.desktop import NotedBrowser, Running, opened, until
from support.fake_engine import EMPTY, PASSPHRASE, FakeEngine, account, server
from support.prompts import access_prompt


@pytest.fixture
async def window(running: Running, qtbot: QtBot) -> AsyncIterator[Window]:
    window = Window(running.door, running.failures.append)
    qtbot.addWidget(window)
    window.show()
    yield window
    assert running.failures == []


async def test_an_empty_keyfob_teaches_the_first_step(window: Window, qtbot: QtBot) -> None:
    assert window.servers.welcome.isVisible()

    assert window.servers.welcome.add_button.isVisible()
    assert not window.servers.list.isVisible()


async def test_before_anything_is_known_no_page_says_that_there_is_nothing(
    running: Running, qtbot: QtBot
) -> None:
    window = Window(EngineDoor(running.browser), running.failures.append)
    qtbot.addWidget(window)
    window.show()
    assert window.starting.isVisible()
    assert not window.servers.welcome.isVisible()

    window.show_status(EMPTY)

    assert not window.starting.isVisible()
    assert window.servers.welcome.isVisible()


async def test_a_start_on_the_page_of_accounts_asks_no_engine_that_is_not_there_yet(
    qtbot: QtBot,
) -> None:
    engine = FakeEngine(EMPTY)
    thread = EngineThread(lambda: engine.running(DesktopPrompter()))
    door, failures = EngineDoor(NotedBrowser()), list[BaseException]()
    window = Window(door, failures.append)
    qtbot.addWidget(window)
    window.tabs.setCurrentWidget(window.accounts)
    window.show()
    await until(lambda: not window.accounts._tasks.busy)

    await door.open(thread)

    await until(window.accounts.isVisible)
    assert not window.accounts.banner.isVisible()
    await until(lambda: "provider.list" in [verb for verb, _, _ in engine.dispatched])
    assert await door.close(thread, 5)
    assert failures == []


async def test_the_header_tells_where_clients_find_keyfob(
    running: Running, window: Window, qtbot: QtBot
) -> None:
    qtbot.mouseClick(window.url.button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == EMPTY.url

    await running.tell(url=None, problem="Port 7332 is taken. Choose another one.")

    assert not window.url.isVisible()
    assert window.problem_banner.isVisible()
    assert "Port 7332 is taken" in window.problem_banner.words


@pytest.mark.parametrize(
    "condition", [StoreCondition.LOCKED, StoreCondition.MISSING, StoreCondition.FROZEN]
)
async def test_a_store_out_of_reach_is_a_banner_with_its_hint(
    running: Running, window: Window, condition: StoreCondition
) -> None:
    await running.tell(store=StoreState("Secret Service", condition, "It is so.", "Unlock it."))

    assert window.store_banner.isVisible()
    assert window.store_banner.words.endswith("It is so. Unlock it.")

    await running.tell(store=EMPTY.store)

    assert not window.store_banner.isVisible()


async def test_a_waiting_question_can_be_shown_from_the_window(
    running: Running, window: Window, qtbot: QtBot
) -> None:
    await running.tell(waiting=(PendingPrompt("p", access_prompt(), 0.0),))
    assert window.prompt_banner.isVisible()

    with qtbot.waitSignal(window.prompt_wanted):
        qtbot.mouseClick(window.prompt_banner.button, Qt.MouseButton.LeftButton)

    await running.tell(waiting=())
    assert not window.prompt_banner.isVisible()


async def test_without_a_tray_the_window_says_why_and_closing_it_asks(
    window: Window, qtbot: QtBot
) -> None:
    window.show_tray(False)
    assert "no tray" in window.tray_banner.words
    assert window.tray_banner.isVisible()

    window.close()
    dialog = await opened(ConfirmDialog)
    assert window.isVisible()
    qtbot.mouseClick(dialog.stay_button, Qt.MouseButton.LeftButton)
    assert window.isVisible()

    window.close()
    dialog = await opened(ConfirmDialog)
    with qtbot.waitSignal(window.quit_wanted):
        qtbot.mouseClick(dialog.go_button, Qt.MouseButton.LeftButton)


async def test_with_a_tray_the_window_just_closes(window: Window) -> None:
    window.show_tray(True)
    assert not window.tray_banner.isVisible()

    assert window.close()
    assert not window.isVisible()

    window.come_forward()
    assert window.isVisible()


async def test_activity_is_read_when_its_page_is_opened(running: Running, window: Window) -> None:
    window.tabs.setCurrentWidget(window.activity)

    await until(lambda: window.activity.model.rowCount() == 5)

    newest = [window.activity.model.index(0, column).data() for column in range(1, 5)]
    assert newest == ["Refused", "goose", "notion · delete_page⟨U+202E⟩", "Denied"]
    await until(lambda: not window.activity.is_reading)
    window.hide()


async def test_activity_that_cannot_be_read_says_why(running: Running, window: Window) -> None:
    running.engine.failures["audit.page"] = StoreLocked("The log is locked.", "Unlock it.")

    window.tabs.setCurrentWidget(window.activity)

    await until(window.activity.banner.isVisible)
    assert window.activity.banner.words == "The log is locked. Unlock it."


async def test_a_failure_is_told_calmly_and_can_be_hidden(window: Window, qtbot: QtBot) -> None:
    window.tell_failure("Something went wrong.", "The log has the details.")
    assert window.failure_banner.isVisible()

    qtbot.mouseClick(window.failure_banner.button, Qt.MouseButton.LeftButton)

    assert not window.failure_banner.isVisible()


async def test_no_label_in_the_window_is_rich_text(running: Running, window: Window) -> None:
    await running.tell(
        servers=(server("<b>x</b>", AccountCondition.HEALTHY, "<i>y</i>"),),
        accounts=(account("<b>x</b>-account"),),
    )

    labels = [label for label in window.findChildren(QLabel) if label.text()]

    assert any("<b>x</b>" in label.text() for label in labels)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


async def test_a_key_that_ends_soon_is_a_banner_that_leads_to_its_account(
    running: Running, window: Window, qtbot: QtBot
) -> None:
    ending = account("dd", method="api-key", remind_at=1.0, expires_at=4e9, renews=False)
    await running.tell(accounts=(account("other"), ending))
    assert window.reminder_banner.words.startswith("The key of dd expires in ")

    qtbot.mouseClick(window.reminder_banner.button, Qt.MouseButton.LeftButton)

    assert window.accounts.isVisible()
    assert window.accounts.details.name.text() == "dd"
    await running.tell(accounts=())
    assert not window.reminder_banner.isVisible()


async def test_a_locked_file_is_unlocked_from_the_banner(
    running: Running, window: Window, qtbot: QtBot
) -> None:
    running.engine.store_kind = "encrypted-file"
    await running.tell(store=StoreState("Encrypted file", StoreCondition.LOCKED))

    qtbot.mouseClick(window.store_banner.button, Qt.MouseButton.LeftButton)
    dialog: UnlockDialog = await opened(UnlockDialog)
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)
    qtbot.keyClick(dialog.fields.first, Qt.Key.Key_Return)

    await until(lambda: not window.store_banner.isVisible())


async def test_the_settings_name_the_store_once_their_page_is_opened(window: Window) -> None:
    window.tabs.setCurrentWidget(window.settings)

    await until(lambda: window.settings.store.text() == "Your keys are in Secret Service.")


async def test_every_control_of_every_page_has_a_name(
    running: Running, window: Window, qtbot: QtBot
) -> None:
    await running.tell(
        servers=(server("github", AccountCondition.HEALTHY),),
        accounts=(account("github-account"),),
    )
    nameless: list[str] = []
    for number in range(window.tabs.count()):
        window.tabs.setCurrentIndex(number)
        page = window.tabs.currentWidget()
        assert page is not None
        await until(lambda: not window.activity.is_reading)
        looks = page is window.diagnostics
        await until(lambda looks=looks: not looks or bool(window.diagnostics.rows))
        for control in page.findChildren(QWidget):
            takes_focus = control.focusPolicy() != Qt.FocusPolicy.NoFocus
            said: object = control.accessibleName() or control.property("text")
            if takes_focus and control.isVisibleTo(page) and not said:
                nameless.append(f"{number}: {type(control).__name__}")
    window.tabs.setCurrentWidget(window.servers)
    # What a page has begun must end before the test's loop does.
    await until(lambda: not any(one.busy for one in window.findChildren(Tasks)))
    # What scrolls takes the focus for its keys; screen readers pass over it to what is in it.
    assert [one for one in nameless if "QScrollArea" not in one] == []


async def test_a_locked_keyfob_reminds_of_nothing_and_edits_stand_in_lines_of_their_own(
    running: Running, window: Window
) -> None:
    due = account("dd", method="api-key", remind_at=1.0, expires_at=2.0)
    await running.tell(accounts=(due,), unaccepted=("one", "two\u202e", "three", "four", "five"))
    assert window.reminder_banner.isVisible()
    assert window.config_banner.words.endswith("one\ntwo⟨U+202E⟩\nthree\nand 2 more")

    await running.tell(
        latch=LatchState(condition=LatchCondition.LOCKED, locked_by=LockedBy.PERSON), unaccepted=()
    )

    assert window.latch_banner.isVisible()
    assert not window.reminder_banner.isVisible()
    assert not window.config_banner.isVisible()
