"""Open questions to a person: one prompt a question, whoever asks it and however often."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from keyfob_core.errors import AnswerAwaited
from keyfob_core.ports import Clock, Prompter
from keyfob_core.prompts import Answer, Dismissed, PendingPrompt, Prompt
from keyfob_core.waits import Wait

LATE_ANSWER_SECONDS = 300.0
"""How long an answer that came too late serves the same repeated request."""
MAX_OPEN = 50
"""More open questions than a person can face are dismissed unseen."""


@dataclass(slots=True)
class _Open:
    pending: PendingPrompt
    task: asyncio.Task[Answer]
    waiters: int = 0


class Questions:
    """The questions that wait for the person, shared by all who ask the same."""

    def __init__(self, prompter: Prompter, clock: Clock, changed: Callable[[], None]) -> None:
        self._prompter = prompter
        self._clock = clock
        self._changed = changed
        self._open: dict[Hashable, _Open] = {}
        self._late: dict[Hashable, tuple[Answer, float]] = {}

    @property
    def attended(self) -> bool:
        """Whether a person can answer at all."""
        return self._prompter.attended

    def waiting(self) -> tuple[PendingPrompt, ...]:
        """What waits for an answer now, oldest first."""
        return tuple(question.pending for question in self._open.values())

    async def ask(self, key: Hashable, prompt: Prompt, *, wait: Wait | None) -> Answer:
        """The person's answer to the question `key`.

        A question that is already open is joined, not asked again. Raises AnswerAwaited when
        `wait` is over, which None never is; the prompt stays, and its answer serves the next who
        asks within five minutes. Raises PersonAwaited, and asks nothing, where `wait` is held.
        """
        if wait is not None:
            wait.begin()
        late = self._late.pop(key, None)
        if late is not None and self._clock() < late[1]:
            return late[0]
        question = self._open.get(key) or self._put(key, prompt)
        if question is None:
            return Dismissed()
        question.waiters += 1
        try:
            if wait is None:
                return await asyncio.shield(question.task)
            return await wait.until(question.task)
        except TimeoutError:
            raise AnswerAwaited(
                "Keyfob waits for your answer.",
                "Answer in Keyfob, then try again.",
                wait_id=question.pending.id,
            ) from None
        finally:
            question.waiters -= 1

    def withdraw(self, key: Hashable) -> None:
        """Take back a question that nobody waits for any more."""
        question = self._open.get(key)
        if question is not None:
            question.task.cancel()

    async def close(self) -> None:
        """Withdraw every open prompt."""
        tasks = [question.task for question in self._open.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _put(self, key: Hashable, prompt: Prompt) -> _Open | None:
        if len(self._open) >= MAX_OPEN:
            return None
        pending = PendingPrompt(secrets.token_urlsafe(9), prompt, self._clock())
        question = _Open(pending, asyncio.ensure_future(self._prompter.ask(prompt)))
        self._open[key] = question
        self._changed()
        question.task.add_done_callback(lambda task: self._answered(key, question, task))
        return question

    def _answered(self, key: Hashable, question: _Open, task: asyncio.Task[Answer]) -> None:
        self._open.pop(key, None)
        self._changed()
        if task.cancelled() or task.exception() is not None:
            return
        now = self._clock()
        self._late = {k: late for k, late in self._late.items() if now < late[1]}
        if question.waiters == 0 and not isinstance(task.result(), Dismissed):
            self._late[key] = (task.result(), now + LATE_ANSWER_SECONDS)
