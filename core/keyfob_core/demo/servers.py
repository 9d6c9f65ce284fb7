"""The demo's two servers, on one loop and on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import uvicorn
from mcp.server.auth.provider import AccessToken
from starlette.applications import Starlette

from keyfob_core.demo.authorization_server import authorization_server
from keyfob_core.demo.grants import Grants, Lifetimes
from keyfob_core.demo.mcp_server import Seen, Sighting, mcp_server

_LOOPBACK = "127.0.0.1"


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


class _Server(uvicorn.Server):
    """A uvicorn that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def demo_servers(
    lifetimes: Lifetimes | None = None, seen: Seen | None = None
) -> AsyncGenerator[DemoServers]:
    """Serve both, each on a free port, until the context ends.

    `seen` is told of every request that passes the MCP server's door.
    """
    grants = Grants(lifetimes or Lifetimes())
    with _listening() as for_issuer, _listening() as for_mcp:
        servers = DemoServers(f"{_origin(for_mcp)}/mcp", _origin(for_issuer))
        demo = mcp_server(servers.mcp_url, servers.issuer, _Verifier(grants), seen or _unseen)
        issuer = authorization_server(servers.issuer, servers.mcp_url, grants)
        async with _serving(issuer, for_issuer), _serving(demo, for_mcp):
            yield servers


@contextlib.contextmanager
def _listening() -> Generator[socket.socket, None, None]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((_LOOPBACK, 0))
        listener.listen(128)
        yield listener


@contextlib.asynccontextmanager
async def _serving(app: Starlette, listener: socket.socket) -> AsyncGenerator[None]:
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        for connection in list(server.server_state.connections):
            connection.transport.close()
        await asyncio.shield(serving)


def _origin(listener: socket.socket) -> str:
    return f"http://{_LOOPBACK}:{listener.getsockname()[1]}"


def _unseen(_: Sighting) -> None:
    """For those who do not watch."""
