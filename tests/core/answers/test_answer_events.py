"""Answers as events: the same content, however its bytes were cut."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.answers.answer_events import as_events, comment, event
from keyfob_core.messages import rpc
from keyfob_core.messages.event_stream import Event, EventStream
from keyfob_core.model import Headers, Outbound
from support.wire import cut

JSON = ("Content-Type", "application/json; charset=utf-8")
EVENTS = ("Content-Type", "Text/Event-Stream")
CALL = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t"}}'
BATCH = b'[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":"2","method":"b"}]'


async def _chunks(chunks: Sequence[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def streamed(
    *chunks: bytes, status: int = 200, headers: Headers = (JSON,), body: bytes = CALL
) -> bytes:
    """The bytes behind those of a stream that has begun."""
    outbound = Outbound(status=status, headers=headers, body=_chunks(chunks))
    written = [one async for one in as_events(outbound, rpc.parse_body(body), "q_1")]
    return b"".join(written)


def events(data: bytes) -> list[Event]:
    """The events of a stream that began with a sign of life."""
    stream = EventStream()
    _, *found = stream.feed(comment("waiting") + data)
    assert stream.rest == b""
    return found


async def message(*chunks: bytes, **more: Any) -> Any:
    """The one message of the answer."""
    (found,) = events(await streamed(*chunks, **more))
    return json.loads(found.data)


@given(
    lines=st.lists(st.sampled_from(['{"a": 1.50,', " \t", "", "é", ":", "data: x", "}"])),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"])),
    places=st.lists(st.integers(0, 200)),
)
async def test_json_is_the_data_of_one_event_whatever_its_line_ends_and_pieces(
    lines: list[str], ends: list[str], places: list[int]
) -> None:
    pairs = zip(lines, [*ends, *["\n"] * len(lines)], strict=False)
    text = "[" + "".join(line + end for line, end in pairs) + "]"
    (found,) = events(await streamed(*cut(text.encode(), places)))
    assert found.data == text.replace("\r\n", "\n").replace("\r", "\n")
    assert found.event == ""


@pytest.mark.parametrize("pieces", [1, 2, 5])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_events_pass_as_they_are_but_for_a_mark_that_may_only_stand_first(
    mark: bytes, pieces: int
) -> None:
    data = b": hello\r\nid: 4\nretry: 10\ndata: {}\n\nevent: x\ndata:\xff\n\n"
    parts = cut(mark + data, list(range(pieces)))
    assert await streamed(*parts, headers=(EVENTS,)) == data


async def test_bytes_that_only_begin_like_a_mark_are_kept() -> None:
    assert await streamed(b"\xef", b"\xbb", headers=(EVENTS,)) == b"\xef\xbb"


ERROR = {"code": -32601, "message": "é", "data": [1]}


@pytest.mark.parametrize("status", [400, 404, 503])
@pytest.mark.parametrize("given_id", [7, None, "server-error", 8])
async def test_an_error_of_another_status_comes_under_the_requests_id(
    status: int, given_id: object
) -> None:
    said = json.dumps({"jsonrpc": "2.0", "id": given_id, "error": ERROR}, indent=1).encode()
    answer = await message(said, status=status)
    assert answer == {"jsonrpc": "2.0", "id": 7, "error": ERROR}


@pytest.mark.parametrize(
    ("chunk", "status", "headers"),
    [
        (b"<p>no</p>", 404, (("Content-Type", "text/html"),)),
        (b"", 202, ()),
        (b"<html>", 200, (("Content-Type", "text/html"),)),
        (b'{"a": 1}', 500, (JSON,)),
        (b"[" * 100_000, 500, (JSON,)),
        (b"x" * (1 << 21), 500, (JSON,)),
        (b"data: {}\n\n", 404, (EVENTS,)),
        (b"\x1f\x8b", 200, (JSON, ("Content-Encoding", "gzip"))),
        (b"\x1f\x8b", 200, (EVENTS, ("content-encoding", "br"))),
    ],
)
async def test_what_is_no_json_rpc_becomes_an_error_with_its_status(
    chunk: bytes, status: int, headers: Headers
) -> None:
    answer = await message(chunk, status=status, headers=headers)
    assert (answer["id"], answer["error"]["code"]) == (7, -31007)
    assert f"HTTP {status}" in answer["error"]["message"]
    assert answer["error"]["data"]["request_id"] == "q_1"


async def test_every_request_of_a_batch_is_answered() -> None:
    answers = await message(b"", status=503, body=BATCH)
    assert [one["id"] for one in answers] == [1, "2"]
    shared = await message(json.dumps({"error": ERROR}).encode(), status=400, body=BATCH)
    assert [(one["id"], one["error"]) for one in shared] == [(1, ERROR), ("2", ERROR)]
    theirs = [{"jsonrpc": "2.0", "id": 1, "error": ERROR}]
    assert await message(json.dumps(theirs).encode(), status=400, body=BATCH) == theirs


def test_a_message_of_ours_is_one_event() -> None:
    stream = EventStream()
    (found,) = stream.feed(event({"a": "line\nend \u2028 \ud800"}))
    assert json.loads(found.data)["a"].startswith("line\nend \u2028 ")
