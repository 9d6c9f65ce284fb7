from __future__ import annotations

import asyncio
from collections.abc import Callable

from keyfob_core.prompts import Answer, Decision, Dismissed, Prompt

ALLOW = Decision(allow=True)
DENY = Decision(allow=False)
DISMISSED = Dismissed()

Scripted = Answer | Callable[[Prompt], Answer]


class RecordingPrompter:
    """A `Prompter` that answers from a script and keeps what it was asked.

    Each prompt takes the next answer; when none is left it waits for `answer`, as a person would
    be waited for. A callable is asked for the answer to its prompt.
    """

    def __init__(
        self, *answers: Scripted, attended: bool = True, answers_commands: bool = True
    ) -> None:
        self.asked: list[Prompt] = []
        self.withdrawn: list[Prompt] = []
        self._attended = attended
        self._answers_commands = answers_commands
        self._answers: asyncio.Queue[Scripted] = asyncio.Queue()
        self._news = asyncio.Event()
        for answer in answers:
            self._answers.put_nowait(answer)

    @property
    def attended(self) -> bool:
        return self._attended

    @property
    def answers_commands(self) -> bool:
        return self._answers_commands

    async def ask(self, prompt: Prompt) -> Answer:
        self.asked.append(prompt)
        self._news.set()
        try:
            scripted = await self._answers.get()
        except asyncio.CancelledError:
            self.withdrawn.append(prompt)
            raise
        return scripted(prompt) if callable(scripted) else scripted

    def answer(self, scripted: Scripted) -> None:
        """Answer the prompt that waits, or the next one."""
        self._answers.put_nowait(scripted)

    async def prompted(self, times: int = 1) -> Prompt:
        """Wait until so many prompts have come, and answer the last of them."""
        async with asyncio.timeout(5):
            while len(self.asked) < times:
                self._news.clear()
                await self._news.wait()
        return self.asked[times - 1]
