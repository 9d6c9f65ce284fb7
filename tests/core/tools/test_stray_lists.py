from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.model import Headers, UpstreamResponse, Whole
from keyfob_core.tools.stray_lists import Looks, without_strays
from keyfob_core.tools.tool_lists import Tool

JSON: Headers = (("Content-Type", "application/json"),)
SSE: Headers = (("Content-Type", "text/event-stream"),)


async def review(tools: Sequence[Tool]) -> list[bool]:
    return [tool["name"] == "good" for tool in tools]


def answer(request_id: object, *names: str, **more: object) -> bytes:
    tools = [{"name": name} for name in names]
    message = {"jsonrpc": "2.0", "id": request_id, "result": {"tools": tools, **more}}
    return json.dumps(message).encode()


def event(data: bytes) -> bytes:
    return b"event: message\ndata: " + data + b"\n\n"


PLAIN = json.dumps(
    {"jsonrpc": "2.0", "id": 7, "result": {"content": [{"text": "\u00fc"}]}}
).encode()


async def passed(headers: Headers, *chunks: bytes) -> list[bytes]:
    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    response = UpstreamResponse(status=200, headers=headers, body=body())
    return [chunk async for chunk in without_strays(response, lambda: Looks(review, [7]))]


async def test_what_names_no_list_passes_chunk_by_chunk() -> None:
    chunks = [event(PLAIN)[:20], event(PLAIN)[20:] + event(PLAIN), b": ping\n\n", b"rest"]
    assert await passed(SSE, *chunks) == chunks
    assert await passed(JSON, PLAIN[:9], PLAIN[9:]) == [PLAIN[:9], PLAIN[9:]]


async def test_a_whole_body_that_names_no_list_stays_whole() -> None:
    body = Whole(PLAIN)
    response = UpstreamResponse(status=200, headers=JSON, body=body)
    assert without_strays(response, lambda: Looks(review, [7])) is body


async def test_a_list_for_another_request_is_cut_as_the_answer_to_that_one_would_be() -> None:
    [first, cut, last] = await passed(
        SSE, event(PLAIN), event(answer(3, "good", "bad")), event(PLAIN)
    )
    assert (first, last) == (event(PLAIN), event(PLAIN))
    assert b"bad" not in cut
    assert b'"good"' in cut


async def test_a_result_of_the_call_itself_may_name_tools() -> None:
    own = event(answer(7, "bad"))
    assert b"".join(await passed(SSE, own)) == own
    assert b"".join(await passed(JSON, answer(7, "bad"))) == answer(7, "bad")


@pytest.mark.parametrize("request_id", ["7", 3, None], ids=["as a text", "another", "none"])
async def test_json_that_lists_what_is_not_shown_does_not_arrive(request_id: object) -> None:
    with pytest.raises(UpstreamUnreachable):
        await passed(JSON, answer(request_id, "bad"))
    assert b"".join(await passed(JSON, answer(request_id, "good"))) == answer(request_id, "good")


async def test_letters_that_are_escaped_hide_no_list() -> None:
    hidden = answer(3, "bad").replace(b'"tools"', b'"\\u0074ools"')
    with pytest.raises(UpstreamUnreachable):
        await passed(JSON, hidden)
    assert b"bad" not in b"".join(await passed(SSE, event(hidden)))


async def test_a_key_that_stands_twice_hides_no_list() -> None:
    doubled = answer(3, "bad").replace(b'"id": 3', b'"id": 3, "id": 7')
    assert b"bad" not in b"".join(await passed(SSE, event(doubled)))


@pytest.mark.parametrize(
    "headers",
    [
        (*JSON, ("Content-Encoding", "gzip")),
        (("Content-Type", "application/json; charset=text/event-stream"),),
    ],
    ids=["encoded", "of two kinds"],
)
async def test_what_two_readers_would_read_in_two_ways_does_not_arrive(headers: Headers) -> None:
    with pytest.raises(UpstreamUnreachable):
        await passed(headers, PLAIN)


async def test_words_that_are_no_json_are_no_list() -> None:
    assert await passed(JSON, b'no "tools" here') == [b'no "tools" here']


STREAM = (
    b": hello\n\n"
    + event(PLAIN)
    + b"id: 4\r\ndata: "
    + answer(3, "good", "bad", x="\u2028")
    + b"\r\n\r\n"
    + event(answer(7, "bad"))
    + event(PLAIN)
)


@settings(max_examples=400)
@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
@example([8, 47])
@example([157, 158, 220])
@example([*range(len(STREAM))])
def test_wherever_a_stream_is_torn_no_client_sees_the_list(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[one:two] for one, two in itertools.pairwise(edges)]
    seen: list[bytes] = []

    async def read() -> None:
        async def body() -> AsyncIterator[bytes]:
            for chunk in chunks:
                if chunk:
                    yield chunk

        response = UpstreamResponse(status=200, headers=SSE, body=body())
        async for chunk in without_strays(response, lambda: Looks(review, [7])):
            seen.append(chunk)

    ended = True
    try:
        asyncio.run(read())
    except UpstreamUnreachable:
        ended = False
    told: list[Any] = [
        json.loads(one.data) for one in EventStream().feed(b"".join(seen)) if one.data
    ]
    lists = [one for one in told if one["id"] == 3]
    assert all(one["result"]["tools"] == [{"name": "good"}] for one in lists)
    if ended:
        assert [one["id"] for one in told] == [7, 3, 7, 7]
