"""One bridge connection's conversation with its server, in the protocol's two eras."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

from keyfob_core.errors import Error
from keyfob_core.messages.headers import header, media_type
from keyfob_core.messages.rpc import HEADER_MISMATCH
from keyfob_core.model import Headers, Inbound, Outbound, Whole
from keyfob_core.transports.carried_headers import POSTED
from keyfob_core.transports.header_values import header_value
from keyfob_core.transports.listed_tools import ListedTools
from keyfob_core.transports.stdio.answers import Answers, Send, Watch
from keyfob_core.transports.stdio.message import (
    StdioMessage,
    modern_headers,
    parsed,
    read_message,
)

_SESSION = "Mcp-Session-Id"
_END_SECONDS = 2.0
_MOST_FAILURES = 6
_LONGEST_PAUSE_SECONDS = 60.0
_MOST_PAGES = 20
_LIST_ID = "keyfob-list"

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
        self._tools = ListedTools()
        self._cursor: str | None = None
        self._in_session: tuple[tuple[str | None, str | None], Headers] | None = None
        self._last = template

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

    async def _post(self, message: StdioMessage, answers: Answers, renewable: str | None) -> bool:
        """False where the session `renewable` is dead, and nothing was passed down."""
        async with self._open("POST", self._headers(message), message.data) as outbound:
            if renewable is not None and outbound.status == 404:
                return False
            if outbound.status == 400 and self._may_lack_headers(message):
                outbound, is_lacking = await _looked_at(outbound)
                if is_lacking and await self._learn_tools(message):
                    return await self._post(message, answers, renewable)
            if message.method == "initialize" and outbound.status < 300:
                self._session_id = header(outbound.headers, _SESSION)
            await answers.pass_down(outbound, message)
        if answers.owed and answers.last_id is not None and message.version is None:
            await self._resume(answers)
        await answers.fail_as_broken()
        return True

    def answers(self, message: StdioMessage, send: Send | None = None) -> Answers:
        """The way down for a message that is about to be delivered."""
        watch: Watch | None = self._note_version if message.method == "initialize" else None
        if message.method == "tools/list" and message.version is not None:
            watch = self._note_tools
        return Answers(send or self._send, message.owed, watch)

    def _may_lack_headers(self, message: StdioMessage) -> bool:
        """Whether a call was sent without the headers that only a list of tools tells of."""
        is_call = message.method == "tools/call" and message.version is not None
        return is_call and not self._tools.knows(message.name)

    async def _learn_tools(self, message: StdioMessage) -> bool:
        """Read the list of tools for the headers of a call; whether it is in it."""
        # The call's progress is not the list's.
        said: Mapping[str, Any] = message.params.get("_meta", {})
        meta = {name: value for name, value in said.items() if name != "progressToken"}
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params: dict[str, Any] = {"_meta": meta}
            if cursor is not None:
                params["cursor"] = cursor
            asked = {"jsonrpc": "2.0", "id": _LIST_ID, "method": "tools/list", "params": params}
            listing = read_message(json.dumps(asked).encode())
            answers = Answers(_discard, listing.owed, self._note_tools)
            async with self._open("POST", self._headers(listing), listing.data) as outbound:
                await answers.pass_down(outbound, listing)
            cursor = self._cursor
            if cursor is None or answers.owed:
                break
        return self._tools.knows(message.name)

    def _note_version(self, response: Mapping[str, Any]) -> None:
        result = response.get("result")
        version = (
            cast("Mapping[str, Any]", result).get("protocolVersion")
            if isinstance(result, dict)
            else None
        )
        self._version = version if isinstance(version, str) else None

    def _note_tools(self, response: Mapping[str, Any]) -> None:
        result = response.get("result")
        listed: Mapping[str, Any] = (
            cast("dict[str, Any]", result) if isinstance(result, dict) else {}
        )
        self._tools.note(listed.get("tools"))
        cursor = listed.get("nextCursor")
        self._cursor = cursor if isinstance(cursor, str) else None

    def _headers(self, message: StdioMessage) -> Headers:
        version = message.version or (None if self.shakes_hands else self._modern)
        if version is not None and message.method != "initialize":
            headers = POSTED + modern_headers(message, version)
            if message.method == "tools/call":
                headers += self._tools.headers(message.name, message.params.get("arguments"))
            return headers
        return self._headers_in_session()

    def _headers_in_session(self) -> Headers:
        """Those of a POST in the server's session, made once for all of its messages."""
        session = self._session_id, self._version
        if self._in_session is None or self._in_session[0] != session:
            self._in_session = session, POSTED + _handshake_headers(*session)
        return self._in_session[1]

    def _open(
        self, http_method: str, headers: Headers, body: bytes = b""
    ) -> AbstractAsyncContextManager[Outbound]:
        last = self._last
        if last.headers != headers or last.http_method != http_method:
            # Mostly a message differs from the one before in its body alone.
            self._last = last = self._template._replace(http_method=http_method, headers=headers)
        return self._relay.handle(last.with_body(body))

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
            # A server may have its client ask again as long as it works (SEP-1699).
            moves = answers.last_id != before or (status < 300 and not answers.is_broken)
            failures = 0 if moves else failures + 1

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
                if outbound.status < 300 and media_type(outbound.headers) != "text/event-stream":
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


async def _looked_at(outbound: Outbound) -> tuple[Outbound, bool]:
    """A refusal, and whether it is for the headers (MCP 2026-07-28, transports)."""
    data = b"".join([chunk async for chunk in outbound.body])
    error = parsed(data).get("error")
    code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
    return outbound._replace(body=Whole(data)), code == HEADER_MISMATCH


def _handshake_headers(session_id: str | None, version: str | None) -> Headers:
    headers: Headers = ()
    if session_id is not None:
        headers += ((_SESSION, session_id),)
    if version is not None:
        headers += (("MCP-Protocol-Version", header_value(version)),)
    return headers


def _pause(answers: Answers, failures: int) -> float:
    return min(answers.retry_seconds * 2 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)


async def _discard(line: bytes) -> None:
    del line
