"""A client's session with a program, or what its requests share; processes come and go in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.programs import ProgramStart
from keyfob_core.transports.programs.dialogue import Dialogue
from keyfob_core.transports.programs.handshake import Handshake
from keyfob_core.transports.programs.launches import Launches
from keyfob_core.transports.programs.limits import ProgramLimits
from keyfob_core.transports.programs.messages import ProgramMessage
from keyfob_core.transports.programs.streams import Stream
from keyfob_core.transports.programs.unasked import Unasked


class Conversation:
    """One program at a time, which is started when it is needed and renewed between two calls."""

    def __init__(
        self,
        pool: str,
        launches: Launches,
        limits: ProgramLimits,
        clock: Callable[[], float],
        handshake: Handshake | None = None,
    ) -> None:
        """`pool`: the client, server and account it is of; without a `handshake` they share it."""
        self.pool = pool
        self.handshake = handshake
        self.unasked = Unasked(keeps=handshake is not None)
        self.is_retiring = False
        """Whether it takes no more requests and ends when it owes nothing."""
        self._launches = launches
        self._limits = limits
        self._clock = clock
        self._dialogue: Dialogue | None = None
        self._lock = asyncio.Lock()
        self._put_off: ProgramStart | None = None
        self._used = clock()

    @property
    def dialogue(self) -> Dialogue | None:
        """The program that runs now."""
        alive = self._dialogue is not None and self._dialogue.is_alive
        return self._dialogue if alive else None

    @property
    def is_quiet(self) -> bool:
        """Whether no request is under way, and no task."""
        dialogue = self.dialogue
        works = dialogue is not None and (not dialogue.owed.is_quiet or bool(dialogue.tasks))
        return not works and not self._lock.locked()

    def works_at(self, messages: tuple[ProgramMessage, ...]) -> bool:
        """Whether these ask after a task of its program, which can take them now."""
        dialogue = self.dialogue
        if dialogue is None or dialogue.owed.repeats(messages):
            return False
        return any(one.task in dialogue.tasks for one in messages)

    def idle_for(self) -> float:
        """Seconds since somebody used it or listened to it."""
        dialogue = self.dialogue
        if self.unasked.is_heard or not self.is_quiet or (dialogue and dialogue.is_listened_to):
            self.touch()
        return self._clock() - self._used

    def touch(self) -> None:
        """Somebody uses it."""
        self._used = self._clock()

    def fits(self, start: ProgramStart, messages: tuple[ProgramMessage, ...]) -> bool:
        """Whether it can take these now: no id twice, and no program with an old secret."""
        dialogue = self.dialogue
        if self.is_retiring:
            return False
        if dialogue is None:
            return True
        return (dialogue.start == start or self.is_quiet) and not dialogue.owed.repeats(messages)

    async def ready(self, start: ProgramStart) -> Dialogue:
        """The program, started so; another one is ended first, once no request is under way.

        Where that takes too long, it is the other one still: a request may wait for this one. So it
        is as long as that works at a task.
        Raises UpstreamUnreachable or ConfigInvalid.
        """
        self.touch()
        async with self._lock:
            dialogue = self.dialogue
            if dialogue is not None:
                if dialogue.start == start or dialogue.tasks:
                    return dialogue
                if not await self._falls_quiet(dialogue, start):
                    return dialogue
                await dialogue.end("its secret or its command is another one now")
            self._dialogue = await self._begun(start)
            return self._dialogue

    def adopt(self, other: Conversation) -> None:
        """Go on with the program of another conversation, which nobody has used yet."""
        self._dialogue, other._dialogue = other._dialogue, None
        if self._dialogue is not None:
            self._dialogue.unasked = self.unasked

    async def pass_on(self, line: bytes, messages: tuple[ProgramMessage, ...]) -> None:
        """Send a line that is owed no answer; without a program it is of no use to anybody."""
        self.touch()
        if self.handshake is not None:
            self.handshake.note(line, messages)
        if self.dialogue is not None:
            with contextlib.suppress(UpstreamUnreachable):
                await self.dialogue.tell(line, messages)

    async def ask(
        self,
        dialogue: Dialogue,
        line: bytes,
        messages: tuple[ProgramMessage, ...],
        stream: Stream,
    ) -> None:
        """Send a line with requests to its program; raises UpstreamUnreachable."""
        if self.handshake is not None:
            self.handshake.note(line, messages)
        await dialogue.ask(line, messages, stream)

    def listen(self) -> Stream:
        """The stream of what the program says unasked."""
        self.touch()
        return self.unasked.listen()

    async def rest(self, why: str) -> None:
        """End the program; the next request starts it again."""
        if self._dialogue is not None:
            await self._dialogue.end(why)

    async def end(self, why: str) -> None:
        """End it for good."""
        self.unasked.hush()
        await self.rest(why)

    async def _falls_quiet(self, dialogue: Dialogue, start: ProgramStart) -> bool:
        """Whether no request is under way, within the time that one may wait for that."""
        # Waited for in vain once, it is not waited for again: the calls in between would crawl.
        patience = 0.0 if self._put_off == start else self._limits.quiet
        quiet = await dialogue.owed.falls_quiet(patience)
        self._put_off = None if quiet else start
        return quiet

    async def _begun(self, start: ProgramStart) -> Dialogue:
        before = self._dialogue
        dialogue = await self._launches.launch(start, self.unasked)
        try:
            if self.handshake is not None and before is not None:
                await self.handshake.replay(dialogue, before.version, self._limits.replay)
        except BaseException as error:
            why = error.message if isinstance(error, Error) else "its client has gone"
            await dialogue.end(why)
            raise
        return dialogue
