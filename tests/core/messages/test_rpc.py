from __future__ import annotations

import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.errors import AccessDenied, RequestRefused
from keyfob_core.messages import rpc

CALL = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "tools/call",
    "params": {"name": "echo", "arguments": {"a": 1}},
}


def body(value: object) -> rpc.Body:
    return rpc.parse_body(json.dumps(value).encode())


def refusal(data: bytes) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        rpc.parse_body(data)
    return caught.value


def test_a_tool_call_is_judged_by_its_tool() -> None:
    message = body(CALL).calls[0]
    assert (message.tool, message.arguments, message.id) == ("echo", {"a": 1}, 7)
    assert message.is_request


def test_a_tool_call_without_an_id_is_judged_all_the_same() -> None:
    assert body({k: v for k, v in CALL.items() if k != "id"}).calls[0].tool == "echo"


@pytest.mark.parametrize("method", ["initialize", "tools/list", "server/discover", "ping"])
def test_reading_a_servers_description_needs_no_verdict(method: str) -> None:
    assert body({"jsonrpc": "2.0", "id": 1, "method": method}).calls[0].tool is None


@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"])
def test_what_follows_a_call_by_the_id_of_its_task_needs_no_verdict(method: str) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"taskId": "t-1"}}
    assert body(message).calls[0].tool is None


@pytest.mark.parametrize("method", ["resources/read", "prompts/get", "tasks/list", "vendor/do_it"])
def test_every_other_method_is_judged_by_its_own_name(method: str) -> None:
    assert body({"jsonrpc": "2.0", "id": 1, "method": method}).calls[0].tool == method


@pytest.mark.parametrize(
    "data",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\\u006eame":"b"}}',
        b'[{"jsonrpc":"2.0","id":1,"method":"ping","id":2}]',
    ],
)
def test_a_key_that_stands_twice_is_refused(data: bytes) -> None:
    assert "twice" in refusal(data).message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", rpc.PARSE_ERROR),
        (b"{", rpc.PARSE_ERROR),
        (b"\xff", rpc.PARSE_ERROR),
        (b"[" * 100_000, rpc.PARSE_ERROR),
        (b"[]", rpc.INVALID_REQUEST),
        (b"3", rpc.INVALID_REQUEST),
        (b"{}", rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"1.0","method":"ping"}', rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","method":3}', rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1}', rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}', rpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', rpc.PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}', rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"), rpc.PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"ping"}', rpc.PARSE_ERROR),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}',
            rpc.INVALID_REQUEST,
        ),
    ],
)
def test_what_is_no_json_rpc_is_refused(data: bytes, code: int) -> None:
    found = refusal(data)
    assert (found.status, found.wire_code) == (400, code)


@pytest.mark.parametrize(
    "data",
    [
        '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}',
        '{"jsonrpc":"2.0","id":1,"method":"ping","PARAMS":{"name":"x"}}',
        '{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","result":{}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","\u017fame":1,"nAme":"b"}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{"name":"b"},"params":{"name":"a"}}',
        '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a:","URI":"b:"}}',
    ],
)
def test_a_key_that_a_careless_server_would_take_for_another_is_refused(data: str) -> None:
    """Go's JSON reader, for one, takes `Method` and `param\u017f` for `method` and `params`."""
    assert refusal(data.encode()).wire_code == rpc.INVALID_REQUEST


def test_keys_of_arguments_and_of_other_methods_may_be_spelled_in_any_way() -> None:
    params = {"name": "echo", "arguments": {"Name": 1, "METHOD": 2}}
    assert body({**CALL, "params": params}).calls[0].tool == "echo"
    assert body({"jsonrpc": "2.0", "id": 1, "method": "vendor/x", "params": {"Name": 1}}).messages


def test_a_batch_has_its_limit() -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/x"}
    assert len(body([note] * rpc.MAX_BATCH).messages) == rpc.MAX_BATCH
    refused = refusal(json.dumps([note] * (rpc.MAX_BATCH + 1)).encode())
    assert refused.wire_code == rpc.INVALID_REQUEST


def test_what_the_audit_names_are_the_calls_or_else_the_first_message() -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/x"}
    assert [m.tool for m in body([note, CALL, CALL]).calls] == ["echo", "echo"]
    assert [m.method for m in body([note, note]).calls] == ["notifications/x"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("mcp-method", "tools/list"),
        ("mcp-name", "delete"),
        ("mcp-name", f"=?base64?{base64.b64encode(b'delete').decode()}?="),
        ("mcp-protocol-version", "2025-11-25"),
    ],
)
def test_a_header_that_disagrees_with_the_body_is_refused(header: str, value: str) -> None:
    params = {**CALL["params"], "_meta": {rpc.MODERN_META: "2026-07-28"}}  # type: ignore[dict-item]
    with pytest.raises(RequestRefused) as caught:
        rpc.check_headers({header: value}, body({**CALL, "params": params}))
    assert caught.value.wire_code == rpc.HEADER_MISMATCH


def test_headers_that_agree_with_the_body_pass() -> None:
    name = f"=?base64?{base64.b64encode(b'echo').decode()}?="
    rpc.check_headers({"mcp-method": "tools/call", "mcp-name": name}, body(CALL))
    rpc.check_headers({"mcp-protocol-version": "2025-11-25"}, body(CALL))


def test_a_header_that_stands_twice_is_refused_where_it_decides() -> None:
    with pytest.raises(RequestRefused):
        rpc.lower_names((("Mcp-Name", "a"), ("mcp-name", "b")))
    assert rpc.lower_names((("X-A", "1"), ("x-a", "2"))) == {"x-a": "2"}


def test_an_error_answers_every_request_of_a_batch_and_nothing_else() -> None:
    batch = body([CALL, {"jsonrpc": "2.0", "method": "notifications/x"}, {**CALL, "id": "b"}])
    error = AccessDenied("No.", "Ask.")
    answers = json.loads(rpc.error_body(error, batch, "q_1", None))
    assert [answer["id"] for answer in answers] == [7, "b"]
    assert answers[0]["error"]["code"] == AccessDenied.rpc_code
    assert answers[0]["error"]["data"]["request_id"] == "q_1"
    assert "Ask." in answers[0]["error"]["message"]


def test_claims_are_taken_from_either_era() -> None:
    old = body({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": _info("Zed")})
    new_meta = {"_meta": {"io.modelcontextprotocol/clientInfo": {"name": "Zed", "version": "1"}}}
    new = body({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": new_meta})
    assert rpc.claims({"user-agent": "x"}, old).name == "Zed"
    assert rpc.claims({"user-agent": "x"}, new).name == "Zed"
    assert rpc.claims({"user-agent": "x"}, None).user_agent == "x"


def _info(name: str) -> dict[str, object]:
    return {"clientInfo": {"name": name, "version": "1"}}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "_meta", "name"])


@given(st.one_of(VALUES, st.dictionaries(KEYS, VALUES), st.lists(st.dictionaries(KEYS, VALUES))))
def test_any_json_is_read_or_refused_and_its_error_is_json_again(value: object) -> None:
    data = json.dumps(value).encode()
    read: rpc.Body | None = None
    try:
        read = rpc.parse_body(data)
        rpc.claims({}, read)
        rpc.check_headers({"mcp-method": "x", "mcp-name": "y"}, read)
    except RequestRefused as error:
        json.loads(rpc.error_body(error, read, "q", None))
    else:
        assert read.messages


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert rpc.parse_body(data).messages
    except RequestRefused as error:
        assert error.status == 400  # noqa: PT017


def test_a_name_of_any_length_is_claimed_and_a_long_one_is_not_kept() -> None:
    def claimed(name: str) -> str | None:
        params = {"clientInfo": {"name": name}}
        return rpc.claims({}, body({**CALL, "method": "initialize", "params": params})).name

    tracemalloc.start()
    try:
        for number in range(8):
            assert claimed(str(number) * 1024 * 1024) == str(number) * 1024 * 1024
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1024 * 1024
