"""What a client has under way when it is revoked, by whichever door it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import MCPError

from keyfob_core.prompts import Decision
from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
from support.prompter import RecordingPrompter
from support.upstreams import Reply, Seen, json_reply, scripted_upstream

NAMED = Decision(allow=True, text="python tests")
INITIALIZED: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "slow", "version": "1"},
}


@asynccontextmanager
async def slow(home: Home) -> AsyncGenerator[RunningEngine]:
    """An engine with a server that answers everything but calls."""
    never = asyncio.Event()

    def respond(seen: Seen) -> Reply:
        if b'"tools/call"' in seen.body:
            return Reply(chunks=(never,))
        if b'"initialize"' in seen.body:
            asked = json.loads(seen.body)["id"]
            return json_reply({"jsonrpc": "2.0", "id": asked, "result": INITIALIZED})
        return Reply(status=405 if seen.method == "GET" else 202)

    async with (
        scripted_upstream(respond) as upstream,
        running_engine(home, RecordingPrompter(NAMED)) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        yield keyfob
        never.set()


def outcomes(home: Home) -> list[str]:
    return [event["outcome"] for event in home.events() if event["event"] == "outcome"]


def calls(home: Home) -> bool:
    return any(event["event"] == "forwarding" and event.get("tool") for event in home.events())


async def test_a_bridge_s_call_is_answered_when_its_client_is_revoked(home: Home) -> None:
    async with (
        asyncio.timeout(30),
        slow(home) as keyfob,
        keyfob.stdio_client("one", "legacy") as client,
    ):
        call = asyncio.create_task(client.call_tool("slow", {}))
        await eventually(lambda: calls(home))
        await keyfob.do("client.revoke", name="python tests")
        async with asyncio.timeout(5):
            with pytest.raises(MCPError, match="revoked"):
                await call
        assert outcomes(home)[-1] == "denied"


@pytest.mark.parametrize("path", ["/mcp", "/s/one/mcp"])
async def test_a_call_by_http_ends_when_its_client_is_revoked(home: Home, path: str) -> None:
    tool = "one__slow" if path == "/mcp" else "slow"
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": {}, "_meta": meta}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    async with slow(home) as keyfob, httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        token = (await keyfob.token("editor")).token
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call",
            "Mcp-Name": tool,
        }
        asked = asyncio.create_task(http.post(f"{keyfob.url}{path}", json=call, headers=headers))
        await eventually(lambda: calls(home))
        await keyfob.do("client.revoke", name="editor")
        async with asyncio.timeout(5):
            try:
                answer = (await asked).text
            except httpx2.HTTPError:
                answer = "cut"
        assert answer == "cut" or "revoked" in answer
        # A call of `/mcp` is one within another: whichever was cut first ended the other.
        assert outcomes(home)[-1] in ("denied", "cancelled")
        again = await http.post(f"{keyfob.url}{path}", json=call, headers=headers)
        assert again.status_code == 401
