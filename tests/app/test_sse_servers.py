"""Servers that know only HTTP+SSE (MCP 2024-11-05), for clients that know only what came after."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from mcp.client.sse import sse_client
from mcp_types import TextContent

from keyfob_core.errors import UpstreamRefused
from keyfob_core.prompts import Decision
from support.engine import KEYFOB, Home, bridge_command, running_engine
from support.everything import Explorer, everything_sse
from support.node import run_node
from support.prompter import RecordingPrompter
from support.sse_servers import sdk_sse
from support.upstreams import sdk_server

CALLED_TESTS = Decision(allow=True, text="tests")


@pytest.fixture
async def everything() -> AsyncGenerator[str]:
    async with everything_sse() as url:
        yield url


async def direct(url: str) -> Explorer:
    explorer = Explorer()
    async with explorer.client(sse_client(url), "legacy") as client:
        await explorer.explore(client)
    return explorer


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_is_answered_as_directly(
    home: Home, everything: str, mode: str
) -> None:
    expected = (await direct(everything)).transcript
    async with running_engine(home, RecordingPrompter(CALLED_TESTS)) as keyfob:
        await keyfob.add("everything", everything)
        issued = await keyfob.token("client")
        explorer = Explorer()
        url = f"{keyfob.url}/s/everything/mcp"
        async with explorer.http_client(url, issued.token, mode) as client:
            await explorer.explore(client)
        assert explorer.transcript == expected
        explorer = Explorer()
        async with explorer.client(bridge_command(home, "everything"), mode) as client:
            await explorer.explore(client)
        assert explorer.transcript == expected


async def test_the_typescript_client_is_answered_as_directly(home: Home, everything: str) -> None:
    expected = await explored({"sse": everything})
    async with running_engine(home, RecordingPrompter(CALLED_TESTS)) as keyfob:
        await keyfob.add("everything", everything)
        issued = await keyfob.token("client")
        headers = {"Authorization": f"Bearer {issued.token}"}
        url = f"{keyfob.url}/s/everything/mcp"
        assert await explored({"url": url, "headers": headers}) == expected
        command, *arguments = KEYFOB
        bridge = {"command": command, "args": [*arguments, "stdio", "everything"]}
        assert await explored({**bridge, "env": dict(home.environ)}) == expected


async def explored(where: object) -> Any:
    answer = await run_node("everything-client.mjs", where)
    # Its client drops the last step where the answer is close behind, also directly.
    assert answer["progress"] in ([1, 2, 3], [1, 2, 3, 4])
    return answer["transcript"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_sdks_own_server_is_reached_with_a_key(home: Home, mode: str) -> None:
    async with (
        sdk_sse(sdk_server(), "the-key") as server,
        running_engine(home, RecordingPrompter()) as keyfob,
    ):
        await keyfob.add("old", server.url)
        await keyfob.do("connect", server="old", method="api-key", secret="the-key")
        issued = await keyfob.token("client")
        async with keyfob.http_client("old", issued.token, mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            assert tools == ["echo", "progress", "fail"]
            told: list[float] = []

            async def tell(progress: float, total: float | None, message: str | None) -> None:
                told.append(progress)

            result = await client.call_tool("progress", {"a": "ü"}, progress_callback=tell)
            [content] = result.content
            assert isinstance(content, TextContent)
            assert json.loads(content.text) == {"a": "ü"}
            assert told == [1, 2, 3]
        assert {sent for _, sent in server.authorizations} == {"Bearer the-key"}
        wrong = keyfob.do("connect", server="old", method="api-key", secret="another")
        with pytest.raises(UpstreamRefused):
            await wrong
