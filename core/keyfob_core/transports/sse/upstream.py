"""Upstreams over HTTP+SSE (MCP 2024-11-05), in the manner of streamable HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.outlet import Events
from keyfob_core.transports.sse.session import PREFIX, SseLimits, SseSession
from keyfob_core.transports.whole_answer import answer, refusal

_SESSION = "Mcp-Session-Id"
_SESSION_FIELD = _SESSION.lower()
_USUAL = SseLimits()
_MOST_SWEEP_SECONDS = 60.0
_MOST_IDLE = 32
"""Sessions of one pool that nobody uses right now."""


class SseUpstream:
    """Sends a client's messages to the endpoint, and their answers back with each POST.

    A client's `initialize` opens a stream and gets a session id of ours, which names that stream
    and no other.
    """

    def __init__(self, http: Upstream, clock: Clock, limits: SseLimits = _USUAL) -> None:
        self._http = http
        self._clock = clock
        self._limits = limits
        self._sessions: dict[str, SseSession] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def owns(self, request: UpstreamRequest) -> bool:
        """Whether the request names a session of ours, be it over or not."""
        for name, value in request.headers:
            # The value first: this is asked of each call to any server, and is seldom so.
            if value.startswith(PREFIX) and name.lower() == _SESSION_FIELD:
                return True
        return False

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        """Send the request as an MCP server of streamable HTTP would take it.

        Raises UpstreamUnreachable (NoEventStream where the server does not speak HTTP+SSE), and
        RequestRefused.
        """
        session_id = header(request.headers, _SESSION)
        session = self._sessions.get(session_id or "")
        if session_id is None and request.method == "initialize":
            async with self._initialized(request) as response:
                yield response
        elif session_id is None:
            yield refusal(400, "There is no session.", "Begin with initialize.")
        elif session is None or session.pool != request.pool:
            yield refusal(404, "There is no such session.", "Initialize a new one.")
        elif request.http_method == "POST":
            async with session.post(request) as exchange:
                yield await exchange.response()
        elif request.http_method == "GET":
            outlet = session.listen()
            try:
                streamed = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"))
                yield UpstreamResponse(status=200, headers=streamed, body=Events(outlet))
            finally:
                session.unlisten(outlet)
        elif request.http_method == "DELETE":
            await session.close()
            yield answer(200)
        else:
            yield refusal(405, "There is no such method.", "Use POST, GET or DELETE.")

    async def close(self) -> None:
        """End every session."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        sessions = list(self._sessions.values())
        await asyncio.gather(*(session.close() for session in sessions), *self._closing)

    @asynccontextmanager
    async def _initialized(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        session = SseSession(self._http, self._clock, request, self._forget, self._limits)
        try:
            refused = await session.open()
            if refused is not None:
                yield refused.response()
                return
            async with session.post(request) as exchange:
                response = await exchange.response()
                answers = response.status < 300 and (exchange.succeeded or exchange.owed)
                if answers and session.alive:
                    self._keep(session)
                    issued = (*response.headers, (_SESSION, session.id))
                    response = response._replace(headers=issued)
                yield response
        finally:
            if session.id not in self._sessions:
                await session.close()

    def _keep(self, session: SseSession) -> None:
        self._sessions[session.id] = session
        self._close_idle(session.pool)
        if self._sweep is None:
            self._sweep = self._tidy_later()

    def _forget(self, session: SseSession) -> None:
        self._sessions.pop(session.id, None)

    def _tidy(self) -> None:
        oldest = asyncio.get_running_loop().time() - self._limits.idle
        for session in tuple(self._sessions.values()):
            if session.idle_since is not None and session.idle_since < oldest:
                self._close_soon(session)
        self._sweep = self._tidy_later() if self._sessions else None

    def _tidy_later(self) -> asyncio.TimerHandle:
        delay = min(_MOST_SWEEP_SECONDS, self._limits.idle)
        return asyncio.get_running_loop().call_later(delay, self._tidy)

    def _close_idle(self, pool: str) -> None:
        """Close the sessions of a pool that clients have left behind, beyond a number."""
        idle = [
            (session.idle_since, session)
            for session in self._sessions.values()
            if session.pool == pool and session.idle_since is not None
        ]
        idle.sort(key=lambda pair: pair[0])
        for _, session in idle[: max(0, len(idle) - _MOST_IDLE)]:
            self._close_soon(session)

    def _close_soon(self, session: SseSession) -> None:
        self._forget(session)
        task = asyncio.create_task(session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
