"""Step 4 seen from both ends: rules, questions, batches, and the lists that are cut."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.messages.event_stream import EventStream
from keyfob_core.prompts import AccessPrompt
from support.audit_log import SetClock
from support.eventually import eventually
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter
from support.raw_http import RawAnswer, RawClient
from support.relay import ALLOW_ALL, RunningRelay, config_for, running_relay
from support.upstreams import (
    Drop,
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sse_reply,
)

pytestmark = pytest.mark.usefixtures("form")

DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
ASK = "[relay]\nwait = 1\n"
DENY_DELETES = (
    ALLOW_ALL + '[[rules]]\nid = "r1"\nserver = "one"\ntool = "delete_*"\naccess = "deny"\n'
)


def call(tool: str, request_id: object = 1, **arguments: object) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


@asynccontextmanager
async def ruled(
    folder: Path,
    extra: str,
    respond: Reply | Callable[[Seen], Reply] = DONE,
    **parts: Any,
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    async with (
        scripted_upstream(respond) as upstream,
        running_relay(folder, upstream.url, extra=extra, **parts) as relay,
        relay.client() as client,
    ):
        yield client, upstream, relay


def code(answer: RawAnswer) -> str:
    return answer.error["data"]["code"]


async def test_a_denied_call_goes_nowhere_and_says_which_rule_it_was(tmp_path: Path) -> None:
    async with ruled(tmp_path, DENY_DELETES) as (client, upstream, relay):
        answer = await client.post(call("delete_all", "an id"))
        assert (answer.status, answer.json["id"], code(answer)) == (200, "an id", "access_denied")
        assert "rule r1" in answer.error["message"]
        assert (await client.post(call("read"))).status == 200
        assert len(upstream.requests) == 1
        [refused] = relay.events("refused")
        assert (refused["tool"], refused["outcome"]) == ("delete_all", "denied")


async def test_a_denied_server_takes_nothing_at_all(tmp_path: Path) -> None:
    extra = ALLOW_ALL + '[[rules]]\nid = "r1"\nclient = "client"\naccess = "deny"\n'
    async with ruled(tmp_path, extra) as (client, upstream, relay):
        assert code(await client.post({"jsonrpc": "2.0", "id": 1, "method": "ping"})) == (
            "access_denied"
        )
        assert (await client.request("GET")).status == 502
        assert upstream.requests == []
        async with relay.client(relay.new_client("other")) as other:
            assert (await other.post(call("read"))).status == 200


async def test_one_denied_member_refuses_the_whole_batch_with_an_error_for_each_request(
    tmp_path: Path,
) -> None:
    batch = [call("read", 1), call("delete_x", "two"), {"jsonrpc": "2.0", "method": "ping"}]
    async with ruled(tmp_path, DENY_DELETES) as (client, upstream, _):
        answer = await client.post(batch)
        assert answer.status == 200
        assert [(one["id"], one["error"]["data"]["code"]) for one in answer.json] == [
            (1, "access_denied"),
            ("two", "access_denied"),
        ]
        assert upstream.requests == []


async def test_nobody_is_asked_about_a_batch_that_is_denied_anyway(tmp_path: Path) -> None:
    prompter = RecordingPrompter(ALLOW)
    extra = '[[rules]]\nid = "r1"\ntool = "delete_*"\naccess = "deny"\n'
    async with ruled(tmp_path, extra, prompter=prompter) as (client, upstream, _):
        answer = await client.post([call("read", 1), call("delete_x", 2)])
        assert [one["error"]["data"]["code"] for one in answer.json] == ["access_denied"] * 2
        assert prompter.asked == []
        assert upstream.requests == []


async def test_each_member_of_a_batch_is_asked_about(tmp_path: Path) -> None:
    prompter = RecordingPrompter(ALLOW, DENY)
    async with ruled(tmp_path, "", prompter=prompter) as (client, upstream, _):
        answer = await client.post([call("read", 1), call("write", 2)])
        assert [one["error"]["data"]["code"] for one in answer.json] == ["access_denied"] * 2
        assert [p.tool for p in prompter.asked if isinstance(p, AccessPrompt)] == ["read", "write"]
        assert upstream.requests == []


@pytest.mark.parametrize("without_id", [True, False])
async def test_a_call_without_an_id_is_judged_too(tmp_path: Path, without_id: bool) -> None:
    message = call("delete_all")
    if without_id:
        del message["id"]
    else:
        message["id"] = None
    async with ruled(tmp_path, DENY_DELETES) as (client, upstream, _):
        answer = await client.post(message)
        assert (answer.status, answer.json["id"]) == (502, None)
        assert upstream.requests == []


async def test_a_question_holds_the_call_until_it_is_answered(tmp_path: Path) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, "", prompter=prompter) as (client, upstream, relay):
        waiting = asyncio.create_task(client.post(call("write", path="/etc")))
        prompt = await prompter.prompted()
        assert upstream.requests == []
        assert [event["event"] for event in relay.events()] == ["prompt"]
        assert isinstance(prompt, AccessPrompt)
        assert (prompt.client.name, prompt.server, prompt.tool) == ("client", "one", "write")
        assert json.loads(prompt.arguments) == {"path": "/etc"}
        prompter.answer(ALLOW)
        assert (await waiting).json["result"] == {}
        assert [event["event"] for event in relay.events()] == [
            "prompt",
            "decision",
            "forwarding",
            "outcome",
        ]
        assert relay.events("forwarding")[0]["details"]["decided_by"] == "your answer"


@pytest.mark.parametrize("answer", [DENY, DISMISSED])
async def test_a_no_and_a_question_put_away_forward_nothing(tmp_path: Path, answer: Any) -> None:
    prompter = RecordingPrompter(answer)
    async with ruled(tmp_path, "", prompter=prompter) as (client, upstream, _):
        assert code(await client.post(call("write"))) == "access_denied"
        assert upstream.requests == []


async def test_without_a_person_a_question_is_a_no(tmp_path: Path) -> None:
    async with ruled(tmp_path, "") as (client, upstream, _):
        answer = await client.post(call("write"))
        assert code(answer) == "access_denied"
        assert "keyfob rule add" in answer.error["data"]["hint"]
        assert upstream.requests == []


async def test_a_call_that_waited_too_long_links_to_its_question_and_its_answer_serves_it_later(
    tmp_path: Path,
) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, ASK, prompter=prompter) as (client, upstream, relay):
        answer = await client.post(call("write", 5, path="a"))
        assert (answer.status, answer.json["id"], code(answer)) == (200, 5, "answer_awaited")
        link = answer.error["data"]["wait_url"]
        assert link.startswith(f"{relay.url}/wait/")
        assert link in answer.error["message"]
        page = await client.request("GET", link.removeprefix(relay.url))
        assert "May client call write of one?" in html.unescape(page.body.decode())
        assert b'http-equiv="refresh"' in page.body
        prompter.answer(ALLOW)
        await eventually(lambda: relay_has_no_question(client, link, relay))
        page = await client.request("GET", link.removeprefix(relay.url))
        assert b"refresh" not in page.body
        repeated = await client.post(call("write", 6, path="a"))
        assert repeated.json["result"] == {}
        assert len(prompter.asked) == len(upstream.requests) == 1
        # It served once; and another request is another question.
        assert code(await client.post(call("write", 7, path="b"))) == "answer_awaited"


async def relay_has_no_question(client: RawClient, link: str, relay: RunningRelay) -> bool:
    page = await client.request("GET", link.removeprefix(relay.url))
    return b"Nothing waits here" in page.body


async def test_an_answer_that_came_too_late_is_forgotten_after_five_minutes(tmp_path: Path) -> None:
    prompter, clock = RecordingPrompter(), SetClock()
    async with ruled(tmp_path, ASK, prompter=prompter, clock=clock) as (client, upstream, relay):
        link = (await client.post(call("write"))).error["data"]["wait_url"]
        prompter.answer(ALLOW)
        await eventually(lambda: relay_has_no_question(client, link, relay))
        clock.now += 301
        assert code(await client.post(call("write"))) == "answer_awaited"
        assert upstream.requests == []


HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;<form action=/wait>\u202e${title}"


async def test_the_waiting_page_shows_hostile_names_as_text_and_has_no_control(
    tmp_path: Path,
) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, ASK, prompter=prompter) as (client, _, relay):
        answer = await client.post(call(HOSTILE))
        path = answer.error["data"]["wait_url"].removeprefix(relay.url)
        async with relay.client("") as anyone:
            page = await anyone.request("GET", path)
            for method in ("POST", "PUT", "DELETE"):
                assert (await anyone.request(method, path)).status == 405
        text = page.body.decode()
        assert "onerror" in text
        lowered = text.lower()
        for markup in ("<img", "<form", "<button", "<input", "<a ", "<script", "href=", "onclick"):
            assert markup not in lowered
        assert "default-src 'none'" in (page.head.one("content-security-policy") or "")
        assert page.head.one("cache-control") == "no-store"
        # Looking changed nothing.
        assert len(prompter.asked) == 1
        assert prompter.withdrawn == []


async def test_the_same_question_asked_by_many_at_once_is_one_prompt(tmp_path: Path) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, "", prompter=prompter) as (_, upstream, relay):

        async def ask() -> int:
            async with relay.client() as client:
                return (await client.post(call("write"))).status

        calls = [asyncio.create_task(ask()) for _ in range(8)]
        await prompter.prompted()
        prompter.answer(ALLOW)
        assert await asyncio.gather(*calls) == [200] * 8
        assert len(prompter.asked) == 1
        assert len(upstream.requests) == 8


async def test_a_client_that_leaves_while_it_waits_forwards_nothing(tmp_path: Path) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, "", prompter=prompter) as (client, upstream, relay):
        body = json.dumps(call("write")).encode()
        await client.send(client.head(length=len(body)) + body)
        await prompter.prompted()
        await client.close()
        async with relay.client() as other:
            assert (await other.request("GET", "/health")).status == 200
        prompter.answer(ALLOW)
        async with relay.client() as other:
            await other.post({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert [json.loads(seen.body)["method"] for seen in upstream.requests] == ["ping"]


async def test_a_token_revoked_while_its_call_waited_forwards_nothing(tmp_path: Path) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, "", prompter=prompter) as (client, upstream, relay):
        waiting = asyncio.create_task(client.post(call("write")))
        await prompter.prompted()
        relay.clients.revoke("client")
        prompter.answer(ALLOW)
        assert (await waiting).status == 401
        assert upstream.requests == []


async def test_a_rule_made_while_a_call_waited_holds_for_it(tmp_path: Path) -> None:
    prompter = RecordingPrompter()
    async with ruled(tmp_path, "", prompter=prompter) as (client, upstream, relay):
        waiting = asyncio.create_task(client.post(call("delete_all")))
        await prompter.prompted()
        relay.configure(config_for(upstream.url) + DENY_DELETES)
        prompter.answer(ALLOW)
        assert code(await waiting) == "access_denied"
        assert upstream.requests == []


LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def listed(*names: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": name} for name in names]}}


def shown(data: bytes | str) -> list[str]:
    return [tool["name"] for tool in json.loads(data)["result"]["tools"]]


async def test_denied_tools_are_cut_out_of_a_json_list_and_its_length_is_right(
    tmp_path: Path,
) -> None:
    reply = json_reply(listed("read", "delete_all"), fields=(("X-Own", "1"),))
    async with ruled(tmp_path, DENY_DELETES, reply) as (client, _, _):
        answer = await client.post(LIST)
        assert shown(answer.body) == ["read"]
        assert answer.head.one("x-own") == "1"
        assert answer.head.one("transfer-encoding") == "chunked"
        # Any other answer passes byte for byte, a list in its content or not.
        assert (await client.post(call("read"))).body == reply.chunks[0]


async def test_denied_tools_are_cut_out_of_a_stream_and_the_rest_of_it_stays(
    tmp_path: Path,
) -> None:
    before = b": hello\r\n\r\nid: 1\r\ndata: {}\r\n\r\n"
    data = json.dumps(listed("read", "delete_all", "ü"), ensure_ascii=False).encode()
    frame = b"retry: 99\r\n: note\r\nid: 2\r\nevent: message\r\ndata: " + data + b"\r\n\r\n"
    async with ruled(tmp_path, DENY_DELETES, sse_reply(before, frame, before)) as (client, _, _):
        body = (await client.post(LIST)).body
    assert body.startswith(before)
    assert body.endswith(before)
    event = EventStream().feed(body[len(before) :])[0]
    assert (event.id, event.event, event.retry) == ("2", "message", 99)
    assert b": note\r\n" in event.raw
    assert shown(event.data) == ["read", "ü"]


async def test_a_list_repeated_on_a_resumed_stream_is_cut_too_and_nothing_is_held_back(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    data = json.dumps(listed("read", "delete_all")).encode()
    reply = sse_reply(b": on\n\n", gate, b"id: 3\ndata: " + data + b"\n\n")
    async with ruled(tmp_path, DENY_DELETES, reply) as (client, _, _):
        await client.send(client.head("GET", "/s/one/mcp", b"Last-Event-ID: 2", length=None))
        await client.read_head()
        assert await client.chunk() == b": on\n\n"
        gate.set()
        event = EventStream().feed(await client.chunk())[0]
        assert (event.id, shown(event.data)) == ("3", ["read"])
        assert await client.chunk() == b""


async def test_a_list_passes_byte_for_byte_where_nothing_could_be_denied(tmp_path: Path) -> None:
    raw = b'{ "jsonrpc":"2.0","id":1, "result": {"tools":[{"name":"delete_all"}]},"x":NaN }'
    sized = Reply(200, (("Content-Length", str(len(raw))),), (raw,))
    other = DENY_DELETES.replace('"one"', '"two"')
    async with ruled(tmp_path, ALLOW_ALL, sized) as (client, upstream, relay):
        relay.configure(config_for(upstream.url, upstream.url) + other)
        answer = await client.post(LIST)
        assert answer.body == raw
        assert answer.head.one("content-length") == str(len(raw))


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"no such session"), (500, b"<html>"), (202, b""), (400, b"")]
)
async def test_an_error_in_plain_words_passes_where_a_list_was_asked_for(
    tmp_path: Path, status: int, body: bytes
) -> None:
    fields = (("Content-Type", "text/plain"), ("Content-Length", str(len(body))))
    async with ruled(tmp_path, DENY_DELETES, Reply(status, fields, (body,))) as (client, _, _):
        answer = await client.post(LIST)
        assert (answer.status, answer.body) == (status, body)


JSON = ("Content-Type", "application/json")
EVENTS = ("Content-Type", "text/event-stream")
GZIP = ("Content-Encoding", "gzip")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, (JSON, GZIP), (b"\x1f\x8b",)),
        Reply(200, (EVENTS, GZIP), (b"\x1f\x8b",)),
        Reply(200, (JSON,), (b'{"jsonrpc":', b"nonsense}")),
        Reply(200, (JSON,), (b'{"jsonrpc":', Drop())),
    ],
    ids=["encoded", "encoded events", "no JSON", "torn"],
)
async def test_a_list_that_cannot_be_looked_into_is_answered_by_an_error(
    tmp_path: Path, reply: Reply
) -> None:
    async with ruled(tmp_path, DENY_DELETES, reply) as (client, _, relay):
        answer = await client.post(LIST)
        assert (answer.status, answer.json["id"]) == (200, 1)
        assert code(answer) == "upstream_unreachable"
        [outcome] = relay.events("outcome")
        assert outcome["outcome"] == "failed"
        # The connection serves the next request.
        assert (await client.request("GET", "/health")).status == 200


async def test_a_list_that_cannot_be_looked_into_behind_other_events_breaks_off(
    tmp_path: Path,
) -> None:
    reply = sse_reply(b": on\n\n", b"data: nonsense\n\n")
    async with ruled(tmp_path, DENY_DELETES, reply) as (client, _, relay):
        with pytest.raises(asyncio.IncompleteReadError):
            await client.post(LIST)
        assert relay.events("outcome")[0]["outcome"] == "failed"


async def test_a_list_in_a_batch_is_cut(tmp_path: Path) -> None:
    reply = json_reply([listed("delete_all", "read"), {"jsonrpc": "2.0", "id": 2, "result": {}}])
    async with ruled(tmp_path, DENY_DELETES, reply) as (client, _, _):
        answer = await client.post([LIST, {**LIST, "id": 2, "method": "ping"}])
        assert shown(json.dumps(answer.json[0])) == ["read"]
        assert answer.json[1] == {"jsonrpc": "2.0", "id": 2, "result": {}}


async def test_a_list_with_half_a_character_in_it_is_cut_all_the_same(tmp_path: Path) -> None:
    raw = b'{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"\\ud83d"},{"name":"delete_x"}]}}'
    async with ruled(tmp_path, DENY_DELETES, Reply(200, (), (raw,))) as (client, _, _):
        assert shown((await client.post(LIST)).body) == ["\ud83d"]


TWO_ACCOUNTS = (
    ALLOW_ALL + "[accounts.bot]\n[accounts.admin]\n"
    '[servers.one.tools.create_issue]\naccount = "bot"\n'
    '[servers.one.groups.admin]\ntools = ["delete_*"]\naccount = "admin"\n'
)


async def test_each_tool_goes_up_with_the_account_that_the_nearest_word_names(
    tmp_path: Path,
) -> None:
    async with ruled(tmp_path, TWO_ACCOUNTS) as (client, upstream, relay):
        relay.connect("bot", upstream.url, "the-bots")
        relay.connect("admin", upstream.url, "the-admins")
        for tool in ("create_issue", "delete_repo", "list_issues"):
            assert (await client.post(call(tool))).status == 200
        assert [seen.header("authorization") for seen in upstream.requests] == [
            "Bearer the-bots",
            "Bearer the-admins",
            None,
        ]
        assert [event.get("account") for event in relay.events("forwarding")] == [
            "bot",
            "admin",
            None,
        ]


async def test_a_batch_that_needs_two_accounts_is_refused_whole(tmp_path: Path) -> None:
    async with ruled(tmp_path, TWO_ACCOUNTS) as (client, upstream, relay):
        relay.connect("bot", upstream.url)
        answer = await client.post([call("create_issue", 1), call("delete_repo", 2)])
        assert answer.status == 400
        assert "admin, bot" in answer.json[0]["error"]["message"]
        assert upstream.requests == []
