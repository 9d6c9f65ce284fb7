"""The engine's end of the pipes to its window."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from keyfob_core.control.socket_server import Dispatch, answer
from keyfob_core.control.window_wire import (
    Answered,
    Asked,
    FromEngine,
    FromWindow,
    Withdrawn,
)
from keyfob_core.control.wire import Reply, Request
from keyfob_core.prompts import Answer, Prompt
from keyfob_core.steps import Step

Tell = Callable[[FromEngine], None]
"""Sends to the window."""


class WindowPrompter:
    """A `ports.Prompter` whose person sits before the window."""

    attended = True
    answers_commands = True

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Answer]] = {}

    async def ask(self, prompt: Prompt) -> Answer:
        """Show the prompt until it is answered; cancelling withdraws it."""
        number = next(self._numbers)
        answered = self._asked[number] = asyncio.get_running_loop().create_future()
        self._tell(Asked(number, prompt))
        try:
            return await answered
        finally:
            del self._asked[number]
            self._tell(Withdrawn(number))

    def settle(self, said: Answered) -> None:
        """Take the person's answer; one that comes too late counts for nothing."""
        answered = self._asked.get(said.number)
        if answered is not None and not answered.done():
            answered.set_result(said.answer)


class WindowEnd:
    """Does what the window asks for, several requests at once."""

    def __init__(self, dispatch: Dispatch, prompter: WindowPrompter, tell: Tell) -> None:
        self._dispatch = dispatch
        self._prompter = prompter
        self._tell = tell
        self._running: dict[int, asyncio.Task[None]] = {}

    def hear(self, said: FromWindow) -> None:
        """Take what the window says."""
        if isinstance(said, Answered):
            self._prompter.settle(said)
        elif isinstance(said, Request):
            task = asyncio.create_task(self._answer(said))
            self._running[said.id] = task
            task.add_done_callback(lambda _: self._running.pop(said.id))
        elif said.id in self._running:
            self._running[said.id].cancel()

    async def close(self) -> None:
        """End what is under way."""
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, request: Request) -> None:
        def tell(step: Step) -> None:
            self._tell(Reply(request.id, step=step))

        self._tell(await answer(request, self._dispatch, tell))
