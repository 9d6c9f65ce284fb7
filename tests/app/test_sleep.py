"""A machine that slept: what the engine does when it wakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from support.engine import Home, running_engine
from support.upstreams import sdk_upstream


class Bed:
    """Tells the engine that the machine has woken."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.watched = asyncio.Event()

    async def __call__(self, woken: Callable[[], None]) -> None:
        self.wake = woken
        self.watched.set()
        await asyncio.Event().wait()


async def test_a_call_after_a_sleep_takes_no_connection_from_before_it(home: Home) -> None:
    bed = Bed()
    async with sdk_upstream() as upstream, running_engine(home, watch_sleep=bed) as keyfob:
        await keyfob.add("one", upstream.url)
        issued = await keyfob.token("client")
        async with asyncio.timeout(5):
            await bed.watched.wait()
        told = asyncio.Event()
        keyfob.engine.subscribe(lambda status: told.set())
        async with keyfob.http_client("one", issued.token, "legacy") as client:
            await client.call_tool("echo", {"a": 1})
            told.clear()
            bed.wake()
            async with asyncio.timeout(5):
                await told.wait()
            result = await client.call_tool("echo", {"a": 2})
    assert '"a": 2' in str(result.content)
