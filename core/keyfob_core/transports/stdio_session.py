"""One bridge connection's conversation with its server, in the protocol's two eras."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Protocol, cast

from keyfob_core.errors import Error
from keyfob_core.headers import header
from keyfob_core.model import Headers, Inbound, Outbound
from keyfob_core.rpc import HEADER_MISMATCH
from keyfob_core.tool_headers import ToolHeaders, header_value
from keyfob_core.transports.stdio_answers import Answers, Send, Watch, collected, content_type
from keyfob_core.transports.stdio_message import (
    StdioMessage,
    modern_headers,
    parsed,
    read_message,
)

_SESSION = "Mcp-Session-Id"
_END_SECONDS = 2.0
_MOST_FAILURES = 6
_MOST_PAGES = 20
_LONGEST_PAUSE_SECONDS = 60.0

Sleep = Callable[[float], Awaitable[None]]
"""Waits for so many seconds."""


class Relay(Protocol):
    """As much of the relay as a listener needs."""

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request, to be read before it is left."""
        ...


class StdioSession:
    """Turns a client's messages into HTTP requests, and the answers into lines.

    In the handshake eras it holds the server's session: its id, the negotiated revision, and the
    stream on which the server speaks first. From 2026-07-28 on each message stands for itself.
    """

    def __init__(
        self, relay: Relay, template: Inbound, send: Send, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._relay = relay
        self._template = template
        self._send = send
        self._sleep = sleep
        self._initialize: bytes | None = None
        self._initialized: bytes | None = None
        self._session_id: str | None = None
        self._version: str | None = None
        self._modern: str | None = None
        self._listening: asyncio.Task[None] | None = None
        self._renewing = asyncio.Lock()
        self._tools = ToolHeaders()

    @property
    def shakes_hands(self) -> bool:
        """Whether the client has begun with a handshake."""
        return self._initialize is not None

    async def deliver(self, message: StdioMessage, answers: Answers) -> None:
        """Send a message and pass its answers down; raises Error where nobody answers."""
        if message.method == "initialize":
            await self.end()
            self._initialize, self._initialized = message.data, None
        elif message.version is not None:
            self._modern = message.version
        session_id = self._session_id if message.version is None else None
        if not await self._post(message, answers, session_id):
            await self._renew(session_id)
            await self._post(message, answers, None)
        if message.method == "notifications/initialized":
            self._initialized = message.data
            self._listen()

    async def end(self) -> None:
        """End the server's session, if there is one, within two seconds."""
        await self._stop_listening()
        session_id, version = self._session_id, self._version
        self._session_id = self._version = None
        if session_id is None:
            return
        headers = _handshake_headers(session_id, version)
        with contextlib.suppress(TimeoutError, Error):
            async with asyncio.timeout(_END_SECONDS), self._open("DELETE", headers):
                pass

    async def _post(
        self,
        message: StdioMessage,
        answers: Answers,
        renewable: str | None,
        *,
        may_learn: bool = True,
    ) -> bool:
        """False where the session `renewable` is dead, and nothing was passed down."""
        async with self._open("POST", self._headers(message), message.data) as outbound:
            if renewable is not None and outbound.status == 404:
                return False
            if message.method == "initialize" and outbound.status < 300:
                self._session_id = header(outbound.headers, _SESSION)
            lacking = False
            if may_learn and outbound.status == 400 and _repeats_arguments(message):
                said = await collected(outbound.body)
                lacking = _lacks_headers(said)
                outbound = replace(outbound, body=_once(said))
            if not lacking:
                await answers.pass_down(outbound, message)
        if lacking:
            await self._learn_headers(message)
            return await self._post(message, answers, None, may_learn=False)
        if answers.owed and answers.last_id is not None and message.version is None:
            await self._resume(answers)
        await answers.fail_as_broken()
        return True

    async def _learn_headers(self, call: StdioMessage) -> None:
        """Read the tool list, which says what headers a call lacks.

        A client on stdio knows of no headers; where it has not listed the tools on this
        connection, or they have changed, this does what the transport asks of one that does. The
        call was refused before the server began it, so it can be sent again.
        """
        meta = {k: v for k, v in call.params.get("_meta", {}).items() if k != "progressToken"}
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params = {"_meta": meta} | ({} if cursor is None else {"cursor": cursor})
            listing = {"jsonrpc": "2.0", "id": "keyfob", "method": "tools/list", "params": params}
            pages: list[str | None] = []
            answers = Answers(_discard, ("keyfob",), self._noting(cursor is None, pages.append))
            await self._post(read_message(json.dumps(listing).encode()), answers, None)
            cursor = pages[0] if pages else None
            if cursor is None:
                return

    def answers(self, message: StdioMessage, send: Send | None = None) -> Answers:
        """The way down for a message that is about to be delivered."""
        return Answers(send or self._send, message.owed, self._watch(message))

    def _watch(self, message: StdioMessage) -> Watch | None:
        if message.method == "initialize":
            return self._note_version
        if message.method == "tools/list" and message.version is not None:
            return self._noting(message.params.get("cursor") is None, lambda _: None)
        return None

    def _noting(self, from_start: bool, tell: Callable[[str | None], None]) -> Watch:
        """Notes a page of the tool list, and tells the cursor of the next."""
        return lambda response: tell(self._tools.listed(response, from_start=from_start))

    def _note_version(self, response: Mapping[str, Any]) -> None:
        result = response.get("result")
        version = (
            cast("Mapping[str, Any]", result).get("protocolVersion")
            if isinstance(result, dict)
            else None
        )
        self._version = version if isinstance(version, str) else None

    def _headers(self, message: StdioMessage) -> Headers:
        headers: Headers = (
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        )
        version = message.version or (None if self.shakes_hands else self._modern)
        if version is not None and message.method != "initialize":
            headers += modern_headers(message, version)
            if message.method == "tools/call" and message.name is not None:
                headers += self._tools.of(message.name, message.params.get("arguments"))
            return headers
        return headers + _handshake_headers(self._session_id, self._version)

    def _open(
        self, http_method: str, headers: Headers, body: bytes = b""
    ) -> AbstractAsyncContextManager[Outbound]:
        return self._relay.handle(
            replace(self._template, http_method=http_method, headers=headers, body=body)
        )

    async def _renew(self, stale: str | None) -> None:
        """Begin a new session in place of one that the server no longer knows."""
        async with self._renewing:
            if self._session_id != stale or self._initialize is None:
                return
            await self._stop_listening()
            self._session_id = self._version = None
            try:
                for data in filter(None, (self._initialize, self._initialized)):
                    message = read_message(data)
                    await self._post(message, self.answers(message, _discard), None)
            finally:
                if self._version is None:
                    # It failed: the next request finds the old session dead and tries again.
                    self._session_id = stale
            if self._initialized is not None:
                self._listen()

    async def _resume(self, answers: Answers) -> None:
        """Take a broken stream up where it broke; gives up after some failures in a row."""
        failures = 0
        while answers.owed and failures < _MOST_FAILURES:
            await self._sleep(_pause(answers, failures))
            before = answers.last_id
            status = await self._take_up(answers)
            if 300 <= status < 500:
                return
            failures = 0 if answers.last_id != before else failures + 1

    def _listen(self) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        """Pass on what the server says unasked, as long as it offers a stream for it."""
        answers = Answers(self._send)
        now = asyncio.get_running_loop().time
        failures = 0
        while True:
            before, begun = answers.last_id, now()
            status = await self._take_up(answers)
            if 300 <= status < 500:
                return
            was_useful = answers.last_id != before or now() - begun > _LONGEST_PAUSE_SECONDS / 2
            failures = 0 if was_useful else failures + 1
            await self._sleep(_pause(answers, failures))

    async def _take_up(self, answers: Answers) -> int:
        """Open the stream behind the last event and pass it down; the HTTP status, 503 for none."""
        headers: Headers = (("Accept", "text/event-stream"),)
        headers += _handshake_headers(self._session_id, self._version)
        if answers.last_id is not None:
            headers += (("Last-Event-ID", answers.last_id),)
        try:
            async with self._open("GET", headers) as outbound:
                if outbound.status < 300 and content_type(outbound) != "text/event-stream":
                    return 405
                if outbound.status < 300:
                    await answers.pass_events(outbound.body)
                return outbound.status
        except Error:
            return 503

    async def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def _handshake_headers(session_id: str | None, version: str | None) -> Headers:
    headers: Headers = ()
    if session_id is not None:
        headers += ((_SESSION, session_id),)
    if version is not None:
        headers += (("MCP-Protocol-Version", header_value(version)),)
    return headers


def _pause(answers: Answers, failures: int) -> float:
    return min(answers.retry_seconds * 2 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)


def _repeats_arguments(message: StdioMessage) -> bool:
    return message.method == "tools/call" and message.version is not None


def _lacks_headers(said: bytes) -> bool:
    error: object = parsed(said).get("error")
    return isinstance(error, dict) and cast("Mapping[str, Any]", error).get("code") == (
        HEADER_MISMATCH
    )


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _discard(line: bytes) -> None:
    del line
