"""The engine's relay.sock, as the official client and the commands see it."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from keyfob_core.prompts import ClientPrompt, Decision
from support.engine import Home, RunningEngine, running_engine
from support.prompter import RecordingPrompter
from support.upstreams import sdk_upstream

KEY = "the-api-key-of-the-socket-tests"
CALLED_PYTHON = Decision(allow=True, text="python tests")


@asynccontextmanager
async def client_at(path: Path, url: str, mode: str) -> AsyncGenerator[Client]:
    """The official client, its connections going to a unix socket."""
    transport = httpx2.AsyncHTTPTransport(uds=str(path))
    async with (
        httpx2.AsyncClient(transport=transport, timeout=20) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


@asynccontextmanager
async def engine_with_one(home: Home, port: int = 0) -> AsyncGenerator[RunningEngine]:
    """An engine with one connected server."""
    async with (
        sdk_upstream(KEY) as upstream,
        running_engine(home, RecordingPrompter(CALLED_PYTHON), port=port) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await keyfob.do("connect", server="one", method="api-key", secret=KEY)
        yield keyfob


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_calls_by_the_socket_without_a_token(home: Home, mode: str) -> None:
    steps: list[float] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        if message and message.startswith("step"):
            steps.append(progress)

    async with engine_with_one(home) as keyfob:
        url = "http://localhost/s/one/mcp"
        async with client_at(home.paths.relay_socket, url, mode) as client:
            assert len((await client.list_tools()).tools) == 3
            result = await client.call_tool("progress", {"a": 1}, progress_callback=tell)
            assert not result.is_error
        status = await keyfob.engine.status()
    assert steps == [1, 2, 3]
    assert status.socket == str(home.paths.relay_socket)
    (asked,) = keyfob.prompter.asked
    assert isinstance(asked, ClientPrompt)
    calls = [event for event in home.events() if event.get("tool") == "progress"]
    assert {event["client"] for event in calls} == {"python tests"}
    assert calls[0]["details"]["listener"] == "socket"


async def test_the_socket_serves_though_the_port_is_taken(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with engine_with_one(home, port) as keyfob:
            status = await keyfob.engine.status()
            assert status.url is None
            assert str(port) in (status.problem or "")
            path = home.paths.relay_socket
            async with client_at(path, "http://localhost/s/one/mcp", "auto") as client:
                assert not (await client.call_tool("echo", {})).is_error


async def test_a_socket_that_cannot_be_made_is_a_problem_that_the_port_outlives(
    home: Home,
) -> None:
    home.paths.relay_socket.mkdir(parents=True)
    async with engine_with_one(home) as keyfob:
        status = await keyfob.engine.status()
        assert status.url is not None
        assert status.socket is None
        assert str(home.paths.relay_socket) in (status.problem or "")
        issued = await keyfob.token("client")
        async with keyfob.http_client("one", issued.token) as client:
            result = await client.call_tool("echo", {"a": 1})
        assert json.dumps({"a": 1}) in str(result.content)


async def test_a_program_that_another_has_signed_since_is_asked_about_again(home: Home) -> None:
    signer = "Anysphere (VDXQ22DGB9)"

    async def signer_of(_: str) -> str | None:
        return signer

    async def call(keyfob: RunningEngine) -> None:
        path, url = keyfob.home.paths.relay_socket, "http://localhost/s/one/mcp"
        async with client_at(path, url, "auto") as client:
            assert not (await client.call_tool("echo", {})).is_error

    prompter = RecordingPrompter(CALLED_PYTHON, CALLED_PYTHON)
    async with (
        sdk_upstream() as upstream,
        running_engine(home, prompter, signer_of=signer_of) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await call(keyfob)
        await call(keyfob)
        assert len(prompter.asked) == 1
        signer = "Somebody Else"
        await call(keyfob)
        [known] = await keyfob.do("client.list")
    assert known["signer"] == "Somebody Else"
    first, second = prompter.asked
    assert isinstance(first, ClientPrompt)
    assert isinstance(second, ClientPrompt)
    assert first.peer.signer == second.former_signer == "Anysphere (VDXQ22DGB9)"
    assert second.peer.signer == "Somebody Else"
