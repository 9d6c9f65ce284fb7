"""The same tool on the official SDK's server, as most servers in Python are."""

from __future__ import annotations

import sys

from mcp.server.mcpserver import MCPServer
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.upstream import serve


def echo(text: str) -> str:
    """Says what it was told."""
    return text


class Guarded:
    """The SDK's application behind a check of the token, like the lean server's."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._authorization = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found = dict(scope["headers"]).get(b"authorization")
            if found != self._authorization:
                await send({"type": "http.response.start", "status": 401, "headers": []})
                await send({"type": "http.response.body"})
                return
        await self._app(scope, receive, send)


def main() -> None:
    """Serve on a free port, which is printed; the token comes on stdin."""
    token = sys.stdin.readline().strip()
    server = MCPServer("bench")
    server.tool()(echo)
    serve(Guarded(server.streamable_http_app(), token))


if __name__ == "__main__":
    main()
