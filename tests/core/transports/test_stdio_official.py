"""What a server sees of the official client behind a bridge, and without one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextContent,
    TextResourceContents,
    Tool,
)

from support.stdio_upstream import BRIDGE, bridge_engine, run_folder
from support.upstreams import SdkUpstream, Seen, sdk_upstream

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "sure": {"type": "boolean", "x-mcp-header": "Sure"},
        "page": {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "N"}}},
        "left": {"type": "string", "x-mcp-header": "Left-Out"},
        "other": {},
    },
}
BROKEN: dict[str, Any] = {"type": "object", "properties": {"x": {"x-mcp-header": "no token"}}}
Context = ServerRequestContext[Any]


async def _tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(
        tools=[
            Tool(name="größe", description="Measures.", input_schema=SCHEMA),
            Tool(name="broken", description="No client may call it.", input_schema=BROKEN),
        ]
    )


async def _call(_: Context, params: CallToolRequestParams) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=str(params.arguments))])


async def _prompt(_: Context, params: GetPromptRequestParams) -> GetPromptResult:
    return GetPromptResult(description=params.name, messages=[])


async def _resource(_: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    return ReadResourceResult(contents=[TextResourceContents(uri=params.uri, text="x")])


def server() -> Server[dict[str, Any]]:
    return Server[dict[str, Any]](
        "annotated",
        version="1.0",
        on_list_tools=_tools,
        on_call_tool=_call,
        on_get_prompt=_prompt,
        on_read_resource=_resource,
    )


async def use(client: Client) -> None:
    """Make the calls that name something, and those whose arguments are repeated."""
    await client.list_tools()
    for arguments in (
        {"region": "us-west1", "sure": True, "page": {"n": 7}, "other": 1.5},
        {"region": " é\n", "sure": False, "page": {}, "left": None},
        {"region": "=?base64?eA==?=", "page": {"n": -1}},
    ):
        result = await client.call_tool("größe", arguments)
        assert not result.is_error, result
    await client.get_prompt("hello world", {})
    await client.read_resource("file:///a%20b/é")


def headers(upstream: SdkUpstream) -> list[tuple[str, dict[str, str]]]:
    """Each request's body and the headers that repeat it."""
    return [(str(seen.body, "utf-8"), _repeating(seen)) for seen in upstream.requests]


def _repeating(seen: Seen) -> dict[str, str]:
    found = [(name, value) for name, value in seen.fields if name.startswith("mcp-")]
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_server_is_told_the_same_through_the_bridge_as_by_http(
    keyfob_home: Path, mode: str
) -> None:
    async with sdk_upstream(server=server()) as direct, Client(direct.url, mode=mode) as client:
        await use(client)
    async with sdk_upstream(server=server()) as bridged, bridge_engine(bridged.url, run_folder()):
        launched = StdioServerParameters(
            command=BRIDGE[0], args=[*BRIDGE[1:], "files"], env=dict(os.environ)
        )
        async with asyncio.timeout(20), Client(launched, mode=mode) as client:
            await use(client)
    wanted = [one for one in headers(direct) if one[0]]
    got = [one for one in headers(bridged) if one[0]]
    for _, repeated in (*wanted, *got):
        # Each server names its own sessions.
        repeated.pop("mcp-session-id", None)
    assert got == wanted
    repeated = [one for _, one in got if any(name.startswith("mcp-param-") for name in one)]
    assert len(repeated) == (3 if mode == "auto" else 0)
