"""The relay's HTTP listener on loopback, on aiohttp."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from keyfob_core import rpc
from keyfob_core.errors import EngineUnreachable, Error, RequestRefused
from keyfob_core.model import AuditEvent, Headers, Inbound, Listener, Outbound
from keyfob_core.ports import Refusals
from keyfob_core.relay import Relay
from keyfob_core.transports.http_answer import Answer

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_SERVER_PATH = re.compile(r"/s/([^/]+)/mcp")
_TOKEN_PATH = re.compile(r"/k/([^/]+)/mcp")
_WAIT_PATH = re.compile(r"/wait/([A-Za-z0-9_-]{1,64})")
_METHODS = ("GET", "POST", "DELETE")
_MAX_HEADER = 64 * 1024
_NO_REFERRER = ("Referrer-Policy", "no-referrer")
_PRIVATE = (("Cache-Control", "no-store"), _NO_REFERRER)

TokenServer = Callable[[str], str | None]
"""The server that a token of a /k/ address is bound to, or None."""
WaitPage = Callable[[str], bytes]
"""The page that says what waits under an id."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the listener leads to."""

    relay: Relay
    refusals: Refusals
    token_server: TokenServer
    wait_page: WaitPage
    max_body: Callable[[], int]


class HttpListener:
    """Serves `/s/SERVER/mcp`, `/k/TOKEN/mcp`, `/wait/ID` and `/health` on 127.0.0.1."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._runner: web.ServerRunner | None = None
        self._hosts: frozenset[str] = frozenset()
        self._origins: frozenset[str] = frozenset()

    async def start(self, port: int) -> int:
        """Listen, on a free port for 0, and answer the port.

        Raises EngineUnreachable where another program holds the port.
        """
        server = web.Server(
            self._respond,
            handler_cancellation=True,
            access_log=None,
            logger=_ParserLog(),
            max_field_size=_MAX_HEADER,
            auto_decompress=False,
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise _port_taken(port, error) from error
        self._runner = runner
        bound = int(runner.addresses[0][1])
        self._hosts = frozenset(f"{host}:{bound}" for host in (HOST, "localhost", "[::1]"))
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        return bound

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            self._check_site(request)
            return await self._route(request)
        except RequestRefused as error:
            return _refused(error)
        except (ConnectionResetError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - the per-request guard
            # Where it happened, not what it said: the text may quote a secret.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
            return _plain(500, "Keyfob made a mistake; its log has the details.")

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.split("?", 1)[0]
        server, token = _SERVER_PATH.fullmatch(path), _TOKEN_PATH.fullmatch(path)
        wait = _WAIT_PATH.fullmatch(path)
        if not (server or token or wait or path == "/health"):
            return _plain(404, "There is nothing at this address.")
        allowed = _METHODS if server or token else ("GET",)
        if request.method not in allowed:
            return _plain(
                405, f"{request.method} means nothing here.", ("Allow", ", ".join(allowed))
            )
        if server:
            return await self._relay(request, unquote(server[1]), _bearer(request), in_url=False)
        if token:
            return await self._relay_in_url(request, token[1])
        return _page(self._doors.wait_page(wait[1])) if wait else _plain(200, "ok")

    async def _relay_in_url(self, request: web.BaseRequest, token: str) -> web.StreamResponse:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise self._refuse(403, "A web page of another site asked.", "Sec-Fetch-Site")
        # An unknown token gets the same answer as any other wrong one, from the relay.
        server = self._doors.token_server(token) or "unknown"
        return await self._relay(request, server, token, in_url=True)

    async def _relay(
        self, request: web.BaseRequest, server: str, token: str | None, *, in_url: bool
    ) -> web.StreamResponse:
        inbound = Inbound(
            listener=Listener.HTTP,
            http_method=request.method,
            server=server,
            headers=_headers(request),
            token=token,
            token_in_url=in_url,
        )
        self._doors.relay.admit(inbound)
        body = await self._body(request)
        if body:
            inbound = replace(inbound, body=body)
        async with self._doors.relay.handle(inbound) as outbound:
            return await _send(request, outbound, in_url=in_url)

    async def _body(self, request: web.BaseRequest) -> bytes:
        limit = self._doors.max_body()
        if any(one.lower() != "identity" for one in request.headers.getall("Content-Encoding", [])):
            raise RequestRefused(415, "The body has a content coding.", "Send it plain.")
        if (request.content_length or 0) > limit:
            raise _too_large(limit)
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
        except web.RequestPayloadError as error:
            raise RequestRefused(400, "The body is not framed as HTTP frames it.") from error
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _check_site(self, request: web.BaseRequest) -> None:
        # A page that rebinds its name to 127.0.0.1 still sends its own name here.
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise self._refuse(403, "The Host header names another machine.", "Host")
        origins = request.headers.getall("Origin", [])
        if any(origin.lower() not in self._origins for origin in origins):
            raise self._refuse(403, "A web page of another origin asked.", "Origin")

    def _refuse(self, status: int, message: str, header: str) -> RequestRefused:
        event = AuditEvent(event="refused", outcome="denied", details={"reason": message})
        self._doors.refusals.refuse("unknown process", f"site {header}", event)
        return RequestRefused(status, message)


class _ParserLog:
    """aiohttp's log without the bytes of malformed requests: they may hold a token."""

    def debug(self, message: str, *args: object, **more: object) -> None:
        """Tell nothing: a client that went away is no news."""

    def exception(self, message: str, *args: object, exc_info: BaseException | None = None) -> None:
        """Tell what kind of error it was, unless it was no HTTP or nobody waited any more."""
        if not isinstance(exc_info, HttpProcessingError | ConnectionError):
            _log.error("%s in the HTTP listener", type(exc_info).__name__)


async def _send(
    request: web.BaseRequest, outbound: Outbound, *, in_url: bool
) -> web.StreamResponse:
    headers = outbound.headers
    if in_url:
        kept = ((name, value) for name, value in headers if name.lower() != "referrer-policy")
        headers = (*kept, _NO_REFERRER)
    answer = Answer(outbound.status, headers)
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
    return tuple((_text(name), _text(value)) for name, value in request.raw_headers)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _bearer(request: web.BaseRequest) -> str | None:
    values = request.headers.getall("Authorization", [])
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused(
        413, f"The body is longer than {limit} bytes.", "Raise max_body_mib in [relay]."
    )


def _refused(error: RequestRefused) -> Answer:
    body = rpc.error_body(error, None, "", None)
    return Answer(error.status, (("Content-Type", "application/json"), *_PRIVATE), body)


def _plain(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Answer(status, (kind, *_PRIVATE, *headers), f"{text}\n".encode(errors="replace"))


def _page(page: bytes) -> Answer:
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        *_PRIVATE,
    )
    return Answer(200, headers, page)


def _port_taken(port: int, error: OSError) -> EngineUnreachable:
    if error.errno != errno.EADDRINUSE:
        return EngineUnreachable(
            f"Keyfob cannot listen on port {port}: {error.strerror}.",
            "Choose another with KEYFOB_PORT or [relay] port.",
        )
    return EngineUnreachable(
        f"Another program holds port {port}, so no client reaches Keyfob by HTTP.",
        "It may have received client tokens: make new ones with `keyfob client token NAME` once "
        "it is gone, or choose another port with KEYFOB_PORT or [relay] port.",
    )
