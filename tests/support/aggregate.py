"""Clients of `/mcp`, and what they are answered."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp_types import TextContent

from support.engine import official_client
from support.full_server import FullServer, full_server
from support.raw_http import RawAnswer, RawClient
from support.relay import ALLOW_ALL, RunningRelay, running_relay

MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


@asynccontextmanager
async def at_all(
    relay: RunningRelay, token: str | None = None, query: str = "", **options: Any
) -> AsyncGenerator[Client]:
    """The official client at `/mcp`, in the era without a handshake unless `mode` says other."""
    headers = {"Authorization": f"Bearer {token or relay.token}"}
    mode = options.pop("mode", "auto")
    async with official_client(f"{relay.url}/mcp{query}", mode, headers, **options) as client:
        yield client


@asynccontextmanager
async def two_servers(
    folder: Path, *, extra: str = ALLOW_ALL, **parts: Any
) -> AsyncGenerator[tuple[RunningRelay, FullServer, FullServer]]:
    """A relay before two servers with something of everything, named one and two."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(full_server("one"))
        two = await stack.enter_async_context(full_server("two"))
        relay = await stack.enter_async_context(
            running_relay(folder, one.url, two.url, extra=extra, **parts)
        )
        yield relay, one, two


def body_of(method: str, message_id: Any = 1, **params: Any) -> dict[str, Any]:
    """A request as JSON has it."""
    meta = {**META, **params.pop("_meta", {})}
    return {
        "jsonrpc": "2.0",
        "id": message_id,
        "method": method,
        "params": {"_meta": meta, **params},
    }


def heads_of(body: dict[str, Any]) -> tuple[bytes, ...]:
    """The header fields that repeat a body."""
    method, params = body["method"], body["params"]
    lines = [f"MCP-Protocol-Version: {MODERN}", f"Mcp-Method: {method}"]
    if method in NAMED and NAMED[method] in params:
        lines.append(f"Mcp-Name: {params[NAMED[method]]}")
    return tuple(line.encode() for line in lines)


async def ask(client: RawClient, method: str, *, path: str = "/mcp", **params: Any) -> RawAnswer:
    """A request over a raw connection, and its whole answer."""
    body = body_of(method, **params)
    return await client.request("POST", path, *heads_of(body), body=json.dumps(body).encode())


async def names_at(client: Client) -> list[str]:
    """The names of the tools, as they are listed."""
    listed = await client.list_tools(cache_mode="bypass")
    return [tool.name for tool in listed.tools]


def said(result: Any) -> Any:
    """What a tool of a FullServer said."""
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)
