"""Clients of 2026-07-28 at servers of the handshake eras."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob_core.transports.eras.way import Eras
from support.era_way import (
    MODERN,
    SESSION,
    Answer,
    EraClient,
    Met,
    ScriptedWay,
    Stream,
    both_eras,
    error_of,
    handshake_server,
    result_of,
)
from support.eventually import eventually

ANSWERS = {"sampling": {}, "elicitation": {"form": {}, "url": {}}, "roots": {}}
CHALLENGE = (("WWW-Authenticate", 'Bearer error="invalid_token"'), ("DPoP-Nonce", "n1"))
REFUSED = Answer(b"who are you", 401, CHALLENGE)
LOG_LEVEL = "io.modelcontextprotocol/logLevel"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


@pytest.fixture
async def eras() -> AsyncGenerator[Eras]:
    async with both_eras() as eras:
        yield eras


@pytest.fixture
def way() -> ScriptedWay:
    return handshake_server()


@pytest.fixture
def client(eras: Eras, way: ScriptedWay) -> EraClient:
    return EraClient(eras, way, capabilities=ANSWERS)


async def acquainted(client: EraClient) -> EraClient:
    """A client whose server is known to be of old, with the requests so far forgotten."""
    await client.ask("server/discover")
    client.way.met.clear()
    return client


async def test_the_handshake_says_what_the_client_says_of_itself(
    client: EraClient, way: ScriptedWay
) -> None:
    answer = await client.ask("server/discover", 9)
    assert answer == {
        "jsonrpc": "2.0",
        "id": 9,
        "result": {
            "supportedVersions": [MODERN],
            "capabilities": {"tools": {}, "logging": {}},
            "instructions": "Ask kindly.",
            "resultType": "complete",
            "ttlMs": 0,
            "cacheScope": "private",
            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "old", "version": "1"}},
        },
    }
    shaken = await way.until("initialize")
    assert shaken.params == {
        "protocolVersion": "2025-11-25",
        "capabilities": ANSWERS,
        "clientInfo": {"name": "cursor", "version": "3"},
    }
    assert shaken.header("Authorization") == "Bearer good"
    assert shaken.header("User-Agent") == "test"
    assert shaken.header(SESSION) is None
    told = await way.until("notifications/initialized")
    assert (told.header(SESSION), told.header("MCP-Protocol-Version")) == ("s1", "2025-06-18")
    heard = await way.until("GET")
    assert (heard.header(SESSION), heard.header("Accept")) == ("s1", "text/event-stream")


async def test_a_request_goes_up_in_the_form_of_its_session(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    client.headers += (("Mcp-Param-Region", "eu"), ("Mcp-Name", "echo"), ("X-Own", "kept"))
    way.replies["tools/call"] = lambda met: Answer(result_of(met, {"content": []}))
    meta = {"traceparent": "00-1", "progressToken": "p"}
    answer = await client.ask("tools/call", "a", name="echo", arguments={"ü": 1}, meta=meta)
    assert answer["id"] == "a"
    [met] = way.posts
    assert met.params == {
        "name": "echo",
        "arguments": {"ü": 1},
        "_meta": {"traceparent": "00-1", "progressToken": met.message["id"]},
    }
    assert met.header(SESSION) == "s1"
    assert met.header("MCP-Protocol-Version") == "2025-06-18"
    assert met.header("X-Own") == "kept"
    for name in ("Mcp-Method", "Mcp-Name", "Mcp-Param-Region"):
        assert met.header(name) is None
    assert met.request.method == "tools/call"
    assert met.request.revision == "2025-06-18"


async def test_ten_requests_at_once_shake_hands_once(client: EraClient, way: ScriptedWay) -> None:
    way.replies["server/discover"] = Answer(b"", 400)
    await asyncio.gather(*(client.ask("tools/list", count) for count in range(10)))
    assert way.methods.count("initialize") == 1
    assert way.methods.count("notifications/initialized") == 1


async def test_two_exchanges_with_the_same_id_and_token_get_their_own_answers(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    streams = {"a": Stream(), "b": Stream()}
    way.replies["tools/call"] = lambda met: Answer(streams[met.params["name"]])

    async def call(name: str) -> list[Any]:
        message = client.message("tools/call", 1, name=name, meta={"progressToken": "t"})
        async with client.exchange(message) as got:
            return await got.rest()

    calls = [asyncio.create_task(call(name)) for name in streams]
    await way.until("tools/call", 2)
    first, second = (met.message["id"] for met in way.of("tools/call"))
    assert first != second
    for met in way.of("tools/call"):
        name, message_id = met.params["name"], met.message["id"]
        progress = {"progressToken": message_id, "progress": 1, "message": name}
        told = {"jsonrpc": "2.0", "method": "notifications/progress", "params": progress}
        streams[name].say(told)
        streams[name].say({"jsonrpc": "2.0", "id": message_id, "result": {"is": name}})
    for name, task in zip(streams, calls, strict=True):
        progress, answer = await task
        assert progress["params"] == {"progressToken": "t", "progress": 1, "message": name}
        assert (answer["id"], answer["result"]["is"]) == (1, name)


@pytest.mark.parametrize(
    "method",
    ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tasks/list"],
)
async def test_a_method_that_the_revision_does_not_have_is_not_found(
    client: EraClient, way: ScriptedWay, method: str
) -> None:
    await acquainted(client)
    status, answer = await client.send(client.message(method, 4))
    assert (status, answer["error"]["code"], answer["id"]) == (404, -32601, 4)
    assert way.posts == []


async def test_what_is_no_request_of_the_revision_is_refused_and_notices_are_dropped(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    batch = [client.message("tools/list")]
    request = client.request({}, body=b"[]")
    async with client.eras.open(request, way) as response:
        assert response.status == 400
    assert (await client.send(batch, revision=MODERN))[0] == 400
    assert (await client.send({"jsonrpc": "2.0", "id": 1, "result": {}}, revision=MODERN))[0] == 400
    assert await client.send(client.message("notifications/cancelled", None)) == (202, None)
    status, answer = await client.send(client.message("tools/list"), revision="2027-01-01")
    assert (status, answer["error"]["code"]) == (400, -32022)
    assert answer["error"]["data"] == {"supported": [MODERN], "requested": "2027-01-01"}
    for http_method in ("GET", "DELETE"):
        assert (await client.send(None, http_method=http_method, revision=MODERN))[0] == 405
    assert way.posts == []


async def test_a_resource_that_is_not_there_has_the_number_of_the_revision(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    way.replies["resources/read"] = lambda met: Answer(
        error_of(met, -32002, "Resource not found", {"uri": "memo://x"})
    )
    status, answer = await client.send(client.message("resources/read", 2, uri="memo://x"))
    assert (status, answer["error"]["code"]) == (200, -32602)
    assert answer["error"]["data"] == {"uri": "memo://x"}
    way.replies["prompts/list"] = lambda met: Answer(error_of(met, -32601, "Method not found"))
    status, answer = await client.send(client.message("prompts/list", 3))
    assert (status, answer["error"]["code"]) == (404, -32601)


async def test_a_session_that_the_server_forgot_is_made_anew_and_the_call_goes_up_once_more(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    gone = {"s1"}

    def call(met: Met) -> Answer:
        if met.header(SESSION) in gone:
            return Answer(b"", 404)
        return Answer(result_of(met, {"content": []}))

    usual = way.usual
    way.replies["tools/call"] = call
    way.replies["initialize"] = lambda met: Answer(usual(met).body, headers=((SESSION, "s2"),))
    answer = await client.ask("tools/call", name="x")
    assert answer["result"]["content"] == []
    assert [met.header(SESSION) for met in way.of("tools/call")] == ["s1", "s2"]
    gone.add("s2")
    answer = await client.ask("tools/call", name="x")
    assert "error" in answer
    assert way.methods.count("tools/call") == 4


async def test_a_refused_credential_is_the_answer_and_nothing_is_done_twice(
    client: EraClient, way: ScriptedWay
) -> None:
    way.replies["server/discover"] = Answer(b"", 400)
    way.replies["initialize"] = REFUSED
    async with client.exchange(client.message("tools/list")) as got:
        assert got.status == 401
        assert got.header("WWW-Authenticate") == CHALLENGE[0][1]
        assert got.header("DPoP-Nonce") == "n1"
        assert await got.bytes() == b""
    del way.replies["initialize"]
    way.replies["notifications/initialized"] = REFUSED
    assert (await client.send(client.message("tools/list")))[0] == 401
    del way.replies["notifications/initialized"]
    way.replies["tools/call"] = REFUSED
    assert (await client.send(client.message("tools/call", name="x")))[0] == 401
    del way.replies["tools/call"]
    client.headers = (("Authorization", "Bearer fresh"),)
    assert "result" in await client.ask("tools/call", name="x")
    assert way.methods.count("initialize") == 2
    assert way.met[-1].header("Authorization") == "Bearer fresh"


async def asked(client: EraClient, *questions: dict[str, Any]) -> tuple[Stream, Any]:
    """A call during which the server asks; its stream and what the client is told."""
    await acquainted(client)
    stream = Stream()
    client.way.replies["tools/call"] = Answer(stream)
    for question in questions:
        stream.say(question)
    answer = await client.ask("tools/call", 1, name="ask")
    return stream, answer


def final_of(way: ScriptedWay, *content: str) -> dict[str, Any]:
    """The server's answer to the first call that it met."""
    return result_of(way.of("tools/call")[0], {"content": list(content)})


def question(message_id: Any, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}


SAMPLE = question("q1", "sampling/createMessage", messages=[], maxTokens=5)
ROOTS = question(2, "roots/list")


async def test_what_the_server_asks_is_one_round_and_the_call_goes_on_with_the_answers(
    client: EraClient, way: ScriptedWay
) -> None:
    form = question(3, "elicitation/create", message="Who?", requestedSchema={"type": "object"})
    stream, answer = await asked(client, SAMPLE, ROOTS, form)
    result = answer["result"]
    assert result["resultType"] == "input_required"
    assert result["inputRequests"] == {
        "input-1": {"method": "sampling/createMessage", "params": SAMPLE["params"]},
        "input-2": {"method": "roots/list"},
        "input-3": {"method": "elicitation/create", "params": form["params"]},
    }
    assert not stream.left.is_set()
    responses = {"input-1": {"role": "assistant"}, "input-2": {"roots": []}, "input-3": {"a": 1}}

    def take(_: Met) -> Answer:
        if len(way.of("response")) == 3:
            stream.say(final_of(way, "done"))
        return Answer(b"", 202)

    way.replies["response"] = take
    retry = client.message(
        "tools/call",
        2,
        name="ask",
        inputResponses=responses,
        requestState=result["requestState"],
        meta={"progressToken": "p2"},
    )
    _, final = await client.send(retry)
    assert (final["id"], final["result"]["content"]) == (2, ["done"])
    assert [met.message for met in way.of("response")] == [
        {"jsonrpc": "2.0", "id": key, "result": value}
        for key, value in zip(("q1", 2, 3), responses.values(), strict=True)
    ]
    assert len(way.of("tools/call")) == 1
    await asyncio.wait_for(stream.left.wait(), 5)


async def test_a_sample_of_one_piece_is_no_list_for_a_server_of_then(
    client: EraClient, way: ScriptedWay
) -> None:
    stream, answer = await asked(client, SAMPLE)
    stream.say(final_of(way))
    given = {"role": "assistant", "content": [{"type": "text", "text": "4"}]}
    state = answer["result"]["requestState"]
    await client.ask(
        "tools/call", 2, name="ask", inputResponses={"input-1": given}, requestState=state
    )
    told = way.of("response")[0].message["result"]
    assert told == {"role": "assistant", "content": {"type": "text", "text": "4"}}


async def test_an_answer_that_is_missing_is_asked_for_again(
    client: EraClient, way: ScriptedWay
) -> None:
    _, answer = await asked(client, SAMPLE, ROOTS)
    state = answer["result"]["requestState"]
    again = await client.ask(
        "tools/call", 2, name="ask", inputResponses={"input-2": {}}, requestState=state
    )
    assert list(again["result"]["inputRequests"]) == ["input-1"]
    assert len(way.of("response")) == 1


async def test_a_refused_credential_leaves_the_call_open_and_no_answer_is_given_twice(
    client: EraClient, way: ScriptedWay
) -> None:
    stream, answer = await asked(client, SAMPLE, ROOTS)
    taken: list[Any] = []

    def take(met: Met) -> Answer:
        if met.message["id"] == 2 and met.header("Authorization") == "Bearer good":
            return REFUSED
        taken.append(met.message["id"])
        return Answer(b"", 202)

    way.replies["response"] = take
    state = answer["result"]["requestState"]
    responses = {"input-1": {}, "input-2": {"roots": []}}
    retry = client.message(
        "tools/call", 2, name="ask", inputResponses=responses, requestState=state
    )
    assert (await client.send(retry))[0] == 401
    assert not stream.left.is_set()
    client.headers = (("Authorization", "Bearer fresh"),)
    stream.say(final_of(way))
    assert (await client.send(retry))[1]["result"]["content"] == []
    assert taken == ["q1", 2]
    assert len(way.of("tools/call")) == 1


@pytest.mark.parametrize("wrong", ["state", "subject", "pool", "conversation", "again"])
async def test_a_state_opens_the_one_call_that_it_was_given_for(
    client: EraClient, way: ScriptedWay, eras: Eras, wrong: str
) -> None:
    stream, answer = await asked(client, ROOTS)
    state = answer["result"]["requestState"]
    given: dict[str, Any] = {"inputResponses": {"input-1": {}}, "requestState": state}
    name, who = "ask", client
    match wrong:
        case "state":
            given["requestState"] = state[:-1]
        case "subject":
            name = "other"
        case "again":
            stream.say(final_of(way))
            assert "result" in await client.ask("tools/call", 2, name="ask", **given)
        case _:
            who = replace(client, **{wrong: "another"})
    way.met.clear()
    refused = await who.ask("tools/call", 3, name=name, **given)
    assert refused["error"]["code"] == -32602
    assert way.of("response") == []
    assert way.of("tools/call") == []


async def test_what_the_client_does_not_answer_is_refused_and_a_ping_is_answered(
    eras: Eras, way: ScriptedWay
) -> None:
    client = EraClient(eras, way, capabilities={"elicitation": {"form": {}}})
    await acquainted(client)
    stream = Stream()
    way.replies["tools/call"] = Answer(stream)
    stream.say(question("a", "sampling/createMessage"))
    stream.say(question("b", "elicitation/create", mode="url", url="https://x.example"))
    stream.say(question("c", "tasks/get"))
    stream.say(question("d", "ping"))

    def take(_: Met) -> Answer:
        if len(way.of("response")) == 4:
            stream.say(final_of(way))
        return Answer(b"", 202)

    way.replies["response"] = take
    assert "result" in await client.ask("tools/call", 1, name="ask")
    await way.until("response", 4)
    told = {met.message["id"]: met.message for met in way.of("response")}
    assert [told[one]["error"]["code"] for one in "abc"] == [-32601] * 3
    assert told["d"]["result"] == {}


async def test_a_question_on_the_server_s_own_stream_belongs_to_the_one_call_there_is(
    client: EraClient, way: ScriptedWay
) -> None:
    own, streams = Stream(), [Stream(), Stream()]
    way.replies["GET"] = Answer(own)
    await acquainted(client)
    opened = list(streams)
    way.replies["tools/call"] = lambda _: Answer(opened.pop(0))
    waiting = asyncio.create_task(client.ask("tools/call", 1, name="ask"))
    await way.until("tools/call")
    own.say(ROOTS)
    answer = await waiting
    assert answer["result"]["inputRequests"] == {"input-1": {"method": "roots/list"}}
    other = asyncio.create_task(client.ask("tools/call", 2, name="other"))
    await way.until("tools/call", 2)
    own.say(question("late", "roots/list"))
    refused = await way.until("response")
    assert (refused.message["id"], refused.message["error"]["code"]) == ("late", -32601)
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)


async def test_a_client_that_leaves_cancels_its_call(client: EraClient, way: ScriptedWay) -> None:
    await acquainted(client)
    stream = Stream()

    def call(met: Met) -> Answer:
        progress = {"progressToken": met.message["id"], "progress": 1}
        stream.say({"jsonrpc": "2.0", "method": "notifications/progress", "params": progress})
        return Answer(stream)

    way.replies["tools/call"] = call
    message = client.message("tools/call", 1, name="wait", meta={"progressToken": "t"})
    async with client.exchange(message) as got:
        assert (await got.next())["method"] == "notifications/progress"
    told = await way.until("notifications/cancelled")
    assert told.params["requestId"] == way.of("tools/call")[0].message["id"]
    await asyncio.wait_for(stream.left.wait(), 5)


async def test_a_client_that_leaves_before_any_answer_cancels_its_call(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    way.hold["tools/call"] = asyncio.Event()
    waiting = asyncio.create_task(client.ask("tools/call", 1, name="wait"))
    await way.until("tools/call")
    waiting.cancel()
    await way.until("notifications/cancelled")
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_call_that_ends_well_is_not_cancelled(client: EraClient, way: ScriptedWay) -> None:
    await acquainted(client)
    await client.ask("tools/call", 1, name="x")
    await client.eras.close()
    assert way.methods == ["tools/call", "DELETE"]


async def test_a_client_that_does_not_come_back_loses_its_call() -> None:
    async with both_eras(asking=0.05) as eras:
        client = EraClient(eras, handshake_server(), capabilities=ANSWERS)
        stream, answer = await asked(client, ROOTS)
        await client.way.until("notifications/cancelled")
        await asyncio.wait_for(stream.left.wait(), 5)
        state = answer["result"]["requestState"]
        late = await client.ask("tools/call", 2, name="ask", requestState=state)
        assert late["error"]["code"] == -32602


async def test_the_log_comes_to_those_who_asked_for_it_at_their_level(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)

    def logs(met: Met) -> Answer:
        stream = Stream()
        for level in ("debug", "warning"):
            params = {"level": level, "data": level}
            stream.say({"jsonrpc": "2.0", "method": "notifications/message", "params": params})
        stream.say(result_of(met, {}))
        stream.end()
        return Answer(stream)

    way.replies["tools/call"] = logs
    for level, heard in ((None, []), ("warning", ["warning"]), ("debug", ["debug", "warning"])):
        meta = {LOG_LEVEL: level} if level else {}
        message = client.message("tools/call", 1, name="log", meta=meta)
        async with client.exchange(message) as got:
            kind = got.header("content-type")
            told = await got.rest() if kind == "text/event-stream" else [await got.json()]
        assert [one["params"]["data"] for one in told[:-1]] == heard
    await client.ask("tools/list", meta={LOG_LEVEL: "debug"})
    levels = [met.params["level"] for met in way.of("logging/setLevel")]
    assert levels == ["warning", "debug"]


async def test_a_listener_hears_what_it_asked_for_and_the_server_offers(
    eras: Eras,
) -> None:
    way, own = (
        handshake_server(tools={"listChanged": True}, resources={"subscribe": True}),
        Stream(),
    )
    way.replies["GET"] = Answer(own)
    client = await acquainted(EraClient(eras, way))
    wanted = {
        "toolsListChanged": True,
        "promptsListChanged": True,
        "resourceSubscriptions": ["memo://a", "memo://no"],
    }
    way.replies["resources/subscribe"] = lambda met: (
        Answer(error_of(met, -32002)) if "no" in met.params["uri"] else Answer(result_of(met, {}))
    )
    message = client.message("subscriptions/listen", "listen-1", notifications=wanted)
    async with client.exchange(message) as got:
        tag = {SUBSCRIPTION: "listen-1"}
        honored = {"toolsListChanged": True, "resourceSubscriptions": ["memo://a"]}
        assert await got.next() == {
            "jsonrpc": "2.0",
            "method": "notifications/subscriptions/acknowledged",
            "params": {"notifications": honored, "_meta": tag},
        }
        for method in ("prompts/list_changed", "message", "tools/list_changed"):
            own.say({"jsonrpc": "2.0", "method": f"notifications/{method}"})
        for uri in ("memo://b", "memo://a/part"):
            updated = {"jsonrpc": "2.0", "method": "notifications/resources/updated"}
            own.say({**updated, "params": {"uri": uri}})
        changed = await got.next()
        assert changed["method"] == "notifications/tools/list_changed"
        assert changed["params"] == {"_meta": tag}
        assert (await got.next())["params"] == {"uri": "memo://a/part", "_meta": tag}
    assert (await way.until("resources/unsubscribe")).params == {"uri": "memo://a"}


async def test_two_listeners_share_a_subscription(eras: Eras) -> None:
    way = handshake_server(resources={"subscribe": True})
    client = await acquainted(EraClient(eras, way))
    wanted = {"resourceSubscriptions": ["memo://a"]}
    first = client.message("subscriptions/listen", 1, notifications=wanted)
    second = client.message("subscriptions/listen", 2, notifications=wanted)
    async with client.exchange(first) as one:
        await one.next()
        async with client.exchange(second) as two:
            await two.next()
        await client.ask("tools/list")
        assert way.methods.count("resources/subscribe") == 1
        assert way.of("resources/unsubscribe") == []
    await way.until("resources/unsubscribe")


async def test_a_broken_stream_of_the_server_is_taken_up_where_it_broke(eras: Eras) -> None:
    way = handshake_server(tools={"listChanged": True})
    streams = [Stream(), Stream()]
    left = list(streams)
    way.replies["GET"] = lambda _: Answer(left.pop(0)) if left else Answer(b"", 405)
    client = EraClient(eras, way)
    wanted = {"toolsListChanged": True}
    message = client.message("subscriptions/listen", 1, notifications=wanted)
    async with client.exchange(message) as got:
        await got.next()
        streams[0].say(None, id="e1", retry=10)
        streams[0].break_off()
        assert (await way.until("GET", 2)).header("Last-Event-ID") == "e1"
        streams[1].say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        assert (await got.next())["method"] == "notifications/tools/list_changed"


async def test_a_client_listens_anew_where_the_session_of_its_stream_is_gone(eras: Eras) -> None:
    way = handshake_server(tools={"listChanged": True})
    stream = Stream()
    way.replies["GET"] = lambda _: Answer(stream) if len(way.of("GET")) == 1 else Answer(b"", 404)
    client = EraClient(eras, way)
    wanted = {"toolsListChanged": True}
    message = client.message("subscriptions/listen", 1, notifications=wanted)
    async with client.exchange(message) as got:
        await got.next()
        stream.say(None, id="e1", retry=10)
        stream.end()
        [ended] = await got.rest()
    assert ended["id"] == 1
    assert len(way.of("GET")) == 2


async def test_a_server_that_does_not_know_of_get_ends_no_listening(eras: Eras) -> None:
    way = handshake_server(tools={"listChanged": True})
    way.replies["GET"] = Answer(b"Cannot GET /mcp", 404)
    client = EraClient(eras, way)

    def call(met: Met) -> Answer:
        answer = Stream()
        answer.say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        answer.say(final_of(way, "done"))
        return Answer(answer)

    way.replies["tools/call"] = call
    wanted = {"toolsListChanged": True}
    message = client.message("subscriptions/listen", 1, notifications=wanted)
    async with client.exchange(message) as got:
        await got.next()
        told = asyncio.create_task(got.next())
        # What it tells in the midst of an answer is heard all the same.
        async with client.exchange(client.message("tools/call", 2, name="x")) as called:
            await called.rest()
        assert (await told)["method"] == "notifications/tools/list_changed"
    assert len(way.of("GET")) == 1


async def test_a_broken_answer_is_taken_up_where_it_broke(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    first, second = Stream(), Stream()
    way.replies["tools/call"] = Answer(first)

    def take_up(met: Met) -> Answer:
        if met.header("Last-Event-ID") is None:
            return Answer(b"", 405)
        second.say(final_of(way, "whole"))
        return Answer(second)

    way.replies["GET"] = take_up
    first.say(None, id="e7", retry=10)
    first.end()
    answer = await client.ask("tools/call", 1, name="poll")
    assert answer["result"]["content"] == ["whole"]
    assert len(way.of("tools/call")) == 1


async def test_an_answer_is_asked_for_again_as_long_as_the_server_works_at_it(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    first, last = Stream(), Stream()
    way.replies["tools/call"] = Answer(first)
    polls = 12

    def poll(met: Met) -> Answer:
        nonlocal polls
        if met.header("Last-Event-ID") is None:
            return Answer(b"", 405)
        polls -= 1
        if not polls:
            last.say(final_of(way, "done"))
            return Answer(last)
        idle = Stream()
        idle.end()
        return Answer(idle)

    way.replies["GET"] = poll
    first.say(None, id="e7", retry=10)
    first.end()
    answer = await client.ask("tools/call", 1, name="poll")
    assert answer["result"]["content"] == ["done"]


async def test_an_answer_that_breaks_off_again_and_again_is_an_error(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    first = Stream()
    way.replies["tools/call"] = Answer(first)

    def poll(met: Met) -> Answer:
        broken = Stream()
        broken.break_off()
        return Answer(b"", 405) if met.header("Last-Event-ID") is None else Answer(broken)

    way.replies["GET"] = poll
    first.say(None, id="e7", retry=10)
    first.end()
    answer = await asyncio.wait_for(client.ask("tools/call", 1, name="poll"), 5)
    assert answer["error"]["data"] == {"code": "upstream_unreachable"}


async def test_an_answer_that_breaks_off_is_an_error_and_not_asked_for_again(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    stream = Stream()
    way.replies["tools/call"] = Answer(stream)
    stream.break_off()
    answer = await client.ask("tools/call", 1, name="x")
    assert answer["error"]["data"] == {"code": "upstream_unreachable"}
    assert len(way.of("tools/call")) == 1


async def test_addresses_to_open_first_are_a_round_and_the_call_is_made_once_more(
    client: EraClient, way: ScriptedWay
) -> None:
    await acquainted(client)
    visit = {"mode": "url", "elicitationId": "e", "url": "https://x.example", "message": "Pay"}

    def call(met: Met) -> Answer:
        if len(way.of("tools/call")) == 1:
            return Answer(error_of(met, -32042, "Pay first", {"elicitations": [visit]}))
        return Answer(result_of(met, {"content": ["paid"]}))

    way.replies["tools/call"] = call
    answer = await client.ask("tools/call", 1, name="buy")
    [asked_for] = answer["result"]["inputRequests"].values()
    shown = {"mode": "url", "url": "https://x.example", "message": "Pay"}
    assert asked_for == {"method": "elicitation/create", "params": shown}
    state = answer["result"]["requestState"]
    given = {"requestState": state, "inputResponses": {"input-1": {"action": "decline"}}}
    assert "error" in await client.ask("tools/call", 2, name="buy", **given)
    assert len(way.of("tools/call")) == 1
    given["inputResponses"] = {"input-1": {"action": "accept"}}
    answer = await client.ask("tools/call", 3, name="buy", **given)
    assert answer["result"]["content"] == ["paid"]


async def test_a_session_that_nobody_uses_is_ended() -> None:
    async with both_eras(idle=0.05) as eras:
        way = handshake_server()
        way.replies["GET"] = Answer(Stream())
        client = EraClient(eras, way)
        await client.ask("server/discover")
        ended = await way.until("DELETE")
        assert ended.header(SESSION) == "s1"
        await client.ask("server/discover")
        assert way.methods.count("initialize") == 2


async def test_a_session_that_is_used_is_not_ended() -> None:
    async with both_eras(idle=0.02) as eras:
        way, stream = handshake_server(), Stream()
        way.replies["GET"] = Answer(Stream())
        client = await acquainted(EraClient(eras, way))
        way.replies["tools/call"] = Answer(stream)
        waiting = asyncio.create_task(client.ask("tools/call", 1, name="long"))
        await way.until("tools/call")
        clock = asyncio.get_running_loop().time
        until = clock() + 0.1
        await eventually(lambda: clock() > until)
        assert way.of("DELETE") == []
        stream.say(final_of(way))
        assert "result" in await waiting
        await way.until("DELETE")


WHO = st.sampled_from(["cursor\none\nwork", "cursor\none\nhome", "claude\none\nwork"])
WHERE = st.sampled_from(["", "bridge-1", "bridge-2"])
SAYS = st.sampled_from([{}, {"roots": {}}])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(WHO, WHERE, SAYS.map(str), st.booleans()), min_size=2, max_size=12))
def test_no_two_clients_accounts_or_conversations_ever_share_a_session(
    steps: list[tuple[str, str, str, bool]],
) -> None:
    asyncio.run(_never_shared(steps))


async def _never_shared(steps: list[tuple[str, str, str, bool]]) -> None:
    way = handshake_server()
    usual = way.usual

    def count(met: Met) -> Answer:
        return Answer(usual(met).body, headers=((SESSION, f"s{len(way.of('initialize'))}"),))

    way.replies["initialize"] = count
    way.replies["tools/call"] = lambda met: (
        usual(met)
        if met.header("MCP-Protocol-Version") == MODERN
        else Answer(result_of(met, {"in": met.header(SESSION), "for": met.params["name"]}))
    )
    owners: dict[str, tuple[str, str, str]] = {}
    async with both_eras() as eras:

        async def call(pool: str, where: str, says: str) -> None:
            capabilities = {} if says == "{}" else {"roots": {}}
            client = EraClient(eras, way, pool=pool, conversation=where, capabilities=capabilities)
            name = f"{pool}|{where}|{says}"
            result = (await client.ask("tools/call", 1, name=name))["result"]
            assert result["for"] == name
            assert owners.setdefault(result["in"], (pool, where, says)) == (pool, where, says)

        for pool, where, says, at_once in steps:
            await asyncio.gather(*(call(pool, where, says) for _ in range(2 if at_once else 1)))
    assert len(owners) == len({step[:3] for step in steps})
