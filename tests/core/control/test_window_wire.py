from __future__ import annotations

from dataclasses import replace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.control.window_wire import (
    Answered,
    Asked,
    Cancelled,
    FromEngine,
    FromWindow,
    Raised,
    Stopped,
    Told,
    Withdrawn,
    decode_from_engine,
    decode_from_window,
    encode_to_engine,
    encode_to_window,
)
from keyfob_core.control.wire import Reply, Request
from keyfob_core.errors import ConfigInvalid
from keyfob_core.prompts import Prompt
from keyfob_core.states import Status
from keyfob_core.steps import Step

ANY_TEXT = st.text(st.characters(), max_size=20)
"""Surrogates too: a client's headers may hold bytes that are no UTF-8."""
st.register_type_strategy(str, ANY_TEXT)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))

SAID = st.one_of(
    st.builds(Told, status=st.from_type(Status)),
    st.builds(Asked, prompt=st.from_type(cast("type[object]", Prompt))),
    st.builds(Withdrawn),
    st.just(Raised()),
    st.just(Stopped()),
)


@given(SAID)
def test_what_the_engine_tells_arrives_as_it_was(said: FromEngine) -> None:
    line = encode_to_window(said)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_from_engine(line) == said


@given(st.one_of(st.builds(Answered), st.builds(Cancelled)))
def test_what_the_person_answers_arrives_as_it_was(said: FromWindow) -> None:
    line = encode_to_engine(said)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_from_window(line) == said


def test_requests_and_replies_cross_as_on_the_control_socket() -> None:
    request = Request(3, "connect", {"is": "an argument"}, True)
    step = Reply(3, step=Step("token", "It came.", (("code", "X"),)))
    result = Reply(3, result={"is": ["a", "result"]})

    assert decode_from_window(encode_to_engine(request)) == request
    assert decode_from_engine(encode_to_window(step)) == step
    assert decode_from_engine(encode_to_window(result)) == result


def test_what_keeps_an_engine_from_starting_arrives_with_its_type() -> None:
    arrived = decode_from_engine(encode_to_window(ConfigInvalid("relay.port", "is no port", "x")))

    assert isinstance(arrived, ConfigInvalid)
    assert (arrived.field, str(arrived)) == ("relay.port", "relay.port: is no port x")


def test_a_passphrase_is_in_no_message_s_repr() -> None:
    line = b'{"is": "Answered", "number": 1, "answer": {"is": "Decision", "allow": true, '
    read = decode_from_window(line + b'"lasts": "once", "hours": null, "text": "open sesame"}}')

    assert "sesame" not in repr(read)
    assert isinstance(read, Answered)
    assert replace(read, number=1) == read
