"""The wait of a client of 2025-11-25 for the result of its task."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from keyfob_core.errors import Error
from keyfob_core.transports.eras.answers import Told
from keyfob_core.transports.eras.asked import SILENCE_SECONDS, Asked, refused
from keyfob_core.transports.eras.handshake_clients.offered_tasks import OfferedTask, OfferedTasks
from keyfob_core.transports.eras.later import HOPELESS, SHUT, later
from keyfob_core.transports.eras.messages import Message, error_message
from keyfob_core.transports.eras.requests import Challenged
from keyfob_core.transports.eras.revisions import CANCELLED, mapping
from keyfob_core.transports.eras.tasks import answer_of_task, is_over, of_task, pause_of
from keyfob_core.transports.eras.translation import handshake_answer

_MOST_FAILURES = 6


class TaskResult:
    """One `tasks/result`: it lasts until the task has ended, and can be left and asked again."""

    def __init__(self, tasks: OfferedTasks, task: OfferedTask, asked: Asked, version: str) -> None:
        self._tasks = tasks
        self._task = task
        self._asked = asked
        self._version = version
        self._looking: asyncio.Task[Message] | None = None
        self._is_left = False

    async def messages(self, looked: Message) -> Told:
        """What the task asks, and its result at last; None for a while of silence.

        `looked` is what a first look has shown.
        """
        while not self._is_left and not _ends(looked):
            for question in self._tasks.ask(self._task, self._asked.sent):
                yield question
            looking = self._looking = asyncio.create_task(self._next())
            while not looking.done() and not self._is_left:
                await asyncio.wait({looking}, timeout=SILENCE_SECONDS)
                if not looking.done():
                    yield None
            if not self._is_left:
                looked = looking.result()
        if self._is_left:
            yield error_message(self._asked.id, CANCELLED, "Request cancelled")
        else:
            yield self._final(looked)

    async def cancel(self) -> None:
        """Wait no more; the task goes on."""
        self._is_left = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def left(self) -> None:
        """The client's exchange is over."""
        await self.cancel()

    async def _next(self) -> Message:
        """What the next look shows, some tries later perhaps; an error where all have failed."""
        failures = 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_of(self._task.state)):
                    await self._task.over.wait()
            try:
                return await self._tasks.look(self._task, later(self._asked.sent))
            except SHUT:
                continue
            except Challenged as error:
                return _failed(refused(error.status))
            except Error as error:
                failures += 1
                if isinstance(error, HOPELESS) or failures >= _MOST_FAILURES:
                    return _failed(error)

    def _final(self, looked: Message) -> Message:
        asked, answer = self._asked, looked
        if "error" not in looked:
            answer = answer_of_task(mapping(looked["result"]), asked.id)
        final = handshake_answer(answer, asked.id, "tools/call", {}, self._version)
        if "result" in final:
            final["result"] = of_task(mapping(final["result"]), self._task.id)
        return final


def _ends(looked: Message) -> bool:
    """Whether a look has shown the end of the wait."""
    return "error" in looked or is_over(mapping(looked["result"]))


def _failed(error: Error) -> Message:
    return error_message(None, error.rpc_code, str(error), {"code": error.code})
