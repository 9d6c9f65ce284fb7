"""Every revision of client at every revision of server, through the relay, over HTTP and lines."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server.subscriptions import ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent

from keyfob_core.states import Era
from keyfob_core.transports.stdio.listener import StdioListener
from support.engine import Home, running_engine
from support.era_clients import Heard, bridge_transport, era_client, http_transport
from support.era_servers import MEMO, MODERN, REVISIONS, EraServer, era_server
from support.eventually import eventually
from support.node import run_node
from support.relay import RunningRelay, running_relay
from support.stdio_upstream import listening_bridges, run_folder

# The clients of old do what the SDK calls deprecated by now.
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")

LONG = bool(os.environ.get("PROVE_LONG"))
PAIRS = list(itertools.product(REVISIONS, REVISIONS))
OVER_LINES = [
    (client, server)
    for client, server in PAIRS
    if LONG or MODERN in (client, server) or client == server == "2025-11-25"
]


@asynccontextmanager
async def at_work(
    folder: Path, client: str, server: str, *, lines: bool
) -> AsyncGenerator[tuple[Client, EraServer, RunningRelay, Heard]]:
    """A client of one revision at a server of another, with the relay between them."""
    heard = Heard()
    async with (
        era_server(server) as kept,
        running_relay(folder, kept.url) as relay,
        listening_bridges(StdioListener(relay.relay), run_folder()),
    ):
        transport = (
            bridge_transport(run_folder(), "one", client, relay.token)
            if lines
            else http_transport(f"{relay.url}/s/one/mcp", client, relay.token)
        )
        async with era_client(transport, client, heard, log_level="warning") as connected:
            yield connected, kept, relay, heard


@pytest.mark.parametrize(("client", "server"), PAIRS)
async def test_every_client_works_at_every_server_over_http(
    tmp_path: Path, keyfob_home: Path, client: str, server: str
) -> None:
    del keyfob_home
    await works(tmp_path, client, server, lines=False)


@pytest.mark.parametrize(("client", "server"), OVER_LINES)
async def test_every_client_works_at_every_server_over_the_bridge(
    tmp_path: Path, keyfob_home: Path, client: str, server: str
) -> None:
    del keyfob_home
    await works(tmp_path, client, server, lines=True)


def test_all_pairs_are_tried() -> None:
    tried = {(client, server) for client in REVISIONS for server in REVISIONS}
    assert set(PAIRS) == tried
    assert {pair for pair in tried if MODERN in pair} <= set(OVER_LINES)
    print(f"figures: {len(PAIRS)} pairs over HTTP, {len(OVER_LINES)} over lines")


async def works(folder: Path, client: str, server: str, *, lines: bool) -> None:
    async with at_work(folder, client, server, lines=lines) as (one, kept, relay, heard):
        is_bridged = (client == MODERN) != (server == MODERN)
        spoken = client if client == MODERN or server == MODERN else server
        assert one.protocol_version == spoken
        assert one.instructions == (None if client == MODERN else "Ask kindly.")
        await lists_and_calls(one)
        await answers_questions(one, kept, heard)
        await reads(one, client)
        await listens(one, client, heard)
        await cancels(one, kept)
        logs = server != MODERN or client == MODERN
        await one.call_tool("log", {})
        await eventually(lambda: ("a warning" in heard.logged) == logs)
        assert relay.eras.seen("one") == {Era.MODERN if server == MODERN else Era.HANDSHAKE}
        assert relay.eras.bridges("one") == is_bridged
    assert relay.eras.seen("one")


async def lists_and_calls(one: Client) -> None:
    steps: list[float] = []

    async def step(progress: float, total: float | None, message: str | None) -> None:
        steps.append(progress)

    tools = {tool.name for tool in (await one.list_tools()).tools}
    assert {"echo", "routed", "ask"} <= tools
    assert text_of(await one.call_tool("progress", {"ü": "ß"}, progress_callback=step)) == {
        "ü": "ß"
    }
    assert steps == [1, 2, 3]
    assert text_of(await one.call_tool("routed", {"region": "Zürich"})) == {"region": "Zürich"}
    assert (await one.call_tool("fail", {})).is_error


async def answers_questions(one: Client, kept: EraServer, heard: Heard) -> None:
    answers = text_of(await one.call_tool("ask", {}))
    assert answers["sample"] == "4"
    assert answers["where"] == "file:///home"
    asked = ["sample", "roots"]
    if "who" in answers:
        assert answers["who"] == "accept {'name': 'Ada'}"
        asked.append("Who?")
    assert sorted(heard.asked) == sorted(asked)
    assert kept.called.count("ask") == 1


async def reads(one: Client, client: str) -> None:
    resources = (await one.list_resources()).resources
    assert [str(resource.uri) for resource in resources] == [MEMO]
    assert len((await one.list_resource_templates()).resource_templates) == 1
    [memo] = (await one.read_resource(MEMO)).contents
    assert getattr(memo, "text", None) == "remember"
    with pytest.raises(MCPError) as refused:
        await one.read_resource("memo://none")
    assert refused.value.error.code == (-32602 if client == MODERN else -32002)
    assert [prompt.name for prompt in (await one.list_prompts()).prompts] == ["greet"]
    assert (await one.get_prompt("greet", {"who": "Ada"})).messages[0].role == "user"


async def listens(one: Client, client: str, heard: Heard) -> None:
    if client == MODERN:
        async with one.listen(tools_list_changed=True, resource_subscriptions=[MEMO]) as stream:
            assert stream.honored.tools_list_changed
            await one.call_tool("change", {})
            assert await anext(stream) == ToolsListChanged()
            await one.call_tool("update", {})
            assert getattr(await anext(stream), "uri", None) == MEMO
        return
    await until_told(one, "change", heard, "notifications/tools/list_changed")
    await one.session.subscribe_resource(MEMO)  # pyright: ignore[reportDeprecated]
    await until_told(one, "update", heard, "notifications/resources/updated")


async def until_told(one: Client, tool: str, heard: Heard, notice: str) -> None:
    """Call until the stream that the client has just opened has come as far as the server."""
    async with asyncio.timeout(5):
        while notice not in heard.notices:
            await one.call_tool(tool, {})


async def cancels(one: Client, kept: EraServer) -> None:
    waiting = asyncio.create_task(one.call_tool("wait", {}))
    async with asyncio.timeout(5):
        await kept.entered.wait()
    waiting.cancel()
    async with asyncio.timeout(5):
        await kept.cancelled.wait()
    await asyncio.gather(waiting, return_exceptions=True)


def text_of(result: Any) -> Any:
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)


async def test_the_engine_translates_and_tells_what_it_saw(home: Home) -> None:
    async with era_server(MODERN) as kept, running_engine(home) as keyfob:
        await keyfob.add("notes", kept.url)
        issued = await keyfob.token("client")
        [before] = await keyfob.do("server.list")
        assert (before.eras, before.bridged) == ((), False)
        async with keyfob.http_client("notes", issued.token, "legacy") as client:
            assert text_of(await client.call_tool("echo", {"a": 1})) == {"a": 1}
        [after] = (await keyfob.engine.status()).servers
        assert (after.eras, after.bridged) == ((Era.MODERN,), True)


async def test_the_typescript_client_calls_at_a_server_that_knows_no_handshake(
    tmp_path: Path,
) -> None:
    async with era_server(MODERN) as kept, running_relay(tmp_path, kept.url) as relay:
        answer = await run_node(
            "mcp-client.mjs",
            {
                "url": f"{relay.url}/s/one/mcp",
                "headers": {"Authorization": f"Bearer {relay.token}"},
                "tool": "progress",
                "arguments": {"a": 1},
            },
        )
    assert "error" not in answer, answer
    # The SDK's client drops the last step where the answer is close behind, also directly.
    assert answer["progress"] in ([1, 2], [1, 2, 3])
    assert "echo" in answer["tools"]
    assert json.loads(answer["text"]) == {"a": 1}
