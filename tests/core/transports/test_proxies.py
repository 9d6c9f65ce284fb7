"""The way to a server through a proxy."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.forms import HttpWay
from support.certificates import TestAuthority
from support.forms import form_of_the_test
from support.forward_proxy import ForwardProxy, forward_proxy, tls_front
from support.names import known_here
from support.upstreams import ScriptedUpstream, json_reply, scripted_upstream, sse_reply

pytestmark = pytest.mark.usefixtures("form")

DONE = json_reply({"ok": True})
STAMP = ("Authorization", "Bearer stamped")
PASSWORD = "p@ss:word"
QUOTED = "p%40ss%3Aword"


def to(url: str, body: bytes = b"{}") -> UpstreamRequest:
    return UpstreamRequest(http_method="POST", url=url, headers=(STAMP,), body=body, pool="a")


@asynccontextmanager
async def way(setting: str = "system") -> AsyncGenerator[HttpWay]:
    upstream = form_of_the_test().upstream(SystemNetwork(lambda: setting))
    try:
        async with asyncio.timeout(20):
            yield upstream
    finally:
        await upstream.close()


async def read(upstream: HttpWay, request: UpstreamRequest) -> tuple[int, bytes]:
    async with upstream.open(request) as response:
        return response.status, b"".join([chunk async for chunk in response.body])


async def refusal(upstream: HttpWay, request: UpstreamRequest) -> str:
    with pytest.raises(UpstreamUnreachable) as caught:
        await read(upstream, request)
    return str(caught.value)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the proxy knows the names of servers."""
    known_here(monkeypatch)


@asynccontextmanager
async def far_by_tls(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[ForwardProxy, ScriptedUpstream]]:
    """https://far.example/mcp behind a proxy that HTTPS_PROXY names, with a CA that is trusted."""
    authority = TestAuthority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file(folder)))
    async with scripted_upstream(DONE) as server:
        context = authority.server(folder, "far.example")
        async with (
            tls_front(origin_of(server.url), context) as front,
            forward_proxy({"far.example:443": front}) as proxy,
        ):
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            yield proxy, server


@pytest.mark.usefixtures("far")
async def test_a_server_by_http_is_asked_for_by_its_whole_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        scripted_upstream(sse_reply(b"data: 1\n\n", b"data: 2\n\n")) as server,
        forward_proxy({"far.example:80": origin_of(server.url)}) as proxy,
        way() as upstream,
    ):
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        answered = await read(upstream, to("http://far.example/mcp?a=b"))
        assert answered == (200, b"data: 1\n\ndata: 2\n\n")
        assert proxy.asked == ["POST http://far.example/mcp?a=b"]
        [seen] = server.requests
        assert (seen.body, seen.header("host")) == (b"{}", "far.example")
        assert seen.header("authorization") == "Bearer stamped"


@pytest.mark.usefixtures("far")
async def test_a_server_by_https_is_reached_by_a_tunnel_that_shows_the_proxy_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with far_by_tls(tmp_path, monkeypatch) as (proxy, server), way() as upstream:
        for _ in range(2):
            assert (await read(upstream, to("https://far.example/mcp")))[0] == 200
        # One tunnel serves both.
        assert proxy.asked == ["CONNECT far.example:443"]
        assert b"stamped" not in b"".join(proxy.heads) + proxy.tunnelled
        assert [seen.header("authorization") for seen in server.requests] == ["Bearer stamped"] * 2


@pytest.mark.usefixtures("far")
async def test_two_pools_share_no_tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with far_by_tls(tmp_path, monkeypatch) as (proxy, _), way() as upstream:
        for pool in ("a", "b"):
            request = UpstreamRequest(
                http_method="GET", url="https://far.example/mcp", headers=(), pool=pool
            )
            await read(upstream, request)
        assert proxy.asked == ["CONNECT far.example:443"] * 2


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_gets_the_name_and_password_of_its_url_and_nobody_else_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    scheme: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with far_by_tls(tmp_path, monkeypatch) as (proxy, server), way() as upstream:
        proxy.routes = {**proxy.routes, "far.example:80": origin_of(server.url)}
        proxy.auth = ("me", PASSWORD)
        named = proxy.url.replace("://", f"://me:{QUOTED}@")
        monkeypatch.setenv(f"{scheme}_proxy", named)
        assert (await read(upstream, to(f"{scheme}://far.example/mcp")))[0] == 200
        assert "proxy-authorization" not in server.requests[0].names
    assert PASSWORD not in caplog.text
    assert QUOTED not in caplog.text


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("given", ["", f"me:{QUOTED}@"], ids=["none", "wrong"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_its_password_is_named_without_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    scheme: str,
    given: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with far_by_tls(tmp_path, monkeypatch) as (proxy, server), way() as upstream:
        proxy.auth = ("me", "another")
        monkeypatch.setenv(f"{scheme}_proxy", proxy.url.replace("://", f"://{given}"))
        said = await refusal(upstream, to(f"{scheme}://far.example/mcp"))
        assert f"The proxy {urlsplit(proxy.url).netloc} wants a user name and a password" in said
        assert ("refuses those it got" in said) == bool(given)
        assert "HTTPS_PROXY" in said
        assert server.requests == []
    for text in (said, caplog.text):
        assert PASSWORD not in text
        assert QUOTED not in text


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    async with forward_proxy({}) as proxy:
        gone = proxy.url
    monkeypatch.setenv("all_proxy", gone)
    async with way() as upstream:
        said = await refusal(upstream, to(f"{scheme}://far.example/mcp"))
    assert f"The proxy {urlsplit(gone).netloc}, which leads to {scheme}://far.example" in said
    monkeypatch.setenv("all_proxy", "proxy.example:3128")
    async with way() as upstream:
        said = await refusal(upstream, to(f"{scheme}://far.example/mcp"))
    assert "The proxy proxy.example:3128" in said


@pytest.mark.usefixtures("far")
async def test_a_proxy_that_leads_nowhere_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with far_by_tls(tmp_path, monkeypatch) as (proxy, _), way() as upstream:
        proxy.connect_status = 403
        said = await refusal(upstream, to("https://far.example/mcp"))
        assert f"The proxy {urlsplit(proxy.url).netloc} does not lead to https://far" in said
        assert "(HTTP 403)" in said


@pytest.mark.usefixtures("far")
async def test_a_proxy_that_looks_into_tls_is_told_from_the_server_by_its_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with far_by_tls(tmp_path, monkeypatch) as (_, server), way() as upstream:
        monkeypatch.setenv("SSL_CERT_FILE", str(TestAuthority().file(tmp_path)))
        said = await refusal(upstream, to("https://far.example/mcp"))
        assert "is issued by Test authority, whom this system does not trust" in said
        assert "SSL_CERT_FILE" in said
        assert server.requests == []


@pytest.mark.usefixtures("far")
async def test_a_proxy_may_itself_be_spoken_to_by_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = TestAuthority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file(tmp_path)))
    async with (
        scripted_upstream(DONE) as server,
        tls_front(origin_of(server.url), authority.server(tmp_path, "far.example")) as front,
        forward_proxy(
            {"far.example:443": front}, tls=authority.server(tmp_path, "127.0.0.1")
        ) as proxy,
        way() as upstream,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert (await read(upstream, to("https://far.example/mcp")))[0] == 200
        assert proxy.asked == ["CONNECT far.example:443"]


async def test_a_public_name_that_leads_to_this_machine_is_not_given_to_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        scripted_upstream(DONE) as server,
        forward_proxy({"far.example:80": origin_of(server.url)}) as proxy,
        way() as upstream,
    ):
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for address in ("127.0.0.1", "169.254.169.254"):
            known_here(monkeypatch, far_example=address)
            assert "of this machine" in await refusal(upstream, to("http://far.example/mcp"))
        assert proxy.heads == []
        # A server of the person's own network, under its own name, is meant.
        known_here(monkeypatch, far_example="10.1.2.3")
        assert (await read(upstream, to("http://far.example/mcp")))[0] == 200


@pytest.mark.usefixtures("far")
async def test_without_proxies_in_config_toml_none_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with forward_proxy({}) as proxy, way("none") as upstream:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert "cannot be reached" in await refusal(upstream, to("http://far.example/mcp"))
        assert proxy.heads == []


@pytest.mark.usefixtures("far")
async def test_a_proxy_that_config_toml_names_goes_before_the_systems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with (
        scripted_upstream(DONE) as server,
        forward_proxy({"far.example:80": origin_of(server.url)}) as proxy,
        way(proxy.url) as upstream,
    ):
        assert (await read(upstream, to("http://far.example/mcp")))[0] == 200


async def test_this_machine_is_never_reached_by_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted_upstream(DONE) as server, forward_proxy({}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for host in ("127.0.0.1", "localhost"):
            async with way(proxy.url) as upstream:
                url = server.url.replace("127.0.0.1", host)
                assert (await read(upstream, to(url)))[0] == 200
        assert proxy.heads == []
