"""Who and what may come in by HTTP, and where to: the same for every form of the listener."""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import parse_qs, unquote

from keyfob_core import rpc
from keyfob_core.errors import EngineUnreachable, RequestRefused
from keyfob_core.model import AuditEvent, Headers, Inbound, Listener, Outbound, Peer, ToolView
from keyfob_core.ports import Handler, Refusals

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost", "[::1]")
MAX_HEADER = 64 * 1024
_SERVER_PATH = re.compile(r"/s/([^/]+)/mcp")
_TOKEN_PATH = re.compile(r"/k/([^/]+)/mcp")
_WAIT_PATH = re.compile(r"/wait/([A-Za-z0-9_-]{1,64})")
_METHODS = ("GET", "POST", "DELETE")
_NO_REFERRER = ("Referrer-Policy", "no-referrer")
_PRIVATE = (("Cache-Control", "no-store"), _NO_REFERRER)
_READ_HERE = frozenset({"host", "origin", "authorization", "content-encoding", "sec-fetch-site"})

TokenServer = Callable[[str], str | None]
"""The server that a token of a /k/ address is bound to, or None."""
WaitPage = Callable[[str], bytes]
"""The page that says what waits under an id."""
_Fields = dict[str, list[str]]


class Place(Protocol):
    """A place on this machine to listen at, for processes of this user."""

    @property
    def name(self) -> str:
        """Its path, or its name."""
        ...

    async def listen(self, accept: Callable[[], asyncio.BaseProtocol]) -> None:
        """Begin to accept; raises EngineUnreachable or ConfigInvalid."""
        ...

    def admit(self, transport: asyncio.BaseTransport) -> Peer | None:
        """The process that connected; raises PermissionError where it is another user's."""
        ...

    def close(self) -> None:
        """Accept no more."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """What the listener leads to."""

    relay: Handler
    refusals: Refusals
    token_server: TokenServer
    wait_page: WaitPage
    max_body: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of our own, whole; its length is the writer's to state."""

    status: int
    headers: Headers
    body: bytes


class Policy:
    """Judges a request by its head, for a listener on one port of 127.0.0.1 or on a place.

    On a place a Host without a port is as good: there is no port, and clients write `localhost`.
    No page reaches it, so the rule for Origin stays that of the port, whose pages are ours.
    """

    def __init__(self, doors: Doors, port: int, listener: Listener = Listener.HTTP) -> None:
        self._doors = doors
        self._listener = listener
        hosts = frozenset(f"{name}:{port}" for name in _NAMES)
        self._origins = frozenset(f"http://{host}" for host in hosts)
        self._hosts = hosts if listener is Listener.HTTP else hosts.union(_NAMES)

    def receive(
        self, method: str, target: str, headers: Headers, size: int, *, peer: Peer | None = None
    ) -> Inbound | Page:
        """What to hand to the relay once it has its body, or else the answer.

        `size` is what is known of the body's length, in bytes.
        """
        found = self.recognize(method, target, headers, peer=peer)
        return found if isinstance(found, Page) else self.refuse(found, size) or found

    def recognize(
        self, method: str, target: str, headers: Headers, *, peer: Peer | None = None
    ) -> Inbound | Page:
        """What a head asks for, without a body, or else the answer to it.

        The same head asks for the same at any time; whether it may is for `refuse` to say. `peer`
        is the process that connected, where that is known.
        """
        fields: _Fields = {}
        for name, value in headers:
            key = name.lower()
            if key in _READ_HERE:
                fields.setdefault(key, []).append(value)
        try:
            self._check_site(fields)
            found = self._route(method, target, headers, fields)
            if isinstance(found, Inbound):
                if peer is not None:
                    found = replace(found, peer=peer)
                self._check_coding(found, fields)
        except RequestRefused as error:
            return refused(error)
        return found

    def refuse(self, inbound: Inbound, size: int) -> Page | None:
        """The answer to a request whose token is not good now, or whose body is too long."""
        try:
            self._doors.relay.admit(inbound)
        except RequestRefused as error:
            return refused(error)
        return self.refuse_longer(inbound, size)

    def refuse_longer(self, inbound: Inbound, size: int) -> Page | None:
        """The answer to a request with a body of so many bytes, where that is too much."""
        limit = self._doors.max_body()
        if size <= limit:
            return None
        error = _too_large(limit)
        self._doors.relay.refuse(inbound, error)
        return refused(error)

    def _route(self, method: str, target: str, headers: Headers, fields: _Fields) -> Inbound | Page:
        path, _, query = target.partition("?")
        if path == "/mcp":
            if method not in _METHODS:
                return _not_allowed(method, _METHODS)
            inbound = self._inbound(method, headers, "", _bearer(fields))
            return replace(inbound, tools=_tool_view(query)) if query else inbound
        if server := _SERVER_PATH.fullmatch(path):
            if method not in _METHODS:
                return _not_allowed(method, _METHODS)
            return self._inbound(method, headers, unquote(server[1]), _bearer(fields))
        if token := _TOKEN_PATH.fullmatch(path):
            if method not in _METHODS:
                return _not_allowed(method, _METHODS)
            if fields.get("sec-fetch-site", ["none"])[0] not in ("none", "same-origin"):
                raise self._refuse(403, "A web page of another site asked.", "Sec-Fetch-Site")
            # An unknown token gets the same answer as any other wrong one, from the relay.
            bound = self._doors.token_server(token[1]) or "unknown"
            return self._inbound(method, headers, bound, token[1], in_url=True)
        wait = _WAIT_PATH.fullmatch(path)
        if not wait and path != "/health":
            return plain(404, "There is nothing at this address.")
        if method != "GET":
            return _not_allowed(method, ("GET",))
        return _page(self._doors.wait_page(wait[1])) if wait else plain(200, "ok")

    def _inbound(
        self,
        method: str,
        headers: Headers,
        server: str,
        token: str | None,
        *,
        in_url: bool = False,
    ) -> Inbound:
        return Inbound(
            listener=self._listener,
            http_method=method,
            server=server,
            headers=headers,
            token=token,
            token_in_url=in_url,
        )

    def _check_site(self, fields: _Fields) -> None:
        # A page that rebinds its name to 127.0.0.1 still sends its own name here.
        hosts = fields.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise self._refuse(403, "The Host header names another machine.", "Host")
        if any(origin.lower() not in self._origins for origin in fields.get("origin", ())):
            raise self._refuse(403, "A web page of another origin asked.", "Origin")

    def _check_coding(self, found: Inbound, fields: _Fields) -> None:
        if any(one.lower() != "identity" for one in fields.get("content-encoding", ())):
            error = RequestRefused(415, "The body has a content coding.", "Send it plain.")
            self._doors.relay.refuse(found, error)
            raise error

    def _refuse(self, status: int, message: str, header: str) -> RequestRefused:
        event = AuditEvent(event="refused", outcome="denied", details={"reason": message})
        self._doors.refusals.refuse("unknown process", f"site {header}", event)
        return RequestRefused(status, message)


def answer_headers(inbound: Inbound, outbound: Outbound) -> Headers:
    """The headers a client gets: an address that holds a token goes to nobody as a referrer."""
    if not inbound.token_in_url:
        return outbound.headers
    kept = (pair for pair in outbound.headers if pair[0].lower() != "referrer-policy")
    return (*kept, _NO_REFERRER)


def header_text(raw: bytes) -> str:
    """A name or value of a client's header as text that has every byte of it."""
    return raw.decode(errors="surrogateescape")


def refused(error: RequestRefused) -> Page:
    """The answer to a request that ended before the relay."""
    body = rpc.error_body(error, None, "", None)
    return Page(error.status, (("Content-Type", "application/json"), *_PRIVATE), body)


def plain(status: int, text: str, *headers: tuple[str, str]) -> Page:
    """A line of text."""
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Page(status, (kind, *_PRIVATE, *headers), f"{text}\n".encode(errors="replace"))


def mistake() -> Page:
    """The answer where we failed ourselves."""
    return plain(500, "Keyfob made a mistake; its log has the details.")


def port_taken(port: int, error: OSError) -> EngineUnreachable:
    """Why the port cannot be listened on, and what to do."""
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


def _not_allowed(method: str, allowed: tuple[str, ...]) -> Page:
    return plain(405, f"{method} means nothing here.", ("Allow", ", ".join(allowed)))


def _tool_view(query: str) -> ToolView | None:
    """How the address wants the tools shown: `?tools=search`; other parameters are not ours."""
    for value in parse_qs(query).get("tools", ()):
        try:
            return ToolView(value)
        except ValueError:
            raise RequestRefused(
                400, f"{value!r} is no way to show tools.", "Use tools=list or tools=search."
            ) from None
    return None


def _bearer(fields: _Fields) -> str | None:
    """The token; None without an Authorization, and empty for one that is none of ours."""
    values = fields.get("authorization")
    if values is None:
        return None
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused(
        413, f"The body is longer than {limit} bytes.", "Raise max_body_mib in [relay]."
    )


def _page(page: bytes) -> Page:
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        *_PRIVATE,
    )
    return Page(200, headers, page)
