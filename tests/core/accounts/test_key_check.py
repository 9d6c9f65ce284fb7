from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from keyfob_core.accounts.key_check import KeyCheck, KeyVerdict, verify_key
from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ApiKey, Placement, PlacementKind
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.http.upstream import HttpUpstream
from support.upstreams import (
    Drop,
    Reply,
    Seen,
    json_reply,
    scripted_upstream,
    sdk_upstream,
    sse_reply,
)

KEY = "marked-key-90ab"


@asynccontextmanager
async def http_upstream() -> AsyncGenerator[HttpUpstream]:
    upstream = HttpUpstream(SystemNetwork())
    try:
        yield upstream
    finally:
        await upstream.close()


def key(url: str, placement: Placement | None = None) -> ApiKey:
    return ApiKey(
        secret=KEY, origin=origin_of(url), obtained_at=0, placement=placement or Placement()
    )


async def checked(url: str, placement: Placement | None = None) -> KeyCheck:
    async with http_upstream() as upstream:
        return await verify_key(upstream, url, key(url, placement))


def method_of(seen: Seen) -> str:
    return json.loads(seen.body)["method"] if seen.body else seen.method


def result(seen: Seen) -> Reply:
    return json_reply({"jsonrpc": "2.0", "id": json.loads(seen.body)["id"], "result": {}})


def server(
    answers: Callable[[str, Seen], Reply | None], *, keyless: bool = False, session: str = "s-1"
) -> Callable[[Seen], Reply]:
    """A server that `answers` where it wants to, and else as one of 2025-11-25 does."""

    def respond(seen: Seen) -> Reply:
        method = method_of(seen)
        if not keyless and KEY not in str(seen.fields) + seen.target:
            return Reply(status=401)
        own = answers(method, seen)
        if own is not None:
            return own
        if method == "DELETE" or method.startswith("notifications/"):
            return Reply(status=202, fields=(("Content-Length", "0"),))
        reply = result(seen)
        with_session = (*reply.fields, ("Mcp-Session-Id", session))
        return replace(reply, fields=with_session) if method == "initialize" else reply

    return respond


async def test_a_key_that_a_real_server_takes_is_ok_and_proven() -> None:
    async with sdk_upstream(KEY) as upstream:
        found = await checked(upstream.url)
        assert (found.verdict, found.proven) == (KeyVerdict.OK, True)
        assert upstream.requests[-1].method == "DELETE"
        (opened,) = {
            seen.header("mcp-session-id")
            for seen in upstream.requests
            if "mcp-session-id" in seen.names
        }
        assert opened


async def test_a_key_that_a_real_server_does_not_know_is_refused() -> None:
    async with sdk_upstream("another") as upstream:
        found = await checked(upstream.url)
    assert (found.verdict, found.status) == (KeyVerdict.REFUSED, 401)


async def test_a_server_that_lets_everybody_in_proves_nothing_and_that_is_said() -> None:
    async with sdk_upstream() as upstream:
        found = await checked(upstream.url)
        deleted = [seen for seen in upstream.requests if seen.method == "DELETE"]
    assert (found.verdict, found.proven) == (KeyVerdict.OK, False)
    assert "without" in found.text
    assert len({seen.header("mcp-session-id") for seen in deleted}) == 2
    assert [seen.header("authorization") for seen in deleted] == [f"Bearer {KEY}", None]


async def test_a_server_that_looks_at_the_key_only_after_the_greeting_refuses_it_then() -> None:
    def answers(method: str, _: Seen) -> Reply | None:
        return Reply(status=403) if method == "tools/list" else None

    async with scripted_upstream(server(answers, keyless=True)) as upstream:
        found = await checked(upstream.url)
        asked = [method_of(seen) for seen in upstream.requests]
    assert (found.verdict, found.status) == (KeyVerdict.REFUSED, 403)
    assert asked == ["initialize", "notifications/initialized", "tools/list", "DELETE"]


async def test_a_server_without_handshake_is_asked_in_its_own_way() -> None:
    def answers(method: str, seen: Seen) -> Reply | None:
        if method == "initialize":
            return json_reply({"jsonrpc": "2.0", "id": 1, "error": {"code": -32022}}, status=400)
        params = json.loads(seen.body)["params"]
        assert seen.header("Mcp-Method") == method
        assert seen.header("MCP-Protocol-Version") == "2026-07-28"
        assert params["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
        return None

    async with scripted_upstream(server(answers)) as upstream:
        found = await checked(upstream.url)
        asked = [method_of(seen) for seen in upstream.requests]
    assert (found.verdict, found.proven) == (KeyVerdict.OK, True)
    assert asked == ["initialize", "server/discover", "tools/list", "server/discover"]


async def test_an_answer_as_event_stream_is_read_no_further_than_needed() -> None:
    never = asyncio.Event()

    def answers(method: str, _: Seen) -> Reply | None:
        if method != "initialize":
            return None
        note = b'data: {"jsonrpc": "2.0", "method": "notifications/message"}\n\n'
        return sse_reply(note, b'data: {"jsonrpc": "2.0", "id": 1, "result": {}}\n\n', never)

    async with scripted_upstream(server(answers)) as upstream:
        found = await asyncio.wait_for(checked(upstream.url), 10)
    assert found.verdict is KeyVerdict.OK


@pytest.mark.parametrize(
    "placement",
    [
        Placement(name="X-Api-Key", template="{key}"),
        Placement(kind=PlacementKind.QUERY, name="k", template="{key}"),
    ],
)
async def test_the_key_is_tried_at_its_own_place(placement: Placement) -> None:
    async with scripted_upstream(server(lambda *_: None)) as upstream:
        found = await checked(upstream.url, placement)
        first = upstream.requests[0]
    assert (found.verdict, found.proven) == (KeyVerdict.OK, True)
    assert first.header("authorization") is None
    assert first.target.endswith(KEY) is (placement.kind is PlacementKind.QUERY)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=500), "HTTP 500"),
        (Reply(status=429), "HTTP 429"),
        (Reply(status=404), "no MCP server"),
        (Reply(status=302, fields=(("Location", "https://elsewhere"),)), "redirects"),
        (Reply(chunks=(b"<html>",)), "no MCP server"),
        (Reply(chunks=(b"[]",)), "no MCP server"),
        (Reply(chunks=(b"x", Drop())), "cannot be reached"),
        (Reply(chunks=(b" " * 5_000_000,)), "too long"),
    ],
)
async def test_what_says_nothing_of_the_key_is_no_refusal(reply: Reply, said: str) -> None:
    async with scripted_upstream(reply) as upstream:
        found = await checked(upstream.url)
    assert found.verdict is KeyVerdict.UNREACHABLE
    assert said in found.text
    assert KEY not in repr(found)


async def test_where_nobody_listens_the_check_says_so() -> None:
    async with scripted_upstream(Reply()) as upstream:
        url = upstream.url
    found = await checked(url, Placement(kind=PlacementKind.QUERY, name="k", template="{key}"))
    assert found.verdict is KeyVerdict.UNREACHABLE
    assert KEY not in repr(found)


async def test_a_key_is_never_tried_at_another_origin() -> None:
    async with scripted_upstream(Reply()) as upstream, http_upstream() as http:
        with pytest.raises(ConfigInvalid):
            await verify_key(http, upstream.url, key("https://elsewhere.example"))
        with pytest.raises(ConfigInvalid):
            await verify_key(http, upstream.url, key(upstream.url, Placement(name="Host")))
        assert upstream.requests == []
