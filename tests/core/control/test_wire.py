from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass

import pytest

from keyfob_core import errors
from keyfob_core.control.wire import (
    Reply,
    Request,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    error_from_json,
    error_to_json,
    lines,
    to_json,
)
from keyfob_core.errors import Error, RequestRefused
from keyfob_core.model import ApiKey, KnownBy
from keyfob_core.states import (
    AccountCondition,
    ClientState,
    ServerState,
    Status,
    StoreCondition,
    StoreState,
)
from keyfob_core.steps import Step

MARK = "marked-secret-5d1f"

EVERY_ERROR = [
    Error("m", "h"),
    errors.OAuthFailed("invalid_grant", "m", "h"),
    errors.ConfigInvalid("url", "is no URL", "h"),
    errors.AnswerAwaited("m", "h", wait_id="w7"),
    errors.RequestRefused(413, "m", "h"),
    *(
        kind("m", "h")
        for kind in Error.__subclasses__()
        if kind.__module__ == errors.__name__
        and kind
        not in (
            errors.OAuthFailed,
            errors.ConfigInvalid,
            errors.AnswerAwaited,
            errors.RequestRefused,
        )
    ),
]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: type(error).__name__)
def test_an_error_crosses_the_socket_with_its_type_and_all_it_says(error: Error) -> None:
    reply = decode_reply(encode_reply(Reply(3, error=error)))
    assert reply.error is not None
    assert type(reply.error) is type(error)
    assert vars(reply.error) == vars(error)
    assert str(reply.error) == str(error)


def test_an_unknown_code_becomes_a_plain_error() -> None:
    error = error_from_json({"code": "from_the_future", "message": "m", "hint": "h"})
    assert type(error) is Error
    assert (error.message, error.hint) == ("m", "h")


def test_an_errors_json_has_the_stable_names() -> None:
    told = error_to_json(errors.ConfigInvalid("url", "is no URL", "h"))
    assert told == {
        "code": "config_invalid",
        "message": "url: is no URL",
        "hint": "h",
        "field": "url",
    }


def test_a_status_becomes_plain_json() -> None:
    status = Status(
        version="1",
        url=None,
        problem=None,
        store=StoreState("memory", StoreCondition.READY),
        servers=(
            ServerState(
                name="s", url="u", account=None, account_condition=AccountCondition.NEEDS_YOU
            ),
        ),
        accounts=(),
        clients=(ClientState(name="c", known_by=KnownBy.TOKEN, created_at=1.5, last_used_at=None),),
        waiting=(),
    )
    told = json.loads(json.dumps(to_json(status)))
    assert told["store"] == {"name": "memory", "condition": "ready", "reason": None, "hint": None}
    assert told["servers"][0]["account_condition"] == "needs you"
    assert told["clients"][0]["created_at"] == 1.5
    assert type(to_json(KnownBy.TOKEN)) is str


def test_a_value_that_holds_a_secret_cannot_be_sent() -> None:
    with pytest.raises(TypeError) as refused:
        to_json((ApiKey(secret=MARK, origin="https://x", obtained_at=0),))
    assert MARK not in str(refused.value)


@dataclass(frozen=True)
class Odd:
    value: object


@pytest.mark.parametrize("value", [b"bytes", Odd(object()), object()])
def test_what_json_has_no_form_for_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_json(value)


def test_a_request_survives_the_way_and_hides_its_arguments() -> None:
    request = Request(7, "connect", {"server": "s", "secret": MARK, "scopes": ["é\n"]}, True)
    line = encode_request(request)
    assert line.count(b"\n") == 1
    assert decode_request(line) == request
    assert MARK not in repr(request)


def test_a_path_that_is_not_utf_8_survives_the_way() -> None:
    path = os.fsdecode(b"/home/caf\xe9")
    assert decode_request(encode_request(Request(1, "export", {"to": path}))).args == {"to": path}
    assert decode_reply(encode_reply(Reply(1, result=path))).result == path


def test_a_request_over_a_mebibyte_is_not_sent() -> None:
    with pytest.raises(RequestRefused):
        encode_request(Request(1, "connect", {"secret": "x" * (1 << 20)}))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[1]",
        b'{"verb": "status"}',
        b'{"id": "1", "verb": "status"}',
        b'{"id": 1, "verb": 2}',
        b'{"id": 1, "verb": "status", "args": []}',
        b'{"id": 1, "verb": "\xff"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_request_is_refused_in_words(line: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        decode_request(line)
    assert refused.value.status == 400


@pytest.mark.parametrize("said", ["false", '"yes"', "1", "null"])
def test_only_true_is_a_yes(said: str) -> None:
    line = f'{{"id": 1, "verb": "rule.add", "confirmed": {said}}}'.encode()
    assert not decode_request(line).confirmed


def test_a_step_survives_the_way() -> None:
    reply = Reply(1, step=Step("browser", "Opened the browser."))
    assert decode_reply(encode_reply(reply)) == reply


async def read_all(sent: list[bytes], limit: int) -> list[bytes]:
    reader = asyncio.StreamReader()
    for chunk in sent:
        reader.feed_data(chunk)
    reader.feed_eof()
    return [line async for line in lines(reader, limit)]


async def test_lines_are_cut_wherever_the_chunks_fall() -> None:
    whole = b"one\n" + b"t" * 200_000 + b"\n\nlast\nunended"
    read = await read_all([whole], 1 << 20)
    assert read == [b"one", b"t" * 200_000, b"", b"last"]


@pytest.mark.parametrize("end", [b"", b"\n"])
async def test_a_line_over_the_limit_is_refused_ended_or_not(end: bytes) -> None:
    assert await read_all([b"x" * 1000 + b"\n"], 1000) == [b"x" * 1000]
    with pytest.raises(RequestRefused) as refused:
        await read_all([b"x" * 1001 + end], 1000)
    assert refused.value.status == 413
