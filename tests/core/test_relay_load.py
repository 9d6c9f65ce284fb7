"""Many at once, slow ones and dead ones: none is felt by the others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from support.eventually import eventually
from support.relay import running_relay
from support.upstreams import Drop, Reply, Seen, json_reply, scripted_upstream, sse_reply

pytestmark = pytest.mark.usefixtures("form")

MEBIBYTE = 1024 * 1024


def call(number: int) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "echo"}}


async def test_sixteen_calls_at_once_of_one_client_get_each_their_own_answer(
    tmp_path: Path,
) -> None:
    together = asyncio.Event()

    def respond(seen: Seen) -> Reply:
        if len(upstream.requests) == 16:
            together.set()
        body = json.dumps({"id": json.loads(seen.body)["id"]}).encode()
        # No answer before all have come: they are under way at the same time.
        return Reply(200, (), (together, body))

    async with (
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, upstream.url) as relay,
    ):

        async def one(number: int) -> int:
            async with relay.client() as client:
                return (await client.post(call(number))).json["id"]

        assert await asyncio.gather(*map(one, range(16))) == list(range(16))
        assert len(relay.events("outcome")) == 16


async def test_a_hundred_slow_streams_do_not_hold_up_a_call(tmp_path: Path) -> None:
    gate = asyncio.Event()

    def respond(seen: Seen) -> Reply:
        if seen.method == "GET":
            name = (seen.header("x-name") or "").encode()
            return sse_reply(b"data: first " + name + b"\n\n", gate, b"data: " + name + b"\n\n")
        return json_reply({"id": 1})

    async with (
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, upstream.url) as relay,
    ):
        opened: list[int] = []

        async def stream(number: int) -> bool:
            async with relay.client() as client:
                name = b"%d" % number
                line = b"X-Name: " + name
                await client.send(client.head("GET", "/s/one/mcp", line, length=None))
                await client.read_head()
                first = await client.chunk()
                opened.append(number)
                await gate.wait()
                return (first, await client.chunk(), await client.chunk()) == (
                    b"data: first " + name + b"\n\n",
                    b"data: " + name + b"\n\n",
                    b"",
                )

        streams = [asyncio.create_task(stream(number)) for number in range(100)]
        await eventually(lambda: len(opened) == 100)
        async with relay.client() as client:
            for _ in range(10):
                assert (await client.post(call(1))).json == {"id": 1}
        gate.set()
        assert all(await asyncio.gather(*streams))


async def a_client_that_stops_reading(folder: Path) -> None:
    """The server is held back, the relay keeps little, and others are served meanwhile."""
    written = 0
    finished = asyncio.Event()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (256 * MEBIBYTE))
                for _ in range(256 * 16):
                    writer.write(b"x" * (MEBIBYTE // 16))
                    written += MEBIBYTE // 16
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            finished.set()
        finally:
            writer.close()

    async with (
        scripted_upstream(json_reply({"id": 1})) as other,
        await asyncio.start_server(flood, "127.0.0.1", 0) as server,
    ):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
        async with running_relay(folder, url, other.url) as relay:
            async with relay.client() as stuck:
                await stuck.send(stuck.head("GET", length=None))
                await stuck.read_head()
                before = -1
                async with relay.client() as client:
                    # Until a whole round of other calls has let the server write nothing more.
                    while written > before:
                        before = written
                        for number in range(50):
                            path = "/s/two/mcp"
                            assert (await client.post(call(number), path=path)).status == 200
                # What the kernel's socket buffers hold between three programs, and little more.
                assert written < 100 * MEBIBYTE
            await asyncio.wait_for(finished.wait(), 5)
            await eventually(
                lambda: "cancelled" in [event["outcome"] for event in relay.events("outcome")]
            )


async def a_stream_that_breaks(folder: Path) -> None:
    """A broken stream reaches the client as broken, and a dropped one the server, on any loop."""
    async with (
        scripted_upstream(Reply(200, (), (b"part", Drop()))) as upstream,
        running_relay(folder, upstream.url) as relay,
        relay.client() as client,
    ):
        with pytest.raises(asyncio.IncompleteReadError):
            await client.post(call(1))
        upstream.respond = lambda _: sse_reply(b"data: 1\n\n", asyncio.Event())
        async with relay.client() as leaving:
            await leaving.send(leaving.head("GET", length=None))
            await leaving.read_head()
            await leaving.chunk()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)


def run_on(loop: str, work: Coroutine[Any, Any, None]) -> None:
    if loop == "uvloop":
        uvloop = pytest.importorskip("uvloop")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    else:
        asyncio.run(work)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_client_that_stops_reading_holds_back_its_server_and_nobody_else(
    tmp_path: Path, loop: str
) -> None:
    run_on(loop, a_client_that_stops_reading(tmp_path))


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_stream_that_breaks_breaks_at_the_other_end_too(tmp_path: Path, loop: str) -> None:
    run_on(loop, a_stream_that_breaks(tmp_path))
