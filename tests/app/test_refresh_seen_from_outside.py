"""The whole flow against an authorization server that we did not write."""

from __future__ import annotations

import asyncio
import json

import pytest
from mcp import Client
from mcp_types import TextContent

from support.engine import Home, running_engine
from support.oidc_provider import oidc_provider
from support.protected_server import SCOPE, protected_server
from support.user_agent import UserAgent

SECONDS = 5


async def person_of(client: Client) -> str:
    result = await client.call_tool("whoami", {})
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)["person"]


async def test_five_second_tokens_are_refreshed_without_asking_anybody(home: Home) -> None:
    browser = UserAgent()
    async with (
        oidc_provider(access_token_seconds=SECONDS, scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        state = await keyfob.do("connect", server="notes")
        assert state.condition == "healthy"
        assert "close this tab" in (await browser.last_page()).text
        issued = await keyfob.token("client")
        async with keyfob.http_client("notes", issued.token, "legacy") as client:
            loop = asyncio.get_running_loop()
            began = loop.time()
            calls = 0
            while len(server.tokens) < 3:
                assert loop.time() < began + 4 * SECONDS
                assert await person_of(client) == "ada"
                calls += 1
                await asyncio.sleep(0.2)
    assert calls > len(server.tokens)
    assert len(browser.urls) == 1
    assert keyfob.prompter.asked == []
    # It counts in whole seconds: a token that ends within one may cost a 401 that nobody sees.
    assert len(server.refused) <= len(server.tokens)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_ten_calls_at_once_meet_an_expired_token_and_cause_one_refresh(
    home: Home, mode: str
) -> None:
    browser = UserAgent()
    async with (
        oidc_provider(access_token_seconds=2, scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        await keyfob.do("connect", server="notes")
        issued = await keyfob.token("client")
        async with keyfob.http_client("notes", issued.token, mode) as client:
            await person_of(client)
            await asyncio.sleep(2.1)
            before = len(server.tokens)
            people = await asyncio.gather(*(person_of(client) for _ in range(10)))
    assert set(people) == {"ada"}
    assert len(server.tokens) - before <= 1
    refreshes = [e for e in home.events() if e["event"] == "refreshed"]
    assert 1 <= len(refreshes) <= 2
    assert len(browser.urls) == 1
