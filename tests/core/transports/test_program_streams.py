from __future__ import annotations

import asyncio
import json

import pytest

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.transports.programs.streams import EventBody, Stream
from keyfob_core.transports.programs.unasked import Unasked

BIG = b"x" * (1 << 20)


async def test_lines_come_in_their_order_and_the_end_after_them() -> None:
    stream = Stream({(False, 1): 1, (False, 2): 2})
    await stream.put(b"a", 1)
    await stream.put(b"b", 1)
    stream.settle((False, 1))
    assert stream.is_open
    stream.settle((False, 2))
    assert not await stream.put(b"late", 1)
    assert await stream.take() == [b"a", b"b"]
    assert await stream.take() == []


async def test_a_full_stream_waits_for_its_reader() -> None:
    stream = Stream()
    await stream.put(BIG, 1)
    waiting = asyncio.create_task(stream.put(b"more", 5))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await stream.take() == [BIG]
    assert await waiting
    assert await stream.take() == [b"more"]


async def test_a_stream_that_is_not_read_in_time_ends() -> None:
    stream = Stream()
    await stream.put(BIG, 1)
    async with asyncio.timeout(2):
        assert not await stream.put(b"more", 0.01)
    assert not stream.is_open
    assert await stream.take() == [BIG]
    with pytest.raises(UpstreamUnreachable, match="does not read"):
        await stream.take()


async def test_a_stream_that_is_left_lets_go_who_waits_to_write() -> None:
    stream = Stream()
    await stream.put(BIG, 1)
    waiting = asyncio.create_task(stream.put(b"more", 5))
    await asyncio.sleep(0)
    stream.end()
    assert not await asyncio.wait_for(waiting, 1)


async def test_a_reader_that_is_cancelled_loses_nothing() -> None:
    stream = Stream()
    for _ in range(20):
        reading = asyncio.create_task(stream.take())
        await asyncio.sleep(0)
        await stream.put(b"a", 1)
        reading.cancel()
        done = await asyncio.gather(reading, return_exceptions=True)
        assert done == [[b"a"]] or await stream.take() == [b"a"]


async def test_each_request_that_is_owed_is_told_why_before_the_body_breaks() -> None:
    stream = Stream({(False, 1): 1, (True, "1"): "1"})
    body = EventBody(stream, [], 5)
    stream.end(UpstreamUnreachable("It broke."))
    told = (await anext(body)).decode()
    messages = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: ")]
    assert [message["id"] for message in messages] == [1, "1"]
    assert {message["error"]["message"] for message in messages} == {"It broke."}
    with pytest.raises(UpstreamUnreachable):
        await anext(body)


async def test_where_nobody_keeps_what_is_unasked_it_is_lost() -> None:
    unasked = Unasked(keeps=False)
    assert not await unasked.take(b"a", (), 1)
    listening = unasked.listen()
    assert await unasked.take(b"b", (), 1)
    assert await listening.take() == [b"b"]


async def test_no_more_is_kept_than_is_bounded() -> None:
    unasked = Unasked(keeps=True)
    kept = [await unasked.take(b"%d" % number, (), 1) for number in range(300)]
    assert kept == [True] * 256 + [False] * 44
    assert len(await unasked.listen().take()) == 256
    assert not await Unasked(keeps=True).take(BIG + b"x", (), 1)
