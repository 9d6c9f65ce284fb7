"""Both eras of MCP for every client: the same era passes as bytes, the other is translated."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType

from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.sessions.session_notes import SessionNotes
from keyfob_core.sessions.upstream_sessions import is_of
from keyfob_core.states import Era
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.contact import Contact
from keyfob_core.transports.eras.evidence import REFUSALS
from keyfob_core.transports.eras.handshake_clients.clients import (
    HandshakeClients,
    ModernRefused,
    gone,
)
from keyfob_core.transports.eras.handshake_clients.issued_session import is_issued
from keyfob_core.transports.eras.handshake_clients.recovery import Recovery
from keyfob_core.transports.eras.modern_clients.clients import ModernClients
from keyfob_core.transports.eras.modern_clients.upstream_session import HandshakeRefused
from keyfob_core.transports.eras.requests import Challenged, Requests
from keyfob_core.transports.eras.revisions import SESSION_HEADER, is_modern
from keyfob_core.transports.eras.seen import SeenServers


class Eras:
    """Wraps every way to a server.

    What a server speaks is learned from its own answers and kept in memory. A request of an era
    that its server speaks, or that is not known yet, is passed as it is.
    """

    def __init__(
        self,
        *,
        clock: Clock = time.time,
        bounds: Bounds | None = None,
        notes: SessionNotes | None = None,
    ) -> None:
        """With `notes` a session that was issued to a client outlives the engine."""
        bounds = bounds or Bounds()
        requests = Requests(clock)
        self._seen = SeenServers()
        self._modern_clients = ModernClients(
            requests, lambda request: self._seen.note(request, handshake=True, modern=False), bounds
        )
        self._handshake_clients = HandshakeClients(
            requests, bounds, Recovery(requests, notes), clock
        )
        self._contact = Contact(
            requests, self._seen, self._modern_clients, self._handshake_clients, bounds
        )

    def open(
        self, request: UpstreamRequest, way: Upstream
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request by that way, and answer in the era of the request.

        Raises UpstreamUnreachable. A 401 or 403 is one that the request itself could have met:
        nothing that it asks for was carried out.
        """
        return _Exchange(self, request, way)

    def seen(self, server: str) -> frozenset[Era]:
        """What a server was seen to speak; empty before its first answer."""
        return self._seen.named(server).eras

    def bridges(self, server: str) -> bool:
        """Whether a server refuses one of the eras, so that its clients are translated for."""
        return self._seen.named(server).is_bridged

    def forget(self, server: str) -> None:
        """Know nothing of a server any more, and end the sessions that are held for it."""
        self._seen.forget(server)
        self._modern_clients.forget(server)
        self._handshake_clients.forget(server)

    def forget_session(self, session: str) -> None:
        """End a session that was issued to a client; nothing happens for another's."""
        self._handshake_clients.forget_session(session)

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> None:
        """End the sessions with servers that are held for them; None may be any.

        Those that were issued to clients are refused to them from then on by whoever asked this.
        """
        self._modern_clients.end_of(
            lambda pool: is_of(pool, client=client, server=server, account=account)
        )

    async def close(self) -> None:
        """End every session and everything that is under way."""
        await self._modern_clients.close()
        await self._handshake_clients.close()

    def passes(self, request: UpstreamRequest) -> bool:
        """Whether the server is known to speak the request's era: only refusals are looked at."""
        seen = self._seen.of(request)
        if is_modern(request):
            return seen.modern is True
        return seen.handshake is True and request.method != "initialize"

    async def answer(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """The answer where it does not simply pass, with what it needs held open by the stack."""
        if is_modern(request):
            return await self._answer_modern(request, way, stack)
        return await self._answer_handshake(request, way, stack)

    async def answer_refusal(
        self,
        request: UpstreamRequest,
        way: Upstream,
        stack: AsyncExitStack,
        response: UpstreamResponse,
    ) -> UpstreamResponse:
        """The answer to a request that a server refuses although it has spoken its era."""
        if not is_modern(request):
            return await self._contact.refused_handshake(request, response)
        if _asks(request):
            return await self._contact.refused_modern(request, way, stack, response)
        return response

    async def _answer_modern(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        seen = self._seen.of(request)
        if seen.modern is False:
            try:
                return await self._modern_clients.answer(request, way, stack)
            except HandshakeRefused:
                # It has changed since; the next request finds out to what.
                self.forget(request.server)
        elif _asks(request):
            return await self._contact.first_modern(request, way, stack)
        return await stack.enter_async_context(way.open(request))

    async def _answer_handshake(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        begins = request.method == "initialize"
        session = None if begins else header(request.headers, SESSION_HEADER)
        is_ours = session is not None and is_issued(session)
        if is_ours or self._seen.of(request).handshake is False:
            try:
                return await self._handshake_clients.answer(request, way, stack)
            except ModernRefused:
                # It has changed since; a client that has to initialize anew finds out to what.
                self.forget(request.server)
                if not begins:
                    return gone()
        if begins:
            return await self._contact.initialize(request, way, stack)
        response = await stack.enter_async_context(way.open(request))
        if response.status < 300:
            self._seen.note(request, handshake=True)
        return await self._contact.refused_handshake(request, response)


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_eras", "_passing", "_request", "_stack", "_way")

    def __init__(self, eras: Eras, request: UpstreamRequest, way: Upstream) -> None:
        self._eras = eras
        self._request = request
        self._way = way
        self._passing: AbstractAsyncContextManager[UpstreamResponse] | None = None
        self._stack: AsyncExitStack | None = None

    async def __aenter__(self) -> UpstreamResponse:
        if not self._eras.passes(self._request):
            return await self._answer(None)
        passing = self._way.open(self._request)
        response = await passing.__aenter__()
        self._passing = passing
        if response.status in REFUSALS:
            return await self._answer(response)
        return response

    async def _answer(self, refusal: UpstreamResponse | None) -> UpstreamResponse:
        eras, request, way = self._eras, self._request, self._way
        stack = self._stack = AsyncExitStack()
        if self._passing is not None:
            stack.push_async_exit(self._passing)
            self._passing = None
        try:
            if refusal is not None:
                return await eras.answer_refusal(request, way, stack, refusal)
            return await eras.answer(request, way, stack)
        except Challenged as refused:
            return refused.answer()
        except BaseException:
            await stack.aclose()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._passing is not None:
            await self._passing.__aexit__(kind, error, trace)
        elif self._stack is not None:
            await self._stack.__aexit__(kind, error, trace)


def _asks(request: UpstreamRequest) -> bool:
    """Whether an answer can show anything: a notice is told to no server twice."""
    return request.method is not None and not request.method.startswith("notifications/")
