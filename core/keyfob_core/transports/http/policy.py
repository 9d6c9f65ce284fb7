"""Who and what may come in by HTTP, and where to: the same for every form of the listener."""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import parse_qs, unquote

from keyfob_core.errors import EngineUnreachable, RequestRefused
from keyfob_core.model import AuditEvent, Headers, Inbound, Listener, Peer, ToolView
from keyfob_core.ports import Handler, Refusals
from keyfob_core.transports.http.page import (
    Page,
    challenge,
    html_page,
    not_allowed,
    plain,
    refused,
)

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost", "[::1]")
MAX_HEADER = 64 * 1024
_SERVER_PATH = re.compile(r"/s/([^/]+)/mcp")
_TOKEN_PATH = re.compile(r"/k/([^/]+)/mcp")
_WAIT_PATH = re.compile(r"/wait/([A-Za-z0-9_-]{1,64})")
_PAIR_PATH = re.compile(r"/pair(?:/s/([^/]+))?/mcp")
_ENDPOINT_PATH = re.compile(
    r"/pair/(?:authorize|token|register|revoke|wait/[A-Za-z0-9_-]{1,64})"
    r"|/\.well-known/oauth-authorization-server/pair"
    r"|/\.well-known/oauth-protected-resource/pair(?:/s/[^/]+)?/mcp"
)
_SHOWN_PATH = re.compile(r"/(?:pair/)?wait/[^/]*|/pair/authorize")
"""What a person's browser may come to from anywhere."""
_METHODS = ("GET", "POST", "DELETE")
_NOTHING_HERE = (
    "There is nothing at this address. Clients reach Keyfob at /mcp and /s/SERVER/mcp, without a "
    "slash behind them."
)
MAX_ENDPOINT_BODY = 64 * 1024
"""Bytes: what a client says of itself, or asks for a token with."""
_READ_HERE = frozenset(
    {
        "host",
        "origin",
        "authorization",
        "content-encoding",
        "sec-fetch-site",
        "sec-fetch-mode",
        "sec-fetch-dest",
    }
)

TokenServer = Callable[[str], str | None]
"""The server that a token of a /k/ address is bound to, or None."""
WaitPage = Callable[[str], bytes]
"""The page that says what waits under an id."""
_Fields = dict[str, list[str]]
_OWN_SITES = ("none", "same-origin")


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
        self,
        method: str,
        target: str,
        headers: Headers,
        size: int,
        *,
        peer: Peer | None = None,
        remote_port: int | None = None,
    ) -> Inbound | Page:
        """What to hand to the relay once it has its body, or else the answer.

        `size` is what is known of the body's length, in bytes.
        """
        found = self.recognize(method, target, headers, peer=peer, remote_port=remote_port)
        return found if isinstance(found, Page) else self.refuse(found, size) or found

    def recognize(
        self,
        method: str,
        target: str,
        headers: Headers,
        *,
        peer: Peer | None = None,
        remote_port: int | None = None,
    ) -> Inbound | Page:
        """What a head asks for, without a body, or else the answer to it.

        The same head asks for the same at any time; whether it may is for `refuse` to say. `peer`
        is the process that connected, where that is known, and `remote_port` its port on TCP.
        """
        fields: _Fields = {}
        for name, value in headers:
            key = name.lower()
            if key in _READ_HERE:
                fields.setdefault(key, []).append(value)
        try:
            self._check_site(fields, target)
            found = self._route(method, target, headers, fields)
            if isinstance(found, Inbound):
                if peer is not None:
                    found = found._replace(peer=peer)
                if found.endpoint is not None:
                    found = found._replace(remote_port=remote_port)
                self._check_coding(found, fields)
        except RequestRefused as error:
            return refused(error)
        return found

    def refuse(self, inbound: Inbound, size: int) -> Page | None:
        """The answer to a request whose token is not good now, or whose body is too long."""
        try:
            self._doors.relay.admit(inbound)
        except RequestRefused as error:
            return refused(error, challenge(inbound, error.status))
        return self.refuse_longer(inbound, size)

    def refuse_longer(self, inbound: Inbound, size: int) -> Page | None:
        """The answer to a request with a body of so many bytes, where that is too much."""
        limit = self._doors.max_body()
        if inbound.endpoint is not None:
            limit = min(limit, MAX_ENDPOINT_BODY)
        if size <= limit:
            return None
        error = _too_large(limit)
        self._doors.relay.refuse(inbound, error)
        return refused(error)

    def _route(self, method: str, target: str, headers: Headers, fields: _Fields) -> Inbound | Page:
        path, _, query = target.partition("?")
        if _ENDPOINT_PATH.fullmatch(path):
            return self._inbound(method, headers, "", None)._replace(endpoint=target)
        inbound = self._relayed(method, path, query, headers, fields)
        if inbound is not None:
            return inbound if method in _METHODS else not_allowed(method, _METHODS)
        wait = _WAIT_PATH.fullmatch(path)
        if not wait and path != "/health":
            return plain(404, _NOTHING_HERE)
        if method != "GET":
            return not_allowed(method, ("GET",))
        return html_page(self._doors.wait_page(wait[1])) if wait else plain(200, "ok")

    def _relayed(
        self, method: str, path: str, query: str, headers: Headers, fields: _Fields
    ) -> Inbound | None:
        """What goes to one server or to all of them; None for another address."""
        paired = _PAIR_PATH.fullmatch(path)
        if path == "/mcp" or paired:
            server = unquote(paired[1] or "") if paired else ""
            inbound = self._inbound(method, headers, server, _bearer(fields))
            inbound = inbound._replace(at_pair=True) if paired else inbound
            return inbound._replace(tools=_tool_view(query)) if query else inbound
        if server := _SERVER_PATH.fullmatch(path):
            return self._inbound(method, headers, unquote(server[1]), _bearer(fields))
        if token := _TOKEN_PATH.fullmatch(path):
            # An unknown token gets the same answer as any other wrong one, from the relay.
            bound = self._doors.token_server(token[1]) or "unknown"
            return self._inbound(method, headers, bound, token[1], in_url=True)
        return None

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

    def _check_site(self, fields: _Fields, target: str) -> None:
        # A page that rebinds its name to 127.0.0.1 still sends its own name here.
        hosts = fields.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise self._refuse(403, "The Host header names another machine.", "host")
        if any(origin.lower() not in self._origins for origin in fields.get("origin", ())):
            raise self._refuse(403, "A web page of another origin asked.", "origin")
        sites = fields.get("sec-fetch-site")
        if sites is not None and any(site not in _OWN_SITES for site in sites):
            path = target.partition("?")[0]
            if not (_SHOWN_PATH.fullmatch(path) and _is_shown(fields)):
                raise self._refuse(403, "A web page of another site asked.", "fetch-site")

    def _check_coding(self, found: Inbound, fields: _Fields) -> None:
        if any(one.lower() != "identity" for one in fields.get("content-encoding", ())):
            error = RequestRefused(
                415, "The body has a content coding.", "Send it plain.", rule="content-coding"
            )
            self._doors.relay.refuse(found, error)
            raise error

    def _refuse(self, status: int, message: str, rule: str) -> RequestRefused:
        details = {"reason": message, "rule": rule}
        event = AuditEvent(event="refused", outcome="denied", details=details)
        self._doors.refusals.refuse("unknown process", f"site {rule}", event)
        return RequestRefused(status, message, rule=rule)


def remote_port(transport: asyncio.BaseTransport | None) -> int | None:
    """The port on 127.0.0.1 that a connection comes from."""
    name: object = transport.get_extra_info("peername") if transport is not None else None
    return int(cast("tuple[str, int]", name)[1]) if isinstance(name, tuple) else None


def header_text(raw: bytes) -> str:
    """A name or value of a client's header as text that has every byte of it."""
    return raw.decode(errors="surrogateescape")


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


def _is_shown(fields: _Fields) -> bool:
    """Whether a browser shows what it asked for as a page of its own, and not inside another."""
    mode, shown_as = fields.get("sec-fetch-mode"), fields.get("sec-fetch-dest")
    return mode == ["navigate"] and shown_as == ["document"]


def _bearer(fields: _Fields) -> str | None:
    """The token; None without an Authorization, and empty for one that is none of ours."""
    values = fields.get("authorization")
    if values is None:
        return None
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused(
        413,
        f"The body is longer than {limit} bytes.",
        "Raise max_body_mib in [relay]." if limit != MAX_ENDPOINT_BODY else "",
        rule="body-size",
    )
