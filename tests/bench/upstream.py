"""A lean MCP server over HTTP to measure against: checks its token and answers as JSON."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

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
    """The server as a plain ASGI application; everything it needs lies in the request."""

    def __init__(self, token: str) -> None:
        self._authorization = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if (b"authorization", self._authorization) not in scope["headers"]:
            await _answer(send, 401, b"")
        elif scope["method"] != "POST":
            await _answer(send, 405, b"")
        else:
            await _rpc(json.loads(await _body(receive)), send)


async def _rpc(message: dict[str, Any], send: Send) -> None:
    method = message.get("method")
    if "id" not in message:
        await _answer(send, 202, b"")
        return
    extra: tuple[tuple[bytes, bytes], ...] = ()
    params = message.get("params") or {}
    reply: dict[str, Any] = {}
    if method == "initialize":
        extra = ((b"mcp-session-id", secrets.token_hex(16).encode()),)
        reply["result"] = {
            "protocolVersion": params.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bench", "version": "1"},
        }
    elif method == "tools/list":
        reply["result"] = {"tools": [TOOL]}
    elif method == "tools/call":
        text = params["arguments"]["text"]
        reply["result"] = {"content": [{"type": "text", "text": text}], "isError": False}
    elif method == "ping":
        reply["result"] = {}
    else:
        reply["error"] = {"code": -32601, "message": "Method not found"}
    answer = json.dumps({"jsonrpc": "2.0", "id": message["id"], **reply})
    await _answer(send, 200, answer.encode(), extra)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(
    send: Send, status: int, body: bytes, extra: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def main() -> None:
    """Serve on a free port, which is printed; the token comes on stdin."""
    token = sys.stdin.readline().strip()
    config = uvicorn.Config(
        Upstream(token),
        port=0,
        http="httptools",
        lifespan="off",
        log_level="error",
        access_log=False,
    )
    _Server(config).run()


if __name__ == "__main__":
    main()
