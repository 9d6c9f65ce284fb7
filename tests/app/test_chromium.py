"""A person's real browser at the demo's consent page and at Keyfob's own last page."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

from keyfob_core.demo.servers import demo_servers
from keyfob_core.errors import OAuthFailed
from support.engine import UNPINNED, Home, running_engine
from support.eventually import eventually
from support.node import run_node
from support.prompter import ALLOW
from support.upstreams import json_reply, scripted_upstream


class Chromium:
    """A `Browser` that presses one button of the consent page in Chromium.

    Pictures of the pages are kept in the folder that TEST_PICTURES names, if it does.
    """

    def __init__(self, button: str) -> None:
        pictures = os.environ.get("TEST_PICTURES")
        self._asked = {"button": button, "shots": pictures and str(Path(pictures) / button)}
        self._walk: asyncio.Task[Any] | None = None

    async def __call__(self, url: str) -> bool:
        self._walk = asyncio.create_task(run_node("consent.mjs", {**self._asked, "url": url}))
        return True

    async def seen(self) -> Any:
        assert self._walk is not None
        return await self._walk


async def test_a_click_in_chromium_connects_the_account(home: Home) -> None:
    browser = Chromium("Allow")
    async with demo_servers() as servers, running_engine(home, browser=browser) as keyfob:
        await keyfob.add("demo", servers.mcp_url)
        state = await keyfob.do("connect", server="demo")
        seen = await browser.seen()
        issued = await keyfob.token("client")
        async with keyfob.http_client("demo", issued.token) as client:
            result = await client.call_tool("whoami", {})
    assert state.condition == "healthy"
    assert "Allow access?" in seen["title"]
    assert "close this tab" in seen["ending"]
    assert seen["complaints"] == []
    assert '"person": "Grace"' in str(result.content)


async def test_a_refusal_in_chromium_ends_the_sign_in_with_a_sentence(home: Home) -> None:
    browser = Chromium("Deny")
    async with demo_servers() as servers, running_engine(home, browser=browser) as keyfob:
        await keyfob.add("demo", servers.mcp_url)
        with pytest.raises(OAuthFailed) as refused:
            await keyfob.do("connect", server="demo")
        seen = await browser.seen()
    assert refused.value.oauth_code == "access_denied"
    assert refused.value.hint
    assert "declined" in seen["ending"]


async def test_the_page_of_a_question_shows_by_itself_that_it_was_answered(home: Home) -> None:
    async with (
        scripted_upstream(json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})) as upstream,
        running_engine(home) as keyfob,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        home.paths.config_file.write_text(f"{UNPINNED}[relay]\nwait = 1\n")
        await keyfob.do("server.add", name="one", url=upstream.url)
        issued = await keyfob.token("client")
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}}
        answer = await http.post(
            f"{keyfob.url}/s/one/mcp",
            json=call,
            headers={"Authorization": f"Bearer {issued.token}"},
        )
        url = answer.json()["error"]["data"]["wait_url"]
        asked = {"url": url, "tell": upstream.url}
        looking = asyncio.create_task(run_node("waiting.mjs", asked))
        await eventually(lambda: bool(upstream.requests), within=40)
        keyfob.prompter.answer(ALLOW)
        seen = await looking
    assert seen["headings"] == ["Keyfob has a question", "Nothing waits here"]
    assert seen["complaints"] == []
