"""One HTTP request to a program, and its answer."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Protocol

from keyfob_core.config import Server
from keyfob_core.messages.headers import header
from keyfob_core.messages.rpc import INVALID_REQUEST, PARSE_ERROR
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.programs import ProgramStart, start_of
from keyfob_core.transports.programs.conversation import Conversation
from keyfob_core.transports.programs.dialogue import Dialogue
from keyfob_core.transports.programs.handshake import SessionLost
from keyfob_core.transports.programs.limits import ProgramLimits
from keyfob_core.transports.programs.messages import ProgramMessage, parse, read_messages
from keyfob_core.transports.programs.streams import EventBody, Stream, WholeBody
from keyfob_core.transports.stdio.message import (
    METHOD_NOT_FOUND,
    Id,
    error_line,
    is_modern,
    one_line,
)

SESSION = "Mcp-Session-Id"

_MODERN_ERRORS = frozenset({-32020, -32021, -32022})
"""A header mismatch, a missing capability, an unsupported version (MCP 2026-07-28)."""
_EVENTS: Headers = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache"),
)


class Conversations(Protocol):
    """The programs that run, as far as one exchange needs them."""

    limits: ProgramLimits

    def server(self, request: UpstreamRequest) -> Server:
        """The program's server; raises UpstreamUnreachable where it is one no longer."""
        ...

    def session(self, session_id: str, pool: str) -> Conversation | None:
        """The session of that id, where it is this client's, server's and account's."""
        ...

    def begin_session(
        self, request: UpstreamRequest, start: ProgramStart
    ) -> tuple[str, Conversation]:
        """A new session with its id."""
        ...

    def shared(
        self, request: UpstreamRequest, start: ProgramStart, messages: tuple[ProgramMessage, ...]
    ) -> Conversation:
        """What takes requests that stand for themselves; raises UpstreamUnreachable."""
        ...

    def forget(self, conversation: Conversation, why: str) -> None:
        """End a conversation for good, behind the caller's back."""
        ...

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do work that its caller does not wait for."""
        ...


class ProgramExchange:
    """Turns one request into lines, and the program's lines into its response."""

    def __init__(self, upstream: Conversations, request: UpstreamRequest) -> None:
        self._upstream = upstream
        self._request = request
        self._session_id = header(request.headers, SESSION)
        self._is_modern = is_modern(request.revision)
        self._conversation: Conversation | None = None
        self._dialogue: Dialogue | None = None
        self._stream: Stream | None = None
        self._opens = False
        """Whether this request opens a session."""

    async def __aenter__(self) -> UpstreamResponse:
        try:
            match self._request.http_method:
                case "POST":
                    return await self._post()
                case "GET" if not self._is_modern and self._session_id is not None:
                    return self._listen(self._session_id)
                case "DELETE" if not self._is_modern and self._session_id is not None:
                    return self._end(self._session_id)
                case _:
                    return UpstreamResponse(
                        status=405, headers=(("Allow", "POST"),), body=WholeBody()
                    )
        except BaseException:
            await self._leave()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave()

    async def _post(self) -> UpstreamResponse:
        body = self._request.body.removeprefix(codecs.BOM_UTF8)
        messages = await read_messages(body)
        if not messages:
            return _refused(400, PARSE_ERROR, "The body is no JSON-RPC.")
        server = self._upstream.server(self._request)
        start = start_of(server, self._request.credential)
        line = one_line(body)
        if not any(message.is_request for message in messages):
            return await self._pass_on(line, messages)
        if any(message.method == "initialize" for message in messages):
            self._session_id, self._conversation = self._upstream.begin_session(
                self._request, start
            )
            self._opens = True
        while True:
            conversation = self._conversation or self._find(start, messages)
            if isinstance(conversation, UpstreamResponse):
                return conversation
            try:
                dialogue = await conversation.ready(start)
            except SessionLost as error:
                self._forget(error.message)
                return _no_session()
            if not dialogue.owed.repeats(messages):
                return await self._ask(conversation, dialogue, line, messages)
            if conversation.handshake is not None:
                message = "A request with this id or progress token is under way already."
                return _refused(400, INVALID_REQUEST, message, messages[0].id)

    def _find(
        self, start: ProgramStart, messages: tuple[ProgramMessage, ...]
    ) -> Conversation | UpstreamResponse:
        if self._is_modern:
            return self._upstream.shared(self._request, start, messages)
        if self._session_id is None:
            message = f"The header {SESSION} is missing: begin with `initialize`."
            return _refused(400, INVALID_REQUEST, message, messages[0].id)
        found = self._upstream.session(self._session_id, self._request.pool)
        return found or _no_session()

    async def _pass_on(self, line: bytes, messages: tuple[ProgramMessage, ...]) -> UpstreamResponse:
        """A notification or a response: it is owed nothing."""
        if self._session_id is not None and not self._is_modern:
            session = self._upstream.session(self._session_id, self._request.pool)
            if session is None:
                return _no_session()
            await session.pass_on(line, messages)
        return UpstreamResponse(status=202, headers=(("Content-Length", "0"),), body=WholeBody())

    async def _ask(
        self,
        conversation: Conversation,
        dialogue: Dialogue,
        line: bytes,
        messages: tuple[ProgramMessage, ...],
    ) -> UpstreamResponse:
        self._conversation, self._dialogue = conversation, dialogue
        owed = {m.key: m.id for m in messages if m.is_request and m.key and m.id is not None}
        stream = self._stream = Stream(owed)
        await conversation.ask(dialogue, line, messages, stream)
        try:
            async with asyncio.timeout(self._upstream.limits.alone):
                lines = await stream.take()
        except TimeoutError:
            lines = []
        if len(lines) == 1 and not stream.owed and not stream.is_open:
            return self._whole(lines[0])
        return UpstreamResponse(
            status=200,
            headers=(*_EVENTS, *self._opened()),
            body=EventBody(stream, lines, self._upstream.limits.alive),
        )

    def _whole(self, line: bytes) -> UpstreamResponse:
        """An answer that came alone."""
        (answer, *_) = parse(line)
        headers: Headers = (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(line))),
        )
        if answer.error_code is None:
            headers += self._opened()
        return UpstreamResponse(status=self._status(answer), headers=headers, body=WholeBody(line))

    def _status(self, answer: ProgramMessage) -> int:
        """What HTTP says of an error from 2026-07-28 on; a program of before is not judged so."""
        if not self._is_modern or self._dialogue is None:
            return 200
        if answer.error_code in _MODERN_ERRORS:
            return 400
        return 404 if answer.error_code == METHOD_NOT_FOUND and self._dialogue.answers else 200

    def _opened(self) -> Headers:
        return ((SESSION, self._session_id or ""),) if self._opens else ()

    def _listen(self, session_id: str) -> UpstreamResponse:
        session = self._upstream.session(session_id, self._request.pool)
        if session is None:
            return _no_session()
        self._conversation = session
        self._stream = session.listen()
        body = EventBody(self._stream, [], self._upstream.limits.alive)
        return UpstreamResponse(status=200, headers=_EVENTS, body=body)

    def _end(self, session_id: str) -> UpstreamResponse:
        session = self._upstream.session(session_id, self._request.pool)
        if session is None:
            return _no_session()
        self._upstream.forget(session, "its client ended the session")
        return UpstreamResponse(status=204, headers=(), body=WholeBody())

    def _forget(self, why: str) -> None:
        session = self._upstream.session(self._session_id or "", self._request.pool)
        if session is not None:
            self._upstream.forget(session, why)

    async def _leave(self) -> None:
        conversation, dialogue, stream = self._conversation, self._dialogue, self._stream
        if conversation is not None:
            conversation.touch()
        if self._opens and (dialogue is None or dialogue.version is None):
            self._forget("it opened no session")
        elif stream is not None:
            stream.end()
            if dialogue is not None and self._is_modern and stream.owed:
                self._upstream.in_background(dialogue.cancel(stream))


def _refused(
    status: int, code: int, message: str, message_id: Id | None = None
) -> UpstreamResponse:
    data = error_line(message_id, {"code": code, "message": message})
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(data))))
    return UpstreamResponse(status=status, headers=headers, body=WholeBody(data))


def _no_session() -> UpstreamResponse:
    return _refused(404, INVALID_REQUEST, "There is no such session: begin with `initialize`.")
