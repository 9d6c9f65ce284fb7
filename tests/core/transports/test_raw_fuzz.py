"""Bytes that nobody means well by: refused clearly, and the next client is served all the same."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.system.places import UnixPlace
from support.raw_http import RawClient, raw_client, socket_client
from support.relay import RunningRelay, running_relay
from support.upstreams import ScriptedUpstream, json_reply, scripted_upstream
from support.wire import cut

pytestmark = pytest.mark.usefixtures("form")

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})


@pytest.fixture(params=["port", "socket"])
def socket(request: pytest.FixtureRequest) -> Generator[Path | None]:
    """Where a relay listens beside its port and is knocked at, in a folder of a short name."""
    if request.param == "port":
        yield None
        return
    if sys.platform == "win32":
        pytest.skip("there are no unix sockets")
    folder = Path(mkdtemp(prefix="kf-"))
    yield folder / "run" / "relay.sock"
    shutil.rmtree(folder)


@asynccontextmanager
async def world(
    folder: Path, socket: Path | None = None
) -> AsyncGenerator[tuple[RunningRelay, ScriptedUpstream]]:
    place = UnixPlace(socket) if socket else None
    async with (
        scripted_upstream(DONE) as upstream,
        running_relay(folder, upstream.url, place=place) as relay,
    ):
        yield relay, upstream


def at_door(
    relay: RunningRelay, socket: Path | None, token: str = ""
) -> AbstractAsyncContextManager[RawClient]:
    return socket_client(socket, token) if socket else raw_client(relay.port, token)


async def still_serves(relay: RunningRelay) -> None:
    async with relay.client() as client:
        assert (await client.post(json.loads(PING))).status == 200


def good(relay: RunningRelay, body: bytes = PING, *lines: bytes) -> bytes:
    """A whole request that is in order."""
    head = [
        b"POST /s/one/mcp HTTP/1.1",
        b"Host: 127.0.0.1:%d" % relay.port,
        b"Authorization: Bearer " + relay.token.encode(),
        b"Content-Length: %d" % len(body),
        *lines,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


async def answers(client: RawClient) -> list[int]:
    """The statuses of all that is answered, until the relay closes."""
    found: list[int] = []
    while True:
        try:
            answer = await client.answer()
        except (asyncio.IncompleteReadError, ConnectionError):
            return found
        found.append(answer.status)


BROKEN = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "NUL in a name": b"GET / HTTP/1.1\r\nHo\x00st: x\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: x\n\n",
    "both framings": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    "a length beyond counting": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
    + b"9" * 400
    + b"\r\n\r\n",
    "a chunk beyond counting": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\n",
    "a great head": b"GET / HTTP/1.1\r\nX: " + b"a" * (80 * 1024) + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
    "a great target": b"GET /" + b"a" * (80 * 1024) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_no_request_of_ours_is_refused_and_forwards_nothing(
    name: str, tmp_path: Path, socket: Path | None
) -> None:
    async with world(tmp_path, socket) as (relay, upstream):
        async with at_door(relay, socket) as client:
            await client.send(BROKEN[name])
            client.writer.write_eof()
            statuses = await answers(client)
        assert all(400 <= status < 500 for status in statuses), statuses
        assert upstream.requests == []
        await still_serves(relay)


BOMBS = {
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep parameters": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":'
    + b"[" * 50_000
    + b"]" * 50_000
    + b"}}",
    "a batch of batches": b"[[[[" + PING + b"]]]]",
    "a great batch": b"[" + b",".join([PING] * 101) + b"]",
    "an empty batch": b"[]",
    "a number beyond counting": b'{"jsonrpc":"2.0","id":' + b"9" * 100_000 + b',"method":"ping"}',
    "an exponent": b'{"jsonrpc":"2.0","id":1e999999,"method":"ping"}',
    "no number": b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    "a key twice": b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
    "an inner key twice": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}',
    "not UTF-8": b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"ping"}',
    "UTF-16": '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"),
    "two values": PING + PING,
    "a comment": PING + b"//",
    "nothing": b"",
    "a NUL behind": PING + b"\x00",
}


@pytest.mark.parametrize("name", BOMBS)
async def test_json_that_would_harm_is_refused_at_once_and_forwards_nothing(
    name: str, tmp_path: Path, socket: Path | None
) -> None:
    async with world(tmp_path, socket) as (relay, upstream):
        async with at_door(relay, socket, relay.token) as client:
            answer = await client.request(body=BOMBS[name])
            assert answer.status == 400, answer
            assert answer.error["code"] in (-32700, -32600)
            # The connection is in step, and so is the relay.
            assert (await client.post(json.loads(PING))).status == 200
        assert [seen.body for seen in upstream.requests] == [json.dumps(json.loads(PING)).encode()]


async def test_surrogates_and_great_numbers_pass_as_the_bytes_they_are(tmp_path: Path) -> None:
    body = b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping","params":{"n":1e400,"m":' + b"1" * 4000
    body += b',"k":"\\u0000\\udfff"}}'
    async with (
        scripted_upstream(json_reply({"id": 1})) as upstream,
        running_relay(tmp_path, upstream.url) as relay,
        relay.client() as client,
    ):
        assert (await client.request(body=body)).status == 200
    assert upstream.requests[0].body == body


PIECES = st.lists(
    st.sampled_from(["good", "chunked", "gone", "wrong token", "get", "batch", "junk"])
    | st.binary(max_size=12),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25)
@given(pieces=PIECES, cuts=st.lists(st.integers(1, 400), max_size=4))
def test_requests_sent_ahead_are_answered_in_turn_up_to_the_first_that_is_broken(
    form: str, pieces: list[str | bytes], cuts: list[int]
) -> None:
    async def knock(folder: Path) -> None:
        async with world(folder) as (relay, _):
            last = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
            known = kinds(relay)
            sent, expected, broken = b"", list[int](), False
            for piece in pieces:
                data, status = known[piece] if isinstance(piece, str) else (piece, 400)
                sent += data
                # Line ends in front of a request are no harm (RFC 9112, section 2.2).
                broken = broken or (status == 400 and bool(data.strip(b"\r\n")))
                if not broken and status != 400:
                    expected.append(status)
            async with raw_client(relay.port, "") as client:
                for piece in cut(sent + last % relay.port, cuts):
                    await client.send(piece)
                statuses = await answers(client)
            if not broken:
                assert statuses == [*expected, 200]
            elif form == "wire":
                # aiohttp drops what came in one piece with what it cannot read.
                assert statuses[: len(expected)] == expected
                assert [*statuses[len(expected) :], 400][0] == 400
            assert not any(status >= 500 for status in statuses)
            await still_serves(relay)

    with TemporaryDirectory() as folder:
        asyncio.run(knock(Path(folder)))


def kinds(relay: RunningRelay) -> dict[str, tuple[bytes, int]]:
    """Requests by name, and how each is answered."""
    whole = good(relay)
    chunks = b'5;x="y"\r\n%b\r\n%x;z\r\n%b\r\n0\r\nX: trailer\r\n\r\n'
    framed = chunks % (PING[:5], len(PING) - 5, PING[5:])
    empty = good(relay, b"")
    return {
        "good": (whole, 200),
        "chunked": (
            empty.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + framed,
            200,
        ),
        "gone": (whole.replace(b"/s/one/", b"/s/none/"), 404),
        "wrong token": (whole.replace(relay.token.encode(), b"kf_wrong"), 401),
        "get": (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % relay.port, 200),
        "batch": (good(relay, b"[" + PING + b"]"), 200),
        "junk": (b"\x00junk\r\n\r\n", 400),
    }
