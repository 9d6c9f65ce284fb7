"""Upstreams over HTTP, on aiohttp."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.origins import may_connect, origin_of
from keyfob_core.transports.proxies import proxy_for

_CONNECT_SECONDS = 15.0
_KEEP_ALIVE_SECONDS = 60.0
_CHUNK = 64 * 1024
_MAX_POOLS = 256
_MAX_HEADER = 64 * 1024
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_AUTO_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class HttpUpstream:
    """Sends requests to servers; connections are kept and shared within one pool only."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[tuple[str, str], aiohttp.ClientSession] = OrderedDict()
        self._busy: dict[tuple[str, str], int] = {}

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        """Send the request; the body of the response streams as it arrives.

        Raises UpstreamUnreachable, also from the body when the server dies in the middle.
        """
        key = (request.pool, request.url)
        self._busy[key] = self._busy.get(key, 0) + 1
        try:
            session = await self._session(key, request.url)
            response = await _sent(session, request)
            try:
                yield UpstreamResponse(
                    status=response.status,
                    headers=_headers(response),
                    body=_body(request.url, response),
                )
            finally:
                # A response that was read to its end gives its connection back by itself; one
                # that was not must be cut, for closing it is how a call is cancelled.
                response.close()
        finally:
            self._busy[key] -= 1
            if not self._busy[key]:
                del self._busy[key]

    async def close(self) -> None:
        """Close every connection."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        await asyncio.gather(*(session.close() for session in sessions))

    async def _session(self, key: tuple[str, str], url: str) -> aiohttp.ClientSession:
        session = self._sessions.get(key)
        if session is not None:
            self._sessions.move_to_end(key)
            return session
        session = self._sessions[key] = _new_session(url)
        await self._forget_idle()
        return session

    async def _forget_idle(self) -> None:
        idle = [key for key in self._sessions if key not in self._busy]
        surplus = max(0, len(self._sessions) - _MAX_POOLS)
        gone = [self._sessions.pop(key) for key in idle[:surplus]]
        for session in gone:
            await session.close()


async def _sent(session: aiohttp.ClientSession, request: UpstreamRequest) -> aiohttp.ClientResponse:
    async def with_all_headers(
        outgoing: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # Passed as an argument, a header that is repeated in another spelling would be lost.
        outgoing.headers.extend(request.headers)
        return await send(outgoing)

    if any(_SURROGATE.search(value) for _, value in request.headers):
        raise UpstreamUnreachable(
            f"A header for {origin_of(request.url)} is no UTF-8, which this way cannot carry.",
            "Have the client send it as UTF-8, or install httptools and use no proxy.",
        )
    body = request.body
    try:
        return await session.request(
            request.http_method,
            URL(request.url, encoded=True),
            # aiohttp writes bytes at once and a file in pieces: large bodies go up in pieces.
            data=io.BytesIO(body) if len(body) > _CHUNK else body or None,
            allow_redirects=False,
            skip_auto_headers=_AUTO_HEADERS,
            middlewares=(with_all_headers,),
        )
    except (aiohttp.ClientResponseError, aiohttp.InvalidURL) as error:
        # These carry the whole URL, whose query may hold an API key: nothing may chain to them.
        refused = _unreachable(request.url, error)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _unreachable(request.url, error) from error
    except ValueError as error:
        # Its text may quote the header.
        raise UpstreamUnreachable(
            f"A header for {origin_of(request.url)} has characters that HTTP cannot carry."
        ) from error
    raise refused


class _CheckedResolver(AbstractResolver):
    """Resolves names to addresses that the person's own URL may lead to, and to no others."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if may_connect(self._url, self._url, one["host"])]
        if not allowed:
            raise OSError(f"{host} leads to an address of this machine or network")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()


def _new_session(url: str) -> aiohttp.ClientSession:
    proxy = proxy_for(url)
    connector = aiohttp.TCPConnector(
        resolver=_CheckedResolver(proxy or url), limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        # aiohttp would ask the environment for proxies and for ~/.netrc, a secret that is not ours
        # to send, in a thread at every request.
        trust_env=False,
        proxy=proxy,
        timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS),
        read_bufsize=_CHUNK,
        max_line_size=_MAX_HEADER,
        max_field_size=_MAX_HEADER,
    )


async def _body(url: str, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.content.iter_any():
            yield chunk
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _unreachable(url, error) from error


def _headers(response: aiohttp.ClientResponse) -> Headers:
    return tuple((_text(name), _text(value)) for name, value in response.raw_headers)


def _text(raw: bytes) -> str:
    if _FORBIDDEN.search(raw):
        raise UpstreamUnreachable("The server sent a header that HTTP does not allow.")
    return raw.decode(errors="surrogateescape")


def _unreachable(url: str, error: Exception) -> UpstreamUnreachable:
    return UpstreamUnreachable(
        f"The server at {origin_of(url)} cannot be reached: {_reason(error)}.",
        "Look whether it runs and whether your network does.",
    )


def _reason(error: Exception) -> str:
    # Not aiohttp's own words: they may quote what the server sent, and that may be our secret.
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"its certificate is not good ({error.certificate_error})"
        case aiohttp.ClientConnectorError():
            return error.os_error.strerror or str(error.os_error)
        case aiohttp.ServerDisconnectedError():
            return "it closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return "its answer breaks off"
        case aiohttp.ClientResponseError():
            return "its answer is no HTTP"
        case TimeoutError():
            return "it takes too long"
        case OSError(strerror=str(text)):
            return text
        case _:
            return type(error).__name__
