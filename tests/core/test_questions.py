from __future__ import annotations

import asyncio

import pytest

from keyfob_core.errors import AnswerAwaited, StateUnavailable
from keyfob_core.prompts import Answer, Dismissed, Prompt, WideningPrompt
from keyfob_core.questions import LATE_ANSWER_SECONDS, MAX_OPEN, STANDING_SECONDS, Questions
from keyfob_core.waits import Wait
from support.audit_log import SetClock
from support.eventually import eventually
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter

PROMPT: Prompt = WideningPrompt(title="t", text="?")


def questions(prompter: RecordingPrompter, clock: SetClock | None = None) -> Questions:
    return Questions(prompter, clock or SetClock(), lambda: None)


async def test_the_same_question_asked_twice_at_once_is_one_prompt() -> None:
    prompter = RecordingPrompter()
    asked = questions(prompter)
    both = [asyncio.create_task(asked.ask("q", PROMPT, wait=Wait(5))) for _ in range(2)]
    await prompter.prompted()
    assert len(asked.waiting()) == 1
    prompter.answer(ALLOW)
    assert await asyncio.gather(*both) == [ALLOW, ALLOW]
    assert len(prompter.asked) == 1
    assert asked.waiting() == ()


async def test_a_question_that_is_not_answered_in_time_stays_open() -> None:
    prompter = RecordingPrompter()
    asked = questions(prompter)
    with pytest.raises(AnswerAwaited) as caught:
        await asked.ask("q", PROMPT, wait=Wait(0.01))
    assert [one.id for one in asked.waiting()] == [caught.value.wait_id]
    prompter.answer(ALLOW)
    assert await asked.ask("q", PROMPT, wait=Wait(5)) == ALLOW
    assert len(prompter.asked) == 1
    await asked.close()


async def test_a_late_answer_serves_the_same_question_once_and_for_five_minutes() -> None:
    clock = SetClock()
    prompter = RecordingPrompter()
    asked = questions(prompter, clock)
    for patience, answers in ((LATE_ANSWER_SECONDS - 1, True), (LATE_ANSWER_SECONDS, False)):
        before = len(prompter.asked)
        with pytest.raises(AnswerAwaited):
            await asked.ask("q", PROMPT, wait=Wait(0.01))
        prompter.answer(ALLOW)
        await eventually(lambda: not asked.waiting())
        clock.now += patience
        if answers:
            assert await asked.ask("q", PROMPT, wait=Wait(5)) == ALLOW
            assert len(prompter.asked) == before + 1
    with pytest.raises(AnswerAwaited):
        await asked.ask("q", PROMPT, wait=Wait(0.01))
    await asked.close()


async def test_a_question_dismisses_itself_five_minutes_after_its_call_has_ended() -> None:
    clock = SetClock()
    prompter = RecordingPrompter()
    asked = Questions(prompter, clock, lambda: None, longest_nap=0.01)
    with pytest.raises(AnswerAwaited):
        await asked.ask("q", PROMPT, wait=Wait(0.02))
    [pending] = asked.waiting()
    assert pending.ends_at == clock.now + 0.02 + LATE_ANSWER_SECONDS

    clock.now += LATE_ANSWER_SECONDS + 1

    await eventually(lambda: not asked.waiting())
    assert prompter.withdrawn == [PROMPT]
    prompter.answer(ALLOW)
    assert await asked.ask("q", PROMPT, wait=Wait(5)) == ALLOW
    assert len(prompter.asked) == 2


async def test_who_asks_again_prolongs_the_question() -> None:
    clock = SetClock()
    changes: list[None] = []
    asked = Questions(RecordingPrompter(), clock, lambda: changes.append(None), longest_nap=0.01)
    for _ in range(2):
        with pytest.raises(AnswerAwaited):
            await asked.ask("q", PROMPT, wait=Wait(0.02))
        clock.now += 200
    [pending] = asked.waiting()
    assert pending.ends_at == clock.now - 200 + 0.02 + LATE_ANSWER_SECONDS
    assert len(changes) == 2
    await asked.close()


async def test_what_waits_without_a_limit_is_told_in_the_end_that_nobody_answered() -> None:
    clock = SetClock()
    asked = Questions(RecordingPrompter(), clock, lambda: None, longest_nap=0.01)
    asking = asyncio.create_task(asked.ask("q", PROMPT, wait=None))
    await eventually(lambda: bool(asked.waiting()))
    clock.now += STANDING_SECONDS
    assert isinstance(await asking, Dismissed)


async def test_an_answer_is_kept_once_and_before_anybody_is_told_it() -> None:
    prompter = RecordingPrompter()
    asked = questions(prompter)
    order: list[object] = []

    async def keep(answer: Answer) -> None:
        order.append(answer)

    async def wait() -> None:
        order.append(await asked.ask("q", PROMPT, wait=Wait(5), keep=keep))

    both = [asyncio.create_task(wait()) for _ in range(2)]
    await prompter.prompted()
    prompter.answer(ALLOW)
    await asyncio.gather(*both)
    assert order == [ALLOW, ALLOW, ALLOW]
    assert asked.waiting() == ()


async def test_an_answer_that_cannot_be_kept_is_an_error_to_who_waits() -> None:
    async def fail(answer: Answer) -> None:
        raise StateUnavailable("The disk is full.", "Make room.")

    asked = questions(RecordingPrompter(ALLOW))
    with pytest.raises(StateUnavailable):
        await asked.ask("q", PROMPT, wait=Wait(5), keep=fail)


@pytest.mark.expects_log("An answer could not be kept: The disk is full.")
async def test_an_answer_that_cannot_be_kept_is_logged_where_nobody_waits() -> None:
    async def fail(answer: Answer) -> None:
        raise StateUnavailable("The disk is full.", "Make room.")

    prompter = RecordingPrompter()
    asked = questions(prompter)
    with pytest.raises(AnswerAwaited):
        await asked.ask("q", PROMPT, wait=Wait(0.01), keep=fail)
    prompter.answer(ALLOW)
    await eventually(lambda: not asked.waiting())


async def test_a_dismissed_prompt_is_not_remembered() -> None:
    prompter = RecordingPrompter(DISMISSED, DENY)
    asked = questions(prompter)
    assert await asked.ask("q", PROMPT, wait=Wait(5)) == DISMISSED
    assert await asked.ask("q", PROMPT, wait=Wait(5)) == DENY


async def test_more_questions_than_a_person_can_face_are_dismissed_unseen() -> None:
    prompter = RecordingPrompter()
    asked = questions(prompter)
    tasks = [asyncio.create_task(asked.ask(n, PROMPT, wait=Wait(5))) for n in range(MAX_OPEN)]
    await prompter.prompted(MAX_OPEN)
    assert isinstance(await asked.ask("one more", PROMPT, wait=Wait(5)), Dismissed)
    assert len(prompter.asked) == MAX_OPEN
    await asked.close()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_closing_withdraws_what_is_open() -> None:
    prompter = RecordingPrompter()
    asked = questions(prompter)
    with pytest.raises(AnswerAwaited):
        await asked.ask("q", PROMPT, wait=Wait(0.01))
    await asked.close()
    assert prompter.withdrawn == [PROMPT]
