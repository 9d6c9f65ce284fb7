from __future__ import annotations

import json

import pytest

from keyfob_core.transports.programs.messages import parse, read_messages


@pytest.mark.parametrize(
    "line",
    [
        b"", b"text", b"1", b"null", b"[]", b"{}", b'"x"', b"[1]", b'{"id": 1}', b"\xff",
        b'{"method": 5}', b'[{"method": "a"}, 1]', "{\"method\": \"a\"}".encode("utf-16"),
        b"[" * 100_000, b'{"a":' * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_json_rpc_is_no_message(line: bytes) -> None:
    assert parse(line) == ()


def test_requests_notifications_and_responses_are_told_apart() -> None:
    [request] = parse(b'{"id": "a", "method": "m", "params": {"_meta": {"progressToken": 3}}}')
    assert request.is_request
    assert (request.key, request.progress) == ((True, "a"), (False, 3))
    [notified] = parse(b'{"method": "notifications/progress", "params": {"progressToken": "3"}}')
    assert not notified.is_request
    assert notified.progress == (True, "3")
    [result] = parse(b'{"id": 1, "result": [1]}')
    assert (result.method, result.result, result.error_code) == (None, {}, None)
    [error] = parse(b'{"id": 1, "error": {"code": -32601}}')
    assert (error.result, error.error_code) == (None, -32601)
    [odd] = parse(b'{"id": null, "error": 5}')
    assert (odd.key, odd.error_code) == (None, 0)


def test_an_id_is_a_text_or_a_number_and_nothing_else() -> None:
    for value in (True, None, {}, []):
        [message] = parse(json.dumps({"id": value, "method": "m"}).encode())
        assert message.key is None
        assert not message.is_request


def test_what_belongs_to_no_request_and_what_names_one_is_seen() -> None:
    [changed] = parse(b'{"method": "notifications/resources/updated"}')
    assert changed.is_of_no_request
    [logged] = parse(b'{"method": "notifications/message"}')
    assert not logged.is_of_no_request
    tag = b'{"_meta": {"io.modelcontextprotocol/subscriptionId": "l"}}'
    [tagged] = parse(b'{"method": "notifications/x", "params": %b}' % tag)
    assert tagged.subscription == (True, "l")
    [cancelled] = parse(b'{"method": "notifications/cancelled", "params": {"requestId": 4}}')
    assert cancelled.cancels == (False, 4)
    [other] = parse(b'{"method": "notifications/x", "params": {"requestId": 4}}')
    assert other.cancels is None


async def test_a_large_line_is_read_as_well() -> None:
    line = b'{"id": 1, "method": "m", "params": {"x": "%b"}}' % (b"y" * (1 << 20))
    [message] = await read_messages(line)
    assert message.method == "m"
    assert await read_messages(line[:-1]) == ()
