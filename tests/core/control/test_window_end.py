from __future__ import annotations

import asyncio
from typing import Any

import pytest

from keyfob_core.control.window_end import WindowEnd, WindowPrompter
from keyfob_core.control.window_wire import Answered, Asked, Cancelled, FromEngine, Withdrawn
from keyfob_core.control.wire import Reply, Request
from keyfob_core.errors import UnknownName
from keyfob_core.ports import Progress
from keyfob_core.prompts import Decision, Dismissed, UnlockPrompt
from keyfob_core.steps import Step
from support.eventually import eventually


class Engine:
    """Does a few verbs, and keeps which of them were cancelled."""

    def __init__(self) -> None:
        self.told: list[FromEngine] = []
        self.cancelled: list[str] = []
        self.prompter = WindowPrompter(self.told.append)
        self.end = WindowEnd(self._dispatch, self.prompter, self.told.append)

    async def _dispatch(
        self, verb: str, args: dict[str, Any], confirmed: bool, progress: Progress
    ) -> object:
        if verb == "wait":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(verb)
                raise
        if verb == "fail":
            raise RuntimeError("with a secret in it")
        if verb != "greet":
            raise UnknownName(f"There is no {verb}.")
        progress(Step("greeting", "It is coming."))
        return {"hello": args["name"], "confirmed": confirmed}

    async def said(self, count: int) -> list[FromEngine]:
        """All that was told, once there is so much of it."""
        await eventually(lambda: len(self.told) >= count)
        return self.told


async def test_steps_come_before_the_answer_and_each_request_has_its_own() -> None:
    engine = Engine()

    engine.end.hear(Request(7, "greet", {"name": "Ada"}, True))
    engine.end.hear(Request(8, "nothing", {}, False))

    step, done, failed = await engine.said(3)
    assert step == Reply(7, step=Step("greeting", "It is coming."))
    assert done == Reply(7, result={"hello": "Ada", "confirmed": True})
    assert isinstance(failed, Reply)
    assert failed.id == 8
    assert isinstance(failed.error, UnknownName)


async def test_a_request_that_nobody_waits_for_any_more_is_ended() -> None:
    engine = Engine()
    engine.end.hear(Request(7, "wait", {}, True))
    engine.end.hear(Request(8, "greet", {"name": "Ada"}, True))
    await engine.said(2)

    engine.end.hear(Cancelled(7))
    engine.end.hear(Cancelled(99))

    await eventually(lambda: engine.cancelled == ["wait"])
    assert [said.id for said in engine.told if isinstance(said, Reply)] == [8, 8]


async def test_closing_ends_what_is_under_way() -> None:
    engine = Engine()
    engine.end.hear(Request(7, "wait", {}, True))
    await asyncio.sleep(0)

    await engine.end.close()

    assert engine.cancelled == ["wait"]


@pytest.mark.expects_log("fail failed: RuntimeError in")
async def test_a_fault_of_ours_is_told_without_what_it_says() -> None:
    engine = Engine()

    engine.end.hear(Request(7, "fail", {}, True))

    (failed,) = await engine.said(1)
    assert isinstance(failed, Reply)
    assert "fault in Keyfob" in str(failed.error)
    assert "secret" not in str(failed.error)


async def test_a_prompt_takes_the_first_answer_and_is_taken_away_then() -> None:
    engine = Engine()
    prompt = UnlockPrompt(text="Open Keyfob?")
    asking = asyncio.ensure_future(engine.prompter.ask(prompt))
    assert await engine.said(1) == [Asked(1, prompt)]

    engine.end.hear(Answered(99, Decision(allow=False)))
    engine.end.hear(Answered(1, Decision(allow=True)))
    engine.end.hear(Answered(1, Dismissed()))

    assert await asking == Decision(allow=True)
    assert engine.told[1:] == [Withdrawn(1)]
    engine.end.hear(Answered(1, Dismissed()))


async def test_a_prompt_that_the_engine_gives_up_is_taken_away() -> None:
    engine = Engine()
    asking = asyncio.ensure_future(engine.prompter.ask(UnlockPrompt(text="Open Keyfob?")))
    await engine.said(1)

    asking.cancel()

    assert (await engine.said(2))[1:] == [Withdrawn(1)]
