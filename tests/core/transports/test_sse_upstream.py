"""A server of HTTP+SSE in the manner of a streamable one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from starlette.responses import Response

from keyfob_core.accounts.placements import with_query
from keyfob_core.accounts.proofs import new_proof_key, proof
from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import RequestRefused, UpstreamUnreachable
from keyfob_core.model import ApiKey, Placement, PlacementKind
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.sse.session import SseLimits
from keyfob_core.transports.sse.upstream import SseUpstream
from support.dpop_resource import checked_proof
from support.eventually import eventually
from support.forms import form_of_the_test
from support.sse_servers import Posted, ScriptedSse, event, result, scripted_sse
from support.streamable_visitor import BOTH, Visitor, events_of, whole
from support.tokens import token

pytestmark = pytest.mark.usefixtures("form")

NOW = 1_000.0
MEBIBYTE = 1024 * 1024
STAMP = ("Authorization", "Bearer stamped")


@asynccontextmanager
async def sse(limits: SseLimits | None = None) -> AsyncGenerator[SseUpstream]:
    http = form_of_the_test().upstream(SystemNetwork())
    upstream = SseUpstream(http, lambda: NOW, limits or SseLimits())
    try:
        yield upstream
    finally:
        await upstream.close()
        await http.close()


@asynccontextmanager
async def visit(server: ScriptedSse, limits: SseLimits | None = None) -> AsyncGenerator[Visitor]:
    """A client that has initialized."""
    async with asyncio.timeout(20), sse(limits) as upstream:
        visitor = Visitor(upstream, server.url, headers=(*BOTH, STAMP))
        assert (await visitor.initialize()).status == 200
        yield visitor


def silent(_: Posted) -> tuple[bytes, ...]:
    return ()


def progress(progress_token: object, step: int) -> bytes:
    params = {"progressToken": progress_token, "progress": step}
    return event({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})


def notice(number: int, padding: str = "") -> bytes:
    params = {"data": number, "padding": padding}
    return event({"jsonrpc": "2.0", "method": "notifications/message", "params": params})


async def heard_all(visitor: Visitor) -> None:
    """Return when all that the server has said is there, since an answer behind it is."""
    plain = replace(visitor, headers=(("Accept", "application/json"),))
    assert (await plain.ask("the last")).status == 200


async def test_initialize_opens_a_stream_and_a_session_of_ours() -> None:
    async with scripted_sse() as server, sse() as upstream:
        visitor = Visitor(upstream, server.url, headers=(*BOTH, STAMP))
        answered = await visitor.initialize()
        assert answered.kind == "application/json"
        assert answered.json["result"] == {"protocolVersion": "2024-11-05"}
        assert visitor.session
        assert (await visitor.ask(1, a="ü")).json == {
            "jsonrpc": "2.0",
            "id": 1,
            "result": {"a": "ü"},
        }
        [stream] = server.opened
        assert (stream.path, stream.headers["accept"]) == ("/sse", "text/event-stream")
        assert stream.headers["authorization"] == "Bearer stamped"
        assert "content-type" not in stream.headers
        for posted in server.posts:
            assert (posted.path, posted.query) == ("/messages", "id=0")
            assert posted.headers["authorization"] == "Bearer stamped"
            assert "mcp-session-id" not in posted.headers


async def test_a_message_goes_up_byte_for_byte_and_a_notification_is_accepted() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        body = b'{ "jsonrpc":"2.0",  "method":"notifications/x", "params":{"\\u00e9":1.50} }'
        request = visitor.request("POST", {})._replace(body=body)
        async with visitor.way.open(request) as response:
            answered = await whole(response)
        assert (answered.status, answered.body) == (202, b"")
        assert server.posts[-1].body == body


async def test_1_and_the_text_1_are_two_requests() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = silent
        asked = [asyncio.create_task(visitor.ask(message_id)) for message_id in (1, "1")]
        await eventually(lambda: len(server.posts) == 3)
        server.say(result("1", of="text"), result(1, of="number"))
        number, text = await asyncio.gather(*asked)
        assert number.json["result"] == {"of": "number"}
        assert text.json["result"] == {"of": "text"}


async def test_progress_comes_with_its_request_and_the_rest_to_the_listener() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = lambda posted: (
            progress("other", 1),
            progress("mine", 1),
            notice(1),
            result(posted.message["id"]),
        )
        async with visitor.opened("GET") as stream:
            answered = await visitor.ask(5, _meta={"progressToken": "mine"})
            assert answered.kind == "text/event-stream"
            assert [m.get("method") for m in answered.events] == ["notifications/progress", None]
            assert answered.events[0]["params"]["progressToken"] == "mine"
            heard = events_of(await anext(stream.body)) + events_of(await anext(stream.body))
            assert [m["params"].get("progressToken") for m in heard] == ["other", None]


async def test_what_is_said_before_anybody_listens_is_kept_in_its_order() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.say(notice(1), notice(2))
        await heard_all(visitor)
        async with visitor.opened("GET") as stream:
            heard = [events_of(await anext(stream.body))[0]["params"]["data"] for _ in range(2)]
            server.say(notice(3))
            heard.append(events_of(await anext(stream.body))[0]["params"]["data"])
        assert heard == [1, 2, 3]


async def test_a_new_listener_takes_the_place_of_one_that_died_unseen() -> None:
    async with (
        scripted_sse() as server,
        visit(server) as visitor,
        visitor.opened("GET") as old,
        visitor.opened("GET") as new,
    ):
        server.say(notice(1))
        assert events_of(await anext(new.body))[0]["params"]["data"] == 1
        with pytest.raises(StopAsyncIteration):
            await anext(old.body)


async def test_a_request_of_the_server_reaches_a_call_where_nobody_listens() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = silent
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask"}}
        asking = {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {}}
        opening = asyncio.create_task(visitor.post(call))
        await eventually(lambda: len(server.posts) == 2)
        server.say(event(asking))
        server.answer = lambda posted: (result(1, told=posted.message["result"]),)
        assert (await visitor.post({"jsonrpc": "2.0", "id": 1, "result": {"n": 1}})).status == 202
        answered = await opening
        assert answered.events == [
            asking,
            {"jsonrpc": "2.0", "id": 1, "result": {"told": {"n": 1}}},
        ]


@pytest.mark.parametrize("ending", ["end", "404"])
async def test_a_stream_that_dies_fails_what_is_in_flight_and_the_session(ending: str) -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = silent
        asked = [asyncio.create_task(visitor.ask(number)) for number in (1, 2)]
        await eventually(lambda: len(server.posts) == 3)
        if ending == "end":
            server.end()
        else:
            server.refuse = lambda _: Response("Could not find session", 404)
            assert (await visitor.ask(3)).status == 404
        for failed in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(failed, UpstreamUnreachable)
        await eventually(lambda: server.closed == 1)
        posts = len(server.posts)
        assert (await visitor.ask(4)).status == 404
        assert len(server.posts) == posts
        server.refuse, server.answer = lambda _: None, lambda posted: (result(0),)
        visitor.session = None
        assert (await visitor.initialize()).status == 200
        assert len(server.opened) == 2


async def test_a_call_that_is_already_streamed_breaks_with_its_stream() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = lambda _: (progress("p", 1),)
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "x",
            "params": {"_meta": {"progressToken": "p"}},
        }
        async with visitor.opened("POST", call) as response:
            assert events_of(await anext(response.body))
            server.end()
            with pytest.raises(UpstreamUnreachable):
                await anext(response.body)


async def test_delete_hangs_up_and_ends_the_session() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        async with visitor.opened("GET") as stream:
            assert (await visitor.send("DELETE")).status == 200
            with pytest.raises(StopAsyncIteration):
                await anext(stream.body)
        await eventually(lambda: server.closed == 1)
        assert (await visitor.ask(1)).status == 404


async def test_a_session_is_nobody_elses() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        stranger = replace(visitor, pool="b")
        for http_method in ("GET", "DELETE"):
            assert (await stranger.send(http_method)).status == 404
        assert (await stranger.ask(1)).status == 404
        assert len(server.posts) == 1
        assert (await visitor.ask(1)).status == 200
        other = replace(visitor, session=None)
        await other.initialize()
        assert other.session != visitor.session
        server.answer = silent
        pending = asyncio.create_task(visitor.ask(9))
        await eventually(lambda: len(server.posts) == 4)
        server.say(result(9, of="the other stream"), stream=1)
        server.say(result(9, of="its own"), stream=0)
        assert (await pending).json["result"] == {"of": "its own"}


async def test_without_a_session_nothing_goes_up() -> None:
    async with scripted_sse() as server, sse() as upstream:
        visitor = Visitor(upstream, server.url)
        assert (await visitor.ask(1)).status == 400
        assert (await visitor.send("GET")).status == 400
        assert server.opened == server.posts == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://elsewhere.example/messages",
        "//127.0.0.1:1/messages",
        "http://localhost:PORT/messages",
        "http://user@127.0.0.1:PORT/messages",
        "file:///etc/passwd",
        "http://[",
    ],
)
async def test_an_endpoint_of_another_origin_gets_no_credential(endpoint: str) -> None:
    async with scripted_sse() as server, sse() as upstream:
        port = server.url.split(":")[2].removesuffix("/sse")
        server.first = f"event: endpoint\ndata: {endpoint.replace('PORT', port)}\n\n".encode()
        visitor = Visitor(upstream, server.url, headers=(*BOTH, STAMP))
        with pytest.raises(UpstreamUnreachable) as caught:
            await visitor.initialize()
        assert "no other origin" in caught.value.message
        assert server.posts == []
        await eventually(lambda: server.closed == 1)


@pytest.mark.parametrize("endpoint", ["/messages?id=0", "messages?id=0", "URL/messages?id=0#x"])
async def test_an_endpoint_may_be_relative_or_whole(endpoint: str) -> None:
    async with scripted_sse() as server:
        named = endpoint.replace("URL", origin_of(server.url))
        server.first = f"event: endpoint\ndata: {named}\n\n".encode()
        async with visit(server):
            assert [(seen.path, seen.query) for seen in server.posts] == [("/messages", "id=0")]


async def test_only_the_first_endpoint_counts() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.say(b"event: endpoint\ndata: https://elsewhere.example/\n\n")
        assert (await visitor.ask(1)).status == 200
        assert len(server.posts) == 2


async def test_a_stream_without_an_endpoint_ends_in_time() -> None:
    async with scripted_sse(b": hello\n\n") as server, sse(SseLimits(endpoint=0.1)) as upstream:
        async with asyncio.timeout(5):
            with pytest.raises(UpstreamUnreachable) as caught:
                await Visitor(upstream, server.url).initialize()
        assert "where messages go" in caught.value.message
        await eventually(lambda: server.closed == 1)


@pytest.mark.parametrize(
    "refusal", [Response("no", 404), Response("busy", 503), Response("<html>", 200)]
)
async def test_what_opens_no_stream_is_unreachable(refusal: Response) -> None:
    async with scripted_sse() as server, sse() as upstream:
        server.refuse = lambda _: refusal
        with pytest.raises(UpstreamUnreachable) as caught:
            await Visitor(upstream, server.url).initialize()
        assert f"HTTP {refusal.status_code}" in caught.value.message


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_credential_is_passed_up_and_leaves_no_stream(
    status: int, method: str
) -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    async with scripted_sse() as server, sse() as upstream:
        server.refuse = lambda seen: (
            Response("", status, challenge) if seen.method == method else None
        )
        visitor = Visitor(upstream, server.url)
        answered = await visitor.initialize()
        assert answered.status == status
        assert dict(answered.headers)["www-authenticate"] == challenge["WWW-Authenticate"]
        assert visitor.session is None
        await eventually(lambda: server.closed == len(server.opened) - (method == "GET"))
        server.refuse = lambda _: None
        assert (await visitor.initialize()).status == 200


async def test_a_later_call_carries_its_own_credential_and_the_stream_lives_on() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.refuse = lambda seen: (
            None if seen.headers["authorization"] == "Bearer fresh" else Response("", 401)
        )
        assert (await visitor.ask(1)).status == 401
        visitor.headers = (*BOTH, ("Authorization", "Bearer fresh"))
        assert (await visitor.ask(1)).json["result"] == {}
        assert len(server.opened) == 1
        assert server.closed == 0


async def test_an_id_that_is_under_way_is_refused() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = silent
        first = asyncio.create_task(visitor.ask(1))
        await eventually(lambda: len(server.posts) == 2)
        with pytest.raises(RequestRefused):
            await visitor.ask(1)
        server.say(result(1))
        assert (await first).status == 200
        assert len(server.posts) == 2


async def test_a_client_that_leaves_early_leaves_the_session_to_others() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = silent
        gone = asyncio.create_task(visitor.ask(1))
        await eventually(lambda: len(server.posts) == 2)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        server.say(result(1, late=True))
        server.answer = lambda posted: (result(posted.message["id"], late=False),)
        assert (await visitor.ask(2)).json["result"] == {"late": False}


async def test_a_client_that_takes_no_stream_gets_its_answer_alone() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = lambda posted: (progress("p", 1), result(posted.message["id"]))
        visitor.headers = (("Accept", "application/json"),)
        answered = await visitor.ask(1, _meta={"progressToken": "p"})
        assert answered.kind == "application/json"
        async with visitor.opened("GET") as stream:
            assert events_of(await anext(stream.body))[0]["params"]["progress"] == 1


async def test_a_long_call_is_streamed_with_the_servers_signs_of_life() -> None:
    async with scripted_sse() as server, visit(server, SseLimits(answer=0.05)) as visitor:
        server.answer = silent
        call = {"jsonrpc": "2.0", "id": 1, "method": "x"}
        async with visitor.opened("POST", call) as response:
            assert dict(response.headers)["Content-Type"] == "text/event-stream"
            server.say(b": ping\n\n")
            assert await anext(response.body) == b": keep-alive\n\n"
            server.say(result(1, done=True))
            assert events_of(await anext(response.body))[0]["result"] == {"done": True}
            with pytest.raises(StopAsyncIteration):
                await anext(response.body)


async def test_a_batch_is_answered_by_a_stream_that_ends_with_its_last_answer() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = lambda posted: [result(one["id"]) for one in posted.message]
        batch = [{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in (1, 2)]
        assert [m["id"] for m in (await visitor.post(batch)).events] == [1, 2]
        whole_answer = [{"jsonrpc": "2.0", "id": number, "result": {}} for number in (3, 4)]
        server.answer = lambda _: (event(whole_answer),)
        batch = [{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in (3, 4)]
        assert (await visitor.post(batch)).events == [whole_answer]


@pytest.mark.parametrize("cut", [1, 7, 10_000])
async def test_events_are_read_however_they_are_written_and_cut(cut: int) -> None:
    written = (
        b": a comment\r\n\r\n"
        b'event: unknown\r\ndata: {"jsonrpc"\r\n\r\n'
        b"data: no JSON\n\n"
        b'id: 3\r\nretry: 10\r\nevent: message\r\ndata: {"jsonrpc": "2.0",\r\n'
        b'data: "id": 1,\r\ndata:  "result": {"a": "\xc3\xbc"}}\r\n\r\n'
    )
    async with scripted_sse() as server, visit(server) as visitor:
        server.answer = lambda _: [written[at : at + cut] for at in range(0, len(written), cut)]
        answered = await visitor.ask(1)
        assert answered.json == {"jsonrpc": "2.0", "id": 1, "result": {"a": "ü"}}


async def test_a_message_of_many_lines_arrives_whole_on_a_stream() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        said = b'data: {"jsonrpc": "2.0",\rdata: "method": "notifications/x"}\r\r'
        async with visitor.opened("GET") as stream:
            server.say(said)
            block = await anext(stream.body)
        assert block == (
            b'event: message\ndata: {"jsonrpc": "2.0",\ndata: "method": "notifications/x"}\n\n'
        )


async def test_a_giant_answer_arrives_whole() -> None:
    async with scripted_sse() as server, visit(server) as visitor:
        text = "x" * (5 * MEBIBYTE)
        server.answer = lambda posted: (result(posted.message["id"], text=text),)
        assert (await visitor.ask(1)).json["result"]["text"] == text
        assert len((await visitor.ask(2, padding=text)).json["result"]["text"]) == len(text)


@pytest.mark.expects_log("Nobody listens to")
async def test_what_nobody_listens_to_is_bounded_and_the_newest_is_kept() -> None:
    async with scripted_sse() as server, visit(server, SseLimits(unasked=1000)) as visitor:
        server.say(*(notice(number, "x" * 200) for number in range(50)))
        await heard_all(visitor)
        async with visitor.opened("GET") as stream:
            first = events_of(await anext(stream.body))[0]["params"]["data"]
        assert 45 <= first < 50


async def test_a_client_that_stops_reading_stops_its_stream_and_no_other() -> None:
    limits = SseLimits(held=100_000, answer=0.05)
    async with scripted_sse() as server, visit(server, limits) as visitor:
        server.answer = silent
        meta = {"_meta": {"progressToken": "p"}}
        call = {"jsonrpc": "2.0", "id": 1, "method": "x", "params": meta}
        other = replace(visitor, session=None)
        server.answer = lambda posted: (result(posted.message["id"]),)
        await other.initialize()
        server.answer = silent
        async with visitor.opened("POST", call) as response:
            padding = {"progressToken": "p", "progress": 1, "message": "x" * 10_000}
            step = event({"jsonrpc": "2.0", "method": "notifications/progress", "params": padding})
            server.say(*[step] * 200, result(1), stream=0)
            server.answer = lambda posted: (result(posted.message["id"]),)
            assert (await other.ask(1)).status == 200
            heard = [message async for chunk in response.body for message in events_of(chunk)]
        assert len(heard) == 201


async def test_a_key_in_the_query_stands_in_every_address() -> None:
    async with scripted_sse() as server, sse() as upstream:
        placement = Placement(kind=PlacementKind.QUERY, name="key", template="{key}")
        key = ApiKey(secret="a b", origin=origin_of(server.url), obtained_at=0, placement=placement)
        url = with_query(server.url, (("key", "a b"),))
        visitor = Visitor(upstream, url, credential=key)
        await visitor.initialize()
        assert [seen.query for seen in server.opened] == ["key=a%20b"]
        assert [seen.query for seen in server.posts] == ["id=0&key=a%20b"]


async def test_a_bound_token_is_proven_for_each_address_with_the_servers_nonce() -> None:
    async with scripted_sse() as server, sse() as upstream:
        held = replace(
            token(access="access", origin=origin_of(server.url)),
            token_type="DPoP",
            dpop_key=new_proof_key(),
        )
        assert held.dpop_key
        made = proof(held.dpop_key, "POST", server.url, now=NOW, nonce="n-1", access_token="access")
        stamped = (("Authorization", "DPoP access"), ("DPoP", made))
        visitor = Visitor(upstream, server.url, headers=(*BOTH, *stamped), credential=held)
        await visitor.initialize()
        for seen, url in ((server.opened[0], server.url), (server.posts[0], "/messages")):
            url = url if url.startswith("http") else origin_of(server.url) + url
            checked_proof(
                seen.headers["dpop"], seen.method, url, access_token="access", nonce="n-1"
            )


async def test_a_session_that_nobody_uses_is_hung_up() -> None:
    async with scripted_sse() as server, visit(server, SseLimits(idle=0.05)) as visitor:
        async with visitor.opened("GET"):
            await visitor.ask(1)
        await eventually(lambda: server.closed == 1)
        assert (await visitor.ask(2)).status == 404


async def test_sessions_left_behind_make_room() -> None:
    async with scripted_sse() as server, visit(server) as visitor, AsyncExitStack() as stack:
        await stack.enter_async_context(visitor.opened("GET"))
        others = [replace(visitor, session=None) for _ in range(40)]
        for other in others:
            await other.initialize()
        await eventually(lambda: server.closed == 7)
        # The oldest are gone; the newest, and the one that is in use, are not.
        assert (await others[0].ask(1)).status == 404
        assert (await others[-1].ask(1)).status == 200
        assert (await visitor.ask(1)).status == 200


async def test_a_server_that_refuses_to_initialize_opens_no_session() -> None:
    async with scripted_sse() as server, sse() as upstream:
        failed = {"jsonrpc": "2.0", "id": 0, "error": {"code": -32602, "message": "no"}}
        server.answer = lambda _: (event(failed),)
        visitor = Visitor(upstream, server.url)
        assert (await visitor.initialize()).json == failed
        assert visitor.session is None
        await eventually(lambda: server.closed == 1)


async def test_closing_hangs_up_on_every_server() -> None:
    async with scripted_sse() as server:
        async with visit(server) as visitor, replace(visitor, session=None).opened("GET"):
            pass
        await eventually(lambda: server.closed == 1)
