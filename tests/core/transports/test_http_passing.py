"""What passes through the relay byte for byte, with raw sockets at both ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.raw_http import RawClient
from support.relay import RunningRelay, running_relay
from support.upstreams import (
    Drop,
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sse_reply,
)

pytestmark = pytest.mark.usefixtures("form")

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})


@asynccontextmanager
async def between(
    folder: Path, respond: Reply | Callable[[Seen], Reply] = DONE
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    async with (
        scripted_upstream(respond) as upstream,
        running_relay(folder, upstream.url) as relay,
        relay.client() as client,
    ):
        yield client, upstream, relay


@pytest.mark.parametrize(
    "body",
    [
        b'{ "jsonrpc":"2.0",\r\n "id" :1.0, "method":"ping","params":{"\\u00fc":"\\ud83d"}}',
        '{"jsonrpc":"2.0","id":"ü","method":"ping","requestState":"=?"}'.encode(),
        b'[{"jsonrpc":"2.0","id":1,"method":"ping"},\t{"jsonrpc":"2.0","method":"notifications/x"}]',
    ],
    ids=["odd spaces and numbers", "utf-8", "batch"],
)
async def test_a_request_body_reaches_the_server_byte_for_byte(tmp_path: Path, body: bytes) -> None:
    async with between(tmp_path) as (client, upstream, _):
        assert (await client.request(body=body)).status == 200
        assert upstream.requests[0].body == body


@pytest.mark.parametrize("size", [60_000, 300_000, 3_000_000])
async def test_a_large_body_reaches_the_server_whole_with_its_length(
    tmp_path: Path, size: int
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y" * size}}
    async with between(tmp_path) as (client, upstream, _):
        assert (await client.post(message)).status == 200
        assert upstream.requests[0].body == json.dumps(message).encode()
        assert upstream.requests[0].header("transfer-encoding") is None


async def test_a_chunked_body_reaches_the_server_with_a_length(tmp_path: Path) -> None:
    async with between(tmp_path) as (client, upstream, _):
        await client.send(
            client.head("POST", "/s/one/mcp", b"Transfer-Encoding: chunked", length=None)
        )
        body = json.dumps(PING).encode()
        for part in (body[:7], body[7:]):
            await client.send(b"%x;ext=1\r\n%b\r\n" % (len(part), part))
        await client.send(b"0\r\nX-Trailer: 1\r\n\r\n")
        assert (await client.answer()).status == 200
        assert upstream.requests[0].body == body
        assert upstream.requests[0].header("content-length") == str(len(body))


UNKNOWN = (
    b"mCp-PaRaM-Region: eu-west",
    b"x-dup: 1",
    b"X-Other:  padded \t",
    b"X-DUP: 2",
    b"x-dup: 3",
    b"X-Empty:",
    "X-Utf8: grün ✓".encode(),
    b"Accept: application/json, text/event-stream",
    b"Last-Event-ID: 7",
    b"Content-Type: application/json; charset=UTF-8",
    b"MCP-Protocol-Version: 2025-11-25",
    b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


async def test_unknown_headers_reach_the_server_in_their_order_and_spelling(tmp_path: Path) -> None:
    async with between(tmp_path) as (client, upstream, _):
        await client.request("POST", "/s/one/mcp", *UNKNOWN, body=json.dumps(PING).encode())
        lines = upstream.requests[0].head[:-4].split(b"\r\n")[1:]
    sent = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in UNKNOWN)]
    got = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    names = {name for name, _ in sent}
    assert [pair for pair in got if pair[0] in names] == sent
    # And of our own nothing but what HTTP needs.
    assert {name for name, _ in got} - names == {b"Host", b"Content-Length", b"Accept-Encoding"}


@pytest.mark.parametrize("value", [b"Caf\xe9", b"\xff\xfe", b"gr\xc3\xbcn \xe9", b"\xed\xa0\x80"])
async def test_a_header_that_is_no_utf_8_passes_byte_for_byte_or_not_at_all(
    tmp_path: Path, form: str, value: bytes
) -> None:
    async with between(tmp_path) as (client, upstream, _):
        answer = await client.post(PING, b"X-Name: " + value)
        if form == "wire":
            assert b"\r\nX-Name: " + value + b"\r\n" in upstream.requests[0].head
        else:
            # aiohttp's client writes text alone: it would leave these bytes out and say nothing.
            assert answer.error["data"]["code"] == "upstream_unreachable"
            assert upstream.requests == []


async def test_what_belongs_to_the_clients_side_stays_there(tmp_path: Path) -> None:
    local = (
        b"Cookie: a=b",
        b"Origin: http://127.0.0.1:%d",
        b"Referer: http://127.0.0.1/k/kf_secret/mcp",
        b"Connection: keep-alive, X-Hop",
        b"X-Hop: 1",
        b"Proxy-Authorization: Basic abc",
        b"Sec-Fetch-Site: same-origin",
        b"X-Forwarded-For: 10.0.0.1",
    )
    async with between(tmp_path) as (client, upstream, relay):
        sent = [line % relay.port if b"%d" in line else line for line in local]
        assert (await client.post(PING, *sent)).status == 200
        [seen] = upstream.requests
    assert seen.names == {"host", "content-length", "content-type", "accept-encoding"}
    assert seen.header("host") == upstream.url.removeprefix("http://").removesuffix("/mcp")
    assert relay.token not in repr(seen)


async def test_an_answers_headers_reach_the_client_as_they_are_and_none_is_added(
    tmp_path: Path,
) -> None:
    fields = (
        ("content-TYPE", "application/json"),
        ("X-Dup", "1"),
        ("Mcp-Session-Id", "s-1"),
        ("x-dup", "2"),
        ("X-Utf8", "gr\xc3\xbcn"),
        ("X-Latin1", "Caf\xe9"),
        ("X-Accel-Buffering", "no"),
        ("Server", "theirs"),
        ("Date", "Mon, 23 Nov 2026 18:00:00 GMT"),
        ("Content-Length", "2"),
    )
    async with between(tmp_path, Reply(200, fields, (b"{}",))) as (client, _, _):
        answer = await client.post(PING)
    lines = [f"{name}: {value}".encode("latin-1") for name, value in fields]
    assert answer.head.raw == b"\r\n".join([b"HTTP/1.1 200 OK", *lines]) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("reply", "framing"),
    [
        (Reply(200, (("Content-Length", "2"),), (b"ab",)), {"content-length"}),
        (Reply(200, (), (b"a", b"b")), {"transfer-encoding"}),
        (Reply(200, (), (b"ab",), framed=False), {"transfer-encoding"}),
        (Reply(202, (("Content-Length", "0"),)), {"content-length"}),
        (Reply(202, ()), {"transfer-encoding"}),
        (Reply(204, (), (), framed=False), set[str]()),
        (Reply(304, (("ETag", "x"),), (), framed=False), {"etag"}),
        (Reply(400, (("Content-Length", "2"),), (b"no",)), {"content-length"}),
        (Reply(404, (("Content-Length", "0"),)), {"content-length"}),
        (Reply(405, (("Allow", "POST"), ("Content-Length", "0"))), {"allow", "content-length"}),
        (Reply(422, (), (b"bad",)), {"transfer-encoding"}),
        (Reply(500, (("Content-Length", "4"),), (b"oops",)), {"content-length"}),
        (Reply(503, (("Retry-After", "3"),), (b"later",)), {"retry-after", "transfer-encoding"}),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else None,
)
async def test_a_status_and_its_body_pass_with_no_header_but_the_framing(
    tmp_path: Path, reply: Reply, framing: set[str]
) -> None:
    async with between(tmp_path, reply) as (client, _, _):
        answer = await client.post(PING)
        assert answer.status == reply.status
        assert answer.head.names == framing
        assert answer.body == b"".join(chunk for chunk in reply.chunks if isinstance(chunk, bytes))
        # The connection has stayed in step.
        assert (await client.post(PING)).status == reply.status


async def test_a_length_on_a_not_modified_answer_is_no_body(tmp_path: Path) -> None:
    reply = Reply(304, (("Content-Length", "10"),), (), framed=False)
    async with between(tmp_path, reply) as (client, _, _):
        answer = await client.request("GET")
        assert (answer.status, answer.head.one("content-length")) == (304, "10")
        assert (await client.request("GET")).status == 304


FRAMES = (
    b": a comment\n\n",
    b'id: 1\r\nevent: message\r\nretry: 1500\r\ndata: {"a":1}\r\n\r\n',
    b"data: half ",
    b"of a frame\r",
    b"\rdata: odd ends\n\r\n",
    b"\xef\xbb\xbfdata: \xff not utf-8\n\n",
    b"data: no end",
)


async def test_events_pass_byte_for_byte_and_each_before_the_next_is_sent(tmp_path: Path) -> None:
    gates = [asyncio.Event() for _ in FRAMES]
    chunks = [part for pair in zip(gates, FRAMES, strict=True) for part in pair]
    async with between(tmp_path, sse_reply(*chunks, fields=(("Cache-Control", "no-cache"),))) as (
        client,
        _,
        _,
    ):
        await client.send(client.head("GET", length=None))
        # The head comes before there is any event.
        head = await client.read_head()
        assert head.one("content-type") == "text/event-stream"
        assert head.one("cache-control") == "no-cache"
        for gate, frame in zip(gates, FRAMES, strict=True):
            gate.set()
            got = b""
            while len(got) < len(frame):
                got += await client.chunk()
            assert got == frame
        assert await client.chunk() == b""


async def test_a_large_answer_passes_whole(tmp_path: Path) -> None:
    parts = tuple(bytes([number]) * 70_000 for number in range(40))
    sized = Reply(200, (("Content-Length", str(40 * 70_000)),), parts)
    for folder, reply in ((tmp_path, sized), (tmp_path / "chunked", Reply(200, (), parts))):
        folder.mkdir(exist_ok=True)
        async with between(folder, reply) as (client, _, _):
            assert (await client.post(PING)).body == b"".join(parts)


async def test_an_encoded_answer_passes_as_it_is_although_none_was_asked_for(
    tmp_path: Path,
) -> None:
    body = b"\x1f\x8b not really gzip"
    fields = (("Content-Encoding", "gzip"), ("Content-Length", str(len(body))))
    async with between(tmp_path, Reply(200, fields, (body,))) as (client, upstream, _):
        answer = await client.post(PING, b"Accept-Encoding: gzip, br")
        assert (answer.head.one("content-encoding"), answer.body) == ("gzip", body)
        assert upstream.requests[0].header("accept-encoding") == "identity"


async def test_answers_that_would_mislead_a_client_lose_those_headers_only(tmp_path: Path) -> None:
    fields = (
        ("WWW-Authenticate", "Bearer"),
        ("Set-Cookie", "a=b"),
        ("Access-Control-Allow-Origin", "*"),
        ("Connection", "X-Hop"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=5"),
        ("X-End", "1"),
        ("Content-Length", "0"),
    )
    async with between(tmp_path, Reply(400, fields)) as (client, _, _):
        assert (await client.post(PING)).head.names == {"x-end", "content-length"}


async def test_requests_of_one_connection_are_answered_in_turn_over_one_upstream_connection(
    tmp_path: Path,
) -> None:
    def echo(seen: Seen) -> Reply:
        return json_reply({"id": json.loads(seen.body)["id"]})

    async with between(tmp_path, echo) as (client, upstream, _):
        for number in range(5):
            assert (await client.post({**PING, "id": number})).json == {"id": number}
        bodies = [json.dumps({**PING, "id": number}).encode() for number in range(5, 9)]
        # Pipelined: all sent before the first answer is read.
        await client.send(b"".join(client.head(length=len(one)) + one for one in bodies))
        for number in range(5, 9):
            assert (await client.answer()).json == {"id": number}
        assert upstream.connections == 1


async def test_a_client_of_http_1_0_gets_its_answer_unchunked_and_then_the_end(
    tmp_path: Path,
) -> None:
    async with between(tmp_path, sse_reply(b"data: 1\n\n", b"data: 2\n\n")) as (client, _, _):
        await client.send(client.head("GET", length=None).replace(b"HTTP/1.1", b"HTTP/1.0"))
        head = await client.read_head()
        assert head.raw.startswith(b"HTTP/1.0 200 OK\r\n")
        assert head.names == {"content-type"}
        assert await client.rest() == b"data: 1\n\ndata: 2\n\n"


async def test_a_client_that_asks_for_it_is_closed_on_after_its_answer(tmp_path: Path) -> None:
    async with between(tmp_path) as (client, _, _):
        answer = await client.post(PING, b"Connection: close")
        assert answer.head.one("connection") == "close"
        assert await client.rest() == b""


async def test_an_offer_of_another_protocol_is_ignored_and_the_body_still_read(
    tmp_path: Path,
) -> None:
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMA")
    async with between(tmp_path) as (client, upstream, _):
        assert (await client.post(PING, *upgrade)).status == 200
        assert upstream.requests[0].names.isdisjoint({"upgrade", "connection", "http2-settings"})
        assert (await client.post(PING)).status == 200


@pytest.mark.parametrize("framed", ["sized", "chunked"])
async def test_a_server_that_dies_in_the_middle_breaks_the_clients_body_too(
    tmp_path: Path, framed: str
) -> None:
    fields = (("Content-Length", "100"),) if framed == "sized" else ()
    async with between(tmp_path, Reply(200, fields, (b"part", Drop()))) as (client, _, relay):
        with pytest.raises(asyncio.IncompleteReadError):
            await client.post(PING)
        assert [event["outcome"] for event in relay.events("outcome")] == ["failed"]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nX-Bad: a\rb\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Bad: a\x00b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Bad: a\x7fb\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 99 Odd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["cr", "nul", "del", "lengths", "101", "99", "long", "nonsense", "silence"],
)
async def test_an_answer_that_is_no_http_becomes_an_error_and_never_reaches_the_client(
    tmp_path: Path, raw: bytes
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
        async with running_relay(tmp_path, url) as relay, relay.client() as client:
            answer = await client.post(PING)
            assert (answer.status, answer.error["data"]["code"]) == (200, "upstream_unreachable")
            assert (await client.request("GET")).status == 502
