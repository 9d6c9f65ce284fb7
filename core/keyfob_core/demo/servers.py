"""The demo's two servers, on one loop and on loopback only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from mcp.server.auth.provider import AccessToken

from keyfob_core.demo.authorization_server import authorization_server
from keyfob_core.demo.grants import Grants, Lifetimes
from keyfob_core.demo.mcp_server import Seen, Sighting, mcp_server
from keyfob_core.demo.serving import listening, origin_of_listener, serving
from keyfob_core.ports import Clock


@dataclass(frozen=True, slots=True)
class DemoServers:
    """Where the demo's servers are."""

    mcp_url: str
    issuer: str


class _Verifier:
    """Lets the MCP server read the authorization server's tokens, as introspection would."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    async def verify_token(self, token: str) -> AccessToken | None:
        return self._grants.access_token(token)


@contextlib.asynccontextmanager
async def demo_servers(
    lifetimes: Lifetimes | None = None,
    seen: Seen | None = None,
    clock: Clock = time.time,
) -> AsyncGenerator[DemoServers]:
    """Serve both, each on a free port, until the context ends.

    `seen` is told of every request that passes the MCP server's door; tokens age by `clock`.
    """
    grants = Grants(lifetimes or Lifetimes(), clock)
    with listening() as for_issuer, listening() as for_mcp:
        servers = DemoServers(f"{origin_of_listener(for_mcp)}/mcp", origin_of_listener(for_issuer))
        demo = mcp_server(servers.mcp_url, servers.issuer, _Verifier(grants), seen or _unseen)
        issuer = authorization_server(servers.issuer, servers.mcp_url, grants)
        async with serving(issuer, for_issuer), serving(demo, for_mcp):
            yield servers


def _unseen(_: Sighting) -> None:
    """For those who do not watch."""
