"""One running program: a client's lines to it, and its lines to whom they belong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable

from keyfob_core.errors import RequestRefused, UpstreamUnreachable
from keyfob_core.programs import ProgramStart, RunningProgram
from keyfob_core.transports.lines import Lines
from keyfob_core.transports.programs.limits import ProgramLimits
from keyfob_core.transports.programs.messages import (
    CANCELLED,
    ProgramMessage,
    read_mended,
    read_messages,
)
from keyfob_core.transports.programs.owed import Asked, Owed
from keyfob_core.transports.programs.records import Complaints
from keyfob_core.transports.programs.streams import Stream
from keyfob_core.transports.programs.tasks_underway import TasksUnderway
from keyfob_core.transports.programs.unasked import Unasked
from keyfob_core.transports.stdio.message import METHOD_NOT_FOUND, Id, error_line, one_line

_log = logging.getLogger(__name__)

_CHUNK = 1 << 16


class Dialogue:
    """Speaks with a program until it ends; what ends it ends all that it started."""

    def __init__(
        self,
        running: RunningProgram,
        start: ProgramStart,
        complaints: Complaints,
        unasked: Unasked,
        limits: ProgramLimits,
        on_end: Callable[[Dialogue], None],
    ) -> None:
        """`on_end` is told before those who wait for an answer are."""
        self.start = start
        self.unasked = unasked
        self.answers = 0
        """How many requests it has answered with a result."""
        self.version: str | None = None
        """What its last `initialize` agreed on."""
        self.was_ended = False
        """Whether it ended because we wanted it to."""
        self.owed = Owed()
        self.tasks = TasksUnderway(asyncio.get_running_loop().time)
        self._running = running
        self._complaints = complaints
        self._limits = limits
        self._on_end = on_end
        self._writing = asyncio.Lock()
        self._error = UpstreamUnreachable("")
        self._open = True
        self._replies: set[asyncio.Task[None]] = set()
        self._hearing = asyncio.create_task(self._hear())
        self._life = asyncio.create_task(self._live())

    @property
    def is_alive(self) -> bool:
        """Whether it can be spoken to."""
        return self._open

    @property
    def reason(self) -> str:
        """Why it has ended."""
        return self._error.message

    @property
    def is_listened_to(self) -> bool:
        """Whether a client waits for what it says unasked."""
        return self.unasked.is_heard or self.owed.listens

    async def ask(
        self,
        line: bytes,
        messages: tuple[ProgramMessage, ...],
        stream: Stream,
        *,
        ours: bool = False,
    ) -> None:
        """Send a line with requests, whose answers come on the stream.

        Raises UpstreamUnreachable where the program has ended.
        """
        await self._write(line, self.owed.add(messages, stream, ours=ours))

    async def tell(self, line: bytes, messages: tuple[ProgramMessage, ...] = ()) -> None:
        """Send a line that is owed no answer; raises UpstreamUnreachable."""
        await self._write(line, [])
        for message in messages:
            asked = self.owed.get(message.cancels)
            if asked is not None:
                # An answer may be on its way all the same.
                loop = asyncio.get_running_loop()
                loop.call_later(self._limits.cancelled, self._forget, asked)

    async def cancel(self, stream: Stream) -> None:
        """Tell the program that nobody waits any more for what the stream is owed."""
        for asked in self.owed.of(stream):
            self.owed.take(asked.key)
            if asked.written and self._open:
                with contextlib.suppress(UpstreamUnreachable):
                    await self._write(_cancelled(asked.id), [])

    async def end(self, why: str) -> None:
        """End the program; whoever waits for an answer is told why."""
        if self._open:
            self._open, self.was_ended = False, True
            name = self.start.server
            self._error = UpstreamUnreachable(f"The program {name} was ended: {why}.", "Try again.")
        await self._running.end()
        await self.ended()

    async def ended(self) -> None:
        """Return when it has ended, for whatever reason, and everybody knows."""
        await asyncio.wait((self._life,))

    async def _write(self, line: bytes, asked: list[Asked]) -> None:
        async with self._writing:
            if self._open:
                for one in asked:
                    one.written = True
                try:
                    await self._running.write(line + b"\n")
                    return
                except OSError:
                    # Its input is shut: it ends, or what it still says is of no use.
                    self._open = False
        await self._running.end()
        await self.ended()
        raise self._error

    async def _hear(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._running.stderr.read(_CHUNK):
                self._complaints.hear(data)

    async def _live(self) -> None:
        """Until its output or its process ends: then all of it is ended."""
        passing = asyncio.create_task(self._pass_lines())
        leaving = asyncio.create_task(self._running.wait())
        await asyncio.wait((passing, leaving), return_when=asyncio.FIRST_COMPLETED)
        self._open = False
        await self._running.end()
        # What it started may have left it and hold its pipes open.
        await asyncio.wait((passing, leaving, self._hearing), timeout=self._limits.last)
        for task in (passing, leaving, self._hearing):
            task.cancel()
        self._running.close()
        why = passing.result() if passing.done() and not passing.cancelled() else ""
        code = leaving.result() if leaving.done() and not leaving.cancelled() else None
        self._complaints.end()
        if not self.was_ended:
            how = why or _how(code)
            self._complaints.note(f"ended {how}")
            self._error = self._died(how)
        self._on_end(self)
        self.owed.fail(self._error)

    async def _pass_lines(self) -> str:
        """Why the program is ended; empty where its output ended by itself."""
        lines = Lines(self._running.stdout, self._limits.longest_line)
        try:
            while (line := await lines.next()) is not None:
                if line.strip():
                    await self._take(one_line(line))
        except RequestRefused:
            return f"for a line of more than {self._limits.longest_line >> 20} MiB"
        except Exception:  # noqa: BLE001 - the guard of one program: the others go on
            _log.exception("What a program said could not be passed on.")
            return "for something that Keyfob failed at"
        return ""

    def _died(self, how: str) -> UpstreamUnreachable:
        words = self._complaints.last_words
        said = f" It said last: {words}" if words else ""
        return UpstreamUnreachable(
            f"The program {self.start.server} ended ({how}) before it answered.{said}",
            f"See `keyfob server log {self.start.server}`.",
        )

    async def _take(self, line: bytes) -> None:
        messages = await read_messages(line)
        if not messages:
            line, messages = await read_mended(line)
        if not messages:
            self._complaints.note("said what is no message", line)
        elif any(message.method is None for message in messages):
            await self._answer(line, messages)
        elif not self._stops_listening(messages[0]):
            await self._pass(line, messages[0])

    async def _answer(self, line: bytes, messages: tuple[ProgramMessage, ...]) -> None:
        taken = [(message, self.owed.take(message.key)) for message in messages]
        known = [(message, asked) for message, asked in taken if asked is not None]
        if not known:
            self._complaints.note("answered what nobody asked")
            return
        for message, asked in known:
            self.tasks.hear(message)
            if message.result is not None:
                self.answers += 1
                if asked.method == "initialize":
                    version = message.result.get("protocolVersion")
                    self.version = version if isinstance(version, str) else ""
        await known[0][1].stream.put(line, self._limits.unread)
        for _, asked in known:
            asked.stream.settle(asked.key)

    async def _pass(self, line: bytes, message: ProgramMessage) -> None:
        self.tasks.hear(message)
        stream, patience = self.owed.stream_of(message), self._limits.unread
        if stream is not None and await stream.put(line, patience):
            return
        if await self.unasked.take(line, self.owed.streams(), patience):
            return
        self._complaints.note(f"nobody was there to hear {message.method}")
        if message.is_request and message.id is not None:
            error = {"code": METHOD_NOT_FOUND, "message": "Nobody is there to answer this."}
            # Not waited for: a program that does not read may wait for us to do so.
            task = asyncio.create_task(self._reply(error_line(message.id, error)))
            self._replies.add(task)
            task.add_done_callback(self._replies.discard)

    async def _reply(self, line: bytes) -> None:
        with contextlib.suppress(UpstreamUnreachable):
            await self._write(line, [])

    def _stops_listening(self, message: ProgramMessage) -> bool:
        """Over stdio a server ends a listening request so; over HTTP it ends the stream."""
        asked = self.owed.get(message.cancels)
        if asked is None or asked.keeps_busy:
            return False
        self._forget(asked)
        return True

    def _forget(self, asked: Asked) -> None:
        if self.owed.get(asked.key) is asked:
            self.owed.take(asked.key)
            asked.stream.settle(asked.key)


def _cancelled(request_id: Id) -> bytes:
    params = {"requestId": request_id, "reason": "The client closed the stream."}
    return json.dumps({"jsonrpc": "2.0", "method": CANCELLED, "params": params}).encode()


def _how(code: int | None) -> str:
    if code is None:
        return "without an exit code"
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
