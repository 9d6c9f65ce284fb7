"""Ways out of this machine for tests."""

from __future__ import annotations

import ssl

from keyfob_core.addresses.network import Proxy
from keyfob_core.system.network import SystemNetwork


class TrustingNetwork(SystemNetwork):
    """The system's network, but trusting by this context."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self._given = context

    async def tls(self) -> ssl.SSLContext:
        return self._given


class NoNetwork:
    """Fails for whoever would reach further than loopback."""

    async def proxy_for(self, url: str) -> Proxy | None:
        return None

    async def tls(self) -> ssl.SSLContext:
        raise AssertionError("no test of this module leaves loopback")

    async def distrusted(self, url: str) -> str | None:
        raise AssertionError(f"nobody looked at a certificate of {url}")
