"""Sessions beside a client's own, for those of a server's tools that have another account."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from keyfob_core.accounts.credentials import restamp
from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.sessions.upstream_sessions import is_of, session_digest
from keyfob_core.transports.eras.messages import answer_in, message_of
from keyfob_core.transports.eras.requests import Challenged, Requests, check_credential
from keyfob_core.transports.eras.revisions import SESSION_HEADER, VERSION_HEADER, mapping
from keyfob_core.version import __version__

_FIRST = "2025-03-26"
"""The revision of who names none (MCP 2025-06-18, transports)."""
_MOST = 256
_HANDSHAKE_SECONDS = 60.0

Key = tuple[str, str]
"""Client, server and account as one text, and the digest of the client's own session."""


class _Session:
    __slots__ = ("begun", "calls", "id", "last", "lock", "version", "way")

    def __init__(self, request: UpstreamRequest, way: Upstream) -> None:
        self.lock = asyncio.Lock()
        self.begun = False
        self.id: str | None = None
        self.version = request.revision or _FIRST
        self.last, self.way = request, way
        """What ends it is made from."""
        self.calls: dict[object, int] = {}
        """Ids of what is under way, and how often each is."""


class SideSessions:
    """Begins a session with the server for the other account, and sends the call there.

    A server's session belongs to one account, and a client has but one of them. In the one beside
    it the server can ask the client nothing: nobody there would hear a question that stands alone.
    They live in memory, and as long as the client's own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests = Requests(clock)
        self._sessions: OrderedDict[Key, _Session] = OrderedDict()
        self._ending: set[asyncio.Task[None]] = set()

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
                    yield response._replace(headers=kept)
                    return
            # The server has forgotten it, and has carried nothing out.
            self._drop(key, session)

    async def heard(self, request: UpstreamRequest, way: Upstream) -> bool:
        """Take word that is for a session beside the client's; whether it was.

        That a call of one is cancelled goes there; the end of the client's own ends them.
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
        if request.method != "notifications/cancelled":
            return False
        params = mapping((await message_of(request.body)).get("params"))
        cancelled = params.get("requestId")
        for _, session in beside:
            if cancelled in session.calls:
                # With the stamp of the account's own call: this one has that of another.
                told = restamp(session.last, "POST", session.last.url, now=self._clock())._replace(
                    headers=_in_session(session.last.headers, session),
                    body=request.body,
                    method=request.method,
                )
                async with way.open(told):
                    return True
        return False

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

    def _session(self, key: Key, request: UpstreamRequest, way: Upstream) -> _Session:
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = _Session(request, way)
            unused = [one for one in self._sessions.items() if not one[1].calls]
            for other, surplus in unused[: max(0, len(self._sessions) - _MOST)]:
                self._end_soon(other, surplus)
        self._sessions[key] = session
        self._sessions.move_to_end(key)
        session.last, session.way = request, way
        return session

    async def _begin(self, session: _Session, request: UpstreamRequest, way: Upstream) -> None:
        """Shake hands, once; raises Challenged and UpstreamUnreachable."""
        async with session.lock:
            if session.begun:
                return
            try:
                async with asyncio.timeout(_HANDSHAKE_SECONDS):
                    await self._shake_hands(session, request, way)
            except TimeoutError:
                raise UpstreamUnreachable(
                    "The server does not answer `initialize`.", "Look whether it runs."
                ) from None
            session.begun = True

    async def _shake_hands(
        self, session: _Session, request: UpstreamRequest, way: Upstream
    ) -> None:
        info = {"name": "keyfob", "version": __version__}
        params = {"protocolVersion": session.version, "capabilities": {}, "clientInfo": info}
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
        self, session: _Session, request: UpstreamRequest, way: Upstream
    ) -> AsyncGenerator[UpstreamResponse]:
        sent = request._replace(
            headers=_in_session(request.headers, session), revision=session.version
        )
        call = (await message_of(request.body)).get("id")
        session.calls[call] = session.calls.get(call, 0) + 1
        try:
            async with way.open(sent) as response:
                yield response
        finally:
            session.calls[call] -= 1
            if not session.calls[call]:
                del session.calls[call]

    def _drop(self, key: Key, session: _Session) -> None:
        if self._sessions.get(key) is session:
            del self._sessions[key]

    def _end_soon(self, key: Key, session: _Session) -> None:
        self._drop(key, session)
        if session.id is not None:
            task = asyncio.ensure_future(self._delete(session))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _delete(self, session: _Session) -> None:
        asked = self._requests.bodiless("DELETE", session.last, session.id, session.version)
        # Who cannot be told forgets it by itself one day.
        with suppress(Error):
            async with session.way.open(asked):
                pass


_CLOSING_SECONDS = 2.0
_SESSION_KEY = SESSION_HEADER.lower()
_OF_A_SESSION = frozenset({_SESSION_KEY, VERSION_HEADER.lower()})


def _in_session(headers: Headers, session: _Session) -> Headers:
    kept = tuple(pair for pair in headers if pair[0].lower() not in _OF_A_SESSION)
    own = ((SESSION_HEADER, session.id),) if session.id is not None else ()
    named = ((VERSION_HEADER, session.version),) if session.version > _FIRST else ()
    return (*kept, *own, *named)
