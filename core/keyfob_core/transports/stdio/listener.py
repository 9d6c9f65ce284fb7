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
        *,
        notice_seconds: float = _NOTICE_SECONDS,
    ) -> None:
        """`ended` is told the id of each connection that is over.

        What a client tells its server may take `notice_seconds` before what comes next goes up.
        """
        self._relay = relay
        self._longest_line = longest_line
        self._ended = ended
        self._notice_seconds = notice_seconds

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
            await _Connection(self._relay, template, writer, self._notice_seconds).serve(lines)
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


class _Connection:
    def __init__(
        self, relay: Relay, template: Inbound, writer: StreamWriter, notice_seconds: float
    ) -> None:
        self._notice_seconds = notice_seconds
        self._writer = writer
        # What is written goes to the system at once, not at the end of the loop's turn.
        writer.transport.set_write_buffer_limits(0)
        self._session = StdioSession(relay, template, self._send)
        self._tasks: dict[asyncio.Task[None], StdioMessage] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._gate: asyncio.Event | None = None
        """Once it is set, what comes next may go up."""

    async def serve(self, lines: Lines) -> None:
        try:
            await self._read(lines)
            # A client that has only closed its end may still wait for its last answers.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    while self._tasks:
                        await asyncio.wait(self._tasks)
        finally:
            tasks = tuple(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._writer.close()
            await self._session.end()

    async def _read(self, lines: Lines) -> None:
        held = 0
        while True:
            line = b""
            try:
                line = await lines.next()
                if line is None:
                    return
                if not line.strip():
                    continue
                big = len(line) > _BIG
                message = await asyncio.to_thread(read_message, line) if big else read_message(line)
            except RequestRefused as error:
                await self._send(refusal_line(line or b"", error))
                continue
            self._take(message)
            held = 0 if self._gate is None or self._gate.is_set() else held + 1
            if self._gate is not None and held > _READ_AHEAD:
                await self._gate.wait()

    def _take(self, message: StdioMessage) -> None:
        running: asyncio.Task[None] | None = None
        if message.cancels is not None:
            running = self._running.get(key_of(message.cancels))
        if message.method == "notifications/cancelled" and not self._is_handshaken(running):
            # From 2026-07-28 on, closing the stream is the cancellation.
            if running is not None:
                running.cancel()
            return
        self._start(message, running)

    def _is_handshaken(self, running: asyncio.Task[None] | None) -> bool:
        return self._session.shakes_hands and (
            running is None or self._tasks[running].version is None
        )

    def _start(self, message: StdioMessage, cancelled: asyncio.Task[None] | None) -> None:
        behind, gate = self._gate, None
        if message.method == "initialize" or not message.owed:
            # Nothing overtakes the handshake, and notices keep their order.
            self._gate = gate = asyncio.Event()
        task = asyncio.create_task(self._go(message, behind, gate, cancelled))
        self._tasks[task] = message
        for message_id in message.owed:
            self._running[key_of(message_id)] = task
        task.add_done_callback(self._finished)
        if gate is not None:
            task.add_done_callback(lambda _: gate.set())

    def _finished(self, task: asyncio.Task[None]) -> None:
        for message_id in self._tasks.pop(task).owed:
            key = key_of(message_id)
            if self._running.get(key) is task:
                del self._running[key]

    async def _go(
        self,
        message: StdioMessage,
        behind: asyncio.Event | None,
        gate: asyncio.Event | None,
        cancelled: asyncio.Task[None] | None,
    ) -> None:
        """Deliver a message once what it stands behind has gone up."""
        if behind is not None and not behind.is_set():
            await behind.wait()
        if gate is None or message.method == "initialize":
            await self._deliver(message)
            return
        loop = asyncio.get_running_loop()
        # A server that does not take a notice holds nothing up for long.
        patience = loop.call_later(self._notice_seconds, self._told, gate, cancelled)
        try:
            await self._deliver(message)
        finally:
            patience.cancel()
        self._told(gate, cancelled)

    def _told(self, gate: asyncio.Event, cancelled: asyncio.Task[None] | None) -> None:
        """Go on behind a notice, and end what it cancels."""
        gate.set()
        message = self._tasks.get(cancelled) if cancelled is not None else None
        if cancelled is not None and message is not None and message.method != "initialize":
            cancelled.cancel()

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
            self._writer.write(line + b"\n")
            await self._writer.drain()


async def _fail_unexplained(answers: Answers, request_id: str = "") -> None:
    named = f" ({request_id})" if request_id else ""
    said = f"Keyfob failed at this request{named}."
    await answers.fail(Error(said, "Its log says why; call again."))
