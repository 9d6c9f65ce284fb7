"""The relay's HTTP listener on loopback, on aiohttp: the form for where httptools is missing."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import replace

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.model import Headers, Inbound, Outbound
from keyfob_core.transports.http_answer import Answer
from keyfob_core.transports.http_policy import (
    HOST,
    MAX_HEADER,
    Doors,
    Page,
    Policy,
    answer_headers,
    header_text,
    mistake,
    port_taken,
    refused,
)

_log = logging.getLogger(__name__)


class HttpListener:
    """Serves `/mcp`, `/s/SERVER/mcp`, `/k/TOKEN/mcp`, `/wait/ID` and `/health` on 127.0.0.1."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._runner: web.ServerRunner | None = None
        self._policy = Policy(doors, 0)

    async def start(self, port: int) -> int:
        """Listen, on a free port for 0, and answer the port.

        Raises EngineUnreachable where another program holds the port.
        """
        server = web.Server(
            self._respond,
            handler_cancellation=True,
            access_log=None,
            logger=_ParserLog(),
            max_field_size=MAX_HEADER,
            auto_decompress=False,
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise port_taken(port, error) from error
        self._runner = runner
        bound = int(runner.addresses[0][1])
        self._policy = Policy(self._doors, bound)
        return bound

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            size = request.content_length or 0
            found = self._policy.receive(request.method, request.raw_path, _headers(request), size)
            if isinstance(found, Inbound):
                found = await self._whole(request, found)
            if isinstance(found, Page):
                return Answer(found.status, found.headers, found.body)
            async with self._doors.relay.handle(found) as outbound:
                return await _send(request, found, outbound)
        except (ConnectionResetError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - the per-request guard
            # Where it happened, not what it said: the text may quote a secret.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
            page = mistake()
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
                if page := self._policy.refuse_longer(size):
                    return page
                chunks.append(chunk)
        except web.RequestPayloadError:
            return refused(RequestRefused(400, "The body is not framed as HTTP frames it."))
        return replace(inbound, body=b"".join(chunks)) if chunks else inbound


class _ParserLog:
    """aiohttp's log without the bytes of malformed requests: they may hold a token."""

    def debug(self, message: str, *args: object, **more: object) -> None:
        """Tell nothing: a client that went away is no news."""

    def exception(self, message: str, *args: object, exc_info: BaseException | None = None) -> None:
        """Tell what kind of error it was, unless it was no HTTP or nobody waited any more."""
        if not isinstance(exc_info, HttpProcessingError | ConnectionError):
            _log.error("%s in the HTTP listener", type(exc_info).__name__)


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
