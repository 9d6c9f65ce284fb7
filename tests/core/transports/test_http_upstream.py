"""The way to a server: which connection, which address, which proxy."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import Headers, UpstreamRequest
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.forms import HttpWay
from support.forms import form_of_the_test
from support.upstreams import Drop, Reply, Seen, json_reply, scripted_upstream, sse_reply

pytestmark = pytest.mark.usefixtures("form")

DONE = json_reply({"ok": True})
STAMP = ("Authorization", "Bearer stamped")


def to(url: str, pool: str = "a", headers: Headers = (), **fields: Any) -> UpstreamRequest:
    fields = {"http_method": "POST", "body": b"{}"} | fields
    return UpstreamRequest(url=url, pool=pool, headers=headers, **fields)


@asynccontextmanager
async def http_upstream() -> AsyncGenerator[HttpWay]:
    upstream = form_of_the_test().upstream(SystemNetwork())
    try:
        yield upstream
    finally:
        await upstream.close()


async def read(upstream: HttpWay, request: UpstreamRequest) -> tuple[int, bytes]:
    async with upstream.open(request) as response:
        return response.status, b"".join([chunk async for chunk in response.body])


async def test_a_connection_serves_one_pool_and_is_kept_there() -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        for pool, connections in (("a", 1), ("a", 1), ("b", 2), ("a", 2), ("b", 2)):
            await read(upstream, to(server.url, pool))
            assert server.connections == connections


async def test_after_a_sleep_no_connection_is_used_again_that_was_idle_before() -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        await read(upstream, to(server.url))
        await read(upstream, to(server.url))
        assert server.connections == 1
        await upstream.forget_idle()
        assert (await read(upstream, to(server.url)))[0] == 200
        assert server.connections == 2


async def test_two_addresses_of_one_pool_share_no_connection() -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        await read(upstream, to(server.url))
        await read(upstream, to(server.url.replace("127.0.0.1", "localhost")))
        assert server.connections == 2
        assert server.requests[1].header("host") == f"localhost:{server.url.split(':')[2][:-4]}"


async def test_an_answer_that_is_left_unread_costs_its_connection() -> None:
    reply = sse_reply(b"data: 1\n\n", asyncio.Event())
    async with scripted_upstream(reply) as server, http_upstream() as upstream:
        async with upstream.open(to(server.url)) as response:
            assert response.status == 200
        await asyncio.wait_for(server.hung_up.wait(), 5)
        server.respond = lambda _: DONE
        assert (await read(upstream, to(server.url)))[0] == 200
        assert server.connections == 2


async def test_many_pools_are_kept_and_the_idle_ones_make_room() -> None:
    held = sse_reply(b"data: 1\n\n", asyncio.Event())

    def respond(seen: Seen) -> Reply:
        return held if seen.method == "GET" else DONE

    async with scripted_upstream(respond) as server, http_upstream() as upstream:
        stream = to(server.url, "held", http_method="GET", body=b"")
        async with upstream.open(stream) as response:
            for number in range(300):
                await read(upstream, to(server.url, str(number)))
            assert server.connections == 301
            # The oldest are gone, the newest are kept, and what is in use is never closed.
            await read(upstream, to(server.url, "299"))
            assert server.connections == 301
            await read(upstream, to(server.url, "0"))
            assert server.connections == 302
            assert await anext(response.body) == b"data: 1\n\n"
            assert not server.hung_up.is_set()


async def test_a_repeated_header_keeps_both_spellings() -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        fields = (("x-a", "1"), ("X-A", "2"), ("x-a", "3"), STAMP)
        await read(upstream, to(server.url, headers=fields))
        assert [f for f in server.requests[0].fields if f[0].lower() == "x-a"] == list(fields[:3])
        assert server.requests[0].names == {"host", "content-length", "x-a", "authorization"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_request_without_a_body_states_none(method: str) -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        await read(upstream, to(server.url, http_method=method, body=b""))
        assert server.requests[0].body == b""
        assert "transfer-encoding" not in server.requests[0].names
        assert "content-type" not in server.requests[0].names


@pytest.mark.parametrize("value", ["a\nX-Injected: 1", "a\rb", "a\x00b"])
async def test_a_header_that_would_become_two_is_not_sent_and_not_quoted(value: str) -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        request = to(server.url, headers=(("Authorization", f"Bearer {value}"),))
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, request)
        assert value not in str(caught.value)
        assert server.requests == []


async def test_a_redirect_is_answered_not_followed() -> None:
    async with scripted_upstream(DONE) as elsewhere:
        reply = Reply(307, (("Location", elsewhere.url), ("Content-Length", "0")))
        async with scripted_upstream(reply) as server, http_upstream() as upstream:
            assert (await read(upstream, to(server.url, headers=(STAMP,))))[0] == 307
        assert elsewhere.requests == []


async def test_cookies_of_a_server_are_not_kept() -> None:
    reply = json_reply({}, fields=(("Set-Cookie", "sid=1"),))
    async with scripted_upstream(reply) as server, http_upstream() as upstream:
        await read(upstream, to(server.url))
        await read(upstream, to(server.url))
        assert server.requests[1].header("cookie") is None


async def test_a_password_in_netrc_is_not_ours_to_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password the-netrc-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        await read(upstream, to(server.url))
        await read(upstream, to(server.url, headers=(STAMP,)))
        sent = [seen.header("authorization") for seen in server.requests]
        assert sent == [None, "Bearer stamped"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, (("Content-Length", "10"),), (b"part", Drop())),
        Reply(200, (), (b"part", Drop())),
    ],
    ids=["sized", "chunked"],
)
async def test_a_body_that_breaks_off_is_an_error_of_its_reader(reply: Reply) -> None:
    async with scripted_upstream(reply) as server, http_upstream() as upstream:
        async with upstream.open(to(server.url)) as response:
            assert await anext(response.body) == b"part"
            with pytest.raises(UpstreamUnreachable) as caught:
                await anext(response.body)
        assert caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX: %b\x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n%b\r\n\r\n",
        b"%b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n",
    ],
)
async def test_what_a_broken_answer_echoes_is_not_quoted(answer: bytes) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer % b"Bearer stamped")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server, http_upstream() as up:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(up, to(url, headers=(STAMP,)))
    assert "stamped" not in str(caught.value)
    assert "no HTTP" in str(caught.value) or "breaks off" in str(caught.value)


async def test_nothing_is_sent_where_no_server_is() -> None:
    async with scripted_upstream(DONE) as server:
        url = server.url
    async with http_upstream() as upstream:
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to(url, headers=(STAMP,)))
    assert "stamped" not in str(caught.value)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses."""

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


async def test_a_public_name_that_leads_to_this_machine_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        resolving(monkeypatch, "127.0.0.1")
        url = server.url.replace("127.0.0.1", "mcp.example.com")
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to(url, headers=(STAMP,)))
        assert "address of this machine" in str(caught.value)
        assert server.connections == 0


async def test_a_name_with_a_good_and_a_bad_address_leads_to_the_good_one_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        # Of these the person's own URL, localhost, means the second.
        resolving(monkeypatch, "169.254.169.254", "127.0.0.1")
        url = server.url.replace("127.0.0.1", "localhost")
        assert (await read(upstream, to(url)))[0] == 200


@pytest.mark.parametrize("named", ["http://127.0.0.1:PORT", "127.0.0.1:PORT"])
async def test_a_proxy_of_the_environment_is_used_for_what_is_far_away(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    async with scripted_upstream(DONE) as proxy, http_upstream() as upstream:
        port = proxy.url.split(":")[2].removesuffix("/mcp")
        monkeypatch.setenv("http_proxy", named.replace("PORT", port))
        monkeypatch.setenv("no_proxy", "near.example")
        assert (await read(upstream, to("http://far.example/mcp")))[0] == 200
        assert proxy.requests[0].target == "http://far.example/mcp"
        resolving(monkeypatch, "127.0.0.1")
        with pytest.raises(UpstreamUnreachable):
            await read(upstream, to("http://near.example/mcp"))
        assert len(proxy.requests) == 1


async def test_this_machine_is_reached_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with scripted_upstream(DONE) as server, http_upstream() as upstream:
        assert (await read(upstream, to(server.url)))[0] == 200


async def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "socks5://me:the-password@proxy.example:1080")
    async with http_upstream() as upstream:
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to("http://far.example/mcp"))
    assert "socks5" in caught.value.message
    assert "the-password" not in str(caught.value)
    assert "NO_PROXY" in caught.value.hint
