from __future__ import annotations

import asyncio
import time

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.prompts import Answer, Decision, Dismissed, Lasts, PendingPrompt
from keyfob_desktop.prompts.kinds import AccessDialog, dialog_for
from keyfob_desktop.prompts.prompt_desk import PromptDesk
from keyfob_desktop.prompts.prompt_dialog import PromptDialog
from keyfob_desktop.prompts.prompter import Question
from support.desktop import Running, top_level, until
from support.prompts import access_prompt


@pytest.fixture
def desk(running: Running, qtbot: QtBot) -> PromptDesk:
    return PromptDesk(running.prompter, lambda prompt: dialog_for(prompt, guard_ms=0))


async def _shown(desk: PromptDesk) -> PromptDialog:
    await until(lambda: desk.dialog is not None and desk.dialog.allow_button.isEnabled())
    assert desk.dialog is not None
    return desk.dialog


async def test_the_answer_of_a_click_reaches_the_engine(
    running: Running, desk: PromptDesk, qtbot: QtBot
) -> None:
    asking = running.start(running.prompter.ask(access_prompt()))
    dialog = await _shown(desk)
    assert isinstance(dialog, AccessDialog)
    dialog.lasts.setCurrentText("for eight hours")

    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)

    assert await asking == Decision(allow=True, lasts=Lasts.HOURS, hours=8)
    assert desk.dialog is None


async def test_a_denial_carries_its_duration(
    running: Running, desk: PromptDesk, qtbot: QtBot
) -> None:
    asking = running.start(running.prompter.ask(access_prompt()))
    dialog = await _shown(desk)
    assert isinstance(dialog, AccessDialog)
    dialog.lasts.setCurrentText("always, until changed")

    qtbot.mouseClick(dialog.deny_button, Qt.MouseButton.LeftButton)

    assert await asking == Decision(allow=False, lasts=Lasts.ALWAYS)


@pytest.mark.parametrize("way", ["close", "escape"])
async def test_leaving_the_window_dismisses(
    running: Running, desk: PromptDesk, qtbot: QtBot, way: str
) -> None:
    asking = running.start(running.prompter.ask(access_prompt()))
    dialog = await _shown(desk)

    if way == "close":
        dialog.close()
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    assert await asking == Dismissed()


async def test_cancelling_the_question_withdraws_its_window(
    running: Running, desk: PromptDesk
) -> None:
    asking = running.start(running.prompter.ask(access_prompt()))
    await _shown(desk)

    asking.cancel()

    await until(lambda: desk.dialog is None)
    assert not top_level(PromptDialog)


async def test_questions_wait_for_each_other_in_their_order(
    running: Running, desk: PromptDesk, qtbot: QtBot
) -> None:
    answers: list[tuple[str, Answer]] = []

    async def ask(tool: str) -> None:
        answers.append((tool, await running.prompter.ask(access_prompt(tool=tool))))

    first, second, third = (running.start(ask(tool)) for tool in ("one", "two", "three"))
    dialog = await _shown(desk)
    second.cancel()
    await until(lambda: desk.waiting == 1)

    qtbot.mouseClick(dialog.deny_button, Qt.MouseButton.LeftButton)
    await first
    last = await _shown(desk)
    qtbot.mouseClick(last.allow_button, Qt.MouseButton.LeftButton)
    await third

    assert answers == [("one", Decision(allow=False)), ("three", Decision(allow=True))]


async def test_a_question_says_how_many_wait_behind_it(
    running: Running, desk: PromptDesk, qtbot: QtBot
) -> None:
    asked = [running.start(running.prompter.ask(access_prompt(tool=each))) for each in "abc"]
    dialog = await _shown(desk)
    await until(lambda: dialog.more.text() == "2 more questions wait.")
    asked[2].cancel()
    await until(lambda: dialog.more.text() == "One more question waits.")

    qtbot.mouseClick(dialog.deny_button, Qt.MouseButton.LeftButton)

    last = await _shown(desk)
    assert not last.more.isVisible()
    last.reject()
    assert await asked[1] == Dismissed()


async def test_a_flood_of_questions_is_one_window_and_ends_with_those_who_asked(
    running: Running, desk: PromptDesk, qtbot: QtBot
) -> None:
    asked = [
        running.start(running.prompter.ask(access_prompt(tool=f"tool_{number}")))
        for number in range(300)
    ]
    dialog = await _shown(desk)
    await until(lambda: dialog.more.text() == "299 more questions wait.")
    assert top_level(PromptDialog) == [dialog]

    for each in asked:
        each.cancel()

    await until(lambda: desk.dialog is None and not desk.waiting)
    assert top_level(PromptDialog) == []


async def test_the_second_click_of_a_double_click_does_not_approve_the_next_question(
    running: Running, qtbot: QtBot
) -> None:
    desk = PromptDesk(running.prompter)
    first, second = (running.start(running.prompter.ask(access_prompt(tool=t))) for t in "ab")
    dialog = await _shown(desk)

    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)
    following = desk.dialog
    assert following is not None
    qtbot.mouseClick(following.allow_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(following.allow_button, Qt.Key.Key_Space)

    assert await first == Decision(allow=True)
    assert desk.dialog is following
    await until(following.allow_button.isEnabled)
    following.reject()
    assert await second == Dismissed()


async def test_a_question_says_when_it_closes_by_itself(running: Running, desk: PromptDesk) -> None:
    prompt = access_prompt()
    asking = running.start(running.prompter.ask(prompt))
    dialog = await _shown(desk)
    assert not dialog.ending.isVisible()

    desk.show_pending((PendingPrompt("p", prompt, 0.0, time.time() + 290.0),))
    assert "closes in 5 minutes" in dialog.ending.text()
    desk.show_pending((PendingPrompt("p", prompt, 0.0, time.time() + 45.0),))
    assert "closes within a minute" in dialog.ending.text()
    assert dialog.ending.isVisible()

    dialog.reject()
    assert await asking == Dismissed()


async def test_closing_the_desk_answers_nothing(running: Running, desk: PromptDesk) -> None:
    asking = running.start(running.prompter.ask(access_prompt()))
    await _shown(desk)

    desk.close()

    await asyncio.sleep(0)
    assert desk.dialog is None
    assert not asking.done()
    asking.cancel()


async def test_an_answer_after_the_engine_has_gone_is_dropped(
    running: Running, desk: PromptDesk, qtbot: QtBot
) -> None:
    questions: list[Question] = []
    running.prompter.asked.connect(questions.append)
    pending = PendingPrompt("p1", access_prompt(), 0.0)
    asking = running.start(running.engine.ask(pending))
    await _shown(desk)
    assert await running.door.close(running.thread, 5.0)

    for question in questions:
        question.answer(Decision(allow=True))

    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_person_is_here_and_answers_commands(running: Running) -> None:
    assert running.prompter.attended
    assert running.prompter.answers_commands
