"""The demo's two MCP clients: the official one, over HTTP and over stdio."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from keyfob_core.errors import UpstreamRefused

_PATIENCE = 30.0


async def whoami_over_http(url: str, token: str) -> Mapping[str, Any]:
    """Ask the server who calls, through the relay's HTTP door with a client token.

    Raises UpstreamRefused where the answer is an error.
    """
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=_PATIENCE) as http:
        transport = streamable_http_client(url, http_client=http)
        return await _whoami(Client(transport, read_timeout_seconds=_PATIENCE))


async def whoami_over_stdio(server: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Ask the same through `keyfob stdio SERVER`, started as an MCP client starts it."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-I", "-m", "keyfob_core.cli.main", "stdio", server],
        env=dict(environ),
    )
    return await _whoami(Client(command, read_timeout_seconds=_PATIENCE))


async def _whoami(client: Client) -> Mapping[str, Any]:
    try:
        async with client:
            result = await client.call_tool("whoami", {})
    except* MCPError as group:
        raise UpstreamRefused(str(group.exceptions[0])) from group
    return _answer(result)


def _answer(result: CallToolResult) -> Mapping[str, Any]:
    texts = [content.text for content in result.content if isinstance(content, TextContent)]
    if result.is_error or not texts:
        raise UpstreamRefused(f"The demo's tool failed: {' '.join(texts)}")
    return json.loads(texts[0])
