"""The relay's HTTP listener on loopback, on aiohttp: the form for where httptools is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.mistakes import log_mistake
from keyfob_core.model import Headers, Inbound, Listener, Outbound, Peer
from keyfob_core.transports.http.answer import Answer
from keyfob_core.transports.http.page import Page, answer_headers, mistake, refused
from keyfob_core.transports.http.policy import (
    HOST,
    MAX_HEADER,
    Doors,
    Place,
    Policy,
    header_text,
    port_taken,
    remote_port,
)

_log = logging.getLogger(__name__)

Admit = Callable[[asyncio.BaseTransport], Peer | None]
Respond = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class HttpListener:
    """Serves `/mcp`, `/s/`, `/k/`, `/wait/ID` and `/health` on 127.0.0.1, or at a place."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._runners: list[web.ServerRunner] = []
        self._place: Place | None = None
        self._port = 0
        self._policy = Policy(doors, 0)

    async def start(self, port: int) -> int:
        """Listen, on a free port for 0, and answer the port.

        Raises EngineUnreachable where another program holds the port.
        """
        runner = await _runner(_Server(lambda request: self._respond(request, self._policy)))
        site = web.TCPSite(runner, HOST, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise port_taken(port, error) from error
        self._runners.append(runner)
        self._port = int(runner.addresses[0][1])
        self._policy = Policy(self._doors, self._port)
        return self._port

    async def start_at(self, place: Place) -> None:
        """Listen at a place as well, behind the port; raises EngineUnreachable or ConfigInvalid."""
        policy = Policy(self._doors, self._port, Listener.SOCKET)

        async def respond(request: web.BaseRequest) -> web.StreamResponse:
            return await self._respond(request, policy, server.peer_of(request))

        server = _Server(respond, place.admit)
        self._runners.append(await _runner(server))
        await place.listen(server)
        self._place = place

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        place, self._place = self._place, None
        if place is not None:
            place.close()
        runners, self._runners = self._runners, []
        for runner in runners:
            await runner.cleanup()

    async def _respond(
        self, request: web.BaseRequest, policy: Policy, peer: Peer | None = None
    ) -> web.StreamResponse:
        try:
            size = request.content_length or 0
            found = policy.receive(
                request.method,
                request.raw_path,
                _headers(request),
                size,
                peer=peer,
                remote_port=remote_port(request.transport) if policy is self._policy else None,
            )
            if isinstance(found, Inbound):
                found = await self._whole(request, found)
            if isinstance(found, Page):
                return Answer(found.status, found.headers, found.body)
            async with self._doors.relay.handle(found) as outbound:
                return await _send(request, found, outbound)
        except (ConnectionResetError, asyncio.CancelledError):
            raise
        except Error as error:
            # It was cut.
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError from error
            page = refused(RequestRefused(401, error.message, error.hint))
            return Answer(page.status, page.headers, page.body)
        except Exception as error:  # noqa: BLE001 - the per-request guard
            page = mistake(log_mistake(_log, error))
            return Answer(page.status, page.headers, page.body)

    async def _whole(self, request: web.BaseRequest, inbound: Inbound) -> Inbound | Page:
        """The request with its body, or the refusal of its body."""
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if page := self._policy.refuse_longer(inbound, size):
                    return page
                chunks.append(chunk)
        except web.RequestPayloadError:
            return refused(RequestRefused(400, "The body is not framed as HTTP frames it."))
        return inbound._replace(body=b"".join(chunks)) if chunks else inbound


class _Server(web.Server):
    """Takes connections, each from a process that is admitted."""

    def __init__(self, respond: Respond, admit: Admit | None = None) -> None:
        super().__init__(
            respond,
            handler_cancellation=True,
            access_log=None,
            logger=_ParserLog(),
            max_field_size=MAX_HEADER,
            auto_decompress=False,
        )
        self._admit = admit
        self._peers: dict[asyncio.BaseProtocol, Peer | None] = {}

    def peer_of(self, request: web.BaseRequest) -> Peer | None:
        """The process that a request comes from."""
        return self._peers.get(request.protocol)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """A process has connected."""
        super().connection_made(handler, transport)
        if self._admit is None:
            return
        try:
            self._peers[handler] = self._admit(transport)
        except PermissionError:
            transport.abort()

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """It has gone."""
        super().connection_lost(handler, exc)
        self._peers.pop(handler, None)


class _ParserLog:
    """aiohttp's log without the bytes of malformed requests: they may hold a token."""

    def debug(self, message: str, *args: object, **more: object) -> None:
        """Tell nothing: a client that went away is no news."""

    def exception(self, message: str, *args: object, exc_info: BaseException | None = None) -> None:
        """Tell what kind of error it was, unless it was no HTTP or nobody waited any more."""
        if not isinstance(exc_info, HttpProcessingError | ConnectionError):
            _log.error("%s in the HTTP listener", type(exc_info).__name__)


async def _runner(server: web.Server) -> web.ServerRunner:
    runner = web.ServerRunner(server, shutdown_timeout=0.5)
    await runner.setup()
    return runner


async def _send(
    request: web.BaseRequest, inbound: Inbound, outbound: Outbound
) -> web.StreamResponse:
    answer = Answer(outbound.status, answer_headers(inbound, outbound))
    await answer.prepare(request)
    try:
        async for chunk in outbound.body:
            await answer.write(chunk)
        await answer.write_eof()
    except Error:
        # The server died in the middle: the client must see that the answer is not whole.
        answer.abort(request)
    except BaseException:
        answer.abort(request)
        raise
    return answer


def _headers(request: web.BaseRequest) -> Headers:
    return tuple((header_text(name), header_text(value)) for name, value in request.raw_headers)
