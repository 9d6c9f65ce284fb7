import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.event_stream import Event, EventStream

_LINES = st.sampled_from(
    [
        b"data: one",
        b"data:two",
        b"data",
        b": comment",
        b"id: 7",
        b"event: ping",
        b"retry: 5",
        b"x",
        b"",
    ]
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
_STREAMS = st.lists(st.tuples(_LINES, _ENDS), max_size=30).map(
    lambda parts: b"".join(line + end for line, end in parts)
)


def _meanings(events: list[Event]) -> list[tuple[str | None, str, str, int | None]]:
    """What a reader acts upon: a split CR LF may move a lone LF to the next block's raw."""
    return [
        (event.id, event.event, event.data, event.retry)
        for event in events
        if (event.id, event.event, event.data, event.retry) != (None, "", "", None)
    ]


def test_the_fields_of_an_event_are_read() -> None:
    raw = b'id: 3\nevent: message\nretry: 1500\ndata: {"a":\ndata:  1}\n: note\nunknown: x\n\n'
    assert EventStream().feed(raw) == [Event(raw, "3", "message", '{"a":\n 1}', 1500)]


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    (event,) = EventStream().feed(b"\xef\xbb\xbfdata: a\n\n")
    assert event.data == "a"
    assert event.raw.startswith(b"\xef\xbb\xbf")


def test_an_event_that_ends_with_a_return_is_not_held_back() -> None:
    stream = EventStream()
    assert [event.data for event in stream.feed(b"data: a\r\r")] == ["a"]
    assert [event.data for event in stream.feed(b"\ndata: b\r\n\r\n")] == ["b"]


def test_an_id_with_a_null_and_a_retry_that_is_no_number_are_ignored() -> None:
    (event,) = EventStream().feed(b"id: a\0b\nretry: soon\ndata: x\n\n")
    assert (event.id, event.retry) == (None, None)


def test_an_empty_id_resets_and_is_not_a_missing_one() -> None:
    (event,) = EventStream().feed(b"id\ndata: x\n\n")
    assert event.id == ""


def test_an_unfinished_event_is_the_rest() -> None:
    stream = EventStream()
    assert stream.feed(b"data: a\n\ndata: b\n") != []
    assert stream.rest == b"data: b\n"


def test_an_event_that_never_ends_is_refused() -> None:
    stream = EventStream(longest=100)
    stream.feed(b"data: " + b"0" * 80)
    with pytest.raises(UpstreamUnreachable):
        stream.feed(b"0" * 80)


def test_a_long_event_in_small_pieces_takes_time_in_proportion() -> None:
    stream = EventStream()
    begun = time.process_time()
    for _ in range(4000):
        assert stream.feed(b"x" * 4096) == []
    (event,) = stream.feed(b"\n\n")
    assert len(event.raw) == 4000 * 4096 + 2
    assert time.process_time() - begun < 5


@given(_STREAMS, st.lists(st.integers(0, 400), max_size=12))
def test_it_does_not_matter_where_the_bytes_are_cut(whole: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    stream = EventStream()
    pieces = [event for a, b in pairwise(places) for event in stream.feed(whole[a:b])]
    assert b"".join(event.raw for event in pieces) + stream.rest == whole
    assert _meanings(pieces) == _meanings(EventStream().feed(whole))


@given(_STREAMS)
def test_every_line_end_means_the_same(whole: bytes) -> None:
    plain = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert _meanings(EventStream().feed(whole)) == _meanings(EventStream().feed(plain))


@given(st.lists(st.binary(max_size=20).filter(lambda d: not set(b"\r\n") & set(d))))
def test_data_comes_back_as_it_was_sent(lines: list[bytes]) -> None:
    raw = b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
    (event,) = EventStream().feed(raw)
    assert event.data == b"\n".join(lines).decode(errors="replace")
