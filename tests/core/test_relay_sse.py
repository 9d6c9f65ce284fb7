"""The eight steps in front of a server that knows only HTTP+SSE."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from support.eventually import eventually
from support.raw_http import RawAnswer, RawClient
from support.relay import ALLOW_ALL, RunningRelay, config_for, running_relay
from support.sse_servers import SdkSse, echo, scripted_sse, sdk_sse
from support.upstreams import sdk_server

pytestmark = pytest.mark.usefixtures("form")

ACCEPTED = (b"Accept: application/json, text/event-stream",)


@asynccontextmanager
async def relaying(
    folder: Path, *tokens: str, extra: str = ""
) -> AsyncGenerator[tuple[RawClient, SdkSse, RunningRelay]]:
    async with sdk_sse(sdk_server(), *tokens) as server:
        config = config_for(server.url, account="a") + ALLOW_ALL + extra
        async with running_relay(folder, extra="") as relay:
            relay.configure(config)
            relay.connect_oauth("a", server.url)
            async with relay.client() as client:
                yield client, server, relay


async def ask(
    client: RawClient, message_id: int, method: str, session: str | None = None, **params: Any
) -> RawAnswer:
    lines = ACCEPTED if session is None else (*ACCEPTED, f"Mcp-Session-Id: {session}".encode())
    message = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
    return await client.post(message, *lines)


async def initialize(client: RawClient) -> str:
    answer = await ask(
        client,
        0,
        "initialize",
        protocolVersion="2025-11-25",
        capabilities={},
        clientInfo={"name": "test", "version": "1"},
    )
    assert answer.status == 200, answer
    assert "result" in answer.json, answer.json
    session = answer.head.one("mcp-session-id")
    assert session
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    accepted = await client.post(note, *ACCEPTED, f"Mcp-Session-Id: {session}".encode())
    assert accepted.status == 202
    return session


async def call(client: RawClient, session: str, number: int = 1) -> RawAnswer:
    return await ask(client, number, "tools/call", session, name="echo", arguments={})


def outcomes(relay: RunningRelay) -> list[str]:
    """How the calls of `echo` ended."""
    return [one["outcome"] for one in relay.events("outcome") if one.get("tool") == "echo"]


async def test_a_token_that_is_refused_at_the_start_is_renewed_and_opens_the_stream(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, "access-2") as (client, server, relay):
        session = await initialize(client)
        assert "result" in (await call(client, session)).json
        assert ("GET", "Bearer access-2") in server.authorizations
        assert relay.issuer.refreshes == 1


async def test_a_token_renewed_later_serves_the_calls_and_the_stream_lives_on(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, "access-1") as (client, server, relay):
        session = await initialize(client)
        server.tokens = {"access-2"}
        assert "result" in (await call(client, session)).json
        assert relay.issuer.refreshes == 1
        streams = [sent for method, sent in server.authorizations if method == "GET"]
        assert streams == ["Bearer access-1"]
        assert server.authorizations[-1] == ("POST", "Bearer access-2")
        await eventually(lambda: outcomes(relay) == ["ok"])


async def test_a_session_is_not_another_clients(tmp_path: Path) -> None:
    async with relaying(tmp_path) as (client, _, relay):
        session = await initialize(client)
        async with relay.client(relay.new_client("another")) as another:
            assert (await call(another, session)).status == 404
        assert "result" in (await call(client, session)).json


async def test_denied_tools_are_cut_out_of_the_list(tmp_path: Path) -> None:
    denied = '[servers.one.tools.fail]\naccess = "deny"\n'
    async with relaying(tmp_path, extra=denied) as (client, _, __):
        session = await initialize(client)
        listed = await ask(client, 1, "tools/list", session)
        assert [tool["name"] for tool in listed.json["result"]["tools"]] == ["echo", "progress"]


async def test_a_stream_that_dies_is_an_error_of_the_call_and_a_404_of_the_next(
    tmp_path: Path,
) -> None:
    async with (
        scripted_sse() as server,
        running_relay(tmp_path, server.url) as relay,
        relay.client() as client,
    ):
        session = await initialize(client)
        server.answer = lambda _: ()
        calling = asyncio.create_task(call(client, session))
        await eventually(lambda: len(server.posts) == 3)
        server.end()
        answer = await calling
        assert (answer.status, answer.json["id"]) == (200, 1)
        assert answer.error["data"]["code"] == "upstream_unreachable"
        assert (await call(client, session)).status == 404
        server.answer = echo
        assert "result" in (await call(client, await initialize(client))).json
        await eventually(lambda: outcomes(relay) == ["failed", "failed", "ok"])
