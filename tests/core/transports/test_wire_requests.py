"""Requests out of bytes: whatever the cuts, and whatever the bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.transports.wire.framing import MAX_HEAD, MAX_HEADERS, BadFraming, head_bytes
from keyfob_core.transports.wire.requests import RequestParser
from support.wire import Found, Request, cut, parsed

CUTS = st.lists(st.integers(0, 10_000), max_size=12)
TOKEN = st.text("abcXYZ019-_!#$%&'*+.^`|~", min_size=1, max_size=12)
FRAMING = {"content-length", "transfer-encoding", "connection", "upgrade", "expect"}
VALUE = st.binary(max_size=20).map(
    lambda raw: bytes(byte for byte in raw if byte == 9 or (byte >= 0x20 and byte != 0x7F)).strip()
)
HEADERS = st.lists(
    st.tuples(TOKEN.filter(lambda name: name.lower() not in FRAMING), VALUE), max_size=6
)
BODY = st.binary(max_size=200)


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """The bytes of a good request, and its body."""
    headers = b"".join(b"%b: %b\r\n" % (n.encode(), v) for n, v in draw(HEADERS))
    method = draw(st.sampled_from([b"GET", b"POST", b"DELETE", b"OPTIONS"]))
    offer = draw(st.sampled_from([b"", b"Connection: upgrade\r\nUpgrade: h2c\r\n"]))
    head = b"%b /s/one/mcp?%d HTTP/1.1\r\n%b%b" % (method, draw(st.integers(0)), headers, offer)
    body = draw(BODY)
    if draw(st.booleans()):
        return head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body), body
    pieces = [piece for piece in cut(body, draw(CUTS)) if piece]
    chunks = b"".join(b"%x;ext=%d\r\n%b\r\n" % (len(one), len(one), one) for one in pieces)
    end = draw(st.sampled_from([b"0\r\n\r\n", b"0\r\nX-Trailer: 1\r\n\r\n"]))
    return head + b"transfer-encoding: Chunked\r\n\r\n" + chunks + end, body


@given(st.lists(requests(), min_size=1, max_size=4), CUTS)
def test_requests_are_read_the_same_wherever_their_bytes_are_cut(
    sent: list[tuple[bytes, bytes]], places: list[int]
) -> None:
    data = b"".join(raw for raw, _ in sent)
    whole = parsed(data)
    assert [request.body for request in whole] == [body for _, body in sent]
    assert all(request.complete for request in whole)
    assert parsed(*cut(data, places)) == whole


@given(requests())
def test_a_request_that_comes_byte_by_byte_is_the_same(sent: tuple[bytes, bytes]) -> None:
    raw, _ = sent
    assert parsed(*(raw[n : n + 1] for n in range(len(raw)))) == parsed(raw)


@given(st.lists(requests(), min_size=1, max_size=3), st.lists(st.integers(0, 2), max_size=8))
def test_a_request_that_comes_again_is_read_as_it_was_the_first_time(
    sent: list[tuple[bytes, bytes]], turns: list[int]
) -> None:
    chosen = [sent[turn % len(sent)][0] for turn in turns]
    assert parsed(*chosen) == [request for raw in chosen for request in parsed(raw)]


def test_a_head_of_the_same_size_is_another_head() -> None:
    sent = [b"POST /s/%b/mcp HTTP/1.1\r\nX: 1\r\n\r\n" % name for name in (b"one", b"two", b"one")]
    assert [one.head.target for one in parsed(*sent)] == ["/s/one/mcp", "/s/two/mcp", "/s/one/mcp"]


def test_a_body_of_its_own_comes_behind_the_head_of_the_last_request() -> None:
    head = b"POST /s/one/mcp HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
    bodies = [b"one", b"two", b"ten"]
    assert [one.body for one in parsed(*(head + body for body in bodies))] == bodies
    # What is shorter, longer or of another length is no such request.
    first, second = parsed(head + b"one", head + b"tw", b"o" + head[:9], head[9:] + b"ten")[:2]
    assert (first.body, second.body) == (b"one", b"two")
    assert [one.body for one in parsed(head + b"one", (head + b"two") * 2)] == [
        b"one",
        b"two",
        b"two",
    ]


@given(
    st.lists(st.binary(max_size=60), max_size=4)
    | st.tuples(requests(), st.binary(max_size=8), CUTS).map(
        lambda parts: cut(
            parts[0][0][: len(parts[0][0]) // 2] + parts[1] + parts[0][0][len(parts[0][0]) // 2 :],
            parts[2],
        )
    )
)
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    found = Found()
    parser = RequestParser(found)
    with suppress(BadFraming):
        for piece in pieces:
            parser.feed(piece)
    # Nothing is begun before what is in front of it has ended.
    assert all(request.complete for request in found.requests[:-1])


POST = b"POST /s/one/mcp HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

SMUGGLED = {
    "both": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, turned": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "length twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "signed": POST + b"Content-Length: +3\r\n\r\nabc",
    "negative": POST + b"Content-Length: -3\r\n\r\nabc",
    "hexadecimal": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "no length": POST + b"Content-Length:\r\n\r\nabc",
    "great length": POST + b"Content-Length: 18446744073709551617\r\n\r\nabc",
    "folded": POST + b"X: a\r\n b\r\n\r\n",
    "folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "space at first": b"POST / HTTP/1.1\r\n Host: x\r\n\r\n",
    "bare line feeds": b"POST / HTTP/1.1\nHost: x\n\n",
    "a bare line feed": b"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    "a bare return": b"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
    "nul": b"GET / HTTP/1.1\r\nHost: x\x00y\r\n\r\n",
    "nul in a name": b"GET / HTTP/1.1\r\nHo\x00st: x\r\n\r\n",
    "space before colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "tab before colon": POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "no colon": POST + b"Content-Length\r\n\r\n",
    "no name": POST + b": 3\r\n\r\n",
    "name beyond ascii": POST + b"Content\xe2Length: 3\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding twice": POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "nearly chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "quoted": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked in 1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk with line feed": CHUNKED + b"3\nabc\r\n0\r\n\r\n",
    "extension with line feed": CHUNKED + b"3;a\nabc\r\n0\r\n\r\n",
    "chunk with space": CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n",
    "chunk too long": CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
    "negative chunk": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "0x chunk": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "great chunk": CHUNKED + b"fffffffffffffffff\r\n",
    "framing in a trailer": CHUNKED + b"0\r\nContent-Length: 3\r\n\r\n",
    "0.9": b"GET /\r\n\r\n",
    "1.2": b"GET / HTTP/1.2\r\n\r\n",
    "2.0": b"GET / HTTP/2.0\r\n\r\n",
    "preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no method": b"FOO / HTTP/1.1\r\n\r\n",
    "space in target": b"GET /a b HTTP/1.1\r\n\r\n",
    "tab in target": b"GET /a\tb HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("raw", SMUGGLED.values(), ids=SMUGGLED)
@pytest.mark.parametrize("cuts", ["whole", "bytes"])
def test_what_two_readers_could_read_as_two_requests_is_refused(raw: bytes, cuts: str) -> None:
    after = b"GET /smuggled HTTP/1.1\r\n\r\n"
    pieces = [raw + after] if cuts == "whole" else [bytes([byte]) for byte in raw + after]
    with pytest.raises(BadFraming):
        parsed(*pieces)


@pytest.mark.parametrize("raw", SMUGGLED.values(), ids=SMUGGLED)
def test_what_is_refused_is_never_a_whole_request(raw: bytes) -> None:
    found = Found()
    with pytest.raises(BadFraming):
        RequestParser(found).feed(raw + b"GET /smuggled HTTP/1.1\r\n\r\n")
    assert not any(request.complete for request in found.requests)


def test_thousands_of_offers_of_another_protocol_are_read_over() -> None:
    offer = b"POST / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n."
    found = parsed(offer * 3000)
    assert [request.body for request in found] == [b"."] * 3000


def test_a_connect_is_the_last_request_of_its_connection() -> None:
    (found,) = parsed(b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (found.head.method, found.head.keep_alive, found.complete) == ("CONNECT", False, True)


def test_a_head_that_never_ends_is_refused_at_its_limit() -> None:
    endless = [b"POST / HTTP/1.1\r\nX: ", *[b"y" * 1024] * 100]
    with pytest.raises(BadFraming):
        parsed(*endless)
    assert parsed(*endless[:60])[:1] == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * MAX_HEAD + b" HTTP/1.1\r\n\r\n",
        POST + b"X: " + b"y" * MAX_HEAD + b"\r\n\r\n",
        POST + b"".join(b"X-%d: 1\r\n" % number for number in range(MAX_HEADERS)) + b"\r\n",
    ],
    ids=["target", "header", "headers"],
)
def test_a_head_is_bounded_however_it_comes(head: bytes) -> None:
    for pieces in ([head], [head[n : n + 1000] for n in range(0, len(head), 1000)]):
        with pytest.raises(BadFraming):
            parsed(*pieces)


def test_a_body_that_is_mostly_framing_is_refused() -> None:
    extended = b"1;" + b"x" * 60_000 + b"\r\n.\r\n"
    assert parsed(CHUNKED, extended)[0].body == b"."
    with pytest.raises(BadFraming):
        parsed(CHUNKED, *[extended] * 3)
    with pytest.raises(BadFraming):
        parsed(CHUNKED, b"1;", *[b"x" * 1000] * 100)
    # Small chunks are in order.
    assert len(parsed(CHUNKED, *[b"1\r\n.\r\n"] * 100_000)[0].body) == 100_000


def test_bytes_of_no_alphabet_in_a_header_are_kept_as_text() -> None:
    (found,) = parsed(POST + "X: grün\r\nY: ".encode() + b"gr\xfcn\r\n\r\n")
    assert found == Request(found.head, b"", complete=True)
    assert found.head.headers[1:] == (("X", "grün"), ("Y", "gr\udcfcn"))


NAMES = st.text(st.characters(max_codepoint=0x2FF), max_size=8)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=4))
def test_a_head_we_write_has_its_headers_and_no_more(headers: list[tuple[str, str]]) -> None:
    control = {chr(code) for code in (*range(9), *range(10, 32), 127)}
    if any(control & set(name + value) for name, value in headers):
        with pytest.raises(ValueError, match="a header with"):
            head_bytes("GET / HTTP/1.1", tuple(headers), "Own: 1\r\n")
        return
    lines = head_bytes("GET / HTTP/1.1", tuple(headers), "Own: 1\r\n").split(b"\r\n")
    assert lines[0] == b"GET / HTTP/1.1"
    assert lines[1:-3] == [f"{name}: {value}".encode() for name, value in headers]
    assert lines[-3:] == [b"Own: 1", b"", b""]
