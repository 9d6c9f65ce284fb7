"""The official client while Keyfob waits for its person, over HTTP and behind the bridge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import UrlElicitationRequiredError
from mcp_types import ElicitRequestURLParams, ElicitResult

from keyfob_core.prompts import AccessPrompt, Decision
from support.engine import UNPINNED, Home, RunningEngine, bridge_command, running_engine
from support.prompter import ALLOW, RecordingPrompter
from support.upstreams import SdkUpstream, sdk_upstream

CALLED_PYTHON = Decision(allow=True, text="python tests")
SENTENCE = "Waiting for your answer in Keyfob."


@asynccontextmanager
async def keyfob_that_asks(
    home: Home, *answers: Decision, wait: int = 45
) -> AsyncGenerator[tuple[RunningEngine, SdkUpstream]]:
    """An engine with a server whose every call is asked about."""
    async with (
        sdk_upstream() as upstream,
        running_engine(home, RecordingPrompter(*answers)) as keyfob,
    ):
        home.paths.config_file.write_text(f"{UNPINNED}[relay]\nwait = {wait}\n")
        await keyfob.do("server.add", name="one", url=upstream.url)
        yield keyfob, upstream


@asynccontextmanager
async def official(
    keyfob: RunningEngine, way: str, mode: str, **callbacks: Any
) -> AsyncGenerator[Client]:
    if way == "stdio":
        async with Client(bridge_command(keyfob.home, "one"), mode=mode, **callbacks) as client:
            yield client
        return
    issued = await keyfob.token("client")
    headers = {"Authorization": f"Bearer {issued.token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=20) as http,
        Client(
            streamable_http_client(f"{keyfob.url}/s/one/mcp", http_client=http),
            mode=mode,
            **callbacks,
        ) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("way", ["http", "stdio"])
async def test_the_client_is_told_that_its_call_waits_and_then_gets_the_answer(
    home: Home, way: str, mode: str
) -> None:
    told: asyncio.Queue[tuple[float, str | None]] = asyncio.Queue()

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.put_nowait((progress, message))

    names = (CALLED_PYTHON,) if way == "stdio" else ()
    async with (
        keyfob_that_asks(home, *names) as (keyfob, upstream),
        official(keyfob, way, mode) as client,
    ):
        calling = asyncio.create_task(client.call_tool("progress", {}, progress_callback=tell))
        async with asyncio.timeout(10):
            first, message = await told.get()
        assert message == SENTENCE
        assert not any(b"tools/call" in seen.body for seen in upstream.requests)
        keyfob.prompter.answer(ALLOW)
        assert not (await calling).is_error
        after = [told.get_nowait() for _ in range(3)]
    assert [progress for progress, _ in after] == [1, 2, 3]
    assert first < 1


async def test_a_modern_client_shows_the_page_and_goes_on_when_the_question_is_answered(
    home: Home,
) -> None:
    shown: list[ElicitRequestURLParams] = []
    async with keyfob_that_asks(home, wait=2) as (keyfob, upstream):

        async def show(_: Any, params: Any) -> ElicitResult:
            assert isinstance(params, ElicitRequestURLParams)
            shown.append(params)
            keyfob.prompter.answer(ALLOW)
            return ElicitResult(action="accept")

        async with official(keyfob, "http", "auto", elicitation_callback=show) as client:
            result = await client.call_tool("echo", {"a": 1.5})
    assert '"a": 1.5' in str(result.content)
    [params] = shown
    assert params.url.startswith(f"{keyfob.url}/wait/")
    assert params.message
    assert (
        len([prompt for prompt in keyfob.prompter.asked if isinstance(prompt, AccessPrompt)]) == 1
    )
    [call] = [seen for seen in upstream.requests if b"tools/call" in seen.body]
    assert b"requestState" not in call.body


@pytest.mark.parametrize("way", ["http", "stdio"])
async def test_a_client_of_2025_is_asked_to_show_the_page_by_the_error_for_that(
    home: Home, way: str
) -> None:
    async def never(_: Any, params: Any) -> ElicitResult:
        raise AssertionError(f"asked for {params}")

    names = (CALLED_PYTHON,) if way == "stdio" else ()
    async with (
        keyfob_that_asks(home, *names, wait=2) as (keyfob, _),
        official(keyfob, way, "legacy", elicitation_callback=never) as client,
    ):
        with pytest.raises(MCPError) as refused:
            await client.call_tool("echo", {"a": 1})
        [asked] = UrlElicitationRequiredError.from_error(refused.value.error).elicitations
        assert asked.url.startswith(f"{keyfob.url}/wait/")
        keyfob.prompter.answer(ALLOW)
        result = await client.call_tool("echo", {"a": 1})
    assert '"a": 1' in str(result.content)
