"""Calls that wait for a person: what the client is told meanwhile, and what follows."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.accounts.credentials import encode
from keyfob_core.answers.waiting import Pace
from keyfob_core.errors import OAuthFailed
from keyfob_core.prompts import AccessPrompt, SignInPrompt
from support.eventually import eventually
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.raw_http import RawClient
from support.relay import ALLOW_ALL, RunningRelay, config_for, running_relay
from support.tokens import token as oauth_token
from support.upstreams import (
    Drop,
    Reply,
    ScriptedUpstream,
    Seen,
    challenge_reply,
    json_reply,
    scripted_upstream,
    sse_reply,
)
from support.waiting import TAKES_EVENTS, Told, progress_of

pytestmark = pytest.mark.usefixtures("form")

AT_ONCE = Pace(first=0.01, every=0.02)
DONE = json_reply({"jsonrpc": "2.0", "id": 7, "result": {}})
REFUSED = challenge_reply(401, 'Bearer scope="a"')


def call(tool: str = "write", request_id: object = 7, **params: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": {"n": 1}} | params
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


@asynccontextmanager
async def asking(
    folder: Path,
    respond: Reply | Callable[[Seen], Reply] = DONE,
    *,
    extra: str = "",
    account: str | None = None,
    **parts: Any,
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay, RecordingPrompter]]:
    """A relay whose every call is asked about, and a person who has not answered yet."""
    prompter = RecordingPrompter()
    parts = {"pace": AT_ONCE} | parts
    async with (
        scripted_upstream(respond) as upstream,
        running_relay(folder, upstream.url, extra=extra, prompter=prompter, **parts) as relay,
        relay.client() as client,
    ):
        if account is not None:
            relay.configure(config_for(upstream.url, account=account) + extra)
        yield client, upstream, relay, prompter


async def test_a_call_that_waits_is_told_its_progress_until_the_answer_comes(
    tmp_path: Path,
) -> None:
    answer = b'{"jsonrpc": "2.0", "id": 7,\r\n "result": {"n": 1.50}}\n'
    reply = Reply(200, (("Content-Type", "application/json"), ("X-Own", "1")), (answer,))
    async with asking(tmp_path, reply) as (client, upstream, relay, prompter):
        told = Told(client)
        head = await told.begin(call(_meta={"progressToken": "p"}))
        assert head.status == 200
        assert head.one("content-type") == "text/event-stream"
        assert head.one("x-accel-buffering") == "no"
        steps = [progress_of(await told.sign()) for _ in range(3)]
        assert {step["progressToken"] for step in steps} == {"p"}
        assert {step["message"] for step in steps} == {"Waiting for your answer in Keyfob."}
        amounts = [step["progress"] for step in steps]
        assert amounts == sorted(set(amounts))
        assert amounts[-1] < 1
        events = [event["event"] for event in relay.events()]
        assert (upstream.requests, events) == ([], ["prompt"])
        prompter.answer(ALLOW)
        (event,) = await told.rest()
        assert event.data == answer.decode().replace("\r\n", "\n")
        await eventually(lambda: len(relay.events("outcome")) == 1)
        assert [e["event"] for e in relay.events()] == [
            "prompt",
            "decision",
            "forwarding",
            "outcome",
        ]
        assert relay.events("outcome")[0]["outcome"] == "ok"
        assert relay.events("outcome")[0]["details"]["bytes"] == len(answer)
        # The connection serves the next request.
        prompter.answer(ALLOW)
        assert (await client.post(call("other"))).json["result"] == {"n": 1.5}


@pytest.mark.parametrize("token", [None, True, 1.5, {}])
async def test_without_a_good_progress_token_comments_say_that_the_call_waits(
    tmp_path: Path, token: object
) -> None:
    async with asking(tmp_path) as (client, _, _, prompter):
        told = Told(client)
        await told.begin(call(_meta={} if token is None else {"progressToken": token}))
        for _ in range(2):
            assert progress_of(await told.sign()) is None
        prompter.answer(ALLOW)
        assert (await told.answer())["result"] == {}


async def test_the_servers_events_follow_as_they_are(tmp_path: Path) -> None:
    theirs = [b"\xef\xbb", b"\xbfid: 1\nretry: 5\ndata: a\r\n\r", b"\n: x\n\ndata: b\n\n"]
    async with asking(tmp_path, sse_reply(*theirs)) as (client, _, _, prompter):
        told = Told(client)
        await told.begin(call())
        await told.sign()
        prompter.answer(ALLOW)
        events = await told.rest()
        assert b"".join(event.raw for event in events) == b"".join(theirs)[3:]


@pytest.mark.parametrize(
    "accept",
    [
        (),
        (b"Accept: application/json",),
        (b"Accept: */*",),
        (b"Accept: application/json, text/event-stream; q=0",),
        (b"Accept: text/event-stream-x",),
    ],
)
async def test_a_client_that_takes_no_events_is_answered_as_if_nobody_had_been_asked(
    tmp_path: Path, accept: tuple[bytes, ...]
) -> None:
    async with asking(tmp_path) as (client, _, _, prompter):
        waiting = asyncio.create_task(client.post(call(), *accept))
        await prompter.prompted()
        # Other requests go on, and their signs of life show that time has passed for this one.
        async with relay_client(client) as other:
            told = Told(other)
            await told.begin(call())
            await told.sign()
            await told.sign()
        prompter.answer(ALLOW)
        answer = await waiting
        assert answer.head.one("content-type") == "application/json"
        assert answer.json["result"] == {}


@asynccontextmanager
async def relay_client(client: RawClient) -> AsyncGenerator[RawClient]:
    """Another connection of the same client."""
    host, _, port = client.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    other = RawClient(reader, writer, client.host, client.token)
    try:
        yield other
    finally:
        await other.close()


async def test_an_answer_that_comes_soon_keeps_its_status_and_its_headers(tmp_path: Path) -> None:
    reply = Reply(404, (("X-Own", "1"), ("Content-Length", "2")), (b"no",))
    async with asking(tmp_path, reply, pace=Pace(first=30)) as (client, upstream, _, prompter):
        prompter.answer(ALLOW)
        answer = await client.post(call(), TAKES_EVENTS)
        assert (answer.status, answer.body, answer.head.one("x-own")) == (404, b"no", "1")
        assert len(upstream.requests) == len(prompter.asked) == 1


@pytest.mark.parametrize("method", ["initialize", "server/discover"])
async def test_what_opens_a_conversation_keeps_its_status_however_long_it_waits(
    tmp_path: Path, method: str
) -> None:
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {}}
    extra = ALLOW_ALL + "[relay]\nwait = 1\n"
    async with asking(tmp_path, REFUSED, extra=extra) as (client, _, _, prompter):
        answer = await client.post(message, TAKES_EVENTS)
        assert len(prompter.asked) == 1
        assert answer.head.one("content-type") == "application/json"
        assert answer.error["data"]["code"] == "answer_awaited"


async def test_a_notification_is_no_request_and_waits_in_silence(tmp_path: Path) -> None:
    message = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "write"}}
    reply = Reply(202, (("Content-Length", "0"),))
    async with asking(tmp_path, reply) as (client, _, _, prompter):
        waiting = asyncio.create_task(client.post(message, TAKES_EVENTS))
        await prompter.prompted()
        prompter.answer(ALLOW)
        assert (await waiting).status == 202


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (json_reply({"error": {"code": -32020, "message": "no"}}, status=400), -32020),
        (Reply(503, (("Content-Length", "0"),)), -31007),
        (REFUSED, -31008),
    ],
)
async def test_another_status_becomes_an_error_since_a_stream_has_begun(
    tmp_path: Path, reply: Reply, code: int
) -> None:
    async with asking(tmp_path, reply, account="a") as (client, upstream, relay, prompter):
        relay.connect_oauth("a", upstream.url)
        told = Told(client)
        await told.begin(call())
        await told.sign()
        prompter.answer(ALLOW)
        answer = await told.answer()
        assert (answer["id"], answer["error"]["code"]) == (7, code)
        await eventually(lambda: [e["outcome"] for e in relay.events("outcome")] == ["failed"])


async def test_a_no_and_what_was_revoked_meanwhile_end_the_stream_with_an_error(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path) as (client, upstream, relay, prompter):
        for answer, code in ((DENY, "access_denied"), (ALLOW, "request_refused")):
            told = Told(client)
            await told.begin(call())
            await told.sign()
            if answer is ALLOW:
                relay.clients.revoke("client")
            prompter.answer(answer)
            assert (await told.answer())["error"]["data"]["code"] == code
        assert upstream.requests == []


async def test_a_wait_that_ends_without_an_answer_links_to_the_question_which_stays(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path, extra="[relay]\nwait = 1\n") as (client, upstream, relay, prompter):
        told = Told(client)
        await told.begin(call())
        error = (await told.answer())["error"]
        assert error["data"]["code"] == "answer_awaited"
        assert error["data"]["wait_url"].startswith(f"{relay.url}/wait/")
        assert error["data"]["wait_url"] in error["message"]
        assert prompter.withdrawn == []
        prompter.answer(ALLOW)
        await nothing_waits(client, error["data"]["wait_url"].removeprefix(relay.url))
        assert (await client.post(call())).json["result"] == {}
        assert len(prompter.asked) == len(upstream.requests) == 1


async def nothing_waits(client: RawClient, page: str) -> None:
    """Wait until the page of a question says that it was answered."""

    async def answered() -> bool:
        return b"Nothing waits here" in (await client.request("GET", page)).body

    await eventually(answered)


async def test_a_client_that_hangs_up_while_it_waits_leaves_the_question_to_its_next_call(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path) as (client, upstream, relay, prompter):
        told = Told(client)
        await told.begin(call())
        await told.sign()
        await client.close()
        async with relay.client() as again:
            told = Told(again)
            await told.begin(call())
            await told.sign()
            assert (len(prompter.asked), prompter.withdrawn) == (1, [])
            prompter.answer(ALLOW)
            assert (await told.answer())["result"] == {}
        assert len(upstream.requests) == 1
        await eventually(lambda: len(relay.events("outcome")) == 1)


async def test_a_client_that_hangs_up_behind_the_wait_ends_the_servers_stream_at_once(
    tmp_path: Path,
) -> None:
    stream = sse_reply(b"data: 1\n\n", asyncio.Event())
    async with asking(tmp_path, stream) as (client, upstream, relay, prompter):
        told = Told(client)
        await told.begin(call())
        await told.sign()
        prompter.answer(ALLOW)
        await upstream.received()
        while (event := await told.next()) is not None and event.data != "1":
            assert event.data == ""
        await client.close()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)
        await eventually(lambda: [e["outcome"] for e in relay.events("outcome")] == ["cancelled"])


async def test_a_server_that_dies_behind_the_wait_is_seen_to_have_died(tmp_path: Path) -> None:
    reply = Reply(200, (("Content-Type", "application/json"),), (b'{"jsonrpc":', Drop()))
    async with asking(tmp_path, reply) as (client, _, relay, prompter):
        told = Told(client)
        await told.begin(call())
        await told.sign()
        prompter.answer(ALLOW)
        with pytest.raises(asyncio.IncompleteReadError):
            await told.rest()
        await eventually(lambda: [e["outcome"] for e in relay.events("outcome")] == ["failed"])


async def test_each_member_of_a_batch_is_asked_about_while_one_stream_waits(
    tmp_path: Path,
) -> None:
    batch = [call("read", 1), call("write", 2)]
    answers = [{"jsonrpc": "2.0", "id": one, "result": {}} for one in (1, 2)]
    async with asking(tmp_path, json_reply(answers)) as (client, upstream, _, prompter):
        told = Told(client)
        await told.begin(batch)
        await told.sign()
        for _ in batch:
            prompter.answer(ALLOW)
        assert await told.answer() == answers
        prompts = [prompt for prompt in prompter.asked if isinstance(prompt, AccessPrompt)]
        assert [prompt.tool for prompt in prompts] == ["read", "write"]
        assert json.loads(upstream.requests[0].body) == batch


def accepting(token: str, otherwise: Reply = REFUSED) -> Callable[[Seen], Reply]:
    return lambda seen: DONE if seen.header("authorization") == f"Bearer {token}" else otherwise


def stamps(upstream: ScriptedUpstream) -> list[str | None]:
    return [seen.header("authorization") for seen in upstream.requests]


async def test_a_sign_in_is_waited_for_and_the_server_refuses_only_once(tmp_path: Path) -> None:
    async with asking(tmp_path, accepting("signed-in"), extra=ALLOW_ALL) as (
        client,
        upstream,
        relay,
        prompter,
    ):
        told = Told(client)
        await told.begin(call())
        await told.sign()
        assert stamps(upstream) == [None]
        prompter.answer(ALLOW)
        assert (await told.answer())["result"] == {}
        assert stamps(upstream) == [None, "Bearer signed-in"]
        assert relay.sign_in.challenges == ['Bearer scope="a"']
        await eventually(lambda: len(relay.events("outcome")) == 1)
        recorded = [(e["event"], e.get("account")) for e in relay.events()]
        assert recorded == [
            ("forwarding", None),
            ("account_connected", "one"),
            ("forwarding", "one"),
            ("outcome", "one"),
        ]


async def test_a_sign_in_that_has_ended_is_begun_anew_with_the_servers_last_challenge(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path, accepting("signed-in"), extra=ALLOW_ALL, account="a") as (
        client,
        upstream,
        relay,
        prompter,
    ):
        relay.connect_oauth("a", upstream.url)
        relay.issuer.failure = OAuthFailed("invalid_grant", "It is over.")
        told = Told(client)
        await told.begin(call())
        await told.sign()
        prompter.answer(ALLOW)
        assert (await told.answer())["result"] == {}
        assert stamps(upstream) == ["Bearer access-1", "Bearer signed-in"]
        assert relay.sign_in.challenges == ['Bearer scope="a"']


async def test_more_rights_are_waited_for_and_the_server_refuses_only_once(
    tmp_path: Path,
) -> None:
    wanting = challenge_reply(403, 'Bearer error="insufficient_scope", scope="read write"')
    async with asking(tmp_path, accepting("wider", wanting), extra=ALLOW_ALL, account="a") as (
        client,
        upstream,
        relay,
        prompter,
    ):
        held = replace(oauth_token(origin=upstream.url[:-4], obtained=time.time()), scope="read")
        relay.store.secrets["account/a"] = encode(held)
        relay.sign_in.fresh = replace(held, access_token="wider")
        told = Told(client)
        await told.begin(call())
        await told.sign()
        prompter.answer(ALLOW)
        assert (await told.answer())["result"] == {}
        assert stamps(upstream) == ["Bearer access-1", "Bearer wider"]
        (prompt,) = prompter.asked
        assert isinstance(prompt, SignInPrompt)
        assert prompt.more_scopes == ("write",)
