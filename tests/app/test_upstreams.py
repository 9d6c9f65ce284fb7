from __future__ import annotations

import asyncio
import json

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from support.upstreams import (
    Drop,
    Reply,
    in_turn,
    json_reply,
    scripted_upstream,
    sdk_upstream,
    sse_reply,
)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_sdk_upstream_serves_both_eras_and_keeps_the_bytes_it_got(mode: str) -> None:
    async with sdk_upstream("right") as upstream:
        headers = {"Authorization": "Bearer right"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(upstream.url, http_client=http), mode=mode) as client,
        ):
            result = await client.call_tool("echo", {"a": "ü"})
    assert not result.is_error
    called = [seen for seen in upstream.requests if b"tools/call" in seen.body]
    assert json.loads(called[0].body)["params"]["arguments"] == {"a": "ü"}
    assert set(upstream.authorizations) == {"Bearer right"}


async def test_the_sdk_upstream_refuses_and_records_a_wrong_token() -> None:
    async with sdk_upstream("right") as upstream, httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(upstream.url, json={}, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert [seen.header("authorization") for seen in upstream.refused] == ["Bearer wrong"]


async def test_the_scripted_upstream_writes_each_chunk_when_it_is_told() -> None:
    go = asyncio.Event()
    async with scripted_upstream(sse_reply(b"data: 1\n\n", go, b"data: 2\n\n")) as upstream:
        reader, writer = await asyncio.open_connection(*address(upstream.url))
        writer.write(b"POST /mcp HTTP/1.1\r\nX-Odd:  Case \r\ncontent-length: 2\r\n\r\n{}")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readuntil(b"1\n\n\r\n") == b"9\r\ndata: 1\n\n\r\n"
        go.set()
        assert await reader.readuntil(b"0\r\n\r\n") == b"9\r\ndata: 2\n\n\r\n0\r\n\r\n"
        writer.close()
        await writer.wait_closed()
        seen = await upstream.received()
    assert seen.body == b"{}"
    assert seen.fields[0] == ("X-Odd", "Case")
    assert seen.head.startswith(b"POST /mcp HTTP/1.1\r\nX-Odd:  Case \r\n")


async def test_the_scripted_upstream_tells_when_its_peer_hangs_up() -> None:
    async with scripted_upstream(sse_reply(b"data: 1\n\n", asyncio.Event())) as upstream:
        reader, writer = await asyncio.open_connection(*address(upstream.url))
        writer.write(b"GET /mcp HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"1\n\n\r\n")
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)


async def test_the_scripted_upstream_answers_in_turn_and_may_drop_the_line() -> None:
    script = in_turn(json_reply({"n": 1}), Reply(chunks=(b"{", Drop())))
    async with scripted_upstream(script) as upstream, httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.post(upstream.url, content=b"{}")).json() == {"n": 1}
        with pytest.raises(httpx2.HTTPError):
            await http.post(upstream.url, content=b"{}")
    assert upstream.connections == 1


def address(url: str) -> tuple[str, int]:
    parsed = httpx2.URL(url)
    return parsed.host, parsed.port or 80
