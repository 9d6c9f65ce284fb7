"""The official everything servers behind the relay, message by message as directly."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from keyfob_core.prompts import Decision
from keyfob_core.transports import forms
from support.engine import Home, bridge_command, running_engine
from support.everything_servers import npm_everything, sdk_everything
from support.explorations import MODERN, Exploration
from support.node import run_node
from support.prompter import RecordingPrompter
from support.tap import Exchange, Tap, tap

pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")

FORMS = ("wire", "aiohttp") if os.environ.get("PROVE_LONG") else ("wire",)
CALLED_TESTS = Decision(allow=True, text="tests")
OF_ONE_RUN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a session's id
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]{1,2}:[0-9]{2}:[0-9]{2} [AP]M"
    r"|listen-[0-9]+"  # the Python client's own, counted by its process
    r"|(?<=\"requestState\": \")[^\"]+"
)
"""What a server makes anew in each run, in JSON as json.dumps writes it."""
Explore = Callable[[Exploration, Client], Awaitable[None]]


Transcript = list[Any]
"""Each request with the messages it was answered, as of any run."""


@dataclass(frozen=True)
class Everything:
    """One of the servers, and how all of it is used."""

    url: str
    explore: Explore


@pytest.fixture(params=FORMS, autouse=True)
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form in which the engine speaks HTTP."""
    if request.param == "aiohttp":
        for name in tuple(sys.modules):
            if name.startswith("keyfob_core.transports.wire."):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "httptools", None)
    assert forms.fastest_form().name == request.param


@pytest.fixture(scope="module")
def sdk() -> Generator[Everything]:
    with sdk_everything() as url:
        yield Everything(url, Exploration.explore_sdk)


@pytest.fixture(scope="module")
def npm() -> Generator[Everything]:
    with npm_everything() as url:
        yield Everything(url, Exploration.explore_npm)


@pytest.fixture(scope="module")
def known() -> dict[object, tuple[Transcript, Exploration]]:
    """What came of the runs without a relay, each made once."""
    return {}


@pytest.fixture
async def direct(
    run: tuple[Everything, str], known: dict[object, tuple[Transcript, Exploration]]
) -> tuple[Transcript, Exploration]:
    """What is said without a relay, and what its client saw."""
    if run not in known:
        everything, mode = run
        async with tap(everything.url) as tapped, explored(tapped, everything, mode) as seen:
            pass
        known[run] = transcript(tapped), seen
    return known[run]


@pytest.fixture(params=[("sdk", "legacy"), ("sdk", MODERN), ("npm", "legacy")], ids="-".join)
def run(request: pytest.FixtureRequest) -> tuple[Everything, str]:
    """A server and an era that it speaks."""
    name, mode = request.param
    return request.getfixturevalue(name), mode


@asynccontextmanager
async def explored(
    tapped: Tap, everything: Everything, mode: str, bearer: str = "nobody"
) -> AsyncGenerator[Exploration]:
    """What the client saw of a server through a tap."""
    exploration = Exploration(mode)
    headers = {"Host": tapped.host, "Authorization": f"Bearer {bearer}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=20) as http,
        exploration.client(streamable_http_client(tapped.url, http_client=http)) as client,
    ):
        await everything.explore(exploration, client)
    yield exploration


async def test_both_sides_of_the_relay_say_the_same_and_what_they_say_directly(
    home: Home, run: tuple[Everything, str], direct: tuple[Transcript, Exploration]
) -> None:
    (everything, mode), (said, expected) = run, direct
    async with tap(everything.url) as behind, running_engine(home) as keyfob:
        await keyfob.add("everything", behind.url)
        issued = await keyfob.token("client")
        async with (
            tap(f"{keyfob.url}/s/everything/mcp") as before,
            explored(before, everything, mode, issued.token) as seen,
        ):
            pass
    assert passed(before) == passed(behind)
    assert transcript(behind) == said
    assert as_of_any_run(seen.notes) == as_of_any_run(expected.notes)
    assert as_of_any_run(seen.logs) == as_of_any_run(expected.logs)


async def test_the_bridge_says_to_the_server_and_to_the_client_what_is_said_directly(
    home: Home, run: tuple[Everything, str], direct: tuple[Transcript, Exploration]
) -> None:
    (everything, mode), (said, expected) = run, direct
    seen = Exploration(mode)
    prompter = RecordingPrompter(CALLED_TESTS)
    async with tap(everything.url) as behind, running_engine(home, prompter) as keyfob:
        await keyfob.add("everything", behind.url)
        async with seen.client(bridge_command(home, "everything")) as client:
            await everything.explore(seen, client)
    assert transcript(behind) == said
    assert as_of_any_run(seen.notes) == as_of_any_run(expected.notes)
    assert as_of_any_run(seen.logs) == as_of_any_run(expected.logs)


async def test_the_typescript_client_is_answered_as_directly(home: Home, npm: Everything) -> None:
    expected = await run_node("everything-client.mjs", {"url": npm.url})
    async with running_engine(home, RecordingPrompter(CALLED_TESTS)) as keyfob:
        await keyfob.add("everything", npm.url)
        issued = await keyfob.token("client")
        by_http = {
            "url": f"{keyfob.url}/s/everything/mcp",
            "headers": {"Authorization": f"Bearer {issued.token}"},
        }
        bridge = bridge_command(home, "everything")
        by_bridge = {"command": bridge.command, "args": bridge.args, "env": bridge.env}
        for where in (by_http, by_bridge):
            seen = await run_node("everything-client.mjs", where)
            assert as_of_any_run(seen["transcript"]) == as_of_any_run(expected["transcript"])


def passed(tapped: Tap) -> list[tuple[object, ...]]:
    """Each exchange's bytes, in an order of their own: connections are not the same."""
    return sorted(
        (
            exchange.request.head[0],
            exchange.request.body,
            exchange.request.header("last-event-id") or "",
            exchange.response.head[0],
            exchange.response.header("content-type") or "",
            exchange.response.header("mcp-session-id") or "",
            whole_events(exchange),
        )
        for exchange in answered(tapped)
    )


def transcript(tapped: Tap) -> Transcript:
    found = [
        as_of_any_run([exchange.request.head[0], exchange.asked, exchange.messages])
        for exchange in answered(tapped)
    ]
    return sorted(found, key=json.dumps)


def answered(tapped: Tap) -> list[Exchange]:
    """All but the call that the client gave up: how much of it came before that is chance."""
    exchanges = tapped.exchanges()
    ended = {message.get("id") for one in exchanges for message in one.messages}
    calls = [one for one in exchanges if (one.asked or {}).get("method") == "tools/call"]
    given_up = [one for one in calls if one.asked["id"] not in ended]
    assert len(given_up) < 2
    return [one for one in exchanges if one not in given_up]


def whole_events(exchange: Exchange) -> bytes:
    """The response's body up to its last whole event: a client hangs up when it has its answer."""
    body = exchange.response.body
    streams = (exchange.response.header("content-type") or "").startswith("text/event-stream")
    return body[: body.rfind(b"\n") + 1] if streams else body


def as_of_any_run(value: object) -> Any:
    """The value with placeholders for what is another in each run."""
    return json.loads(OF_ONE_RUN.sub("<one>", json.dumps(value, default=repr, ensure_ascii=False)))
