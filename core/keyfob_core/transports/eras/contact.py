"""How a server is met whose era is not known yet, or not any more."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.headers import header, media_type
from keyfob_core.messages.rpc import PROTOCOL_METHODS
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.evidence import (
    REFUSALS,
    Held,
    Watched,
    discover,
    error_code,
    names_modern,
    refusal_shows_modern,
)
from keyfob_core.transports.eras.handshake_clients.clients import (
    HandshakeClients,
    ModernRefused,
    gone,
)
from keyfob_core.transports.eras.messages import Message, is_stream, json_answer
from keyfob_core.transports.eras.modern_clients.clients import ModernClients
from keyfob_core.transports.eras.modern_clients.upstream_session import HandshakeRefused
from keyfob_core.transports.eras.requests import Requests
from keyfob_core.transports.eras.revisions import (
    HANDSHAKES,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    SESSION_HEADER,
    UNSUPPORTED_VERSION,
    mapping,
)
from keyfob_core.transports.eras.seen import SeenServers
from keyfob_core.transports.eras.translation import modern_result

_MODERN_ERRORS = frozenset({HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION})
_OF_ANOTHER_ERA = _MODERN_ERRORS | {METHOD_NOT_FOUND, INVALID_PARAMS, INVALID_REQUEST, -32000}
"""What servers answer, at HTTP 200 as well, to a message of an era that they do not know."""
_HARMLESS = PROTOCOL_METHODS | {"prompts/get", "resources/read"}
"""Methods that may be asked twice: they act on nothing."""


class Contact:
    """Tries the other era where a server's answer calls for it, and keeps what that showed."""

    def __init__(
        self,
        requests: Requests,
        seen: SeenServers,
        modern_clients: ModernClients,
        handshake_clients: HandshakeClients,
        bounds: Bounds,
    ) -> None:
        self._requests = requests
        self._seen = seen
        self._modern_clients = modern_clients
        self._handshake_clients = handshake_clients
        self._bounds = bounds

    async def first_modern(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """Try a server of which nothing is known with the request as it is."""
        harmless = request.method in _HARMLESS
        if not harmless and not request.url:
            # A program of old would take a call although nobody has shaken hands with it.
            refused = await self._undiscovered(request, way)
            if refused is not None:
                return await self._bridge(request, way, stack, refused)
        try:
            async with asyncio.timeout(self._bounds.silence if harmless else None):
                response = await stack.enter_async_context(way.open(request))
        except (TimeoutError, UpstreamUnreachable) as error:
            # A program of old may say nothing at all to what it does not know, or end.
            if not harmless or (request.url and isinstance(error, UpstreamUnreachable)):
                raise
            return await self._bridge(request, way, stack, error)
        if response.status in REFUSALS:
            return await self.refused_modern(request, way, stack, response)
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

    async def _undiscovered(self, request: UpstreamRequest, way: Upstream) -> Exception | None:
        """Why a program is taken for one of old; None where it says that it is of today."""
        try:
            async with asyncio.timeout(self._bounds.silence):
                shown = names_modern(await discover(self._requests, request, way))
        except (TimeoutError, UpstreamUnreachable) as error:
            return error
        if not shown:
            return UpstreamUnreachable("The program does not say what it speaks.")
        self._seen.note(request, modern=True)
        return None

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
        if request.method not in _HARMLESS and code != METHOD_NOT_FOUND:
            # It may be a tool's own error, and no call is made twice.
            return held.answer()
        if code not in _OF_ANOTHER_ERA or await self._may_be_modern(request, way):
            return held.answer()
        return await self._bridge(request, way, stack, held)

    async def refused_modern(
        self,
        request: UpstreamRequest,
        way: Upstream,
        stack: AsyncExitStack,
        response: UpstreamResponse,
    ) -> UpstreamResponse:
        """The answer to a modern request that was refused, by a handshake where that is why."""
        held = await Held.of(response)
        shown = refusal_shows_modern(held.status, held.message)
        if shown is None and error_code(held.message) == INVALID_PARAMS:
            # Both eras have it; a server that has spoken the modern one is believed.
            shown = self._seen.of(request).modern
        if shown:
            self._seen.note(request, modern=True)
        elif shown is False or not await self._may_be_modern(request, way):
            return await self._bridge(request, way, stack, held)
        return held.answer()

    async def _may_be_modern(self, request: UpstreamRequest, way: Upstream) -> bool:
        """Whether the server answers a discovery, or cannot be asked now."""
        if request.method == "server/discover":
            return False
        try:
            shown = names_modern(await discover(self._requests, request, way))
        except UpstreamUnreachable:
            return True
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

    async def initialize(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """The answer to a handshake, from the server's discovery where it does not know of any."""
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
        except (ModernRefused, UpstreamUnreachable):
            return held.answer()
        self._seen.note(request, handshake=False, modern=True)
        return answer

    async def refused_handshake(
        self, request: UpstreamRequest, response: UpstreamResponse
    ) -> UpstreamResponse:
        """The answer as it is, unless the server has left the era: its client begins anew then."""
        session = header(request.headers, SESSION_HEADER)
        if response.status not in (400, 404) or session is None:
            return response
        held = await Held.of(response)
        known = request.revision is None or request.revision in HANDSHAKES
        if known and error_code(held.message) in _MODERN_ERRORS:
            self._seen.note(request, handshake=False, modern=True)
            return gone()
        return held.answer()


def _completed(request: UpstreamRequest, message: Message) -> Message:
    """The response of a server of old with what a modern client looks for."""
    result = modern_result(request.method or "", mapping(message.get("result")), None)
    return {**message, "result": result}
