"""The two eras behind all eight steps: credentials, sessions, rules, against the SDK's servers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent

from support.era_clients import Heard, era_client, http_transport
from support.era_servers import MODERN, EraServer, era_server
from support.relay import ALLOW_ALL, RunningRelay, config_for, running_relay

pytestmark = pytest.mark.usefixtures("form")

LATEST = "2025-11-25"
BRIDGED = pytest.mark.parametrize(
    ("revision", "server"), [(MODERN, LATEST), (LATEST, MODERN)], ids=["modern", "handshake"]
)


@asynccontextmanager
async def relaying(
    folder: Path, server: str, extra: str = ALLOW_ALL
) -> AsyncGenerator[tuple[RunningRelay, EraServer]]:
    """A relay before one server that takes the OAuth token `access-1`."""
    async with era_server(server) as kept, running_relay(folder, kept.url) as relay:
        relay.configure(config_for(kept.url, account="a") + extra)
        relay.connect_oauth("a", kept.url)
        kept.token = "access-1"
        yield relay, kept


@asynccontextmanager
async def connected(
    relay: RunningRelay, revision: str, heard: Heard | None = None
) -> AsyncGenerator[Client]:
    transport = http_transport(f"{relay.url}/s/one/mcp", revision, relay.token)
    async with era_client(transport, revision, heard or Heard()) as client:
        yield client


def text_of(result: Any) -> Any:
    [content] = result.content
    assert isinstance(content, TextContent)
    return json.loads(content.text)


@BRIDGED
async def test_a_token_that_ends_is_renewed_once_and_no_call_is_made_twice(
    tmp_path: Path, revision: str, server: str
) -> None:
    async with relaying(tmp_path, server) as (relay, kept), connected(relay, revision) as client:
        await client.call_tool("echo", {"count": 1})
        kept.token = "access-2"
        assert text_of(await client.call_tool("echo", {"count": 2})) == {"count": 2}
        assert kept.called == ["echo", "echo"]
        assert relay.issuer.refreshes == 1


@BRIDGED
async def test_a_token_that_has_ended_at_the_first_request_is_renewed_once(
    tmp_path: Path, revision: str, server: str
) -> None:
    async with relaying(tmp_path, server) as (relay, kept):
        kept.token = "access-2"
        async with connected(relay, revision) as client:
            assert text_of(await client.call_tool("echo", {"a": 1})) == {"a": 1}
        assert kept.called == ["echo"]
        assert relay.issuer.refreshes == 1


class Renewing(Heard):
    """A client during whose answer the server's token ends."""

    kept: EraServer

    async def sample(
        self, context: Any, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult:
        self.kept.token = "access-2"
        return await super().sample(context, params)


@BRIDGED
async def test_a_token_that_ends_while_the_client_answers_is_renewed_and_the_call_made_once(
    tmp_path: Path, revision: str, server: str
) -> None:
    async with relaying(tmp_path, server) as (relay, kept):
        heard = Renewing()
        heard.kept = kept
        async with connected(relay, revision, heard) as client:
            answers = text_of(await client.call_tool("ask", {}))
        assert answers["sample"] == "4"
        assert answers["where"] == "file:///home"
        assert kept.called == ["ask"]
        assert kept.refused
        assert relay.issuer.refreshes == 1


@BRIDGED
async def test_denied_tools_are_in_no_list_and_cannot_be_called(
    tmp_path: Path, revision: str, server: str
) -> None:
    extra = ALLOW_ALL + '[[rules]]\nid = "r1"\ntool = "echo"\naccess = "deny"\n'
    async with (
        relaying(tmp_path, server, extra) as (relay, kept),
        connected(relay, revision) as client,
    ):
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert "progress" in tools
        assert "echo" not in tools
        with pytest.raises(MCPError):
            await client.call_tool("echo", {})
        assert kept.called == []


async def test_a_session_that_was_issued_to_one_client_is_nobody_else_s(tmp_path: Path) -> None:
    initialize = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {"protocolVersion": LATEST, "capabilities": {}, "clientInfo": {}},
    }
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with relaying(tmp_path, MODERN) as (relay, kept):
        async with relay.client() as client:
            answer = await client.post(initialize)
            session = answer.head.one("mcp-session-id")
            assert session is not None
            bearing = f"Mcp-Session-Id: {session}".encode()
            assert (await client.post(listing, bearing)).status == 200
        before = len(kept.seen)
        async with relay.client(relay.new_client("other")) as other:
            assert (await other.post(listing, bearing)).status == 404
        assert len(kept.seen) == before


async def test_a_session_ends_with_its_account(tmp_path: Path) -> None:
    async with relaying(tmp_path, MODERN) as (relay, kept), connected(relay, LATEST) as client:
        await client.call_tool("echo", {})
        relay.configure(config_for(kept.url, account="b") + ALLOW_ALL)
        relay.connect_oauth("b", kept.url)
        before = len(kept.seen)
        with pytest.raises(MCPError):
            await client.call_tool("echo", {})
        assert len(kept.seen) == before
