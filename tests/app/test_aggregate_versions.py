"""Clients of every revision at `/mcp`, before servers of both eras, over HTTP and lines."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server.subscriptions import ResourceUpdated, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, TextContent

from keyfob_core.transports.stdio.listener import StdioListener
from support.era_clients import Heard, bridge_transport, era_client, http_transport
from support.era_servers import MEMO, MODERN, REVISIONS, EraServer, era_server
from support.eventually import eventually
from support.relay import RunningRelay, running_relay
from support.stdio_upstream import listening_bridges, run_folder

# The clients of old do what the SDK calls deprecated by now.
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")

LONG = bool(os.environ.get("PROVE_LONG"))
OVER_LINES = REVISIONS if LONG else ("2025-11-25", MODERN)
OLD, NEW = "one", "two"


@dataclass
class AtWork:
    """A client of one revision at `/mcp`, before one server of each era."""

    client: Client
    revision: str
    relay: RunningRelay
    heard: Heard
    servers: dict[str, EraServer]

    @property
    def is_modern(self) -> bool:
        return self.revision == MODERN


@asynccontextmanager
async def at_work(folder: Path, revision: str, *, lines: bool) -> AsyncGenerator[AtWork]:
    heard = Heard()
    async with (
        era_server("2025-11-25") as old,
        era_server(MODERN) as new,
        running_relay(folder, old.url, new.url) as relay,
        listening_bridges(StdioListener(relay.front), run_folder()),
    ):
        transport = (
            bridge_transport(run_folder(), None, revision, relay.token)
            if lines
            else http_transport(f"{relay.url}/mcp", revision, relay.token)
        )
        async with era_client(transport, revision, heard, log_level="warning") as client:
            yield AtWork(client, revision, relay, heard, {OLD: old, NEW: new})


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_client_of_each_revision_has_the_servers_of_both_eras_over_http(
    tmp_path: Path, keyfob_home: Path, revision: str
) -> None:
    del keyfob_home
    async with at_work(tmp_path, revision, lines=False) as at:
        await works(at)


@pytest.mark.parametrize("revision", OVER_LINES)
async def test_a_client_of_each_era_has_the_servers_of_both_over_the_bridge(
    tmp_path: Path, keyfob_home: Path, revision: str
) -> None:
    del keyfob_home
    async with at_work(tmp_path, revision, lines=True) as at:
        await works(at)


async def test_each_session_of_a_client_has_a_session_of_its_own_at_each_server(
    tmp_path: Path,
) -> None:
    async with (
        era_server("2025-11-25") as old,
        running_relay(tmp_path, old.url) as relay,
        era_client(
            http_transport(f"{relay.url}/mcp", "2025-11-25", relay.token), "2025-11-25", Heard()
        ) as first,
        era_client(
            http_transport(f"{relay.url}/mcp", "2025-11-25", relay.token), "2025-11-25", Heard()
        ) as second,
    ):
        for client in (first, second, first):
            assert text_of(await client.call_tool("one__echo", {"a": 1})) == {"a": 1}
        assert old.methods.count("initialize") == 2


async def test_a_session_at_all_servers_is_honoured_from_its_own_client_alone(
    tmp_path: Path,
) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "x", "version": "1"},
        },
    }
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    async with era_server(MODERN) as new, running_relay(tmp_path, new.url) as relay:
        async with relay.client() as client:
            begun = await client.post(hello, path="/mcp")
            session = f"Mcp-Session-Id: {begun.head.one('mcp-session-id')}".encode()
            assert (await client.post(listing, session, path="/mcp")).json["result"]["tools"]
        async with relay.client(relay.new_client("other")) as other:
            assert (await other.post(listing, session, path="/mcp")).status == 404
        async with relay.client() as client:
            assert (await client.request("DELETE", "/mcp", session)).status == 200
            assert (await client.post(listing, session, path="/mcp")).status == 404


async def works(at: AtWork) -> None:
    assert at.client.protocol_version == at.revision
    await lists(at)
    for name in at.servers:
        await calls(at, name)
        await answers_questions(at, name)
        await reads(at, name)
        await logs(at, name)
        await listens(at, name)
        await cancels(at, name)


async def lists(at: AtWork) -> None:
    tools = [tool.name for tool in (await at.client.list_tools()).tools]
    assert {f"{OLD}__echo", f"{NEW}__echo", f"{NEW}__routed", "keyfob_status"} <= set(tools)
    prompts = (await at.client.list_prompts()).prompts
    assert [prompt.name for prompt in prompts] == [f"{OLD}__greet", f"{NEW}__greet"]
    templates = (await at.client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [
        f"keyfob:{OLD}/memo://{{name}}",
        f"keyfob:{NEW}/memo://{{name}}",
    ]


async def calls(at: AtWork, name: str) -> None:
    steps: list[float] = []

    async def step(progress: float, total: float | None, message: str | None) -> None:
        steps.append(progress)

    called = await at.client.call_tool(f"{name}__progress", {"ü": "ß"}, progress_callback=step)
    assert text_of(called) == {"ü": "ß"}
    assert steps == [1, 2, 3]
    routed = await at.client.call_tool(f"{name}__routed", {"region": "Zürich"})
    assert text_of(routed) == {"region": "Zürich"}
    assert (await at.client.call_tool(f"{name}__fail", {})).is_error
    with pytest.raises(MCPError) as refused:
        await at.client.call_tool("nobody__knows", {})
    assert refused.value.error.code == -32602
    status = await at.client.call_tool("keyfob_status", {})
    [said] = status.content
    assert isinstance(said, TextContent)
    assert f"{name}: ready" in said.text


async def answers_questions(at: AtWork, name: str) -> None:
    at.heard.asked.clear()
    answers = text_of(await at.client.call_tool(f"{name}__ask", {}))
    assert answers["sample"] == "4"
    assert answers["where"] == "file:///home"
    assert ("who" in answers) == (at.revision >= "2025-06-18")
    assert len(at.heard.asked) == len(answers)
    assert at.servers[name].called.count("ask") == 1


async def reads(at: AtWork, name: str) -> None:
    uri = f"keyfob:{name}/{MEMO}"
    assert uri in [str(one.uri) for one in (await at.client.list_resources()).resources]
    [memo] = (await at.client.read_resource(uri)).contents
    assert (str(memo.uri), getattr(memo, "text", None)) == (uri, "remember")
    with pytest.raises(MCPError) as refused:
        await at.client.read_resource(f"keyfob:{name}/memo://none")
    assert refused.value.error.code == (-32602 if at.is_modern else -32002)
    got = await at.client.get_prompt(f"{name}__greet", {"who": "Ada"})
    assert got.messages[0].role == "user"
    ref = PromptReference(name=f"{name}__greet")
    done = await at.client.complete(ref, {"name": "who", "value": "A"})
    assert done.completion.values == ["A-done"]


async def logs(at: AtWork, name: str) -> None:
    at.heard.logged.clear()
    if not at.is_modern:
        await at.client.session.set_logging_level("warning")  # pyright: ignore[reportDeprecated]
    await at.client.call_tool(f"{name}__log", {})
    await eventually(lambda: at.heard.logged == ["a warning"])


async def listens(at: AtWork, name: str) -> None:
    uri = f"keyfob:{name}/{MEMO}"
    if at.is_modern:
        async with at.client.listen(tools_list_changed=True, resource_subscriptions=[uri]) as news:
            await until_told(at, f"{name}__change", news, ToolsListChanged())
            await until_told(at, f"{name}__update", news, ResourceUpdated(uri))
        return
    await until_noticed(at, f"{name}__change", "notifications/tools/list_changed")
    session = at.client.session
    await session.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
    await until_noticed(at, f"{name}__update", "notifications/resources/updated")
    await session.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated]


async def until_told(at: AtWork, tool: str, news: Any, expected: Any) -> None:
    """Call until the subscription, which is acknowledged at once, has come as far as the server."""
    told: Any = None
    async with asyncio.timeout(5):
        while told != expected:
            coming = asyncio.ensure_future(anext(news))
            while not coming.done():
                await at.client.call_tool(tool, {})
            told = coming.result()


async def until_noticed(at: AtWork, tool: str, notice: str) -> None:
    at.heard.notices.clear()
    async with asyncio.timeout(5):
        while notice not in at.heard.notices:
            await at.client.call_tool(tool, {})


async def cancels(at: AtWork, name: str) -> None:
    server = at.servers[name]
    waiting = asyncio.create_task(at.client.call_tool(f"{name}__wait", {}))
    async with asyncio.timeout(5):
        await server.entered.wait()
    waiting.cancel()
    async with asyncio.timeout(5):
        await server.cancelled.wait()
    await asyncio.gather(waiting, return_exceptions=True)
    # The session goes on; and what ends the cancelled call reaches a client that is still there.
    assert (await at.client.list_tools()).tools


def text_of(result: Any) -> Any:
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)
