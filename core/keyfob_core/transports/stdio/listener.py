"""The engine's side of a bridge: lines in, lines out, and the protocol in between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.mistakes import log_mistake
from keyfob_core.model import Inbound, Listener, Peer
from keyfob_core.transports.lines import Lines
from keyfob_core.transports.stdio.answers import Answers
from keyfob_core.transports.stdio.message import (
    Id,
    Key,
    StdioMessage,
    key_of,
    read_message,
    refusal_line,
)
from keyfob_core.transports.stdio.session import Relay, StdioSession

_log = logging.getLogger(__name__)

_LONGEST_LINE = 64 * 1024 * 1024
_BIG = 256 * 1024
_READ_AHEAD = 16
_HELLO_SECONDS = 10.0
_NOTICE_SECONDS = 5.0
_GRACE_SECONDS = 1.0


class StdioListener:
    """Serves the connections of bridges."""

    def __init__(
        self,
        relay: Relay,
        longest_line: int = _LONGEST_LINE,
        ended: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`ended` is told the id of each connection that is over."""
        self._relay = relay
        self._longest_line = longest_line
        self._ended = ended

    async def serve_connection(
        self, reader: StreamReader, writer: StreamWriter, peer: Peer | None
    ) -> None:
        """Serve one bridge until either side ends; `peer` is the process that launched it."""
        lines = Lines(reader, self._longest_line)
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                hello = _read_hello(await lines.next() or b"")
        except (TimeoutError, RequestRefused):
            hello = None
        if hello is None:
            _log.info("A connection that does not open like a bridge was closed.")
            return
        connection_id = secrets.token_hex(8)
        template = Inbound(
            listener=Listener.STDIO,
            http_method="POST",
            server=hello.server or "",
            headers=(),
            token=hello.token,
            peer=peer,
            connection_id=connection_id,
            claimed_name=hello.client,
        )
        try:
            await _Connection(self._relay, template, writer).serve(lines)
        finally:
            self._ended(connection_id)


@dataclass(frozen=True, slots=True)
class _Hello:
    server: str | None
    client: str | None
    token: str | None


def _read_hello(line: bytes) -> _Hello | None:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    fields = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    told = tuple(fields.get(name) for name in ("server", "client", "token"))
    if fields.get("keyfob") != 1 or not all(isinstance(text, str | None) for text in told):
        return None
    return _Hello(*told)


@dataclass(frozen=True, slots=True)
class _Running:
    task: asyncio.Task[None]
    message: StdioMessage


class _Connection:
    def __init__(self, relay: Relay, template: Inbound, writer: StreamWriter) -> None:
        self._writer = writer
        self._writing = asyncio.Lock()
        self._session = StdioSession(relay, template, self._send)
        self._tasks = set[asyncio.Task[None]]()
        self._running: dict[Key, _Running] = {}
        self._arrived: asyncio.Queue[bytes | RequestRefused | None] = asyncio.Queue(_READ_AHEAD)

    async def serve(self, lines: Lines) -> None:
        dispatching = asyncio.create_task(self._dispatch())
        try:
            await self._read(lines)
            # A client that has only closed its end may still wait for its last answers.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    await dispatching
                    while self._tasks:
                        await asyncio.wait(self._tasks)
        finally:
            for task in (dispatching, *self._tasks):
                task.cancel()
            await asyncio.gather(dispatching, *self._tasks, return_exceptions=True)
            self._writer.close()
            await self._session.end()

    async def _read(self, lines: Lines) -> None:
        while True:
            try:
                line = await lines.next()
            except RequestRefused as error:
                await self._arrived.put(error)
                continue
            if line is None:
                await self._arrived.put(None)
                return
            if line.strip():
                await self._arrived.put(line)

    async def _dispatch(self) -> None:
        while (line := await self._arrived.get()) is not None:
            if isinstance(line, RequestRefused):
                await self._send(refusal_line(b"", line))
                continue
            try:
                big = len(line) > _BIG
                message = await asyncio.to_thread(read_message, line) if big else read_message(line)
            except RequestRefused as error:
                await self._send(refusal_line(line, error))
                continue
            await self._take(message)

    async def _take(self, message: StdioMessage) -> None:
        running: _Running | None = None
        if message.cancels is not None:
            running = self._running.get(key_of(message.cancels))
        if message.method == "notifications/cancelled" and not self._is_handshaken(running):
            # From 2026-07-28 on, closing the stream is the cancellation.
            if running is not None:
                running.task.cancel()
            return
        task = self._start(message)
        if message.method == "initialize":
            await asyncio.wait({task})
        elif not message.owed:
            # Notices keep their order, unless the server does not take them.
            await asyncio.wait({task}, timeout=_NOTICE_SECONDS)
        if running is not None and running.message.method != "initialize":
            running.task.cancel()

    def _is_handshaken(self, running: _Running | None) -> bool:
        return self._session.shakes_hands and (running is None or running.message.version is None)

    def _start(self, message: StdioMessage) -> asyncio.Task[None]:
        task = asyncio.create_task(self._deliver(message))
        running = _Running(task, message)
        self._tasks.add(task)
        for message_id in message.owed:
            self._running[key_of(message_id)] = running
        task.add_done_callback(lambda _: self._finished(running))
        return task

    def _finished(self, running: _Running) -> None:
        self._tasks.discard(running.task)
        for message_id in running.message.owed:
            self._forget(message_id, running)

    def _forget(self, message_id: Id, running: _Running) -> None:
        if self._running.get(key_of(message_id)) is running:
            del self._running[key_of(message_id)]

    async def _deliver(self, message: StdioMessage) -> None:
        answers = self._session.answers(message)
        try:
            await self._session.deliver(message, answers)
        except Error as error:
            await answers.fail(error)
        except Exception as error:  # noqa: BLE001 - the guard of one request: the others go on
            await _fail_unexplained(answers, log_mistake(_log, error))

    async def _send(self, line: bytes) -> None:
        # A bridge that has gone is noticed by the reading side.
        with contextlib.suppress(OSError):
            async with self._writing:
                self._writer.writelines((line, b"\n"))
                await self._writer.drain()


async def _fail_unexplained(answers: Answers, request_id: str = "") -> None:
    named = f" ({request_id})" if request_id else ""
    said = f"Keyfob failed at this request{named}."
    await answers.fail(Error(said, "Its log says why; call again."))
