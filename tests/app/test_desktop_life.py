"""The real tray app on a private desk: what a crash and an end in the midst of work leave."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import psutil
import pytest
from aiohttp import web

from keyfob_core.launch import window_engine_command
from support.desk import DESK_PROGRAMS, Desk, private_desk
from support.engine import UNPINNED, Home, official_client, running_engine
from support.eventually import eventually
from support.processes import asked
from support.tray_app import App
from support.upstreams import sdk_upstream

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, DESK_PROGRAMS)), reason="needs an X server, a tray and xdotool"
)
AWAITED = -31002
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "echo", "arguments": {"a": 1}},
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with private_desk() as desk:
        yield desk


@dataclass
class Life:
    """A tray app that serves one server, and a client of it."""

    app: App
    home: Home
    token: str
    url: str = ""

    async def start(self) -> Any:
        """Start it and wait until it serves."""
        process = self.app.start("--background")
        await eventually(self.app.serves, within=20)
        self.url = (await asked(self.home.environ, "status"))["url"]
        return process

    async def call(self, server: str = "one", timeout: float = 20) -> Any:
        """Call the tool and answer what the relay answers."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "MCP-Protocol-Version": "2025-11-25",
        }
        async with httpx2.AsyncClient(trust_env=False, timeout=timeout) as http:
            answer = await http.post(f"{self.url}/s/{server}/mcp", json=CALL, headers=headers)
            return answer.json()

    async def tools(self) -> list[str]:
        """The names of the server's tools, as an official client learns them."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with official_client(f"{self.url}/s/one/mcp", "auto", headers) as client:
            return [tool.name for tool in (await client.list_tools()).tools]


@asynccontextmanager
async def life(
    desk: Desk, home: Home, servers: dict[str, str], *, allowed: str = "", wait: int = 45
) -> AsyncGenerator[Life]:
    home.paths.config_file.write_text(f"{UNPINNED}[relay]\nwait = {wait}\n")
    async with running_engine(home) as keyfob:
        for name, url in servers.items():
            await keyfob.do("server.add", name=name, url=url)
        if allowed:
            await keyfob.do("rule.add", server=allowed, access="allow")
        token = (await keyfob.token("cursor")).token
    app = App(desk, home.folder, DBUS_SESSION_BUS_ADDRESS=home.bus)
    try:
        yield Life(app, home, token)
    finally:
        await asyncio.to_thread(app.end)


async def test_an_always_that_was_answered_after_the_call_had_ended_outlives_a_crash(
    desk: Desk, home: Home
) -> None:
    async with (
        sdk_upstream() as upstream,
        life(desk, home, {"one": upstream.url}, wait=1) as it,
    ):
        process = await it.start()
        answer = await it.call()
        assert answer["error"]["code"] == AWAITED
        await eventually(lambda: bool(it.app.prompts()))
        (prompt,) = it.app.waiting_prompts()
        desk.run("xdotool", "windowactivate", "--sync", str(prompt))
        # The window manager tells of it a moment before the keys go there.
        await eventually(lambda: desk.run("xdotool", "getwindowfocus").strip() == str(prompt))
        # Past what is told, and the arguments, comes the duration, with "always" as its last.
        desk.run("xdotool", "key", "--window", str(prompt), "Tab", "Tab", "Tab", "End")

        def approved() -> bool:
            it.app.approve(prompt)
            return not it.app.prompts()

        await eventually(approved)

        def decided() -> list[Any]:
            found = [one for one in home.events() if one["event"] == "decision"]
            return [one["details"] for one in found if one.get("tool") == "echo"]

        # The window goes a moment before its engine hears the answer.
        await eventually(lambda: bool(decided()))
        assert decided() == [{"lasts": "always"}]
        process.kill()
        await asyncio.to_thread(process.wait)
        # Its engine lives in a process of its own, and ends by itself when the window is gone.
        await eventually(lambda: not home.paths.control_socket.exists())

        await it.start()
        status = await asked(home.environ, "status")
        [rule] = await asked(home.environ, "rule", "list")
        assert (rule["client"], rule["server"], rule["tool"]) == ("cursor", "one", "echo")
        assert (rule["access"], rule["until"]) == ("allow", None)
        assert status["unaccepted"] == []
        await it.call()
        assert it.app.prompts() == []


async def test_an_engine_that_was_killed_is_started_again_and_serves_as_before(
    desk: Desk, home: Home
) -> None:
    async with (
        sdk_upstream() as upstream,
        life(desk, home, {"one": upstream.url}, allowed="one") as it,
    ):
        process = await it.start()
        tools = await it.tools()
        (engine,) = (
            child
            for child in psutil.Process(process.pid).children()
            if child.cmdline()[-1:] == window_engine_command()[-1:]
        )
        engine.kill()
        await eventually(lambda: "it is started again" in it.app.log)

        async def serves() -> bool:
            try:
                it.url = (await asked(home.environ, "status"))["url"]
            except AssertionError:
                return False
            return bool(it.url)

        async with asyncio.timeout(30):
            while not await serves():
                pass
        assert tools
        assert await it.tools() == tools
        assert process.poll() is None
        assert len(it.app.log.splitlines()) == 1


async def test_it_quits_at_once_with_calls_in_flight_and_a_question_open(
    desk: Desk, home: Home
) -> None:
    arrived = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        arrived.set()
        await asyncio.Event().wait()
        return web.Response()

    server = web.Application()
    server.router.add_post("/mcp", hang)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        url = f"http://{host}:{port}/mcp"
        async with life(desk, home, {"one": url, "two": url}, allowed="one") as it:
            process = await it.start()
            calls = [asyncio.ensure_future(it.call(each)) for each in ("one", "one", "two")]
            async with asyncio.timeout(10):
                await arrived.wait()
            await eventually(lambda: bool(it.app.prompts()))

            asked_at = time.monotonic()
            process.terminate()
            code = await asyncio.to_thread(process.wait, 10)
            took = time.monotonic() - asked_at

            assert code == 0
            # Two seconds on a quiet machine; this one may be busy.
            assert took < 4, took
            await asyncio.gather(*calls, return_exceptions=True)
            assert it.app.log == ""
    finally:
        await runner.cleanup()
