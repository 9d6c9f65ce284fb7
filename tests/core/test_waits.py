from __future__ import annotations

import asyncio

import pytest

from keyfob_core.errors import AnswerAwaited
from keyfob_core.prompts import Prompt, WideningPrompt
from keyfob_core.questions import Questions
from keyfob_core.waits import PersonAwaited, Wait
from support.audit_log import SetClock
from support.eventually import eventually
from support.prompter import ALLOW, RecordingPrompter

PROMPT: Prompt = WideningPrompt(title="t", text="?")


def pending() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


async def test_one_request_waits_no_longer_for_two_answers_than_for_one() -> None:
    wait, begun = Wait(0.5), asyncio.get_running_loop().time()
    for answered in (pending(), pending(), pending()):
        with pytest.raises(TimeoutError):
            await wait.until(answered)
        assert not answered.cancelled()
    assert asyncio.get_running_loop().time() - begun < 1.4


async def test_what_has_only_begun_gets_the_least_though_the_time_is_up() -> None:
    wait, answered = Wait(0), pending()
    asyncio.get_running_loop().call_later(0.02, answered.set_result, "late")
    assert await wait.until(answered, least=5) == "late"


async def test_an_answer_that_is_there_needs_no_time() -> None:
    answered = pending()
    answered.set_result("there")
    assert await Wait(0).until(answered) == "there"


async def test_a_held_wait_asks_nothing_and_takes_no_late_answer() -> None:
    prompter = RecordingPrompter()
    asked = Questions(prompter, SetClock(), lambda: None)
    with pytest.raises(PersonAwaited):
        await asked.ask("q", PROMPT, wait=Wait(5, lambda: True))
    assert prompter.asked == []
    with pytest.raises(AnswerAwaited):
        await asked.ask("q", PROMPT, wait=Wait(0.01))
    prompter.answer(ALLOW)
    await eventually(lambda: asked.waiting() == ())
    with pytest.raises(PersonAwaited):
        await asked.ask("q", PROMPT, wait=Wait(5, lambda: True))
    assert await asked.ask("q", PROMPT, wait=Wait(5)) == ALLOW
    assert len(prompter.asked) == 1
