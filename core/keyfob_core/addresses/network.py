"""How others are reached from this machine: by which proxy, and whom it trusts."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from keyfob_core.addresses.origins import host_reach, may_connect, origin_of
from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.words.plain import visible

SYSTEM_PROXY, NO_PROXY = "system", "none"
"""What `network.proxy` of config.toml may be, beside a proxy's URL."""

_LOOK_UP_SECONDS = 2.0
_UNKNOWN_ISSUER = frozenset({0, 2, 7, 18, 19, 20, 21, 24, 27, 28})
"""OpenSSL's X509_V_ERR codes that are about who issued a certificate; Windows and macOS say 0."""
_WHERE_PROXIES_ARE_NAMED = (
    "Look at HTTPS_PROXY, at the system's settings or at network.proxy in config.toml, or name "
    "the server in NO_PROXY."
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that the person's system or configuration names."""

    url: str
    """Without user name and password."""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def auth(self) -> tuple[str, str] | None:
        """What it is told of us, if anything."""
        return (self.username, self.password) if self.username or self.password else None

    @property
    def place(self) -> str:
        """Its host and port, for people."""
        return visible(urlsplit(self.url).netloc)


class Network(Protocol):
    """The way out of this machine."""

    async def proxy_for(self, url: str) -> Proxy | None:
        """The proxy that leads to a server; None for the direct way, which loopback always takes.

        Raises UpstreamUnreachable for a proxy of a kind that cannot be used.
        """
        ...

    async def tls(self) -> ssl.SSLContext:
        """A context that trusts whom the system trusts; the same one until a certificate failed.

        Raises UpstreamUnreachable where its certificates cannot be read.
        """
        ...

    async def distrusted(self, url: str) -> str | None:
        """Who has issued the certificate of a server that was just refused; None if unknown.

        What the system trusts is read anew for the next connection. Raises nothing.
        """
        ...


def read_proxy(text: str) -> Proxy:
    """A proxy as variables and settings name it; raises UpstreamUnreachable, without quoting it."""
    whole = text if "://" in text else f"http://{text}"
    scheme = whole.partition("://")[0].lower()
    if scheme not in ("http", "https"):
        raise UpstreamUnreachable(
            f"The way out is a proxy of the kind {visible(scheme)}, which Keyfob cannot use.",
            "Set an http proxy in HTTPS_PROXY, or name the server in NO_PROXY.",
        )
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.hostname or ":" in unquote(parts.username or ""):
        raise UpstreamUnreachable("The proxy's address is no address.", _WHERE_PROXIES_ARE_NAMED)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Proxy(
        f"{scheme}://{host}" + (f":{port}" if port else ""),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def check_proxy_setting(value: str) -> str:
    """`network.proxy` as it may stand in config.toml; raises ConfigInvalid.

    A password is a secret, and none stands there.
    """
    if value in (SYSTEM_PROXY, NO_PROXY):
        return value
    try:
        proxy = read_proxy(value)
    except UpstreamUnreachable as error:
        raise ConfigInvalid("network.proxy", error.message, error.hint) from None
    if proxy.auth is not None:
        raise ConfigInvalid(
            "network.proxy", "has a user name or password in it", "Put those into HTTPS_PROXY."
        )
    return value


async def may_go_by_proxy(url: str, person_url: str) -> bool:
    """Whether a request for `url` may be given to a proxy, given the URL the person entered.

    A proxy connects where we cannot look: it is trusted to reach what it is asked for, as the
    person chose it. What can be told from here is checked as `may_connect` does: an address in
    the URL, and a name that leads to nothing but forbidden addresses when it is looked up here,
    for two seconds. A name that only the proxy knows is left to it.
    """
    host = urlsplit(url).hostname or ""
    if host_reach(host) is not None:
        return may_connect(url, person_url, host)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True
    addresses = [str(one[4][0]) for one in found]
    return not addresses or any(may_connect(url, person_url, one) for one in addresses)


def proxy_unreachable(proxy: Proxy, url: str, reason: str) -> UpstreamUnreachable:
    """The error for a proxy that does not answer."""
    return UpstreamUnreachable(
        f"The proxy {proxy.place}, which leads to {origin_of(url)}, cannot be reached: {reason}.",
        _WHERE_PROXIES_ARE_NAMED,
    )


def proxy_refuses(proxy: Proxy, url: str, status: int | None) -> UpstreamUnreachable:
    """The error for a proxy that answers, and does not lead to the server."""
    if status == 407:
        return UpstreamUnreachable(
            f"The proxy {proxy.place} wants a user name and a password"
            + (", and refuses those it got." if proxy.username else "."),
            "Write them into HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT, each with its special "
            "characters percent-encoded, and start Keyfob again.",
        )
    said = f" (HTTP {status})" if status else ""
    return UpstreamUnreachable(
        f"The proxy {proxy.place} does not lead to {origin_of(url)}{said}.",
        "Ask whoever runs it, or name the server in NO_PROXY.",
    )


def not_by_proxy(url: str) -> UpstreamUnreachable:
    """The error for a name that leads to a place where no server on the internet has business."""
    return UpstreamUnreachable(
        f"{origin_of(url)} leads to an address of this machine or network.",
        "If that is meant, name the server in NO_PROXY.",
    )


def untrusted(
    url: str, error: ssl.SSLCertVerificationError, issuer: str | None
) -> UpstreamUnreachable:
    """The error for a certificate that the system does not trust, or that is no good."""
    reason = visible(str(getattr(error, "verify_message", "") or "it cannot be checked"))
    if getattr(error, "verify_code", 0) not in _UNKNOWN_ISSUER:
        return UpstreamUnreachable(
            f"The certificate of {origin_of(url)} is not good: {reason}.",
            "Tell the server's people, and see that this machine's clock is right.",
        )
    by = f"issued by {visible(issuer)}, whom" if issuer else "one that"
    return UpstreamUnreachable(
        f"The certificate of {origin_of(url)} is {by} this system does not trust ({reason}).",
        "If a company's proxy issues it, its CA certificate belongs in the system's trust store, "
        "or in a file that SSL_CERT_FILE names. If not, somebody may be in between.",
    )
