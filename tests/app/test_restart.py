"""`kill -9` in the middle, and what its clients notice of it."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from typing import Any

import pytest
from mcp import Client
from mcp_types import TextContent

from keyfob_core.demo.grants import Lifetimes
from keyfob_core.demo.servers import demo_servers
from support.engine import Home, official_client
from support.processes import asked, keyfob_serve, with_browser


async def person_at(client: Client) -> str:
    result: Any = await client.call_tool("whoami", {})
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)["person"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_s_next_call_works_after_the_engine_was_killed(
    home: Home, mode: str
) -> None:
    home = with_browser(home)
    environ = home.environ
    ahead = 0.0
    async with (
        demo_servers(Lifetimes(access=600), clock=lambda: time.time() + ahead) as servers,
        contextlib.AsyncExitStack() as engines,
    ):
        engine = await engines.enter_async_context(keyfob_serve(home))
        await asked(environ, "server", "add", "demo", servers.mcp_url, "--yes")
        state = await asked(environ, "connect", "demo", "--yes")
        assert state["condition"] == "healthy"
        issued = await asked(environ, "client", "token", "client", "--yes")
        await asked(environ, "rule", "add", "--client", "client", "--access", "allow", "--yes")
        url = (await asked(environ, "status"))["url"] + "/s/demo/mcp"
        headers = {"Authorization": f"Bearer {issued['token']}"}
        async with official_client(url, mode, headers) as session:
            assert await person_at(session) == "Ada"
            engine.send_signal(signal.SIGKILL)
            await engine.wait()
            # A token that ended meanwhile, and no sooner: a death in a refresh may cost a sign-in.
            ahead = 601.0
            await engines.enter_async_context(keyfob_serve(home))
            assert await person_at(session) == "Ada"
        assert (await asked(environ, "audit", "verify"))["ok"]
    events = [event["event"] for event in home.events()]
    assert events.count("engine_started") == 2
    assert events.count("account_connected") == 1
    assert events.count("refreshed") == 1
