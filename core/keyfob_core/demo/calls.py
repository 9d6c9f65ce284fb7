"""The demo's two MCP clients: the official one, over HTTP and over stdio."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, cast

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from keyfob_core.errors import UpstreamRefused

_PATIENCE = 30.0


async def whoami_over_http(url: str, token: str) -> Mapping[str, Any]:
    """Ask the server who calls, through the relay's HTTP door with a client token.

    Raises UpstreamRefused where no answer comes, or an error.
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
    failed: BaseExceptionGroup[Exception] | None = None
    try:
        async with client:
            return _answer(await client.call_tool("whoami", {}))
    except* (MCPError, httpx2.HTTPError, OSError) as group:
        failed = group
    # Raised here, since what is raised in an except* arrives as a group.
    raise UpstreamRefused(
        f"The demo's call did not arrive: {_first(failed)}.", "`keyfob demo` can be run again."
    ) from failed


def _answer(result: CallToolResult) -> Mapping[str, Any]:
    texts = [content.text for content in result.content if isinstance(content, TextContent)]
    if result.is_error or not texts:
        raise MCPError(0, f"the tool failed ({' '.join(texts)})")
    return json.loads(texts[0])


def _first(failed: BaseException) -> BaseException:
    while isinstance(failed, BaseExceptionGroup):
        failed = cast("BaseExceptionGroup[BaseException]", failed).exceptions[0]
    return failed
