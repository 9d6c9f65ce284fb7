"""Responses out of bytes: whatever the cuts, and whatever a server sends."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.model import Headers
from keyfob_core.transports.wire.responses import ServerConnection
from support.wire import LoopbackTransport, cut

CUTS = st.lists(st.integers(0, 10_000), max_size=12)
BODY = st.binary(max_size=200)
VALUES = st.sampled_from([b"a", b"", b"\xc3\xbc", b"\xff", b"a\tb", b"x" * 300])
HEADERS = st.lists(st.tuples(st.sampled_from([b"X-A", b"x-a", b"Set-Cookie"]), VALUES), max_size=4)


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """The bytes of a good response, and its body."""
    early = draw(st.sampled_from([b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"]))
    status = draw(st.sampled_from([b"200 OK", b"202", b"404 Not Found", b"599 Own words"]))
    headers = b"".join(b"%b: %b\r\n" % pair for pair in draw(HEADERS))
    head = early + b"HTTP/1.1 %b\r\n%b" % (status, headers)
    body = draw(BODY)
    if draw(st.booleans()):
        return head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body), body
    pieces = [piece for piece in cut(body, draw(CUTS)) if piece]
    chunks = b"".join(b"%x;e=1\r\n%b\r\n" % (len(one), one) for one in pieces)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX-T: 1\r\n\r\n", body


Answer = tuple[int, Headers, bytes, bool]
"""Status, headers, body, and whether the connection may serve another."""


async def answered(*pieces: bytes, ends: bool = False) -> Answer:
    """What a new connection makes of these pieces; ConnectionError where it refuses them."""
    connection = ServerConnection()
    transport = LoopbackTransport(connection)
    connection.connection_made(transport)
    return await asked(connection, transport, *pieces, ends=ends)


async def asked(
    connection: ServerConnection, transport: LoopbackTransport, *pieces: bytes, ends: bool = False
) -> Answer:
    """What a connection makes of these pieces as its next answer."""
    asking = asyncio.ensure_future(connection.ask(b"GET / HTTP/1.1\r\n\r\n", b""))
    await asyncio.sleep(0)
    for piece in pieces:
        if not transport.aborted:
            connection.data_received(piece)
    if ends and not transport.aborted:
        connection.connection_lost(None)
    if not asking.done():
        # What has not been decided by now waits for more.
        await asyncio.sleep(0)
    if not asking.done():
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        raise ConnectionError("it waits for more")
    await asking
    body = b""
    async with asyncio.timeout(5):
        while data := await connection.read():
            body += data
    return connection.status, connection.headers, body, connection.release()


@given(responses(), CUTS)
def test_a_response_is_read_the_same_wherever_its_bytes_are_cut(
    sent: tuple[bytes, bytes], places: list[int]
) -> None:
    raw, body = sent
    whole = asyncio.run(answered(raw))
    assert whole[2] == body
    assert whole[3]
    assert asyncio.run(answered(*cut(raw, places))) == whole


@given(st.lists(responses(), min_size=1, max_size=3), st.lists(st.integers(0, 2), max_size=8))
def test_a_response_that_comes_again_is_read_as_it_was_the_first_time(
    sent: list[tuple[bytes, bytes]], turns: list[int]
) -> None:
    async def in_turn(pieces: list[bytes]) -> list[Answer]:
        connection = ServerConnection()
        transport = LoopbackTransport(connection)
        connection.connection_made(transport)
        return [await asked(connection, transport, piece) for piece in pieces]

    chosen = [sent[turn % len(sent)][0] for turn in turns]
    alone = [asyncio.run(answered(piece)) for piece in chosen]
    assert asyncio.run(in_turn(chosen)) == alone


async def test_a_head_of_the_same_size_is_another_head() -> None:
    connection = ServerConnection()
    transport = LoopbackTransport(connection)
    connection.connection_made(transport)
    sent = [
        b"HTTP/1.1 %d\r\nX: %d\r\nContent-Length: 2\r\n\r\nab" % (n, n) for n in (200, 404, 200)
    ]
    found = [await asked(connection, transport, one) for one in sent]
    assert [one[:2] for one in found] == [
        (n, (("X", str(n)), ("Content-Length", "2"))) for n in (200, 404, 200)
    ]


async def test_a_response_after_one_of_other_framing_has_its_own_headers() -> None:
    connection = ServerConnection()
    transport = LoopbackTransport(connection)
    connection.connection_made(transport)
    sized = b"HTTP/1.1 200 OK\r\nX: sized\r\nContent-Length: 2\r\n\r\nab"
    chunked = b"HTTP/1.1 200 OK\r\nX: cut\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
    found = [await asked(connection, transport, one) for one in (sized, chunked) * 2]
    assert [one[1][0][1] for one in found] == ["sized", "cut", "sized", "cut"]


async def test_more_than_the_usual_answer_ends_the_connection() -> None:
    connection = ServerConnection()
    transport = LoopbackTransport(connection)
    connection.connection_made(transport)
    usual = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert (await asked(connection, transport, usual + b"ab"))[2] == b"ab"
    assert (await asked(connection, transport, usual + b"cd"))[2] == b"cd"
    *_, kept = await asked(connection, transport, usual + b"ef" + usual)
    assert not kept


@given(
    st.lists(st.binary(min_size=1, max_size=60), max_size=4)
    | st.tuples(responses(), st.binary(max_size=8), st.integers(0, 300), CUTS).map(
        lambda parts: cut(
            parts[0][0][: parts[2]] + parts[1] + parts[0][0][parts[2] :],
            parts[3],
        )
    )
)
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    with suppress(ConnectionError):
        status, _, _, _ = asyncio.run(answered(*pieces, ends=True))
        assert 200 <= status < 1000


OK = b"HTTP/1.1 200 OK\r\n"
REFUSED = {
    "both": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, turned": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "length twice": OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "list of lengths": OK + b"Content-Length: 3, 3\r\n\r\nabc",
    "negative": OK + b"Content-Length: -3\r\n\r\nabc",
    "other coding": OK + b"Transfer-Encoding: gzip\r\n\r\nabc",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked in 1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "folded": OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "line feeds": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "return": OK + b"X: a\rb\r\nContent-Length: 0\r\n\r\n",
    "nul": OK + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "space before colon": OK + b"Content-Length : 0\r\n\r\n",
    "2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "0.9": b"<html></html>",
    "upgrade": b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "upgrade to nothing": b"HTTP/1.1 101 Switching\r\n\r\n",
    "two digits": b"HTTP/1.1 99 Odd\r\n\r\n",
    "many headers": OK + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
    "long header": OK + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    "endless header": OK + b"X: " + b"y" * 100_000,
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("size", [1 << 20, 1000, 1])
async def test_a_response_with_two_readings_is_refused(raw: bytes, size: int) -> None:
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    with pytest.raises(ConnectionError, match="its answer is no HTTP"):
        await answered(*pieces)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_an_answer_without_a_body_ends_at_its_head(status: bytes) -> None:
    raw = b"HTTP/1.1 %b\r\nContent-Length: 10\r\n\r\n" % status
    assert await answered(raw) == (int(status[:3]), (("Content-Length", "10"),), b"", True)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (OK + b"Content-Length: 1\r\n\r\nx", True),
        (OK + b"Content-Length: 1\r\nConnection: close\r\n\r\nx", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx", True),
        (OK + b"Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n", False),
        (OK + b"Content-Length: 1\r\n\r\nxyz", False),
        (b"HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nx", 1),
    ],
)
async def test_a_connection_is_kept_only_in_step(raw: bytes, kept: bool) -> None:
    assert (await answered(raw))[2:] == (b"x", bool(kept))


async def test_a_body_that_only_the_end_of_the_connection_ends_is_whole_then() -> None:
    raw = OK + b"X: 1\r\n\r\nall there is"
    assert await answered(raw, ends=True) == (200, (("X", "1"),), b"all there is", False)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 200", "breaks off"),
        (OK + b"Content-Length: 3\r\n\r\nab", "breaks off"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "breaks off"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "breaks off"),
    ],
)
async def test_what_breaks_off_is_said_to(raw: bytes, reason: str) -> None:
    pieces = [raw] if raw else []
    with pytest.raises(ConnectionError, match=reason):
        await answered(*pieces, ends=True)


async def test_bytes_that_nobody_asked_for_end_an_idle_connection() -> None:
    connection = ServerConnection()
    transport = LoopbackTransport(connection)
    connection.connection_made(transport)
    assert connection.usable
    connection.data_received(OK + b"Content-Length: 0\r\n\r\n")
    assert transport.aborted
    assert not connection.usable


async def test_a_reader_that_lags_holds_back_the_server() -> None:
    connection = ServerConnection()
    transport = LoopbackTransport(connection)
    connection.connection_made(transport)
    asking = asyncio.ensure_future(connection.ask(b"GET / HTTP/1.1\r\n\r\n", b""))
    await asyncio.sleep(0)
    connection.data_received(OK + b"Content-Length: 1000000\r\n\r\n")
    await asking
    fed = 0
    while transport.reading:
        connection.data_received(b"x" * 10_000)
        fed += 10_000
    assert 256 * 1024 < fed < 300 * 1024
    assert len(await connection.read()) == fed
    assert transport.reading
    connection.abort()


async def test_a_body_that_is_mostly_framing_is_refused() -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    with pytest.raises(ConnectionError, match="no HTTP"):
        await answered(head, *[b"1;" + b"x" * 60_000 + b"\r\n.\r\n"] * 3)
