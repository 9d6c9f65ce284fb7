"""A person sent to the page of a question by their client, in both eras."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.answers.elicitation import (
    MAX_CONVERSATIONS,
    Elicitations,
    answers_ours,
    declined,
    without_answer,
)
from keyfob_core.errors import AnswerAwaited
from keyfob_core.forwarding import Received
from keyfob_core.messages import rpc
from keyfob_core.model import Inbound, Listener
from support.eventually import eventually
from support.prompter import ALLOW, RecordingPrompter
from support.raw_http import RawClient
from support.relay import RunningRelay, running_relay
from support.upstreams import Reply, ScriptedUpstream, Seen, json_reply, scripted_upstream

WAIT = "[relay]\nwait = 1\n"
DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
META = "io.modelcontextprotocol/"
MODERN_HEADERS = (b"MCP-Protocol-Version: 2026-07-28", b"Mcp-Method: tools/call")


def modern(request_id: int, capabilities: object, **params: Any) -> dict[str, Any]:
    meta = {f"{META}protocolVersion": "2026-07-28", f"{META}clientCapabilities": capabilities}
    params = {"name": "write", "arguments": {"n": 1}, "_meta": meta} | params
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


def legacy(request_id: int) -> dict[str, Any]:
    params = {"name": "write", "arguments": {"n": 1}}
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


def initialize(capabilities: object) -> dict[str, Any]:
    params = {"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": {}}
    return {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}


BY_URL = {"elicitation": {"form": {}, "url": {}}}


@asynccontextmanager
async def unanswered(
    folder: Path, respond: Reply | Callable[[Seen], Reply] = DONE
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    async with (
        scripted_upstream(respond) as upstream,
        running_relay(folder, upstream.url, extra=WAIT, prompter=RecordingPrompter()) as relay,
        relay.client() as client,
    ):
        yield client, upstream, relay


async def until_answered(client: RawClient, relay: RunningRelay, url: str) -> None:
    """Answer yes, and wait until the page of the question says so."""
    relay.prompter.answer(ALLOW)

    async def answered() -> bool:
        page = await client.request("GET", url.removeprefix(relay.url))
        return b"Nothing waits here" in page.body

    await eventually(answered)


async def test_a_client_of_2026_is_asked_to_show_the_page_and_its_retry_is_the_same_call(
    tmp_path: Path,
) -> None:
    async with unanswered(tmp_path) as (client, upstream, relay):
        first = await client.post(modern(1, BY_URL), *MODERN_HEADERS)
        assert (first.status, first.json["id"]) == (200, 1)
        result = first.json["result"]
        assert result["resultType"] == "input_required"
        ((key, asked),) = result["inputRequests"].items()
        assert asked["method"] == "elicitation/create"
        assert asked["params"]["mode"] == "url"
        assert asked["params"]["url"].startswith(f"{relay.url}/wait/")
        assert asked["params"]["message"]
        retry = {"requestState": result["requestState"], "inputResponses": {key: ACCEPT}}
        # Still unanswered: it waits again, and asks again.
        again = await client.post(modern(2, BY_URL, **retry), *MODERN_HEADERS)
        assert again.json["result"]["inputRequests"] == result["inputRequests"]
        assert len(relay.prompter.asked) == 1
        await until_answered(client, relay, asked["params"]["url"])
        third = modern(3, BY_URL, **retry)
        result = (await client.post(third, *MODERN_HEADERS)).json["result"]
        assert result == {"resultType": "complete"}
        assert json.loads(upstream.requests[0].body) == modern(3, BY_URL)
        # What is shown in the log is one call that waited twice, and then went up.
        assert [e["outcome"] for e in relay.events("refused")] == ["waiting"]
        assert [e["outcome"] for e in relay.events("outcome")] == ["ok"]


ACCEPT = {"action": "accept"}


@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_who_does_not_want_to_be_sent_there_is_not_sent_again(
    tmp_path: Path, action: str
) -> None:
    async with unanswered(tmp_path) as (client, _, relay):
        result = (await client.post(modern(1, BY_URL), *MODERN_HEADERS)).json["result"]
        retry = {
            "requestState": result["requestState"],
            "inputResponses": {next(iter(result["inputRequests"])): {"action": action}},
        }
        answer = await client.post(modern(2, BY_URL, **retry), *MODERN_HEADERS)
        assert answer.error["data"]["code"] == "answer_awaited"
        assert answer.error["data"]["wait_url"].startswith(f"{relay.url}/wait/")
        assert (len(relay.prompter.asked), relay.prompter.withdrawn) == (1, [])


@pytest.mark.parametrize(
    ("capabilities", "more"),
    [
        ({}, {}),
        ({"elicitation": {}}, {}),
        ({"elicitation": {"form": {}}}, {}),
        ({"elicitation": {"url": None}}, {}),
        ("nonsense", {}),
        (BY_URL, {"requestState": "the server's own"}),
        (BY_URL, {"inputResponses": {"theirs": {}}}),
    ],
)
async def test_a_client_that_cannot_show_it_or_is_amid_other_questions_gets_the_error(
    tmp_path: Path, capabilities: object, more: dict[str, Any]
) -> None:
    async with unanswered(tmp_path) as (client, _, _):
        answer = await client.post(modern(1, capabilities, **more), *MODERN_HEADERS)
        assert answer.error["code"] == -31002


async def test_only_what_may_be_answered_by_a_question_is(tmp_path: Path) -> None:
    message = modern(1, BY_URL) | {"method": "vendor/act"}
    async with unanswered(tmp_path) as (client, _, _):
        assert (await client.post(message)).error["code"] == -31002


async def test_a_state_that_is_the_servers_own_goes_up_untouched(tmp_path: Path) -> None:
    body = json.dumps(modern(1, BY_URL, requestState="keyfob", inputResponses={"k": 1.50}))
    async with unanswered(tmp_path) as (client, upstream, relay):
        relay.prompter.answer(ALLOW)
        await client.request("POST", "/s/one/mcp", body=body.encode())
        assert upstream.requests[0].body == body.encode()


SESSION = b"Mcp-Session-Id: s-1"
REVISION = b"MCP-Protocol-Version: 2025-11-25"


def with_session(seen: Seen) -> Reply:
    if b"initialize" in seen.body:
        result = {"jsonrpc": "2.0", "id": 0, "result": {}}
        return json_reply(result, fields=(("Mcp-Session-Id", "s-1"),))
    return DONE


async def test_a_client_of_2025_that_can_show_it_gets_the_error_that_asks_for_it(
    tmp_path: Path,
) -> None:
    async with unanswered(tmp_path, with_session) as (client, _, relay):
        await client.post(initialize(BY_URL))
        error = (await client.post(legacy(1), SESSION, REVISION)).error
        assert error["code"] == -32042
        assert error["data"]["code"] == "answer_awaited"
        (asked,) = error["data"]["elicitations"]
        assert asked["mode"] == "url"
        assert asked["url"] == error["data"]["wait_url"]
        assert asked["url"].endswith(asked["elicitationId"])
        await until_answered(client, relay, asked["url"])
        assert (await client.post(legacy(2), SESSION, REVISION)).json["result"] == {}


@pytest.mark.parametrize(
    ("capabilities", "lines"),
    [
        ({"elicitation": {}}, (SESSION, REVISION)),
        (BY_URL, (SESSION, b"MCP-Protocol-Version: 2025-06-18")),
        (BY_URL, (SESSION,)),
        (BY_URL, (REVISION,)),
    ],
    ids=["cannot", "older", "no revision", "no session"],
)
async def test_a_client_of_an_older_revision_or_without_a_session_gets_the_plain_error(
    tmp_path: Path, capabilities: object, lines: tuple[bytes, ...]
) -> None:
    async with unanswered(tmp_path, with_session) as (client, _, _):
        await client.post(initialize(capabilities))
        assert (await client.post(legacy(1), *lines)).error["code"] == -31002


def received(message: object, connection: str | None = None) -> Received:
    inbound = Inbound(
        listener=Listener.STDIO,
        http_method="POST",
        server="one",
        headers=(),
        connection_id=connection,
    )
    headers = {"mcp-protocol-version": "2025-11-25"}
    return Received(inbound, headers, rpc.parse_body(json.dumps(message).encode()), None)


AWAITED = AnswerAwaited("It waits.", wait_id="w")


def test_what_a_bridge_said_first_holds_for_its_connection_and_no_other() -> None:
    elicitations = Elicitations()
    elicitations.heard(received(initialize(BY_URL), "c-1"), ())
    for connection, asked in (("c-1", True), ("c-2", False), (None, False)):
        answer = elicitations.answer(received(legacy(1), connection), "q", AWAITED, "http://x/")
        assert (answer is not None) is asked
    elicitations.heard(received(initialize({}), "c-1"), ())
    assert elicitations.answer(received(legacy(1), "c-1"), "q", AWAITED, "http://x/") is None


def test_no_more_conversations_are_remembered_than_there_is_room_for() -> None:
    elicitations = Elicitations()
    for number in range(MAX_CONVERSATIONS + 1):
        elicitations.heard(received(initialize(BY_URL), f"c-{number}"), ())

    def able(number: int) -> bool:
        request = received(legacy(1), f"c-{number}")
        return elicitations.answer(request, "q", AWAITED, "http://x/") is not None

    assert [able(number) for number in (0, 1, MAX_CONVERSATIONS)] == [False, True, True]


SPACE = st.text(st.sampled_from(" \t\r\n"), max_size=3)
MEMBERS = st.lists(
    st.sampled_from(
        ('"n" :1.50', '"a\\"b":[{"requestState":"x"}]', '"é":"}"', '"_meta":{"k":{}}', '"z":-0.0')
    ),
    unique=True,
)
STATE = st.sampled_from(('"requestState":"keyfob-wait:w"', '"request\\u0053tate" : "keyfob-wait:"'))
RESPONSES = st.sampled_from(('"inputResponses":{"keyfob":{"action":"decline"}}', None))


@given(
    data=st.data(),
    members=MEMBERS,
    state=STATE,
    responses=RESPONSES,
    last=st.booleans(),
    mark=st.sampled_from((b"", b"\xef\xbb\xbf")),
)
def test_what_answers_us_is_cut_out_and_every_other_member_keeps_its_bytes(
    data: st.DataObject,
    members: list[str],
    state: str,
    responses: str | None,
    last: bool,
    mark: bytes,
) -> None:
    ours = [state, *([responses] if responses else [])]
    order = data.draw(st.permutations([*members, *ours]))
    space = data.draw(SPACE)
    params = ",".join(space + member + space for member in order)
    envelope = ['"jsonrpc":"2.0"', '"id":1', '"method":"x"']
    envelope.insert(3 if last else 1, f'"params" :{{{params}}}')
    body = mark + ("{" + ", ".join(envelope) + "}").encode()
    parsed = rpc.parse_body(body)
    assert answers_ours(parsed)
    assert declined(parsed) is (responses is not None)
    cut = without_answer(body)
    again = rpc.parse_body(cut)
    assert not answers_ours(again)
    expected = dict(parsed.messages[0].params)
    for name in ("requestState", "inputResponses"):
        expected.pop(name, None)
    assert again.messages[0].params == expected
    kept = [member for member in order if member not in ours]
    positions = [cut.index(member.encode()) for member in kept]
    assert positions == sorted(positions)
    assert cut.startswith(mark + b"{")
