from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp_types import TextContent

from keyfob_core.demo.servers import DemoServers, demo_servers
from keyfob_core.demo.user_agent import ScriptedPerson
from keyfob_core.prompts import ClientPrompt, Decision
from support.engine import KEYFOB, Home, RunningEngine, running_engine
from support.node import run_node
from support.prompter import RecordingPrompter

CALLED_PYTHON = Decision(allow=True, text="python tests")


@asynccontextmanager
async def connected(
    home: Home, *answers: Decision
) -> AsyncGenerator[tuple[RunningEngine, DemoServers]]:
    """An engine with the demo's server, connected as Ada; all of its tools are allowed."""
    async with (
        demo_servers() as servers,
        ScriptedPerson() as person,
        running_engine(home, RecordingPrompter(*answers), browser=person) as keyfob,
    ):
        await keyfob.add("demo", servers.mcp_url)
        await keyfob.do("connect", server="demo")
        yield keyfob, servers


def text_of(result: Any) -> Any:
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_calls_through_http(home: Home, mode: str) -> None:
    told: list[float] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with connected(home) as (keyfob, _):
        issued = await keyfob.token("client")
        async with keyfob.http_client("demo", issued.token, mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert tools == {"whoami", "add_note", "list_notes", "count"}
            assert text_of(await client.call_tool("whoami", {}))["person"] == "Ada"
            result = await client.call_tool("count", {"steps": 3}, progress_callback=tell)
            assert text_of(result)["steps"] == 3
    assert told == [1, 2, 3]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_calls_through_the_bridge(home: Home, mode: str) -> None:
    told: list[float] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with connected(home, CALLED_PYTHON) as (keyfob, _):
        async with keyfob.stdio_client("demo", mode) as client:
            assert text_of(await client.call_tool("whoami", {}))["person"] == "Ada"
            result = await client.call_tool("count", {"steps": 3}, progress_callback=tell)
            assert text_of(result)["steps"] == 3
        [asked] = keyfob.prompter.asked
    assert isinstance(asked, ClientPrompt)
    assert told == [1, 2, 3]


async def test_the_typescript_client_calls_through_http(home: Home) -> None:
    async with connected(home) as (keyfob, _):
        issued = await keyfob.token("client")
        answer = await run_node(
            "mcp-client.mjs",
            {
                "url": f"{keyfob.url}/s/demo/mcp",
                "headers": {"Authorization": f"Bearer {issued.token}"},
                "tool": "count",
                "arguments": {"steps": 3},
            },
        )
    assert "error" not in answer, answer
    assert answer["progress"] == [1, 2, 3]
    assert set(answer["tools"]) == {"whoami", "add_note", "list_notes", "count"}


async def test_the_typescript_client_calls_through_the_bridge(home: Home) -> None:
    async with connected(home, CALLED_PYTHON) as (keyfob, _):
        command, *arguments = KEYFOB
        answer = await run_node(
            "mcp-client.mjs",
            {
                "command": command,
                "args": [*arguments, "stdio", "demo"],
                "env": dict(home.environ),
                "tool": "whoami",
                "arguments": {},
            },
        )
        [asked] = keyfob.prompter.asked
    assert "error" not in answer, answer
    assert json.loads(answer["text"])["person"] == "Ada"
    assert isinstance(asked, ClientPrompt)
    assert "node" in asked.peer.executable


async def test_a_client_that_cannot_send_a_header_calls_by_its_url(home: Home) -> None:
    async with connected(home) as (keyfob, _):
        issued = await keyfob.token("client", "demo")
        answer = await run_node(
            "mcp-client.mjs", {"url": issued.url, "tool": "whoami", "arguments": {}}
        )
    assert "error" not in answer, answer
    assert json.loads(answer["text"])["person"] == "Ada"
