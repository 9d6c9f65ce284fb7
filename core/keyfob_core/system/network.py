"""The system's proxies and the certificates that it trusts."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from keyfob_core.addresses.network import NO_PROXY, SYSTEM_PROXY, Proxy, may_go_by_proxy, read_proxy
from keyfob_core.addresses.origins import is_loopback_url, may_connect
from keyfob_core.errors import UpstreamUnreachable

_KNOWN_SECONDS = 30.0
_MOST_KNOWN = 1024
_LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """What variables, and the settings of Windows and macOS, say of proxies."""

    proxies: Callable[[], Mapping[str, str]] = getproxies
    """The proxy for each scheme, or for `all`."""
    excepts: Callable[[str], object] = proxy_bypass
    """Whether a host, with its port, is reached without one; may look its name up."""


class SystemNetwork:
    """The way out as the system knows it, unless config.toml names another proxy.

    `setting` is `network.proxy` of config.toml: system, none or a proxy's URL. Variables come
    before the settings of Windows and macOS, which are read anew after half a minute; automatic
    configuration by a script (PAC) is not.
    """

    def __init__(
        self,
        setting: Callable[[], str] = lambda: SYSTEM_PROXY,
        settings: ProxySettings | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._setting = setting
        self._settings = settings or ProxySettings()
        self._now = now
        self._known: dict[tuple[str, str, str], tuple[float, Proxy | None]] = {}
        self._reading = asyncio.Lock()
        self._context: ssl.SSLContext | None = None

    async def proxy_for(self, url: str) -> Proxy | None:
        """The proxy that leads to a server; see `Network`."""
        setting = self._setting()
        if setting == NO_PROXY or is_loopback_url(url):
            return None
        parts = urlsplit(url)
        key = (setting, parts.scheme, parts.netloc)
        until, proxy = self._known.get(key, (0.0, None))
        if self._now() >= until:
            # In a thread: on Windows and macOS an exception may be looked up by name.
            proxy = await asyncio.to_thread(_chosen, self._settings, *key)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._now() + _KNOWN_SECONDS, proxy
        return proxy

    async def tls(self) -> ssl.SSLContext:
        """A context that trusts whom the system trusts; see `Network`."""
        async with self._reading:
            if self._context is None:
                # It reads the system's certificates: up to 100 ms.
                self._context = await asyncio.to_thread(system_trust)
            return self._context

    async def distrusted(self, url: str) -> str | None:
        """Who has issued a server's certificate, asked on a connection that sends nothing else."""
        # Needed only when something is wrong.
        import httpx2

        self._context = None
        try:
            proxy = await self.proxy_for(url)
            if proxy is not None and not await may_go_by_proxy(url, url):
                return None
            async with asyncio.timeout(_LOOK_SECONDS):
                return await _issuer(url, proxy)
        except (TimeoutError, OSError, ValueError, UpstreamUnreachable, httpx2.HTTPError):
            return None


def system_trust() -> ssl.SSLContext:
    """A context that verifies as the system does.

    On Windows and macOS the system itself judges a certificate (truststore); elsewhere it is
    OpenSSL with the system's certificates. SSL_CERT_FILE, else SSL_CERT_DIR, stands for both.
    Raises UpstreamUnreachable where what they name cannot be read.
    """
    # Slow to import, and a start needs no TLS.
    import httpx2

    try:
        context = httpx2.create_ssl_context()
    except OSError as error:
        named = next(
            (name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), ""
        )
        raise UpstreamUnreachable(
            f"{named or 'The system'} names no certificates that can be read.",
            "Let it name a file of certificates in PEM form, or unset it.",
        ) from error
    # From 3.13 on Python is stricter than any system where a file is named: authorities of
    # companies often lack an identifier that nobody else asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _chosen(settings: ProxySettings, setting: str, scheme: str, netloc: str) -> Proxy | None:
    exceptions = getproxies_environment().get("no", "")
    if settings.excepts(netloc) or _is_in_a_range(netloc, exceptions):
        return None
    if setting != SYSTEM_PROXY:
        return read_proxy(setting)
    proxies = settings.proxies()
    named = proxies.get(scheme) or proxies.get("all")
    return read_proxy(named) if named else None


def _is_in_a_range(netloc: str, exceptions: str) -> bool:
    """Whether NO_PROXY has a range that an address lies in, such as 10.0.0.0/8."""
    try:
        address = ipaddress.ip_address(urlsplit(f"//{netloc}").hostname or "")
    except ValueError:
        return False
    for one in exceptions.split(","):
        try:
            if "/" in one and address in ipaddress.ip_network(one.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False


class _Seen(Exception):
    """The certificate was seen."""


async def _issuer(url: str, proxy: Proxy | None) -> str | None:
    import httpx2

    found: list[bytes] = []

    async def look(event: str, details: Mapping[str, Any]) -> None:
        stream: Any = details.get("return_value")
        if event == "connection.connect_tcp.complete" and proxy is None:
            address = str(stream.get_extra_info("server_addr")[0])
            if not may_connect(url, url, address):
                await stream.aclose()
                raise _Seen
        if event == ("proxy" if proxy else "connection") + ".start_tls.complete":
            found.append(stream.get_extra_info("ssl_object").getpeercert(True) or b"")
            await stream.aclose()
            raise _Seen

    by = httpx2.Proxy(proxy.url, auth=proxy.auth) if proxy else None
    # Unverified, since what is wrong with it is the question; nothing is sent on it.
    async with httpx2.AsyncClient(verify=False, proxy=by, trust_env=False) as client:
        with contextlib.suppress(_Seen):
            await client.get(url, extensions={"trace": look})
    return _issuer_name(found[0]) if found and found[0] else None


def _issuer_name(certificate: bytes) -> str | None:
    # Slow to import, and seldom needed.
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    issuer = x509.load_der_x509_certificate(certificate).issuer
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in issuer.get_attributes_for_oid(kind):
            return str(attribute.value)
    return None
