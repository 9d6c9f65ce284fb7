"""Both eras of MCP for every client: the same era passes as bytes, the other is translated."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from types import TracebackType

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.headers import header
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.rpc import PROTOCOL_METHODS
from keyfob_core.states import Era
from keyfob_core.transports.eras_errands import Errands
from keyfob_core.transports.eras_evidence import (
    REFUSALS,
    Held,
    Watched,
    discover,
    error_code,
    names_modern,
    refusal_shows_modern,
)
from keyfob_core.transports.eras_handshake_clients import HandshakeClients, ModernRefused, gone
from keyfob_core.transports.eras_issued_session import is_issued
from keyfob_core.transports.eras_messages import Message, is_stream, json_answer, media_type
from keyfob_core.transports.eras_modern_clients import ModernClients
from keyfob_core.transports.eras_requests import Challenged, Requests
from keyfob_core.transports.eras_revisions import (
    HANDSHAKES,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    SESSION_HEADER,
    UNSUPPORTED_VERSION,
    is_modern,
    mapping,
)
from keyfob_core.transports.eras_seen import Seen, SeenServers
from keyfob_core.transports.eras_translation import modern_result
from keyfob_core.transports.eras_upstream_session import HandshakeRefused

_MODERN_ERRORS = frozenset({HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION})
_OF_ANOTHER_ERA = _MODERN_ERRORS | {METHOD_NOT_FOUND, INVALID_PARAMS, INVALID_REQUEST, -32000}
"""What servers answer, at HTTP 200 as well, to a message of an era that they do not know."""
_HARMLESS = PROTOCOL_METHODS | {"prompts/get", "resources/read"}
"""Methods that may be asked twice: they act on nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long things are kept, in seconds."""

    idle: float = 1800.0
    """A session that we hold at a server for a client, after its last use."""
    asking: float = 600.0
    """A call that is open at the server while the client answers its questions."""
    silence: float = 10.0
    """A server of an unknown era that does not begin to answer a harmless modern request."""


class Eras:
    """Wraps every way to a server.

    What a server speaks is learned from its own answers and kept in memory. A request of an era
    that its server speaks, or that is not known yet, is passed as it is.
    """

    def __init__(self, *, clock: Clock = time.time, bounds: Bounds | None = None) -> None:
        self._bounds = bounds = bounds or Bounds()
        self._requests = Requests(clock)
        self._seen = SeenServers()
        self._errands = Errands()
        self._modern_clients = ModernClients(
            self._requests,
            lambda request: self._seen.note(request, handshake=True, modern=False),
            idle_seconds=bounds.idle,
            parked_seconds=bounds.asking,
        )
        self._handshake_clients = HandshakeClients(self._requests, answer_seconds=bounds.asking)

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
        self._errands.start(self._modern_clients.forget(server))
        self._errands.start(self._handshake_clients.forget(server))

    async def close(self) -> None:
        """End every session and everything that is under way."""
        await self._errands.close()
        await self._modern_clients.close()
        await self._handshake_clients.close()

    async def answer(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """The answer, with what it needs held open by the stack."""
        if is_modern(request):
            return await self._answer_modern(request, way, stack)
        return await self._answer_handshake(request, way, stack)

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
                return await stack.enter_async_context(way.open(request))
        # A notification is told to no server twice, and its answer says nothing.
        asks = request.method is not None and not request.method.startswith("notifications/")
        if seen.modern is None and asks:
            return await self._answer_first_modern(request, way, stack)
        response = await stack.enter_async_context(way.open(request))
        if response.status in REFUSALS and asks:
            return await self._refused_modern(request, way, stack, response, seen)
        return response

    async def _answer_first_modern(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """Try a server of which nothing is known with the request as it is."""
        harmless = request.method in _HARMLESS
        try:
            async with asyncio.timeout(self._bounds.silence if harmless else None):
                response = await stack.enter_async_context(way.open(request))
        except (TimeoutError, UpstreamUnreachable) as error:
            # A program of old may say nothing at all to what it does not know, or end.
            if not harmless or (request.url and isinstance(error, UpstreamUnreachable)):
                raise
            return await self._bridge(request, way, stack, error)
        if response.status in REFUSALS:
            return await self._refused_modern(request, way, stack, response, self._seen.of(request))
        if response.status == 200 and is_stream(response.headers):
            watched = Watched(
                response.body,
                lambda shown: self._seen.note(request, modern=shown),
                lambda message: _completed(request, message),
            )
            return UpstreamResponse(status=200, headers=response.headers, body=watched.pass_on())
        if response.status == 200 and media_type(response.headers) == "application/json":
            return await self._learn(request, way, stack, await Held.of(response))
        return response

    async def _learn(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack, held: Held
    ) -> UpstreamResponse:
        """Look at a first answer: some servers of old take a modern request for one of theirs."""
        message, code = held.message, error_code(held.message)
        if "result" in message:
            result = mapping(message["result"])
            is_discovery = request.method == "server/discover"
            shown = names_modern(result) if is_discovery else "resultType" in result
            self._seen.note(request, modern=shown)
            if shown:
                return held.answer()
            if is_discovery:
                return await self._bridge(request, way, stack, held)
            return json_answer(_completed(request, message))
        if refusal_shows_modern(held.status, message):
            self._seen.note(request, modern=True)
            return held.answer()
        if code not in _OF_ANOTHER_ERA or await self._speaks_modern(request, way):
            return held.answer()
        if request.method not in _HARMLESS and code != METHOD_NOT_FOUND:
            # It may be a tool's own error, and no call is made twice.
            return held.answer()
        return await self._bridge(request, way, stack, held)

    async def _refused_modern(
        self,
        request: UpstreamRequest,
        way: Upstream,
        stack: AsyncExitStack,
        response: UpstreamResponse,
        seen: Seen,
    ) -> UpstreamResponse:
        held = await Held.of(response)
        shown = refusal_shows_modern(held.status, held.message)
        if shown is None and seen.modern and error_code(held.message) == INVALID_PARAMS:
            shown = True
        if shown is None:
            shown = await self._speaks_modern(request, way)
        if shown:
            self._seen.note(request, modern=True)
            return held.answer()
        return await self._bridge(request, way, stack, held)

    async def _speaks_modern(self, request: UpstreamRequest, way: Upstream) -> bool:
        if request.method == "server/discover":
            return False
        shown = names_modern(await discover(self._requests, request, way))
        if shown:
            self._seen.note(request, modern=True)
        return shown

    async def _bridge(
        self,
        request: UpstreamRequest,
        way: Upstream,
        stack: AsyncExitStack,
        before: Held | Exception,
    ) -> UpstreamResponse:
        """Answer a modern request by a handshake; what came before stands where there is none."""
        try:
            return await self._modern_clients.answer(request, way, stack)
        except HandshakeRefused:
            if isinstance(before, Held):
                return before.answer()
            raise UpstreamUnreachable(
                "The server does not answer.", "Look whether it runs."
            ) from before

    async def _answer_handshake(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        seen = self._seen.of(request)
        begins = request.method == "initialize"
        session = None if begins else header(request.headers, SESSION_HEADER)
        if seen.handshake is False or (session is not None and is_issued(session)):
            try:
                return await self._handshake_clients.answer(request, way, stack)
            except ModernRefused:
                # It has changed since; a client that has to initialize anew finds out to what.
                self.forget(request.server)
                if not begins:
                    return gone()
        if begins:
            return await self._initialize(request, way, stack)
        response = await stack.enter_async_context(way.open(request))
        if response.status < 300 and seen.handshake is None:
            self._seen.note(request, handshake=True)
        if response.status in (400, 404) and session is not None:
            return await self._refused_handshake(request, response)
        return response

    async def _initialize(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        response = await stack.enter_async_context(way.open(request))
        if response.status != 200 and response.status not in REFUSALS:
            return response
        held = await Held.of(response)
        if "result" in held.message:
            self._seen.note(request, handshake=True)
            return held.answer()
        if response.status == 200 and error_code(held.message) not in _OF_ANOTHER_ERA:
            return held.answer()
        try:
            answer = await self._handshake_clients.answer(request, way, stack)
        except ModernRefused:
            return held.answer()
        self._seen.note(request, handshake=False, modern=True)
        return answer

    async def _refused_handshake(
        self, request: UpstreamRequest, response: UpstreamResponse
    ) -> UpstreamResponse:
        """Look whether the server has left the session's era: its client then begins anew."""
        held = await Held.of(response)
        known = request.revision is None or request.revision in HANDSHAKES
        if known and error_code(held.message) in _MODERN_ERRORS:
            self._seen.note(request, handshake=False, modern=True)
            return gone()
        return held.answer()


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_eras", "_request", "_stack", "_way")

    def __init__(self, eras: Eras, request: UpstreamRequest, way: Upstream) -> None:
        self._eras = eras
        self._request = request
        self._way = way
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> UpstreamResponse:
        try:
            return await self._eras.answer(self._request, self._way, self._stack)
        except Challenged as refused:
            return refused.answer()
        except BaseException:
            await self._stack.aclose()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)


def _completed(request: UpstreamRequest, message: Message) -> Message:
    """The response of a server of old with what a modern client looks for."""
    result = modern_result(request.method or "", mapping(message.get("result")), None)
    return {**message, "result": result}
