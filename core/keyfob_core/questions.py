"""Open questions to a person: one prompt a question, whoever asks it and however often."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace

from keyfob_core.errors import AnswerAwaited, Error
from keyfob_core.ports import Clock, Prompter
from keyfob_core.prompts import Answer, Dismissed, PendingPrompt, Prompt
from keyfob_core.waits import Wait

LATE_ANSWER_SECONDS = 300.0
"""How long an answer that came too late serves the same repeated request."""
STANDING_SECONDS = 900.0
"""How long a question stays that is not asked for a call, which may wait only so long."""
MAX_OPEN = 50
"""More open questions than a person can face are dismissed unseen."""
_LONGEST_NAP = 15.0
"""Seconds; a machine that slept is noticed within them, since asyncio's clock stops meanwhile."""

Keep = Callable[[Answer], Awaitable[None]]
"""Keeps what an answer says beyond the request that asked."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Open:
    pending: PendingPrompt
    ends_at: float
    """When nobody has answered until then, it is dismissed; seconds since the epoch."""
    waiters: int = 0
    task: asyncio.Task[Answer] | None = None


class Questions:
    """The questions that wait for the person, shared by all who ask the same."""

    def __init__(
        self,
        prompter: Prompter,
        clock: Clock,
        changed: Callable[[], None],
        *,
        longest_nap: float = _LONGEST_NAP,
    ) -> None:
        self._prompter = prompter
        self._clock = clock
        self._changed = changed
        self._longest_nap = longest_nap
        self._open: dict[Hashable, _Open] = {}
        self._late: dict[Hashable, tuple[Answer, float]] = {}

    @property
    def attended(self) -> bool:
        """Whether a person can answer at all."""
        return self._prompter.attended

    def waiting(self) -> tuple[PendingPrompt, ...]:
        """What waits for an answer now, oldest first."""
        return tuple(question.pending for question in self._open.values())

    async def ask(
        self, key: Hashable, prompt: Prompt, *, wait: Wait | None, keep: Keep | None = None
    ) -> Answer:
        """The person's answer to the question `key`.

        A question that is already open is joined, not asked again. Raises AnswerAwaited when
        `wait` is over, which None never is; the prompt stays, and its answer serves the next who
        asks within five minutes. After that it is dismissed. Raises PersonAwaited, and asks
        nothing, where `wait` is held.

        `keep` is done once for an answer, before anybody is told it and though nobody wait any
        more; what it raises is raised to all who wait.
        """
        if wait is not None:
            wait.begin()
        late = self._late.pop(key, None)
        if late is not None and self._clock() < late[1]:
            return late[0]
        ends_at = self._clock() + (
            STANDING_SECONDS if wait is None else wait.left + LATE_ANSWER_SECONDS
        )
        question = self._joined(key, ends_at) or self._put(key, prompt, ends_at, keep)
        if question is None or question.task is None:
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
        if question is not None and question.task is not None:
            question.task.cancel()

    async def close(self) -> None:
        """Withdraw every open prompt."""
        tasks = [question.task for question in self._open.values() if question.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _joined(self, key: Hashable, ends_at: float) -> _Open | None:
        question = self._open.get(key)
        if question is not None and ends_at > question.ends_at:
            question.ends_at = ends_at
            question.pending = replace(question.pending, ends_at=ends_at)
            self._changed()
        return question

    def _put(
        self, key: Hashable, prompt: Prompt, ends_at: float, keep: Keep | None
    ) -> _Open | None:
        if len(self._open) >= MAX_OPEN:
            return None
        pending = PendingPrompt(secrets.token_urlsafe(9), prompt, self._clock(), ends_at)
        question = _Open(pending, ends_at)
        question.task = asyncio.ensure_future(self._asked(question, keep))
        self._open[key] = question
        self._changed()
        question.task.add_done_callback(lambda task: self._answered(key, question, task))
        return question

    async def _asked(self, question: _Open, keep: Keep | None) -> Answer:
        answer = await self._answer(question)
        if keep is not None:
            try:
                await keep(answer)
            except Error as error:
                if question.waiters == 0:
                    _log.error("An answer could not be kept: %s", error.message)
                raise
        return answer

    async def _answer(self, question: _Open) -> Answer:
        """What the person says, or Dismissed once the question has stayed for long enough."""
        answering = asyncio.ensure_future(self._prompter.ask(question.pending.prompt))
        try:
            while (left := question.ends_at - self._clock()) > 0:
                nap = min(left, self._longest_nap)
                await asyncio.wait({answering}, timeout=nap)
                if answering.done():
                    return answering.result()
            return Dismissed()
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    def _answered(self, key: Hashable, question: _Open, task: asyncio.Task[Answer]) -> None:
        self._open.pop(key, None)
        self._changed()
        if task.cancelled() or task.exception() is not None:
            return
        now = self._clock()
        self._late = {k: late for k, late in self._late.items() if now < late[1]}
        if question.waiters == 0 and not isinstance(task.result(), Dismissed):
            self._late[key] = (task.result(), now + LATE_ANSWER_SECONDS)
