from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, Outbound
from keyfob_core.transports.aggregate.results import Results
from keyfob_core.transports.aggregate.state import Seal

JSON: Headers = (("Content-Type", "application/json"),)
EVENTS: Headers = (("Content-Type", "text/event-stream"),)
SEAL = Seal()


async def passed(data: bytes, headers: Headers = JSON, size: int = 7) -> tuple[Headers, bytes]:
    async def body() -> AsyncIterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    outbound = Outbound(status=200, headers=headers, body=body())
    answer = await Results(SEAL).pass_down(outbound, "client", "one")
    return answer.headers, b"".join([chunk async for chunk in answer.body])


def response(result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


async def result_of(result: Any) -> Any:
    _, data = await passed(response(result))
    return json.loads(data)["result"]


LINK = {"type": "resource_link", "name": "n", "uri": "note://1"}
PUBLIC_LINK = {**LINK, "uri": "keyfob:one/note://1"}
EMBEDDED = {"type": "resource", "resource": {"uri": "note://1", "text": "note://1"}}
PUBLIC_EMBEDDED = {
    "type": "resource",
    "resource": {"uri": "keyfob:one/note://1", "text": "note://1"},
}


def sampling(link: Any) -> Any:
    content = [{"type": "tool_result", "content": [link]}]
    return {"method": "sampling/createMessage", "params": {"messages": [{"content": content}]}}


TEXT = {"type": "text", "text": 'see "uri": note://1'}


@pytest.mark.parametrize(
    ("result", "public"),
    [
        ({"content": [TEXT, LINK, EMBEDDED]}, {"content": [TEXT, PUBLIC_LINK, PUBLIC_EMBEDDED]}),
        ({"contents": [{"uri": "a:b"}]}, {"contents": [{"uri": "keyfob:one/a:b"}]}),
        (
            {"messages": [{"role": "user", "content": LINK}, {"content": [EMBEDDED, TEXT]}]},
            {
                "messages": [
                    {"role": "user", "content": PUBLIC_LINK},
                    {"content": [PUBLIC_EMBEDDED, TEXT]},
                ]
            },
        ),
        (
            {"resultType": "task", "taskId": "t1", "status": "working"},
            {"resultType": "task", "taskId": "one/t1", "status": "working"},
        ),
        (
            {"taskId": "t1", "status": "completed", "result": {"content": [LINK]}},
            {"taskId": "one/t1", "status": "completed", "result": {"content": [PUBLIC_LINK]}},
        ),
        (
            {"_meta": {"io.modelcontextprotocol/related-task": {"taskId": "t1"}}},
            {"_meta": {"io.modelcontextprotocol/related-task": {"taskId": "one/t1"}}},
        ),
        (
            {
                "inputRequests": {
                    "a": {
                        "params": {
                            "messages": [{"content": [{"type": "tool_result", "content": [LINK]}]}]
                        }
                    }
                }
            },
            {
                "inputRequests": {
                    "a": {
                        "params": {
                            "messages": [
                                {"content": [{"type": "tool_result", "content": [PUBLIC_LINK]}]}
                            ]
                        }
                    }
                }
            },
        ),
    ],
    ids=["call", "read", "prompt", "task", "done", "related", "sampling"],
)
async def test_a_servers_own_addresses_and_ids_become_the_aggregates(
    result: Any, public: Any
) -> None:
    assert await result_of(result) == public


async def test_an_error_names_what_it_is_about_as_the_client_does() -> None:
    error = {"code": -32602, "message": "Resource not found", "data": {"uri": "note://1"}}
    _, data = await passed(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode())
    assert json.loads(data)["error"]["data"] == {"uri": "keyfob:one/note://1"}


async def test_what_only_looks_like_an_address_stays() -> None:
    result = {
        "structuredContent": {"uri": "note://1", "taskId": "t1", "content": [LINK]},
        "content": [{"type": "text", "uri": "note://1", "text": "x"}],
        "isError": False,
        "taskId": "a field of somebody's own",
    }
    assert await result_of(result) == result


async def test_a_state_is_bound_to_its_client_and_server() -> None:
    result = await result_of({"resultType": "input_required", "requestState": "s"})
    assert SEAL.unwrap("client", "one", result["requestState"]) == "s"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    )
)
async def test_an_answer_that_needs_no_change_passes_as_the_bytes_it_is(value: Any) -> None:
    data = b' {"jsonrpc": "2.0","id":1.50, "result":' + json.dumps(value).encode() + b"}\r\n"
    if b"\\u00" in data:
        return
    assert await passed(data, (*JSON, ("Content-Length", "9"))) == (
        (*JSON, ("Content-Length", "9")),
        data,
    )


async def test_a_key_that_is_escaped_is_found_all_the_same() -> None:
    data = response({"content": [LINK]}).replace(b'"uri"', b'"\\u0075ri"')
    _, changed = await passed(data)
    assert json.loads(changed)["result"]["content"] == [PUBLIC_LINK]


async def test_a_changed_answer_has_the_length_it_now_has() -> None:
    data = response({"content": [LINK]})
    headers, changed = await passed(data, (*JSON, ("content-length", str(len(data)))))
    assert header(headers, "content-length") == str(len(changed))


async def test_half_a_surrogate_pair_passes_as_it_came() -> None:
    data = response({"content": [LINK, {"type": "text", "text": "\ud800"}]})
    _, changed = await passed(data)
    assert json.loads(changed)["result"]["content"] == [
        PUBLIC_LINK,
        {"type": "text", "text": "\ud800"},
    ]


async def test_of_a_stream_only_the_event_that_has_to_is_changed() -> None:
    progress = (
        b': note\r\nid: 7\r\ndata: {"jsonrpc":"2.0", "method":"notifications/progress"}\r\n\r\n'
    )
    final = b"id: 8\ndata: " + response({"content": [LINK]}) + b"\n\n"
    headers, changed = await passed(progress + final, (*EVENTS, ("X-Odd", "1")))
    assert headers == (*EVENTS, ("X-Odd", "1"))
    assert changed.startswith(progress)
    lines = changed[len(progress) :].split(b"\n")
    assert lines[0] == b"id: 8"
    assert json.loads(lines[1].removeprefix(b"data: "))["result"]["content"] == [PUBLIC_LINK]


async def test_what_is_no_json_passes_for_the_client_to_see() -> None:
    data = b'{"uri": '
    assert (await passed(data))[1] == data
    assert (await passed(b"plain", (("Content-Type", "text/plain"),)))[1] == b"plain"
