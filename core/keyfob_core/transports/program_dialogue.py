"""One running program, and which of its messages belongs to whom."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from keyfob_core.errors import RequestRefused, UpstreamUnreachable
from keyfob_core.programs import ProgramStart, RunningProgram
from keyfob_core.transports.lines import Lines
from keyfob_core.transports.program_messages import (
    CANCELLED,
    LISTEN,
    ProgramMessage,
    read_messages,
)
from keyfob_core.transports.program_records import Complaints
from keyfob_core.transports.program_streams import Stream
from keyfob_core.transports.program_times import ProgramTimes
from keyfob_core.transports.program_unasked import Unasked
from keyfob_core.transports.stdio_message import METHOD_NOT_FOUND, Id, Key, error_line, one_line

_log = logging.getLogger(__name__)

_CHUNK = 1 << 16
_LAST_SECONDS = 5.0
"""For what a program said before it ended to be read and passed on."""


@dataclass(slots=True)
class _Asked:
    """A request that the program owes an answer."""

    id: Id
    method: str
    stream: Stream
    progress: Key | None
    written: bool = False
    ours: bool = False
    """Asked by ourselves, while a session is taken up again."""

    @property
    def keeps_busy(self) -> bool:
        """Whether the program must not be ended now; a client listens again by itself."""
        return self.method != LISTEN


class Dialogue:
    """Writes a client's lines to a program and sorts its lines by the requests they belong to."""

    def __init__(
        self,
        running: RunningProgram,
        start: ProgramStart,
        complaints: Complaints,
        unasked: Unasked,
        times: ProgramTimes,
    ) -> None:
        self.start = start
        self.unasked = unasked
        self.answers = 0
        """How many requests it has answered with a result."""
        self.version: str | None = None
        """What its last `initialize` agreed on."""
        self.was_ended = False
        """Whether it ended because we wanted it to."""
        self._running = running
        self._complaints = complaints
        self._times = times
        self._asked: dict[Key, _Asked] = {}
        self._writing = asyncio.Lock()
        self._error = UpstreamUnreachable("")
        self._open = True
        self._settled = asyncio.Event()
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
    def is_quiet(self) -> bool:
        """Whether it owes nobody anything."""
        return not any(asked.keeps_busy for asked in self._asked.values())

    async def falls_quiet(self, patience: float) -> bool:
        """Whether it owes nobody anything, within so many seconds."""
        try:
            async with asyncio.timeout(patience):
                while self._open and not self.is_quiet:
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            return False
        return True

    @property
    def is_listened_to(self) -> bool:
        """Whether a client waits for what it says unasked."""
        return self.unasked.is_heard or any(not one.keeps_busy for one in self._asked.values())

    def owes(self, messages: tuple[ProgramMessage, ...]) -> bool:
        """Whether one of these would bear the id or the progress token of a request under way."""
        tokens = {asked.progress for asked in self._asked.values()} - {None}
        return any(
            m.is_request and (m.key in self._asked or m.progress in tokens) for m in messages
        )

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
        asked: list[_Asked] = []
        for message in messages:
            if message.id is not None and message.key is not None and message.method is not None:
                one = _Asked(message.id, message.method, stream, message.progress, ours=ours)
                self._asked[message.key] = one
                asked.append(one)
        await self._write(line, asked)

    async def tell(self, line: bytes, messages: tuple[ProgramMessage, ...] = ()) -> None:
        """Send a line that is owed no answer; raises UpstreamUnreachable."""
        await self._write(line, [])
        for message in messages:
            key = message.cancels
            if key is not None and key in self._asked:
                # It may be answered all the same, for an answer may be on its way.
                loop = asyncio.get_running_loop()
                loop.call_later(self._times.cancelled, self._forget, key, self._asked[key])

    async def cancel(self, stream: Stream) -> None:
        """Tell the program that nobody waits any more for what the stream is owed."""
        for key in list(stream.owed):
            asked = self._asked.get(key)
            if asked is None or asked.stream is not stream:
                continue
            del self._asked[key]
            self._settled.set()
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
        await asyncio.wait((self._life,))

    async def ended(self) -> None:
        """Return when it has ended, for whatever reason, and everybody knows."""
        await asyncio.wait((self._life,))

    async def _write(self, line: bytes, asked: list[_Asked]) -> None:
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
        await asyncio.wait((passing, leaving, self._hearing), timeout=_LAST_SECONDS)
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
        for asked in self._asked.values():
            asked.stream.end(self._error)
        self._asked.clear()
        self._settled.set()

    async def _pass_lines(self) -> str:
        """Why the program is ended; empty where its output ended by itself."""
        lines = Lines(self._running.stdout, self._times.longest_line)
        try:
            while (line := await lines.next()) is not None:
                if line.strip():
                    await self._take(one_line(line))
        except RequestRefused:
            return f"for a line of more than {self._times.longest_line >> 20} MiB"
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
            self._complaints.note("said what is no message", line)
            return
        if any(message.method is None for message in messages):
            await self._answer(line, messages)
            return
        message = messages[0]
        if self._stops_listening(message):
            return
        stream = self._stream_of(message)
        if stream is not None and await stream.put(line, self._times.unread):
            return
        if not await self.unasked.take(line, self._streams(), self._times.unread):
            await self._lost(message)

    async def _answer(self, line: bytes, messages: tuple[ProgramMessage, ...]) -> None:
        known = [(m, self._asked.pop(m.key)) for m in messages if m.key in self._asked]
        if not known:
            self._complaints.note("answered what nobody asked")
            return
        for message, asked in known:
            if message.result is not None:
                self.answers += 1
                if asked.method == "initialize":
                    version = message.result.get("protocolVersion")
                    self.version = version if isinstance(version, str) else ""
        await known[0][1].stream.put(line, self._times.unread)
        for message, asked in known:
            if message.key is not None:
                asked.stream.settle(message.key)
        self._settled.set()

    def _stops_listening(self, message: ProgramMessage) -> bool:
        """Over stdio a server ends a listening request so; over HTTP it ends the stream."""
        key = message.cancels
        asked = None if key is None else self._asked.get(key)
        if key is None or asked is None or asked.method != LISTEN:
            return False
        del self._asked[key]
        asked.stream.end()
        return True

    def _stream_of(self, message: ProgramMessage) -> Stream | None:
        """The one request that a message belongs to, where that is known."""
        if message.method == "notifications/progress" and message.progress is not None:
            found = (a.stream for a in self._asked.values() if a.progress == message.progress)
            return next(found, None)
        if message.subscription is not None:
            asked = self._asked.get(message.subscription)
            return asked.stream if asked else None
        streams = list(self._streams())
        alone = len(streams) == 1 and not message.is_of_no_request
        return streams[0] if alone else None

    def _streams(self) -> Iterator[Stream]:
        """Where an answer to a client's call is on its way."""
        for asked in list(self._asked.values()):
            if asked.keeps_busy and asked.stream.is_open and not asked.ours:
                yield asked.stream

    async def _lost(self, message: ProgramMessage) -> None:
        self._complaints.note(f"nobody was there to hear {message.method}")
        if message.id is not None and message.is_request:
            error = {"code": METHOD_NOT_FOUND, "message": "Nobody is there to answer this."}
            with contextlib.suppress(UpstreamUnreachable):
                await self._write(error_line(message.id, error), [])

    def _forget(self, key: Key, asked: _Asked) -> None:
        if self._asked.get(key) is asked:
            del self._asked[key]
            asked.stream.settle(key)
            self._settled.set()


def _cancelled(request_id: Id) -> bytes:
    params = {"requestId": request_id, "reason": "The client closed the stream."}
    return json.dumps({"jsonrpc": "2.0", "method": CANCELLED, "params": params}).encode()


def _how(code: int | None) -> str:
    if code is None:
        return "without an exit code"
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
