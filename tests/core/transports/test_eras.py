"""What passes as bytes, what is learned from it, and when the other era is tried."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import pytest

from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.config import Config, Server, ServerKind
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.states import Era
from keyfob_core.transports.eras.way import Eras
from keyfob_core.transports.side_sessions import SideSessions
from keyfob_core.transports.upstreams import Upstreams
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
    handshake_server,
    modern_server,
    result_of,
)
from support.tokens import token

LEGACY = "2025-11-25"
PAGE = Answer(b"<html>no such page</html>", 404, (("Content-Type", "text/html"),))


@pytest.fixture
async def eras() -> AsyncGenerator[Eras]:
    async with both_eras() as eras:
        yield eras


def modern(eras: Eras, way: ScriptedWay, **fields: Any) -> EraClient:
    return EraClient(eras, way, **fields)


def legacy(eras: Eras, way: ScriptedWay, **fields: Any) -> EraClient:
    return EraClient(eras, way, revision=LEGACY, **fields)


async def test_a_known_server_of_the_same_era_gets_the_request_and_the_client_the_very_answer(
    eras: Eras,
) -> None:
    way = modern_server()
    client = modern(eras, way)
    await client.ask("server/discover")
    body = Stream()
    way.replies["tools/call"] = Answer(body)
    request = client.request(client.message("tools/call", 7, name="echo"))
    async with eras.open(request, way) as response:
        assert response is way.given[-1]
        assert way.met[-1].request is request
        body.end()
    assert way.methods == ["server/discover", "tools/call"]


async def test_a_handshake_passes_as_bytes_and_is_learned_from(eras: Eras) -> None:
    way = handshake_server()
    client = legacy(eras, way)
    raw = b' {"jsonrpc": "2.0",\n "id": 0, "result": {"protocolVersion": "2025-03-26"} } '
    json_type = (("Content-Type", "application/json"), (SESSION, "s9"))
    way.replies["initialize"] = Answer(raw, headers=json_type)
    async with client.exchange(client.message("initialize", 0)) as got:
        assert await got.bytes() == raw
        assert got.header(SESSION) == "s9"
    assert way.methods == ["initialize"]
    assert eras.seen("one") == {Era.HANDSHAKE}
    assert not eras.bridges("one")


async def test_a_handshake_that_is_answered_by_a_stream_passes_event_by_event(eras: Eras) -> None:
    way, stream = handshake_server(), Stream()
    client = legacy(eras, way)
    way.replies["initialize"] = Answer(stream)
    stream.say(None, id="prime", retry=5)
    stream.say({"jsonrpc": "2.0", "id": 0, "result": {"protocolVersion": LEGACY}}, id=7)
    async with client.exchange(client.message("initialize", 0)) as got:
        stream.say({"jsonrpc": "2.0", "method": "notifications/message"})
        stream.end()
        told = await got.bytes()
    assert told.startswith(b"id: prime\nretry: 5\n\nid: 7\ndata: ")
    assert told.count(b"data: ") == 2


@pytest.mark.parametrize("kind", ["json", "stream"])
async def test_a_first_modern_answer_passes_as_the_same_bytes(eras: Eras, kind: str) -> None:
    way, stream = modern_server(), Stream()
    client = modern(eras, way)
    message = {"jsonrpc": "2.0", "id": 1, "result": {"resultType": "complete", "ü": 1.0}}
    stream.say({"jsonrpc": "2.0", "method": "notifications/progress"}, id=1)
    stream.say(message, event="message")
    stream.end()
    raw = json.dumps(message, indent=3).encode()
    plain = Answer(raw, headers=(("Content-Type", "application/json; charset=utf-8"),))
    way.replies["tools/call"] = Answer(stream) if kind == "stream" else plain
    async with client.exchange(client.message("tools/call", 1, name="echo")) as got:
        told = await got.bytes()
    if kind == "json":
        assert told == raw
    else:
        assert told.startswith(b"id: 1\ndata: ")
        assert told.endswith(b"event: message\ndata: " + json.dumps(message).encode() + b"\n\n")
    assert eras.seen("one") == {Era.MODERN}
    assert way.methods == ["tools/call"]


@pytest.mark.parametrize(
    ("status", "code", "data"),
    [
        (400, -32020, None),
        (400, -32021, {"requiredCapabilities": {}}),
        (400, -32022, {"supported": [MODERN], "requested": "2027-01-01"}),
        (404, -32601, None),
    ],
)
async def test_a_modern_refusal_passes_and_no_handshake_is_tried(
    eras: Eras, status: int, code: int, data: object
) -> None:
    way = modern_server()
    client = modern(eras, way)
    way.replies["tools/call"] = lambda met: Answer(error_of(met, code, "no", data), status)
    answered = await client.send(client.message("tools/call", 5, name="echo"))
    assert answered == (status, error_of(way.met[0], code, "no", data))
    assert way.methods == ["tools/call"]
    assert eras.seen("one") == {Era.MODERN}


async def test_a_refusal_that_tells_nothing_is_looked_into_by_discovery(eras: Eras) -> None:
    way = modern_server()
    client = modern(eras, way)
    refused = Answer({"jsonrpc": "2.0", "id": 5, "error": {"code": -32602, "message": "no"}}, 400)
    way.replies["tools/call"] = refused
    assert (await client.send(client.message("tools/call", 5, name="x"))) == (400, refused.body)
    assert (await client.send(client.message("tools/call", 6, name="x"))) == (400, refused.body)
    assert way.methods == ["tools/call", "server/discover", "tools/call"]
    assert eras.seen("one") == {Era.MODERN}


async def test_a_server_that_refuses_the_modern_era_gets_a_handshake_and_the_call_once(
    eras: Eras,
) -> None:
    way = handshake_server()
    client = modern(eras, way)
    carried_out: list[Met] = []

    def call(met: Met) -> Answer:
        if met.header("MCP-Protocol-Version") == MODERN:
            return Answer(b"Bad Request", 400)
        carried_out.append(met)
        return Answer(result_of(met, {"content": []}))

    way.replies["tools/call"] = call
    answer = await client.ask("tools/call", 5, name="echo")
    assert answer["result"] == {
        "content": [],
        "resultType": "complete",
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "old", "version": "1"}},
    }
    assert len(carried_out) == 1
    assert eras.seen("one") == {Era.HANDSHAKE}
    assert eras.bridges("one")
    await client.ask("tools/call", 6, name="echo")
    assert way.methods.count("initialize") == 1
    assert way.methods.count("server/discover") == 1
    assert way.methods[-1] == "tools/call"


async def test_a_server_that_advertises_old_revisions_alone_gets_a_handshake(eras: Eras) -> None:
    way = handshake_server()
    client = modern(eras, way)
    way.replies["server/discover"] = lambda met: Answer(
        complete(met, supportedVersions=[LEGACY], capabilities={})
    )
    answer = await client.ask("server/discover")
    assert answer["result"]["supportedVersions"] == [MODERN]
    assert eras.bridges("one")


async def test_a_page_of_something_else_passes_and_teaches_nothing(eras: Eras) -> None:
    way = ScriptedWay(lambda _: PAGE)
    client = modern(eras, way)
    async with client.exchange(client.message("tools/list")) as got:
        assert (got.status, await got.bytes()) == (404, PAGE.body)
    assert eras.seen("one") == frozenset()
    assert not eras.bridges("one")


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_what_says_nothing_of_the_era_passes_and_is_sent_once(
    eras: Eras, status: int
) -> None:
    way = ScriptedWay(lambda _: Answer(b"later", status))
    client = modern(eras, way)
    assert await client.send(client.message("tools/call", 1, name="x")) == (status, b"later")
    assert way.methods == ["tools/call"]


@pytest.mark.parametrize(
    "error", [{"code": {}}, {"code": [-32020]}, {"code": -32022, "data": {"supported": [{}]}}]
)
@pytest.mark.parametrize("client_of", [modern, legacy])
async def test_an_error_of_no_sense_passes_as_it_came(
    eras: Eras, client_of: Callable[[Eras, ScriptedWay], EraClient], error: dict[str, Any]
) -> None:
    way = handshake_server()
    refusal = {"jsonrpc": "2.0", "id": 1, "error": error}
    way.usual = lambda _: Answer(refusal)
    client = client_of(eras, way)
    method = "tools/list" if client.revision == MODERN else "initialize"
    assert await client.ask(method) == refusal


async def test_a_careless_server_s_result_is_completed_and_its_call_not_repeated(
    eras: Eras,
) -> None:
    way = handshake_server()
    client = modern(eras, way)
    way.replies["tools/list"] = lambda met: Answer(result_of(met, {"tools": []}))
    answer = await client.ask("tools/list", 3)
    assert answer["result"] == {
        "tools": [],
        "resultType": "complete",
        "ttlMs": 0,
        "cacheScope": "private",
    }
    assert way.methods == ["tools/list"]


async def test_a_careless_server_s_streamed_result_is_completed(eras: Eras) -> None:
    way, stream = handshake_server(), Stream()
    client = modern(eras, way)
    way.replies["tools/call"] = Answer(stream)
    stream.say({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
    stream.say({"jsonrpc": "2.0", "id": 3, "result": {"content": []}})
    stream.end()
    async with client.exchange(client.message("tools/call", 3, name="x")) as got:
        _, answer = await got.rest()
    assert answer["result"] == {"content": [], "resultType": "complete"}
    assert way.methods == ["tools/call"]


async def test_a_call_that_a_first_server_answers_with_an_error_is_never_made_twice(
    eras: Eras,
) -> None:
    way = handshake_server()
    client = modern(eras, way)
    way.replies["tools/call"] = lambda met: Answer(error_of(met, -32602, "bad argument"))
    answer = await client.ask("tools/call", 3, name="x")
    assert answer["error"]["message"] == "bad argument"
    assert way.methods == ["tools/call"]


async def test_a_program_of_old_gets_a_handshake_before_its_first_call(eras: Eras) -> None:
    way = handshake_server()
    client = modern(eras, way)

    def call(met: Met) -> Answer:
        if met.header(SESSION) is None:
            return Answer(error_of(met, -32602, "Invalid request parameters"))
        return Answer(result_of(met, {"content": []}))

    way.replies["tools/call"] = call
    _, answer = await client.send(client.message("tools/call", 3, name="x"), url="")
    assert answer["result"]["content"] == []
    assert way.methods.count("tools/call") == 1
    assert eras.bridges("one")


async def test_a_program_of_today_is_asked_what_it_speaks_before_its_first_call_alone(
    eras: Eras,
) -> None:
    way = modern_server()
    client = modern(eras, way)
    for number in range(2):
        await client.send(client.message("tools/call", number, name="x"), url="")
    assert way.methods == ["server/discover", "tools/call", "tools/call"]
    assert eras.seen("one") == {Era.MODERN}


@pytest.mark.parametrize("ends", [True, False])
async def test_a_program_that_knows_of_no_discovery_is_called_after_a_handshake(
    ends: bool,
) -> None:
    async with both_eras(silence=0.05) as eras:
        way = handshake_server()
        client = modern(eras, way)
        if ends:
            way.replies["server/discover"] = Answer(UpstreamUnreachable("it ended"))
        else:
            way.hold["server/discover"] = asyncio.Event()
        status, _ = await client.send(client.message("tools/call", 3, name="x"), url="")
        assert status == 200
        assert way.methods == [
            "server/discover",
            "initialize",
            "notifications/initialized",
            "tools/call",
        ]


async def test_a_list_that_an_uninitialized_server_refuses_is_asked_for_after_a_handshake(
    eras: Eras,
) -> None:
    way = handshake_server()
    client = modern(eras, way)

    def listing(met: Met) -> Answer:
        if met.header(SESSION) is None:
            return Answer(error_of(met, -32602, "Invalid request parameters"))
        return Answer(result_of(met, {"tools": [{"name": "a"}]}))

    way.replies["tools/list"] = listing
    answer = await client.ask("tools/list", 3)
    assert answer["result"]["tools"] == [{"name": "a"}]
    assert eras.bridges("one")


async def test_a_program_that_is_silent_at_what_it_does_not_know_gets_a_handshake() -> None:
    async with both_eras(silence=0.05) as eras:
        way = handshake_server()
        way.hold["server/discover"] = asyncio.Event()
        answer = await modern(eras, way).ask("server/discover")
        assert answer["result"]["instructions"] == "Ask kindly."
        assert eras.bridges("one")


async def test_a_program_that_ends_at_what_it_does_not_know_gets_a_handshake(eras: Eras) -> None:
    way = handshake_server()
    client = modern(eras, way)
    way.replies["server/discover"] = Answer(UpstreamUnreachable("it ended"))
    _, answer = await client.send(client.message("server/discover"), url="")
    assert answer["result"]["supportedVersions"] == [MODERN]


async def test_a_server_that_cannot_be_reached_is_not_asked_again(eras: Eras) -> None:
    way = ScriptedWay(lambda _: Answer(UpstreamUnreachable("down")))
    client = modern(eras, way)
    with pytest.raises(UpstreamUnreachable):
        await client.ask("server/discover")
    assert way.methods == ["server/discover"]


@pytest.mark.parametrize(
    ("status", "code"), [(400, -32020), (400, -32022), (404, -32601), (405, None), (200, -32601)]
)
async def test_an_initialize_that_a_modern_server_refuses_is_answered_from_its_discovery(
    eras: Eras, status: int, code: int | None
) -> None:
    way = modern_server()
    client = legacy(eras, way)
    way.replies["initialize"] = lambda met: (
        Answer(error_of(met, code, "no"), status) if code else Answer(b"", status)
    )
    result = await client.initialize()
    assert result["serverInfo"] == {"name": "new", "version": "2"}
    assert eras.seen("one") == {Era.MODERN}
    assert eras.bridges("one")
    await client.initialize()
    assert way.methods == ["initialize", "server/discover", "server/discover"]


async def test_an_initialize_that_is_refused_for_another_reason_passes(eras: Eras) -> None:
    way = handshake_server()
    client = legacy(eras, way)
    way.replies["initialize"] = lambda met: Answer(error_of(met, -32600, "not you"), 400)
    way.replies["server/discover"] = lambda met: Answer(error_of(met, -32601))
    answer = await client.send(client.message("initialize", 0))
    assert answer == (400, error_of(way.met[0], -32600, "not you"))
    assert eras.seen("one") == frozenset()


async def test_a_server_that_turns_modern_sends_its_old_clients_back_to_initialize(
    eras: Eras,
) -> None:
    old, new = handshake_server(), modern_server()
    client = legacy(eras, old)
    await client.initialize()
    assert (await client.ask("tools/list"))["result"] == {}
    client.way = new
    status, _ = await client.send(client.message("tools/list"))
    assert status == 404
    assert (await client.initialize())["serverInfo"]["name"] == "new"
    assert (await client.ask("tools/list"))["result"]["tools"] == []
    assert eras.seen("one") == {Era.MODERN}


async def test_a_server_that_turns_old_is_learned_anew_by_both_kinds_of_client(eras: Eras) -> None:
    new, old = modern_server(), handshake_server()
    late, early = legacy(eras, new), modern(eras, new)
    await late.initialize()
    await early.ask("server/discover")
    late.way = early.way = old
    assert (await late.send(late.message("tools/list")))[0] == 404
    assert (await late.initialize())["serverInfo"]["name"] == "old"
    assert late.session == "s1"
    assert (await early.ask("server/discover"))["result"]["supportedVersions"] == [MODERN]
    assert eras.seen("one") == {Era.HANDSHAKE}


async def test_a_server_that_is_upgraded_is_spoken_to_as_it_is(eras: Eras) -> None:
    old, new = handshake_server(), modern_server()
    client = modern(eras, old)
    await client.ask("tools/list")
    client.way = new
    old.replies["tools/list"] = Answer(b"", 404)
    new.replies["tools/list"] = lambda met: (
        Answer(complete(met, tools=[]))
        if met.header("MCP-Protocol-Version") == MODERN
        else Answer(b"", 404)
    )
    answers = [await client.ask("tools/list", count) for count in (1, 2)]
    assert answers[-1]["result"]["resultType"] == "complete"
    assert eras.seen("one") == {Era.MODERN}


async def test_a_modern_notification_is_sent_once_whatever_the_server_is(eras: Eras) -> None:
    way = handshake_server()
    client = modern(eras, way)
    status, _ = await client.send(client.message("notifications/roots/list_changed", None))
    assert status == 400
    assert way.methods == ["notifications/roots/list_changed"]


async def test_a_change_of_the_configuration_that_moves_no_server_forgets_nothing() -> None:
    way = handshake_server()
    server = Server("one", "http://server.example/mcp")
    config = Config(servers={"one": server})
    async with both_eras() as eras:
        upstreams = Upstreams(lambda: config, {ServerKind.HTTP: way}, eras, SideSessions(time.time))
        client = EraClient(eras, way)

        async def ask() -> None:
            async with upstreams.open(client.request(client.message("tools/list"))) as response:
                assert response.status == 200

        await ask()
        config = Config(servers={"one": server}, store="encrypted-file")
        await ask()
        assert way.methods.count("initialize") == 1
        config = Config(servers={"one": Server("one", "http://server.example/v2")})
        await ask()
        assert way.methods.count("initialize") == 2


async def test_a_session_is_not_used_for_whoever_connects_the_account_next(eras: Eras) -> None:
    way = handshake_server()
    client = modern(eras, way)
    await client.ask("tools/list", 1)
    eras.end_of(account="another")
    await client.ask("tools/list", 2)
    assert way.methods.count("initialize") == 1
    eras.end_of(account=client.pool.split("\n")[2])
    await client.ask("tools/list", 3)
    assert way.methods.count("initialize") == 2


async def test_each_request_of_a_bound_token_bears_a_proof_of_its_own(eras: Eras) -> None:
    way = handshake_server()
    bound = replace(token(access="bound"), dpop_key=new_proof_key())
    given = _proof({"htm": "POST", "jti": "given", "nonce": "n7"})
    client = modern(
        eras, way, credential=bound, headers=(("Authorization", "DPoP bound"), ("DPoP", given))
    )
    await client.ask("tools/list")
    await way.until("GET")
    claims = [_claims(met.header("DPoP") or "") for met in way.met[1:]]
    assert len({one["jti"] for one in claims}) == len(claims) > 3
    assert all(one["nonce"] == "n7" for one in claims)
    methods = {met.request.http_method: _claims(met.header("DPoP") or "")["htm"] for met in way.met}
    assert methods == {"POST": "POST", "GET": "GET"}


def _proof(claims: dict[str, str]) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


def _claims(proof: str) -> dict[str, Any]:
    payload = proof.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
