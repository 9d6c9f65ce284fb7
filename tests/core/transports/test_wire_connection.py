"""A client's connection in the wire form: its turns, its limits and its patience."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.transports.http.policy import Doors
from keyfob_core.transports.wire.answer import WireAnswer, Writer
from keyfob_core.transports.wire.connection import Patience
from keyfob_core.transports.wire.listener import WireListener
from support.raw_http import RawClient, raw_client
from support.relay import RunningRelay, running_relay
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sse_reply,
)
from support.wire import LoopbackTransport, cut, parsed

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
BODY = json.dumps(PING).encode()
DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
MEBIBYTE = 1024 * 1024
QUICK = Patience(request=0.2, idle=0.2, linger=0.2)


@asynccontextmanager
async def relayed(
    folder: Path,
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    async with (
        scripted_upstream(DONE) as upstream,
        running_relay(folder, upstream.url) as relay,
        relay.client() as client,
    ):
        yield client, upstream, relay


@asynccontextmanager
async def impatient(relay: RunningRelay) -> AsyncGenerator[RawClient]:
    """A client of a second listener, which waits for hardly anything."""
    doors = Doors(relay.relay, relay.refusals, lambda _: None, lambda _: b"", lambda: 1000)
    listener = WireListener(doors, QUICK)
    port = await listener.start(0)
    try:
        async with raw_client(port, relay.token) as client:
            yield client
    finally:
        await listener.close()


async def test_a_head_that_does_not_come_to_its_end_is_given_up(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (_, upstream, relay), impatient(relay) as client:
        await client.send(b"POST /s/one/mcp HTTP/1.1\r\nHost:")
        answer = await client.answer()
        assert (answer.status, answer.head.one("connection")) == (408, "close")
        assert await client.rest() == b""
        assert upstream.requests == []


async def test_a_token_revoked_between_two_requests_is_refused_before_the_body_is_read(
    tmp_path: Path,
) -> None:
    async with relayed(tmp_path) as (client, upstream, relay):
        assert (await client.request(body=BODY)).status == 200
        relay.clients.revoke("client")
        await client.send(client.head(length=len(BODY)))
        assert (await client.answer()).status == 401
        assert len(upstream.requests) == 1


async def test_a_token_revoked_on_a_kept_connection_is_told_when_to_come_again(
    tmp_path: Path,
) -> None:
    async with relayed(tmp_path) as (client, upstream, relay):
        assert (await client.request(body=BODY)).status == 200
        relay.clients.revoke("client")
        answers = [await client.request(body=BODY) for _ in range(50)]
        assert {answer.status for answer in answers} == {401, 429}
        assert int(answers[-1].head.one("retry-after") or 0) > 0
        assert len(upstream.requests) == 1


async def test_a_head_in_drops_earns_no_more_time_and_a_body_does(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (_, upstream, relay):
        async with impatient(relay) as client:
            await client.send(b"POST /s/one/mcp HTTP/1.1\r\n")
            answer = asyncio.create_task(client.read_head())
            while not answer.done():
                await client.send(b"X: 1\r\n")
                await asyncio.wait({answer}, timeout=0.02)
            assert (await answer).status == 408
        async with impatient(relay) as client:
            await client.send(client.head(length=len(BODY)))
            answer = asyncio.create_task(client.read_head())
            for start in range(0, len(BODY), 3):
                await client.send(BODY[start : start + 3])
                await asyncio.wait({answer}, timeout=0.02)
            assert (await answer).status == 200
            assert upstream.requests[0].body == BODY


async def test_an_idle_connection_is_closed_without_a_word(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (_, _, relay), impatient(relay) as client:
        assert (await client.post(PING)).status == 200
        assert await client.rest() == b""


async def test_a_call_may_take_longer_than_a_request(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with relayed(tmp_path) as (_, upstream, relay), impatient(relay) as client:
        upstream.respond = lambda _: sse_reply(b"data: 1\n\n", gate, b"data: 2\n\n")
        await client.send(client.head(length=len(BODY)) + BODY)
        assert (await client.read_head()).status == 200
        assert await client.chunk() == b"data: 1\n\n"
        rest = asyncio.create_task(client.chunk())
        # Longer than all of the listener's patience.
        await asyncio.wait({rest}, timeout=0.5)
        gate.set()
        assert await rest == b"data: 2\n\n"


async def test_what_a_client_sends_ahead_is_held_back_and_answered_in_turn(tmp_path: Path) -> None:
    gate = asyncio.Event()

    def respond(seen: Seen) -> Reply:
        number = json.loads(seen.body)["id"]
        body = json.dumps({"id": number}).encode()
        return Reply(200, (("Content-Length", str(len(body))),), (gate, body))

    async with relayed(tmp_path) as (client, upstream, _):
        upstream.respond = respond
        padded = [json.dumps({**PING, "id": number}).ljust(60_000) for number in range(200)]

        async def flood() -> None:
            for body in padded:
                client.writer.write(client.head(length=len(body)) + body.encode())
                await client.writer.drain()

        flooding = asyncio.create_task(flood())
        await upstream.received(1)
        await asyncio.wait({flooding}, timeout=0.5)
        assert not flooding.done()
        assert len(upstream.requests) == 1
        gate.set()
        for number in range(200):
            assert (await client.answer()).json == {"id": number}
        await flooding


async def test_good_requests_in_front_of_a_bad_one_are_answered_first(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (client, upstream, _):
        good = client.head(length=len(BODY)) + BODY
        await client.send(good + good + b"nonsense\r\n\r\n" + good)
        assert [(await client.answer()).status for _ in range(3)] == [200, 200, 400]
        assert await client.rest() == b""
        assert len(upstream.requests) == 2


async def test_what_comes_behind_the_last_request_of_a_connection_is_not_read(
    tmp_path: Path,
) -> None:
    async with relayed(tmp_path) as (client, upstream, _):
        last = client.head("POST", "/s/one/mcp", b"Connection: close", length=len(BODY)) + BODY
        await client.send(last + last)
        assert (await client.answer()).head.one("connection") == "close"
        assert await client.rest() == b""
        assert len(upstream.requests) == 1


async def test_a_refused_body_is_read_over_and_the_connection_stays(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (client, upstream, relay):
        for path, status in (("/nowhere", 404), ("/s/one/mcp", 415)):
            head = client.head("POST", path, b"Content-Encoding: gzip", length=100_000)
            await client.send(head)
            assert (await client.answer()).status == status
            await client.send(b"x" * 100_000)
        assert (await client.post(PING)).status == 200
        async with relay.client("wrong") as other:
            await other.send(other.head(length=20) + b"x" * 10)
            assert (await other.answer()).status == 401
            await other.send(b"x" * 10)
            assert (await other.request("GET", "/health")).status == 200
        assert len(upstream.requests) == 1


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_client_that_pours_a_refused_body_still_reads_its_answer(
    tmp_path: Path, chunked: bool
) -> None:
    async with relayed(tmp_path) as (_, upstream, relay), relay.client("wrong") as client:
        coding = (b"Transfer-Encoding: chunked",) if chunked else ()
        length = None if chunked else 64 * MEBIBYTE
        await client.send(client.head("POST", "/s/one/mcp", *coding, length=length))
        piece = b"x" * MEBIBYTE
        for _ in range(4):
            client.writer.write(b"100000\r\n%b\r\n" % piece if chunked else piece)
        answer = await client.answer()
        assert answer.status == 401
        # Where it is known beforehand that the rest will not be read, that is said.
        assert answer.head.one("connection") == (None if chunked else "close")
        assert await client.rest() == b""
        assert upstream.requests == []


async def test_a_client_that_was_not_told_to_go_on_is_not_waited_for(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (_, _, relay), relay.client("wrong") as client:
        await client.send(client.head("POST", "/s/one/mcp", b"Expect: 100-continue", length=9))
        answer = await client.answer()
        assert (answer.status, answer.head.one("connection")) == (401, "close")
        assert await client.rest() == b""


async def test_a_client_of_1_0_may_keep_its_connection(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (client, _, _):
        for _ in range(2):
            head = client.head("POST", "/s/one/mcp", b"Connection: keep-alive", length=len(BODY))
            await client.send(head.replace(b"HTTP/1.1", b"HTTP/1.0") + BODY)
            answer = await client.answer()
            assert answer.head.raw.startswith(b"HTTP/1.0 200 ")
            assert answer.head.one("connection") == "keep-alive"


async def test_an_answer_and_its_head_are_one_piece(tmp_path: Path) -> None:
    async with relayed(tmp_path) as (client, _, _):
        await client.send(client.head(length=len(BODY)) + BODY)
        async with asyncio.timeout(5):
            piece = await client.reader.read(1 << 16)
        assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
        assert piece.endswith(b"}")


async def test_closing_the_listener_ends_calls_that_do_not_end_by_themselves(
    tmp_path: Path,
) -> None:
    async with scripted_upstream(sse_reply(b"data: 1\n\n", asyncio.Event())) as upstream:
        async with running_relay(tmp_path, upstream.url) as relay:
            client = await asyncio.open_connection("127.0.0.1", relay.port)
            raw = RawClient(*client, f"127.0.0.1:{relay.port}", relay.token)
            await raw.send(raw.head("GET", length=None))
            await raw.read_head()
            idle = await asyncio.open_connection("127.0.0.1", relay.port)
        async with asyncio.timeout(5):
            assert await raw.rest() != b""
            assert await idle[0].read() == b""
            await upstream.hung_up.wait()
        for _, writer in (client, idle):
            writer.close()
            await writer.wait_closed()


@settings(max_examples=15)
@given(st.integers(0, 1 << 32))
def test_a_listener_survives_any_bytes(seed: int) -> None:
    asyncio.run(torn_requests(Random(seed)))  # noqa: S311


async def torn_requests(random: Random) -> None:
    """Twenty requests, each with some bytes changed, and cut anywhere."""
    doors = Doors(
        _NeverAsked(),  # type: ignore[arg-type]
        _NeverAsked(),  # type: ignore[arg-type]
        lambda _: None,
        lambda _: b"",
        lambda: 1000,
    )
    listener = WireListener(doors, QUICK)
    port = await listener.start(0)
    try:
        for _ in range(20):
            raw = bytearray(
                b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" * 2
            )
            for _ in range(random.randrange(1, 6)):
                place = random.randrange(len(raw))
                raw[place : place + random.randrange(4)] = random.randbytes(random.randrange(4))
            async with raw_client(port, "") as client:
                for piece in cut(bytes(raw), [random.randrange(200) for _ in range(4)]):
                    await client.send(piece)
                client.writer.write_eof()
                answers = await client.rest()
            assert not answers or answers.startswith(b"HTTP/1.")
            assert b" 500 " not in answers
        async with raw_client(port, "") as client:
            host = f"Host: 127.0.0.1:{port}".encode()
            await client.send(b"GET /health HTTP/1.1\r\n" + host + b"\r\n\r\n")
            assert (await client.answer()).status == 200
    finally:
        await listener.close()


class _NeverAsked:
    """Stands for relay and refusals where every request ends at the door."""

    def refuse(self, *_: object) -> None:
        """Note nothing."""


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(("body", "whole"), [(b"ab", False), (b"abc", True), (b"abcd", True)])
async def test_an_answer_is_never_longer_than_it_says_and_known_when_shorter(
    body: bytes, whole: bool, at_once: bool
) -> None:
    transport = LoopbackTransport(asyncio.Protocol())
    writer = Writer(asyncio.get_running_loop(), transport)
    (request,) = parsed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = WireAnswer(writer, request.head, 200, (("Content-Length", "3"),), last=False)
    if at_once:
        assert answer.write_whole(body) is whole
    else:
        answer.begin()
        for byte in body:
            answer.write(bytes([byte]))
        assert answer.end() is whole
    assert transport.written == b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body[:3]
