"""Sessions beside a client's own, for those of a server's tools that have another account."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from keyfob_core.accounts.credentials import restamp
from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.sessions.upstream_sessions import is_of, session_digest
from keyfob_core.transports.eras.later import later
from keyfob_core.transports.eras.messages import (
    Message,
    answer_in,
    encoded,
    error_message,
    is_stream,
    message_of,
    result_message,
)
from keyfob_core.transports.eras.requests import Challenged, Requests, check_credential
from keyfob_core.transports.eras.revisions import (
    METHOD_NOT_FOUND,
    SESSION_HEADER,
    mapping,
)
from keyfob_core.transports.eras.translation import handshake_client
from keyfob_core.transports.side_session import SideSession
from keyfob_core.version import __version__

_MOST = 256
_MOST_CLIENTS = 512
_HANDSHAKE_SECONDS = 60.0

Key = tuple[str, str]
"""Client, server and account as one text, and the digest of the client's own session."""


class SideSessions:
    """Begins a session with the server for the other account, and sends the call there.

    A server's session belongs to one account, and a client has but one of them. What the server
    asks in the answer to a call goes to the client under an id of our own, and its answer back.
    What it asks outside of answers is refused, since it could wait for ever; what it tells there is
    not heard. They live in memory, and as long as the client's own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests = Requests(clock)
        self._clients: OrderedDict[str, Message] = OrderedDict()
        self._sessions: OrderedDict[Key, SideSession] = OrderedDict()
        self._ending: set[asyncio.Task[None]] = set()

    async def note(self, request: UpstreamRequest, response: UpstreamResponse) -> None:
        """Note what a client says of itself as it begins a session of its own."""
        own = header(response.headers, SESSION_HEADER)
        if own is None:
            return
        params = mapping((await message_of(request.body)).get("params"))
        capabilities = handshake_client(mapping(params.get("capabilities")))
        self._clients[session_digest(own)] = {
            "capabilities": capabilities,
            "clientInfo": mapping(params.get("clientInfo")) or _OURSELVES,
        }
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)

    @asynccontextmanager
    async def open(
        self, request: UpstreamRequest, way: Upstream
    ) -> AsyncGenerator[UpstreamResponse]:
        """Send a request that stands beside a session; raises UpstreamUnreachable.

        A 401 or 403 is one that the request itself could have met.
        """
        key = (request.pool, request.beside)
        for first in (True, False):
            session = self._session(key, request, way)
            try:
                await self._begin(session, request, way)
            except Challenged as refused:
                yield refused.answer()
                return
            sent = request if first else restamp(request, "POST", request.url, now=self._clock())
            async with self._asked(session, sent, way) as response:
                lost = response.status == 404 and session.id is not None
                if not (lost and first):
                    kept = tuple(one for one in response.headers if one[0].lower() != _SESSION_KEY)
                    body = response.body
                    if is_stream(response.headers):
                        body = session.passed(body)
                    yield response._replace(headers=kept, body=body)
                    return
            # The server has forgotten it, and has carried nothing out.
            self._drop(key, session)

    async def heard(self, request: UpstreamRequest, way: Upstream) -> bool:
        """Take word that is for a session beside the client's; whether it was.

        That a call of one is cancelled goes there, and so does the answer to what one asked; the
        end of the client's own ends them. Raises UpstreamUnreachable where an answer is not taken.
        """
        own = header(request.headers, SESSION_HEADER)
        if not self._sessions or own is None:
            return False
        digest = session_digest(own)
        beside = [(key, one) for key, one in self._sessions.items() if key[1] == digest]
        if request.http_method == "DELETE":
            for key, session in beside:
                self._end_soon(key, session)
            return False
        message = await message_of(request.body)
        for _, session in beside:
            if "method" not in message:
                answer = session.answer(message)
                if answer is not None:
                    status = await self._told(session, way, encoded(answer), None)
                    if status == 403:
                        raise UpstreamUnreachable(
                            "The server no longer takes the credential of the call that asked.",
                            "Call again.",
                        )
                    session.answered(message)
                    return True
            elif mapping(message.get("params")).get("requestId") in tuple(session.calls):
                await self._told(session, way, request.body, request.method, ends=True)
                return True
        return False

    async def _told(
        self,
        session: SideSession,
        way: Upstream,
        body: bytes,
        method: str | None,
        *,
        ends: bool = False,
    ) -> int:
        """Send what is owed no answer; the status that it met."""
        # With the stamp of the account's own call: the one in hand has that of another.
        last, way = later((session.last, way), ends=ends)
        stamped = restamp(last, "POST", last.url, now=self._clock())
        told = stamped._replace(headers=session.headers(stamped.headers), body=body, method=method)
        async with way.open(told) as response:
            return response.status

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> None:
        """End those of a client, a server or an account; those that are not named may be any."""
        for key, session in tuple(self._sessions.items()):
            if is_of(key[0], client=client, server=server, account=account):
                self._end_soon(key, session)

    async def close(self) -> None:
        """End them all."""
        for key, session in tuple(self._sessions.items()):
            self._end_soon(key, session)
        if self._ending:
            await asyncio.wait(self._ending, timeout=_CLOSING_SECONDS)
        for task in self._ending:
            task.cancel()

    def _session(self, key: Key, request: UpstreamRequest, way: Upstream) -> SideSession:
        session = self._sessions.get(key)
        if session is None:
            client = self._clients.get(key[1], _UNKNOWN)
            session = self._sessions[key] = SideSession(request, way, client, self._hear)
            unused = [one for one in self._sessions.items() if not one[1].calls]
            for other, surplus in unused[: max(0, len(self._sessions) - _MOST)]:
                self._end_soon(other, surplus)
        self._sessions[key] = session
        self._sessions.move_to_end(key)
        session.last, session.way = request, way
        return session

    async def _begin(self, session: SideSession, request: UpstreamRequest, way: Upstream) -> None:
        """Shake hands, once; raises Challenged and UpstreamUnreachable."""
        async with session.lock:
            if session.begun:
                self._listen(session, request, way)
                return
            try:
                async with asyncio.timeout(_HANDSHAKE_SECONDS):
                    await self._shake_hands(session, request, way)
            except TimeoutError:
                raise UpstreamUnreachable(
                    "The server does not answer `initialize`.", "Look whether it runs."
                ) from None
            session.begun = True
            self._listen(session, request, way)

    def _listen(self, session: SideSession, request: UpstreamRequest, way: Upstream) -> None:
        """Hear what is asked outside of answers; a program asks in those there are."""
        if request.url and session.client["capabilities"]:
            session.ear.open(
                lambda last: self._requests.bodiless(
                    "GET", request, session.id, session.version, last
                ),
                way,
            )

    async def _hear(self, session: SideSession, message: Message) -> None:
        if "id" not in message or "method" not in message:
            return
        refusal = (
            result_message(message["id"], {})
            if message["method"] == "ping"
            else error_message(message["id"], METHOD_NOT_FOUND, _UNHEARD)
        )
        # Not waited for: the stream goes on.
        self._soon(self._told(session, session.way, encoded(refusal), None))

    async def _shake_hands(
        self, session: SideSession, request: UpstreamRequest, way: Upstream
    ) -> None:
        params = {"protocolVersion": session.version, **session.client}
        asked: dict[str, Any] = {
            "jsonrpc": "2.0",
            "id": 0,
            "method": "initialize",
            "params": params,
        }
        async with way.open(self._requests.handshake(request, asked)) as response:
            check_credential(response)
            answer = await answer_in(response, 0) if response.status < 300 else {}
            version = mapping(answer.get("result")).get("protocolVersion")
            if not isinstance(version, str):
                raise UpstreamUnreachable(
                    f"The server {request.server} begins no session for this tool's account "
                    f"(HTTP {response.status}).",
                    "Give the tool the account of its server.",
                )
            session.id, session.version = header(response.headers, SESSION_HEADER), version
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        notice = self._requests.handshake(request, told, session.id, session.version)
        async with way.open(notice) as response:
            check_credential(response)

    @asynccontextmanager
    async def _asked(
        self, session: SideSession, request: UpstreamRequest, way: Upstream
    ) -> AsyncGenerator[UpstreamResponse]:
        sent = request._replace(headers=session.headers(request.headers), revision=session.version)
        call = (await message_of(request.body)).get("id")
        session.calls[call] = session.calls.get(call, 0) + 1
        try:
            async with way.open(sent) as response:
                yield response
        finally:
            session.calls[call] -= 1
            if not session.calls[call]:
                del session.calls[call]

    def _drop(self, key: Key, session: SideSession) -> None:
        if self._sessions.get(key) is session:
            del self._sessions[key]

    def _end_soon(self, key: Key, session: SideSession) -> None:
        self._drop(key, session)
        if session.id is not None:
            self._soon(self._delete(session))

    def _soon(self, errand: Coroutine[Any, Any, object]) -> None:
        async def done() -> None:
            # Who cannot be told forgets it by itself one day.
            with suppress(Error):
                await errand

        task = asyncio.ensure_future(done())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _delete(self, session: SideSession) -> None:
        await session.ear.close()
        last, way = later((session.last, session.way), ends=True)
        asked = self._requests.bodiless("DELETE", last, session.id, session.version)
        async with way.open(asked):
            pass


_CLOSING_SECONDS = 2.0
_UNHEARD = "The client can be asked only in the answer to a call."
_OURSELVES: Message = {"name": "keyfob", "version": __version__}
_UNKNOWN: Message = {"capabilities": {}, "clientInfo": _OURSELVES}
"""What is said for a client that began its session before the engine did."""
_SESSION_KEY = SESSION_HEADER.lower()
