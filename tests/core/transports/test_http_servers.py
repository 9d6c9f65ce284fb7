"""Which of MCP's two HTTP transports a server is spoken to by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from starlette.responses import Response

from keyfob_core.config import Config, Server, Transport
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.http.servers import HttpServers
from keyfob_core.transports.sse.session import SseLimits
from keyfob_core.transports.sse.upstream import SseUpstream
from support.forms import form_of_the_test
from support.sse_servers import ScriptedSse, scripted_sse
from support.streamable_visitor import Visitor
from support.upstreams import Reply, Seen, json_reply, scripted_upstream, sse_reply

pytestmark = pytest.mark.usefixtures("form")

INITIALIZED = json_reply({"jsonrpc": "2.0", "id": 0, "result": {}})
METHOD_NOT_FOUND = json_reply(
    {"jsonrpc": "2.0", "id": 0, "error": {"code": -32601, "message": "no"}}, status=404
)
BAD_REQUEST = json_reply(
    {"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": "no"}}, status=400
)


def plain(status: int, text: bytes = b"no") -> Reply:
    return Reply(status, (("Content-Length", str(len(text))), ("X-Own", "1")), (text,))


@asynccontextmanager
async def visit(
    url: str, transport: Transport = Transport.AUTO, limits: SseLimits | None = None
) -> AsyncGenerator[Visitor]:
    http = form_of_the_test().upstream(SystemNetwork())
    sse = SseUpstream(http, lambda: 0.0, limits or SseLimits())
    config = Config(servers={"one": Server("one", url, transport=transport)})
    try:
        async with asyncio.timeout(20):
            yield Visitor(HttpServers(lambda: config, http, sse), url, server="one")
    finally:
        await sse.close()
        await http.close()


async def test_a_streamable_server_gets_each_request_once_and_no_other() -> None:
    async with scripted_upstream(INITIALIZED) as server, visit(server.url) as visitor:
        await visitor.initialize()
        await visitor.ask(1)
        assert [seen.method for seen in server.requests] == ["POST", "POST"]


@pytest.mark.parametrize("transport", [Transport.AUTO, Transport.SSE])
async def test_a_server_that_knows_only_the_older_way_is_reached_by_it(
    transport: Transport,
) -> None:
    async with scripted_sse() as server, visit(server.url, transport) as visitor:
        assert (await visitor.initialize()).status == 200
        assert (await visitor.ask(1, a=1)).json["result"] == {"a": 1}
        assert len(server.opened) == 1


async def test_what_was_found_is_remembered_for_the_next_session() -> None:
    async with both_ways() as (server, posts), visit(server.url) as visitor:
        for _ in range(3):
            visitor.session = None
            assert (await visitor.initialize()).status == 200
        assert posts == ["initialize"]
        assert len(server.opened) == 3


async def test_a_server_that_has_changed_is_asked_the_newer_way_again() -> None:
    async with both_ways() as (server, posts), visit(server.url) as visitor:
        await visitor.initialize()
        visitor.session = None
        server.refuse = lambda _: Response("gone", 404)
        assert (await visitor.initialize()).status == 405
        server.refuse = lambda _: None
        assert (await visitor.initialize()).status == 200
        assert posts == ["initialize"] * 3


@asynccontextmanager
async def both_ways() -> AsyncGenerator[tuple[ScriptedSse, list[str]]]:
    """A server of the older way, and the methods it was asked the newer way in vain."""
    posts: list[str] = []
    async with scripted_sse() as server:

        def refuse(seen: object) -> Response:
            posts.append("initialize")
            return Response("", 405)

        server.wrong_door = refuse
        yield server, posts


@pytest.mark.parametrize("status", [400, 404, 405, 415])
async def test_a_refusal_that_may_mean_the_older_way_is_passed_on_where_it_does_not(
    status: int,
) -> None:
    async with scripted_upstream(plain(status, b"its own words")) as server:
        async with visit(server.url) as visitor:
            answered = await visitor.initialize()
        assert (answered.status, answered.body) == (status, b"its own words")
        assert dict(answered.headers)["X-Own"] == "1"
        assert [seen.method for seen in server.requests] == ["POST", "GET"]


@pytest.mark.parametrize("reply", [BAD_REQUEST, METHOD_NOT_FOUND, plain(401), plain(500)])
async def test_a_refusal_that_means_something_else_is_not_followed_up(reply: Reply) -> None:
    async with scripted_upstream(reply) as server, visit(server.url) as visitor:
        answered = await visitor.initialize()
        assert answered.status == reply.status
        assert answered.body == b"".join(c for c in reply.chunks if isinstance(c, bytes))
        assert [seen.method for seen in server.requests] == ["POST"]


@pytest.mark.parametrize("method", ["tools/call", "server/discover", "ping"])
async def test_nothing_but_initialize_is_sent_twice(method: str) -> None:
    async with scripted_upstream(plain(405)) as server, visit(server.url) as visitor:
        assert (await visitor.ask(1, method)).status == 405
        assert [seen.method for seen in server.requests] == ["POST"]


async def test_a_server_that_is_said_to_be_streamable_is_not_tried_otherwise() -> None:
    async with scripted_upstream(plain(405)) as server:
        async with visit(server.url, Transport.STREAMABLE) as visitor:
            assert (await visitor.initialize()).status == 405
        assert [seen.method for seen in server.requests] == ["POST"]


@pytest.mark.parametrize("rest", [(), (asyncio.Event(),)], ids=["ending", "endless"])
async def test_a_stream_without_an_endpoint_is_no_server_of_the_older_way(
    rest: tuple[asyncio.Event, ...],
) -> None:
    def respond(seen: Seen) -> Reply:
        return plain(405) if seen.method == "POST" else sse_reply(b": hello\n\n", *rest)

    async with scripted_upstream(respond) as server:
        async with visit(server.url, limits=SseLimits(endpoint=0.2)) as visitor:
            assert (await visitor.initialize()).status == 405
        async with visit(server.url, Transport.SSE, SseLimits(endpoint=0.2)) as visitor:
            with pytest.raises(UpstreamUnreachable):
                await visitor.initialize()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_stream_that_wants_another_credential_says_so(status: int) -> None:
    async with scripted_sse() as server, visit(server.url) as visitor:
        server.refuse = lambda _: Response("", status, {"WWW-Authenticate": "Bearer"})
        answered = await visitor.initialize()
        assert answered.status == status
        assert ("www-authenticate", "Bearer") in answered.headers


async def test_a_redirect_of_the_stream_does_not_hide_the_refusal() -> None:
    async with scripted_sse() as server, visit(server.url) as visitor:
        server.refuse = lambda _: Response("", 307, {"Location": "https://elsewhere.example/"})
        assert (await visitor.initialize()).status == 405


async def test_an_endpoint_of_another_origin_is_named_as_the_reason() -> None:
    async with scripted_sse(b"event: endpoint\ndata: https://elsewhere.example/\n\n") as server:
        async with visit(server.url) as visitor:
            with pytest.raises(UpstreamUnreachable) as caught:
                await visitor.initialize()
        assert "no other origin" in caught.value.message
        assert server.posts == []


async def test_a_session_of_before_a_restart_is_over_and_not_asked_for_at_the_server() -> None:
    async with scripted_sse() as server:
        async with visit(server.url) as before:
            await before.initialize()
        async with visit(server.url) as visitor:
            visitor = replace(visitor, session=before.session)
            assert (await visitor.ask(1)).status == 404
        assert len(server.posts) == 1
