"""Clients of the handshake eras at servers of 2026-07-28."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.errors import UpstreamUnreachable
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
    complete,
    error_of,
    modern_server,
    result_of,
)

LATEST = "2025-11-25"
META = "io.modelcontextprotocol/"
REFUSED = Answer(b"", 401, (("WWW-Authenticate", 'Bearer error="invalid_token"'),))
ANSWERS: dict[str, Any] = {
    "sampling": {},
    "elicitation": {"form": {}, "url": {}},
    "roots": {"listChanged": True},
}
ROOTS = {"method": "roots/list"}
FORM = {"method": "elicitation/create", "params": {"mode": "form", "message": "Who?"}}


@pytest.fixture
async def eras() -> AsyncGenerator[Eras]:
    async with both_eras() as eras:
        yield eras


@pytest.fixture
def way() -> ScriptedWay:
    return modern_server(
        tools={"listChanged": True}, resources={"subscribe": True}, extensions={"x.y/z": {}}
    )


@pytest.fixture
async def client(eras: Eras, way: ScriptedWay) -> EraClient:
    client = EraClient(eras, way, revision=LATEST)
    await client.initialize(**ANSWERS)
    way.met.clear()
    return client


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        (LATEST, LATEST),
        ("2024-10-07", LATEST),
    ],
)
async def test_a_handshake_is_answered_from_what_the_server_says_of_itself(
    eras: Eras, way: ScriptedWay, asked: str, served: str
) -> None:
    client = EraClient(eras, way, revision=asked)
    result = await client.initialize(roots={"listChanged": True}, elicitation={}, tasks={})
    assert result == {
        "protocolVersion": served,
        "capabilities": {"tools": {"listChanged": True}, "resources": {"subscribe": True}},
        "serverInfo": {"name": "new", "version": "2"},
        "instructions": "Ask kindly.",
    }
    assert client.session is not None
    assert len(client.session) == len("keyfob-") + 32
    discovery = way.of("server/discover")[-1]
    assert discovery.meta == {
        f"{META}protocolVersion": MODERN,
        f"{META}clientCapabilities": {"roots": {}, "elicitation": {"form": {}}},
        f"{META}clientInfo": {"name": "cursor", "version": "3"},
    }
    assert discovery.header("Mcp-Method") == "server/discover"
    assert discovery.header("Authorization") == "Bearer good"


async def test_each_request_says_what_the_client_said_once(
    client: EraClient, way: ScriptedWay
) -> None:
    await client.ask("logging/setLevel", level="warning")
    meta = {"progressToken": 7}
    answer = await client.ask("tools/call", 5, name="grüß dich", arguments={"a": 1}, _meta=meta)
    assert answer["id"] == 5
    [met] = way.met
    assert met.params["arguments"] == {"a": 1}
    assert met.meta == {
        "progressToken": 7,
        f"{META}protocolVersion": MODERN,
        f"{META}clientCapabilities": {**ANSWERS, "roots": {}},
        f"{META}clientInfo": {"name": "cursor", "version": "3"},
        f"{META}logLevel": "warning",
    }
    assert met.header("MCP-Protocol-Version") == MODERN
    assert met.header("Mcp-Method") == "tools/call"
    assert met.header("Mcp-Name") == "=?base64?Z3LDvMOfIGRpY2g=?="
    assert met.header(SESSION) is None
    assert (met.request.method, met.request.revision) == ("tools/call", MODERN)


REGION = {"type": "string", "x-mcp-header": "Region"}
TOOLS = [
    {"name": "routed", "inputSchema": {"type": "object", "properties": {"region": REGION}}},
    {"name": "broken", "inputSchema": {"type": "object", "x-mcp-header": "Whole"}},
    {"name": "listing", "inputSchema": {"type": "object"}, "outputSchema": {"type": "array"}},
    {"name": "plain", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}},
]


async def test_arguments_stand_in_headers_where_the_list_of_tools_says_so(
    client: EraClient, way: ScriptedWay
) -> None:
    way.replies["tools/list"] = lambda met: Answer(
        complete(met, tools=TOOLS, ttlMs=5, cacheScope="public", nextCursor="n")
    )
    listed = (await client.ask("tools/list"))["result"]
    assert listed == {
        "tools": [
            TOOLS[0],
            {"name": "listing", "inputSchema": {"type": "object"}},
            TOOLS[3],
        ],
        "nextCursor": "n",
    }
    await client.ask("tools/call", name="routed", arguments={"region": "Zürich"})
    assert way.met[-1].header("Mcp-Param-Region") == "=?base64?WsO8cmljaA==?="
    await client.ask("tools/call", name="routed", arguments={})
    assert way.met[-1].header("Mcp-Param-Region") is None


async def test_a_call_that_is_refused_for_its_headers_is_made_again_with_them(
    client: EraClient, way: ScriptedWay
) -> None:
    def call(met: Met) -> Answer:
        if met.header("Mcp-Param-Region") != "eu":
            return Answer(error_of(met, -32020, "missing"), 400)
        return Answer(complete(met, content=[]))

    def listing(met: Met) -> Answer:
        if met.params.get("cursor") is None:
            return Answer(complete(met, tools=[], nextCursor="more"))
        return Answer(complete(met, tools=TOOLS))

    way.replies |= {"tools/call": call, "tools/list": listing}
    answer = await client.ask("tools/call", 4, name="routed", arguments={"region": "eu"})
    assert answer["result"] == {"content": []}
    assert way.methods == ["tools/call", "tools/list", "tools/list", "tools/call"]
    way.replies["tools/call"] = lambda met: Answer(error_of(met, -32020, "still"), 400)
    answer = await client.ask("tools/call", 5, name="other")
    assert answer["error"]["code"] == -32603
    assert way.methods.count("tools/call") == 4


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", LATEST])
async def test_a_result_has_nothing_that_the_revision_cannot_read(
    eras: Eras, way: ScriptedWay, revision: str
) -> None:
    client = EraClient(eras, way, revision=revision)
    await client.initialize()
    link = {"type": "resource_link", "uri": "memo://a", "name": "a"}
    audio = {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}
    said = {"type": "text", "text": "hi"}
    way.replies["tools/call"] = lambda met: Answer(
        complete(met, content=[said, link, audio], structuredContent=[1], isError=False)
    )
    way.replies["prompts/get"] = lambda met: Answer(
        complete(met, messages=[{"role": "user", "content": link}])
    )
    result = (await client.ask("tools/call", name="x"))["result"]
    old = revision < "2025-06-18"
    shown = {"type": "text", "text": "a: memo://a"} if old else link
    heard = audio
    if revision == "2024-11-05":
        blob = {"uri": "audio:", "mimeType": "audio/wav", "blob": "AAAA"}
        heard = {"type": "resource", "resource": blob}
    assert result == {"content": [said, shown, heard], "isError": False}
    prompted = (await client.ask("prompts/get", name="p"))["result"]
    assert prompted == {"messages": [{"role": "user", "content": shown}]}


@pytest.mark.parametrize(
    ("method", "code", "data", "status", "told"),
    [
        ("resources/read", -32602, {"uri": "memo://x"}, 400, -32002),
        ("resources/read", -32602, None, 400, -32602),
        ("tools/call", -32602, {"uri": "memo://x"}, 400, -32602),
        ("tools/call", -32021, {"requiredCapabilities": {}}, 400, -32602),
        ("tools/call", -32022, {"supported": ["2027"]}, 400, -32602),
        ("prompts/list", -32601, None, 404, -32601),
        ("tools/call", -32603, None, 200, -32603),
    ],
)
async def test_an_error_has_the_number_of_the_client_s_era_and_ends_no_session(
    client: EraClient,
    way: ScriptedWay,
    method: str,
    code: int,
    data: object,
    status: int,
    told: int,
) -> None:
    way.replies[method] = lambda met: Answer(error_of(met, code, "no", data), status)
    message = client.message(method, 3, name="x", uri="memo://x")
    answered, answer = await client.send(message)
    error = {"code": told, "message": "no", **({} if data is None else {"data": data})}
    assert (answered, answer) == (200, {"jsonrpc": "2.0", "id": 3, "error": error})
    assert len(way.met) == 1


async def test_a_failing_server_is_told_of_as_it_is(client: EraClient, way: ScriptedWay) -> None:
    way.replies["tools/call"] = Answer(b"overloaded", 503)
    assert await client.send(client.message("tools/call", name="x")) == (503, b"overloaded")
    assert len(way.met) == 1


async def test_a_refusal_of_something_before_the_server_ends_no_session(
    client: EraClient, way: ScriptedWay
) -> None:
    way.replies["tools/call"] = Answer(b"<html>too long</html>", 400)
    answered, answer = await client.send(client.message("tools/call", 4, name="x"))
    assert (answered, answer["id"], answer["error"]["code"]) == (200, 4, -32603)
    assert way.methods == ["tools/call", "server/discover"]
    assert "result" in await client.ask("tools/list")


async def test_what_the_server_has_no_method_for_is_answered_here(
    client: EraClient, way: ScriptedWay
) -> None:
    assert (await client.ask("ping", "p")) == {"jsonrpc": "2.0", "id": "p", "result": {}}
    assert (await client.ask("tasks/list"))["error"]["code"] == -32601
    for method in ("initialized", "roots/list_changed", "progress"):
        assert await client.send(client.message(f"notifications/{method}", None)) == (202, None)
    assert way.met == []


def asks(way: ScriptedWay, *rounds: dict[str, Any], state: str | None = "s") -> None:
    """Let the server ask round by round before it answers with what it was given."""

    def call(met: Met) -> Answer:
        count = len(way.of("tools/call"))
        if count <= len(rounds):
            result: dict[str, Any] = {"resultType": "input_required"}
            result |= {"inputRequests": rounds[count - 1]} if rounds[count - 1] else {}
            result |= {"requestState": state} if state else {}
            return Answer(result_of(met, result))
        given = [one.params.get("inputResponses") for one in way.of("tools/call")[1:]]
        return Answer(complete(met, content=given))

    way.replies["tools/call"] = call


async def answer_question(client: EraClient, question: Any, **result: Any) -> int:
    """Post the client's answer to a question; the status."""
    answer = {"jsonrpc": "2.0", "id": question["id"], "result": result}
    return (await client.send(answer))[0]


async def test_a_question_reaches_the_client_and_its_answer_the_server(
    client: EraClient, way: ScriptedWay
) -> None:
    asks(way, {"where": ROOTS, "who": FORM}, {"where": ROOTS})
    message = client.message("tools/call", 8, name="ask")
    async with client.exchange(message) as got:
        assert got.header("content-type") == "text/event-stream"
        questions = [await got.next(), await got.next()]
        assert [one["method"] for one in questions] == ["roots/list", "elicitation/create"]
        assert questions[1]["params"] == FORM["params"]
        assert len({one["id"] for one in questions}) == 2
        assert await answer_question(client, questions[1], action="accept") == 202
        assert len(way.of("tools/call")) == 1
        assert await answer_question(client, questions[0], roots=[]) == 202
        again = await got.next()
        assert again["method"] == "roots/list"
        assert await answer_question(client, again, roots=[1]) == 202
        final = await got.next()
    first = {"who": {"action": "accept"}, "where": {"roots": []}}
    assert final == {
        "jsonrpc": "2.0",
        "id": 8,
        "result": {"content": [first, {"where": {"roots": [1]}}]},
    }
    calls = way.of("tools/call")
    assert len({one.message["id"] for one in calls}) == 3
    assert [one.params.get("requestState") for one in calls] == [None, "s", "s"]
    assert {one.params["name"] for one in calls} == {"ask"}
    assert {one.header("Mcp-Name") for one in calls} == {"ask"}


async def test_a_state_without_questions_is_brought_back_by_itself(
    client: EraClient, way: ScriptedWay
) -> None:
    asks(way, {}, {})
    answer = await client.ask("tools/call", 8, name="poll")
    assert answer["result"]["content"] == [None, None]


async def test_a_server_that_never_has_enough_gets_no_endless_loop(way: ScriptedWay) -> None:
    async with both_eras(pause=0) as eras:
        client = EraClient(eras, way, revision=LATEST)
        await client.initialize()
        asks(way, *[{}] * 40)
        answer = await client.ask("tools/call", 9, name="poll")
        assert answer["error"]["code"] == -32600
        assert len(way.of("tools/call")) == 33


async def test_a_question_that_the_client_does_not_answer_is_a_clear_error(
    eras: Eras, way: ScriptedWay
) -> None:
    client = EraClient(eras, way, revision=LATEST)
    await client.initialize(elicitation={})
    for question in (
        ROOTS,
        {"method": "elicitation/create", "params": {"mode": "url", "url": "https://x"}},
        {"method": "server/reboot"},
        7,
    ):
        way.met.clear()
        asks(way, {"what": question})
        answer = await client.ask("tools/call", 3, name="ask")
        assert answer["error"]["code"] == -32600
        assert "what" in answer["error"]["message"]
        assert len(way.met) == 1


async def test_an_address_to_open_has_the_id_that_the_client_looks_for(
    client: EraClient, way: ScriptedWay
) -> None:
    params = {"mode": "url", "url": "https://x.example", "message": "Pay"}
    asks(way, {"pay": {"method": "elicitation/create", "params": params}})
    async with client.exchange(client.message("tools/call", 8, name="buy")) as got:
        question = await got.next()
        assert {k: v for k, v in question["params"].items() if k != "elicitationId"} == params
        assert question["params"]["elicitationId"]


async def test_a_form_for_a_client_that_knows_forms_alone_says_no_mode(
    eras: Eras, way: ScriptedWay
) -> None:
    client = EraClient(eras, way, revision="2025-06-18")
    await client.initialize(elicitation={})
    asks(way, {"who": FORM})
    async with client.exchange(client.message("tools/call", 8, name="ask")) as got:
        assert (await got.next())["params"] == {"message": "Who?"}


async def test_a_message_of_one_piece_is_no_list_for_a_client_of_then(
    eras: Eras, way: ScriptedWay
) -> None:
    client = EraClient(eras, way, revision="2025-06-18")
    await client.initialize(sampling={})
    said = {"type": "text", "text": "2+2?"}
    params = {"messages": [{"role": "user", "content": [said]}], "maxTokens": 5}
    asks(way, {"sample": {"method": "sampling/createMessage", "params": params}})
    async with client.exchange(client.message("tools/call", 8, name="ask")) as got:
        question = await got.next()
        assert question["params"]["messages"] == [{"role": "user", "content": said}]


async def test_a_client_that_refuses_a_question_ends_its_call(
    client: EraClient, way: ScriptedWay
) -> None:
    asks(way, {"where": ROOTS})
    async with client.exchange(client.message("tools/call", 8, name="ask")) as got:
        question = await got.next()
        error = {"code": -1, "message": "rather not"}
        refusal = {"jsonrpc": "2.0", "id": question["id"], "error": error}
        assert (await client.send(refusal))[0] == 202
        assert await got.next() == {"jsonrpc": "2.0", "id": 8, "error": error}
    assert len(way.of("tools/call")) == 1


async def test_a_client_that_never_answers_gets_an_error() -> None:
    async with both_eras(asking=0.05) as eras:
        way = modern_server()
        client = EraClient(eras, way, revision=LATEST)
        await client.initialize(**ANSWERS)
        asks(way, {"where": ROOTS})
        async with client.exchange(client.message("tools/call", 8, name="ask")) as got:
            assert (await got.next())["method"] == "roots/list"
            assert (await got.next())["error"]["code"] == -32600


async def test_a_retry_that_the_server_refuses_is_made_with_the_credential_of_a_later_answer(
    client: EraClient, way: ScriptedWay
) -> None:
    asks(way, {"where": ROOTS})
    answered = way.replies["tools/call"]
    carried_out: list[str | None] = []

    def call(met: Met) -> Answer:
        if met.params.get("inputResponses") and met.header("Authorization") == "Bearer good":
            return REFUSED
        carried_out.append(met.header("Authorization"))
        assert not isinstance(answered, Answer)
        return answered(met)

    way.replies["tools/call"] = call
    async with client.exchange(client.message("tools/call", 8, name="ask")) as got:
        question = await got.next()
        answer = {"jsonrpc": "2.0", "id": question["id"], "result": {"roots": []}}
        async with client.exchange(answer) as refused:
            assert refused.status == 401
            assert refused.header("WWW-Authenticate") is not None
        client.headers = (("Authorization", "Bearer fresh"),)
        assert (await client.send(answer))[0] == 202
        assert "result" in await got.next()
    assert carried_out == ["Bearer good", "Bearer fresh"]


async def test_a_refused_credential_is_the_answer_and_nothing_is_done(
    client: EraClient, way: ScriptedWay
) -> None:
    way.replies["tools/call"] = way.replies["server/discover"] = REFUSED
    way.replies["subscriptions/listen"] = REFUSED
    assert (await client.send(client.message("tools/call", name="x")))[0] == 401
    assert (await client.send(client.message("initialize", 0)))[0] == 401
    assert (await client.send(None, http_method="GET"))[0] == 401
    assert len(way.met) == 3


async def test_notices_pass_and_the_answer_ends_the_stream(
    client: EraClient, way: ScriptedWay
) -> None:
    stream = Stream()
    way.replies["tools/call"] = Answer(stream)
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}}
    stream.say(progress)
    async with client.exchange(client.message("tools/call", 8, name="slow")) as got:
        assert await got.next() == progress
        stream.say({"jsonrpc": "2.0", "id": 8, "result": {"resultType": "complete"}})
        assert await got.rest() == [{"jsonrpc": "2.0", "id": 8, "result": {"content": []}}]
    await asyncio.wait_for(stream.left.wait(), 5)


@pytest.mark.parametrize("moment", ["before", "during", "asking"])
async def test_a_cancelled_call_ends_at_the_server_and_for_the_client(
    client: EraClient, way: ScriptedWay, moment: str
) -> None:
    stream = Stream()
    cancel = client.message("notifications/cancelled", None, requestId=8)
    if moment == "asking":
        asks(way, {"where": ROOTS})
    else:
        way.replies["tools/call"] = Answer(stream)
    if moment == "before":
        way.hold["tools/call"] = asyncio.Event()
        waiting = asyncio.create_task(client.ask("tools/call", 8, name="wait"))
        await way.until("tools/call")
        assert (await client.send(cancel))[0] == 202
        assert (await waiting)["error"]["code"] == -32800
        return
    stream.say({"jsonrpc": "2.0", "method": "notifications/progress"})
    async with client.exchange(client.message("tools/call", 8, name="wait")) as got:
        await got.next()
        assert (await client.send(cancel))[0] == 202
        assert (await got.next())["error"]["code"] == -32800
        if moment == "during":
            await asyncio.wait_for(stream.left.wait(), 5)


async def test_a_client_that_leaves_closes_the_stream_of_its_call(
    client: EraClient, way: ScriptedWay
) -> None:
    stream = Stream()
    way.replies["tools/call"] = Answer(stream)
    stream.say({"jsonrpc": "2.0", "method": "notifications/progress"})
    async with client.exchange(client.message("tools/call", 8, name="wait")) as got:
        await got.next()
    await asyncio.wait_for(stream.left.wait(), 5)
    assert way.methods == ["tools/call"]


@pytest.mark.parametrize("changed", ["pool", "server", "id"])
async def test_a_session_is_honoured_from_where_it_was_issued_to_alone(
    client: EraClient, way: ScriptedWay, changed: str
) -> None:
    message = client.message("tools/list")
    if changed == "id":
        client.session = f"{client.session}0"
        answered, _ = await client.send(message)
    else:
        answered, _ = await client.send(message, **{changed: "another"})
    assert answered == 404
    assert way.met == []


async def test_a_session_of_before_a_restart_is_not_there(way: ScriptedWay) -> None:
    async with both_eras() as eras:
        client = EraClient(eras, way, revision=LATEST)
        await client.initialize()
    way.met.clear()
    async with both_eras() as eras:
        client.eras = eras
        assert (await client.send(client.message("tools/list")))[0] == 404
        assert way.met == []
        await client.initialize()
        assert "result" in await client.ask("tools/list")


async def test_an_ended_session_is_gone(client: EraClient, way: ScriptedWay) -> None:
    assert await client.send(None, http_method="DELETE") == (200, None)
    assert (await client.send(client.message("ping")))[0] == 404
    assert way.met == []


async def test_without_a_session_nothing_is_sent(client: EraClient, way: ScriptedWay) -> None:
    client.session = None
    status, answer = await client.send(client.message("tools/call", name="x"))
    assert (status, answer["error"]["code"]) == (400, -32600)
    assert (await client.send(None, http_method="GET"))[0] == 405
    assert way.met == []


async def test_each_call_of_a_batch_is_made_and_answered_in_its_order(
    client: EraClient, way: ScriptedWay
) -> None:
    asks(way, {"where": ROOTS})
    calls = [
        client.message("tools/call", count, name=name) for count, name in ((1, "x"), ("b", "y"))
    ]
    ping, note = client.message("ping", 3), client.message("notifications/x", None)
    async with client.exchange([note, *calls, ping]) as got:
        assert got.status == 200
        assert await answer_question(client, await got.next(), roots=[]) == 202
        answers = await got.rest()
    assert [(one["id"], "result" in one) for one in answers] == [(1, True), ("b", True), (3, True)]
    names = [met.params["name"] for met in way.of("tools/call")]
    assert names == ["x", "x", "y"]


async def test_a_batch_whose_first_call_meets_a_refused_credential_has_done_nothing(
    client: EraClient, way: ScriptedWay
) -> None:
    way.replies["tools/call"] = REFUSED
    calls = [client.message("tools/call", count, name="x") for count in (1, 2)]
    assert (await client.send(calls))[0] == 401
    assert way.methods == ["tools/call"]


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (REFUSED, "no longer takes the credential (HTTP 401)"),
        (Answer(UpstreamUnreachable("it broke")), "it broke"),
    ],
)
async def test_a_later_call_of_a_batch_fails_by_itself(
    client: EraClient, way: ScriptedWay, later: Answer, said: str
) -> None:
    def called(met: Met) -> Answer:
        return later if met.params["name"] == "bad" else Answer(complete(met, content=[]))

    way.replies["tools/call"] = called
    names = ("good", "bad", "good")
    calls = [client.message("tools/call", count, name=name) for count, name in enumerate(names)]
    async with client.exchange(calls) as got:
        first, second, third = await got.rest()
    assert ("result" in first, "result" in third) == (True, True)
    assert second["id"] == 1
    assert said in second["error"]["message"]
    assert way.methods == ["tools/call"] * 3


async def test_a_batch_of_answers_is_taken(client: EraClient, way: ScriptedWay) -> None:
    asks(way, {"where": ROOTS, "who": FORM})
    async with client.exchange(client.message("tools/call", 8, name="ask")) as got:
        questions = [await got.next(), await got.next()]
        answers = [{"jsonrpc": "2.0", "id": one["id"], "result": {}} for one in questions]
        assert (await client.send(answers))[0] == 202
        assert "result" in await got.next()


async def test_the_stream_of_a_session_tells_what_the_server_tells_its_listeners(
    client: EraClient, way: ScriptedWay
) -> None:
    streams = [Stream(), Stream(), Stream()]
    left = list(streams)
    way.replies["subscriptions/listen"] = lambda _: Answer(left.pop(0))

    def told(method: str, **params: Any) -> dict[str, Any]:
        params["_meta"] = {f"{META}subscriptionId": "x"}
        return {"jsonrpc": "2.0", "method": f"notifications/{method}", "params": params}

    async with client.exchange(None, http_method="GET") as got:
        assert got.status == 200
        listening = await way.until("subscriptions/listen")
        assert listening.params["notifications"] == {"toolsListChanged": True}
        streams[0].say(told("subscriptions/acknowledged", notifications={}))
        streams[0].say(told("tools/list_changed"))
        changed = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
        assert await got.next() == changed
        assert (await client.ask("resources/subscribe", uri="memo://a"))["result"] == {}
        wanted = {"toolsListChanged": True, "resourceSubscriptions": ["memo://a"]}
        assert way.met[-1].params["notifications"] == wanted
        await asyncio.wait_for(streams[0].left.wait(), 5)
        streams[1].say(told("resources/updated", uri="memo://a"))
        assert (await got.next())["params"] == {"uri": "memo://a"}
        await client.ask("resources/unsubscribe", uri="memo://a")
        assert way.met[-1].params["notifications"] == {"toolsListChanged": True}
        streams[2].say(told("tools/list_changed"))
        assert await got.next() == changed
    await asyncio.wait_for(streams[2].left.wait(), 5)
    assert len(way.met) == 3


async def test_a_subscription_before_the_stream_counts_once_the_stream_is_open(
    client: EraClient, way: ScriptedWay
) -> None:
    way.replies["subscriptions/listen"] = Answer(Stream())
    await client.ask("resources/subscribe", uri="memo://a")
    assert way.met == []
    async with client.exchange(None, http_method="GET"):
        wanted = way.met[-1].params["notifications"]
    assert wanted["resourceSubscriptions"] == ["memo://a"]


async def test_a_server_that_says_nothing_unasked_has_no_stream(eras: Eras) -> None:
    way = modern_server()
    client = EraClient(eras, way, revision=LATEST)
    await client.initialize()
    way.met.clear()
    assert (await client.send(None, http_method="GET"))[0] == 405
    assert (await client.ask("resources/subscribe", uri="memo://a"))["error"]["code"] == -32601
    assert way.met == []


async def test_a_stream_that_the_server_ends_is_opened_again(
    client: EraClient, way: ScriptedWay
) -> None:
    first, second = Stream(), Stream()
    left = [first, second]
    way.replies["subscriptions/listen"] = lambda _: Answer(left.pop(0))
    first.end()
    async with client.exchange(None, http_method="GET") as got:
        reading = asyncio.create_task(got.next())
        await way.until("subscriptions/listen", 2)
        second.say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        assert (await reading)["method"] == "notifications/tools/list_changed"


WHO = st.sampled_from(["cursor\none\nwork", "cursor\none\nhome", "claude\none\nwork"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(WHO, WHO), min_size=2, max_size=10))
def test_nobody_uses_a_session_of_another_client_or_account(steps: list[tuple[str, str]]) -> None:
    asyncio.run(_never_shared(steps))


async def _never_shared(steps: list[tuple[str, str]]) -> None:
    way = modern_server()
    async with both_eras() as eras:
        issued: set[str] = set()
        for owner, visitor in steps:
            client = EraClient(eras, way, pool=owner, revision=LATEST)
            await client.initialize()
            assert client.session is not None
            assert client.session not in issued
            issued.add(client.session)
            way.met.clear()
            client.pool = visitor
            status, _ = await client.send(client.message("tools/call", name="x"))
            assert (status == 200) == (owner == visitor) == bool(way.met)
            assert json.dumps(client.session) not in "".join(
                met.request.body.decode() for met in way.met
            )
