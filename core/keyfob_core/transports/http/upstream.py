"""Upstreams over HTTP, on aiohttp."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import ssl
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from keyfob_core.addresses.network import (
    Network,
    Proxy,
    may_go_by_proxy,
    not_by_proxy,
    proxy_refuses,
    proxy_unreachable,
    untrusted,
)
from keyfob_core.addresses.origins import may_connect, origin_of
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse

_CONNECT_SECONDS = 15.0
_KEEP_ALIVE_SECONDS = 60.0
_CHUNK = 64 * 1024
_MAX_POOLS = 256
_MAX_HEADER = 64 * 1024
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_AUTO_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


_Key = tuple[str, str, Proxy | None]
"""A pool, a URL, and the way there."""


class HttpUpstream:
    """Sends requests to servers; connections are kept and shared within one pool only."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._sessions: OrderedDict[_Key, aiohttp.ClientSession] = OrderedDict()
        self._busy: dict[_Key, int] = {}

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        """Send the request; the body of the response streams as it arrives.

        Raises UpstreamUnreachable, also from the body when the server dies in the middle.
        """
        proxy = await self._network.proxy_for(request.url)
        key = (request.pool, request.url, proxy)
        self._busy[key] = self._busy.get(key, 0) + 1
        try:
            session = await self._session(key)
            response = await self._sent(session, request, proxy)
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

    async def forget_idle(self) -> None:
        """Use none of the connections again that are idle now."""
        idle = [key for key in self._sessions if key not in self._busy]
        gone = [self._sessions.pop(key) for key in idle]
        await asyncio.gather(*(session.close() for session in gone))

    async def close(self) -> None:
        """Close every connection."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        await asyncio.gather(*(session.close() for session in sessions))

    async def _session(self, key: _Key) -> aiohttp.ClientSession:
        session = self._sessions.get(key)
        if session is not None:
            self._sessions.move_to_end(key)
            return session
        _, url, proxy = key
        if proxy is not None and not await may_go_by_proxy(url, url):
            raise not_by_proxy(url)
        if key not in self._sessions:
            self._sessions[key] = _new_session(url, proxy)
            await self._forget_surplus()
        return self._sessions[key]

    async def _forget_surplus(self) -> None:
        idle = [key for key in self._sessions if key not in self._busy]
        surplus = max(0, len(self._sessions) - _MAX_POOLS)
        gone = [self._sessions.pop(key) for key in idle[:surplus]]
        for session in gone:
            await session.close()

    async def _sent(
        self, session: aiohttp.ClientSession, request: UpstreamRequest, proxy: Proxy | None
    ) -> aiohttp.ClientResponse:
        secure = request.url.startswith("https:") or (proxy and proxy.url.startswith("https:"))
        tls = await self._network.tls() if secure else True
        try:
            response = await _sent(session, request, tls, proxy)
        except aiohttp.ClientConnectorCertificateError as error:
            refused = error.certificate_error
        else:
            if proxy is None or response.status != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                return response
            response.close()
            raise proxy_refuses(proxy, request.url, response.status)
        if not isinstance(refused, ssl.SSLCertVerificationError):
            refused = ssl.SSLCertVerificationError()
        raise untrusted(request.url, refused, await self._network.distrusted(request.url))


async def _sent(
    session: aiohttp.ClientSession,
    request: UpstreamRequest,
    tls: ssl.SSLContext | bool,
    proxy: Proxy | None,
) -> aiohttp.ClientResponse:
    tunnelled = request.url.startswith("https:")
    auth = proxy.auth if proxy else None
    for_proxy = {"Proxy-Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}

    async def with_all_headers(
        outgoing: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        # Passed as an argument, a header that is repeated in another spelling would be lost.
        outgoing.headers.extend(request.headers)
        if not tunnelled:
            outgoing.headers.update(for_proxy)
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
            ssl=tls,
            # Sent with CONNECT alone: what goes through the tunnel is the server's.
            proxy_headers=for_proxy if tunnelled and for_proxy else None,
        )
    except aiohttp.ClientConnectorCertificateError:
        raise
    except (aiohttp.ClientResponseError, aiohttp.InvalidURL) as error:
        # These carry the whole URL, whose query may hold an API key: nothing may chain to them.
        refused = _refused(request.url, proxy, error)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _refused(request.url, proxy, error) from error
    except ValueError as error:
        # Its text may quote the header.
        raise UpstreamUnreachable(
            f"A header for {origin_of(request.url)} has characters that HTTP cannot carry."
        ) from error
    raise refused


def _refused(url: str, proxy: Proxy | None, error: Exception) -> UpstreamUnreachable:
    if proxy is None:
        return _unreachable(url, error)
    match error:
        case aiohttp.ClientHttpProxyError():
            return proxy_refuses(proxy, url, error.status)
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientConnectorDNSError():
            return proxy_unreachable(proxy, url, _reason(error))
        case _:
            return _unreachable(url, error)


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


def _new_session(url: str, proxy: Proxy | None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        # A proxy may lie anywhere: the person's own system names it.
        resolver=aiohttp.ThreadedResolver() if proxy else _CheckedResolver(url),
        limit=0,
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        # aiohttp would ask the environment for proxies and for ~/.netrc, a secret that is not ours
        # to send, in a thread at every request.
        trust_env=False,
        proxy=proxy.url if proxy else None,
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
