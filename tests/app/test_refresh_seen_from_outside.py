"""The whole flow against an authorization server that we did not write."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from mcp import Client
from mcp_types import TextContent

from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
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


async def expiry(keyfob: RunningEngine) -> None:
    """Wait until the account's access token has ended."""
    [account] = await keyfob.do("account.list")
    assert account.expires_at is not None
    assert account.expires_at - time.time() <= SECONDS
    await eventually(lambda: time.time() >= account.expires_at, within=SECONDS + 1)


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
            assert await person_of(client) == "ada"
            for _ in range(2):
                await expiry(keyfob)
                people = [await person_of(client) for _ in range(3)]
                assert people == ["ada"] * 3
    assert len(server.tokens) == 3
    assert server.refused == []
    assert [event["event"] for event in home.events()].count("refreshed") == 2
    assert len(browser.urls) == 1
    assert keyfob.prompter.asked == []


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_ten_calls_at_once_meet_an_expired_token_and_cause_one_refresh(
    home: Home, mode: str
) -> None:
    browser = UserAgent()
    async with (
        oidc_provider(access_token_seconds=SECONDS, scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        await keyfob.do("connect", server="notes")
        issued = await keyfob.token("client")
        async with keyfob.http_client("notes", issued.token, mode) as client:
            await person_of(client)
            await expiry(keyfob)
            people = await asyncio.gather(*(person_of(client) for _ in range(10)))
    assert set(people) == {"ada"}
    assert len(server.tokens) == 2
    assert [event["event"] for event in home.events()].count("refreshed") == 1
    assert len(browser.urls) == 1
