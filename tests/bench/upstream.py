"""A lean MCP server over HTTP, of both eras: checks its token and answers as JSON.

python -m bench.upstream [LOOP], where LOOP is one of uvicorn's.
"""

from __future__ import annotations

import secrets
import sys
from typing import Any, cast, get_args

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.config import LoopFactoryType

METHODS = ["GET", "POST", "DELETE"]
TOOL = {
    "name": "echo",
    "description": "Says what it was told.",
    "inputSchema": {
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"],
    },
    "annotations": {"readOnlyHint": True},
}


class Upstream:
    """The server's endpoint, on the framework that MCP servers in Python are written on."""

    def __init__(self, token: str) -> None:
        self._authorization = f"Bearer {token}"

    async def __call__(self, request: Request) -> Response:
        if request.headers.get("authorization") != self._authorization:
            return Response(status_code=401)
        if request.method != "POST":
            return Response(status_code=405)
        return _answer(await request.json())


def _answer(message: dict[str, Any]) -> Response:
    method = message.get("method")
    if "id" not in message:
        return Response(status_code=202)
    headers: dict[str, str] = {}
    params = message.get("params") or {}
    modern = "io.modelcontextprotocol/protocolVersion" in params.get("_meta", {})
    whole = {"resultType": "complete"} if modern else {}
    listing = {**whole, "ttlMs": 60_000, "cacheScope": "private"} if modern else {}
    reply: dict[str, Any] = {}
    if method == "initialize":
        headers = {"Mcp-Session-Id": secrets.token_hex(16)}
        reply["result"] = {
            "protocolVersion": params.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bench", "version": "1"},
        }
    elif method == "server/discover":
        reply["result"] = {
            "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {}},
            **listing,
        }
    elif method == "tools/list":
        reply["result"] = {"tools": [TOOL], **listing}
    elif method == "tools/call":
        text = params["arguments"]["text"]
        said = [{"type": "text", "text": text}]
        reply["result"] = {"content": said, "isError": False, **whole}
    elif method == "ping":
        reply["result"] = {}
    else:
        reply["error"] = {"code": -32601, "message": "Method not found"}
    return JSONResponse({"jsonrpc": "2.0", "id": message["id"], **reply}, headers=headers)


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def serve(app: ASGIApp) -> None:
    """Serve an application on a free port, which is printed.

    The loop is asyncio's own where none is named: uvicorn would take the uvloop that is here for
    Keyfob, and that a server installed by itself does not have.
    """
    named = sys.argv[1] if len(sys.argv) > 1 else "asyncio"
    if named not in get_args(LoopFactoryType):
        raise SystemExit(f"{named} is none of uvicorn's loops.")
    loop = cast("LoopFactoryType", named)
    config = uvicorn.Config(
        app,
        port=0,
        http="httptools",
        loop=loop,
        lifespan="auto",
        log_level="error",
        access_log=False,
    )
    _Server(config).run()


def main() -> None:
    """Serve on a free port, which is printed; the token comes on stdin."""
    token = sys.stdin.readline().strip()
    serve(Starlette(routes=[Route("/mcp", Upstream(token).__call__, methods=METHODS)]))


if __name__ == "__main__":
    main()
