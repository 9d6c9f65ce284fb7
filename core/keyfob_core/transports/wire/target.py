"""Where a URL leads: its address, checked, and a connection to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from keyfob_core.addresses.origins import may_connect
from keyfob_core.transports.wire.responses import ServerConnection

_CONNECT_SECONDS = 15.0
_NEXT_SECONDS = 0.5
"""How long an address is tried alone (RFC 8305, section 5), for TLS is agreed on within it."""
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL says of the connection and the request line."""

    url: str
    host: str
    port: int
    tls: bool
    authority: str
    """For the Host header."""
    path: str


def target_of(url: str) -> Target:
    """Read a URL that was checked when the server was added."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = _ascii(parts.hostname or "")
    port = parts.port or (443 if tls else 80)
    shown = f"[{host}]" if ":" in host else host
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        url=url,
        host=host,
        port=port,
        tls=tls,
        authority=shown if port == (443 if tls else 80) else f"{shown}:{port}",
        path=quote(path, safe=_PRINTABLE),
    )


async def connect(
    target: Target, tls: ssl.SSLContext | None, seconds: float = _CONNECT_SECONDS
) -> ServerConnection:
    """Connect to the first address that answers and that the URL may lead to.

    Raises OSError (of which TimeoutError, ssl.SSLError and ConnectionError are kinds).
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    async with asyncio.timeout_at(deadline):
        # By loop.getaddrinfo a name is looked up in a thread, not on the loop.
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(address[4][0]) for address in found]
    allowed = [one for one in addresses if may_connect(target.url, target.url, one)]
    if not allowed:
        raise OSError(f"{target.host} leads to an address of this machine or network")
    if len(allowed) == 1:
        async with asyncio.timeout_at(deadline):
            return await _connected(target, allowed[0], tls)
    return await _first_connected(target, allowed, tls, deadline)


async def _first_connected(
    target: Target, addresses: list[str], tls: ssl.SSLContext | None, deadline: float
) -> ServerConnection:
    """The first connection there is; each address is tried when the one before it fails or tarries.

    An address that nothing answers at, as on many a network with half an IPv6, holds nobody up.
    """
    loop = asyncio.get_running_loop()
    left = list(addresses)
    trying = set[asyncio.Task[ServerConnection]]()
    error: BaseException | None = None
    try:
        while (trying or left) and (patience := deadline - loop.time()) > 0:
            if left:
                trying.add(asyncio.create_task(_connected(target, left.pop(0), tls)))
                patience = min(patience, _NEXT_SECONDS) if left else patience
            done, _ = await asyncio.wait(
                trying, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                trying.discard(task)
                # A certificate that is wrong at one address is tried at the next as well.
                error = task.exception()
                if error is None:
                    return task.result()
    finally:
        await _leave(trying)
    raise error or TimeoutError


async def _leave(trying: set[asyncio.Task[ServerConnection]]) -> None:
    for task in trying:
        task.cancel()
    for late in await asyncio.gather(*trying, return_exceptions=True):
        if isinstance(late, ServerConnection):
            late.abort()


async def _connected(target: Target, address: str, tls: ssl.SSLContext | None) -> ServerConnection:
    loop = asyncio.get_running_loop()
    transport, connection = await loop.create_connection(
        ServerConnection,
        address,
        target.port,
        ssl=tls,
        server_hostname=target.host if tls else None,
    )
    peer = transport.get_extra_info("peername")
    if peer and not may_connect(target.url, target.url, str(peer[0])):
        transport.abort()
        raise OSError(f"{target.host} leads to an address of this machine or network")
    return connection


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host
