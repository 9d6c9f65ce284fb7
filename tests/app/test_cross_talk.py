"""Two clients with two accounts on one URL, under load: nothing of the one reaches the other."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from typing import Any

import pytest
from mcp import Client

from support.engine import UNPINNED, Home, RunningEngine, running_engine
from support.marked import mark
from support.upstreams import SdkUpstream, sdk_upstream

LONG = bool(os.environ.get("PROVE_LONG"))
CALLS = 3000 if LONG else 60
AT_ONCE = 20
KEYS = {"cursor": mark("key-of-work"), "zed": mark("key-of-home")}
CONFIG = """
[accounts.work]
method = "api-key"
[accounts.home]
method = "api-key"
[servers.one]
url = "{url}"
account = "work"
access = "allow"
[clients.zed.servers.one]
account = "home"
access = "allow"
"""


async def call_often(client: Client, name: str, tool: str) -> int:
    """Call with this client's marks, many at once; how many answers were its own."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def call(number: int) -> bool:
        marked = f"{name}-{number}"
        async with turns:
            result: Any = await client.call_tool(tool, {"text": marked})
        assert marked in str(result.content), result
        return not any(f"{other}-" in str(result.content) for other in KEYS if other != name)

    return sum(await asyncio.gather(*(call(number) for number in range(CALLS))))


async def visit(keyfob: RunningEngine, name: str, path: str | None, mode: str) -> int:
    token = (await keyfob.token(name)).token
    async with keyfob.http_client(path, token, mode) as client:
        return await call_often(client, name, "echo" if path else "one__echo")


def check_upstream(upstream: SdkUpstream) -> None:
    """Each request bears the key of the client whose mark it has, and each session one key."""
    keys = {f"Bearer {key}": name for name, key in KEYS.items()}
    sessions: defaultdict[str, set[str]] = defaultdict(set)
    marked = 0
    for seen in upstream.requests:
        name = keys[seen.header("authorization") or ""]
        session = seen.header("mcp-session-id")
        if session is not None:
            sessions[session].add(name)
        others = [other for other in KEYS if other != name]
        assert not any(f'"{other}-'.encode() in seen.body for other in others)
        marked += f'"{name}-'.encode() in seen.body
    assert marked == CALLS * 2 * 4
    assert all(len(names) == 1 for names in sessions.values())
    assert len(sessions) >= 2


@pytest.mark.timeout(3600 if LONG else 120)
async def test_two_clients_with_two_accounts_never_meet_under_load(home: Home) -> None:
    async with sdk_upstream(*KEYS.values()) as upstream:
        home.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
        home.paths.config_file.write_text(CONFIG.format(url=upstream.url) + UNPINNED)
        async with running_engine(home) as keyfob:
            for account, key in zip(("home", "work"), reversed(KEYS.values()), strict=True):
                await keyfob.do(
                    "connect", server="one", account=account, method="api-key", secret=key
                )
            upstream.requests.clear()
            visits = [
                visit(keyfob, name, path, mode)
                for name in KEYS
                for path in ("one", None)
                for mode in ("auto", "legacy")
            ]
            assert await asyncio.gather(*visits) == [CALLS] * len(visits)
            check_upstream(upstream)
    for event in home.events():
        if event["event"] == "forwarding":
            assert (event["client"], event["account"]) in {("cursor", "work"), ("zed", "home")}
