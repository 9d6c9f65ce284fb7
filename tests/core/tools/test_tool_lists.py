from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.model import Headers, UpstreamResponse
from keyfob_core.tools.tool_lists import Tool, cut

JSON: Headers = (("Content-Type", "application/json"),)
SSE: Headers = (("content-type", "text/event-stream; charset=utf-8"),)


async def chunks(*data: bytes) -> AsyncIterator[bytes]:
    for one in data:
        yield one


async def undeleting(tools: Sequence[Tool]) -> list[bool]:
    return [not tool["name"].startswith("delete") for tool in tools]


async def unfailing(error: Error) -> bytes:
    raise AssertionError(f"the review did not fail, but {error}")


async def cut_out(headers: Headers, *data: bytes) -> bytes:
    response = UpstreamResponse(status=200, headers=headers, body=chunks(*data))
    body = await cut(response, undeleting, unfailing)
    return b"".join([chunk async for chunk in body])


def events(data: bytes) -> list[tuple[str | None, str]]:
    return [(event.id, event.data) for event in EventStream().feed(data)]


def answer(*names: str) -> bytes:
    tools = [{"name": name, "inputSchema": {}} for name in names]
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": tools, "x": "ü"}}).encode()


def names(data: bytes) -> list[str]:
    return [tool["name"] for tool in json.loads(data)["result"]["tools"]]


async def test_denied_tools_are_cut_out_of_a_list() -> None:
    data = await cut_out(JSON, answer("read", "delete_all", "write"))
    assert names(data) == ["read", "write"]
    assert json.loads(data)["result"]["x"] == "ü"


async def test_a_list_without_a_denied_tool_passes_byte_for_byte() -> None:
    data = b'{ "jsonrpc":"2.0", "id":1,\n "result":{"tools":[ {"name":"read"} ]}}'
    assert await cut_out(JSON, data) == data


async def test_denied_tools_are_cut_out_of_a_stream_and_its_other_events_pass() -> None:
    before = b': hello\n\nid: 1\nevent: message\ndata: {"jsonrpc":"2.0","method":"x"}\n\n'
    listed = b"id: 2\nevent: message\ndata: " + answer("read", "delete_all") + b"\n\n"
    data = await cut_out(SSE, before + listed)
    assert data.startswith(before)
    assert b"id: 2" in data
    assert b"delete_all" not in data
    assert b'"read"' in data


async def test_a_cut_event_keeps_its_other_lines_and_its_line_ends() -> None:
    head, tail = b"retry: 9\r: note\rid: 2\r", b"x: y\r\r"
    text = answer("read", "delete_all")
    split = text.index(b", ") + 1
    data = await cut_out(
        SSE, head + b"data: " + text[:split] + b"\rdata:" + text[split:] + b"\r" + tail
    )
    assert data.startswith(head + b'data: {"jsonrpc"')
    assert data.endswith(b"}\r" + tail)
    assert b"delete_all" not in data
    [event] = EventStream().feed(data)
    assert names(event.data.encode()) == ["read"]


@given(st.lists(st.integers(1, 200), max_size=5))
def test_where_a_stream_is_torn_makes_no_difference(cuts: list[int]) -> None:
    whole = b"id: 2\r\ndata: " + answer("read", "delete_all") + b"\r\n\r\ndata: {}\n\n"
    torn: list[bytes] = []
    rest = whole
    for size in cuts:
        torn.append(rest[:size])
        rest = rest[size:]
    assert events(asyncio.run(cut_out(SSE, *torn, rest))) == events(
        asyncio.run(cut_out(SSE, whole))
    )


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ((*JSON, ("Content-Encoding", "gzip")), b"\x1f\x8b"),
        (JSON, b"{nonsense"),
        (SSE, b"data: {nonsense\n\n"),
    ],
    ids=["encoded", "broken", "broken event"],
)
async def test_a_list_that_cannot_be_looked_into_is_not_passed_on(
    headers: Headers, data: bytes
) -> None:
    with pytest.raises(UpstreamUnreachable):
        await cut_out(headers, data)


async def test_an_empty_answer_stays_empty() -> None:
    assert await cut_out(JSON, b"") == b""


async def test_every_member_of_a_batch_is_looked_into() -> None:
    data = b"[" + answer("delete_a") + b"," + answer("delete_b", "read") + b"]"
    found = json.loads(await cut_out(JSON, data))
    assert [member["result"]["tools"] for member in found] == [
        [],
        [{"name": "read", "inputSchema": {}}],
    ]
