"""Sign-ins through a proxy."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.system.network import SystemNetwork
from support.authorization_server import (
    RFC8414,
    AuthorizationServer,
    Behaviour,
    authorization_server,
)
from support.certificates import TestAuthority
from support.forward_proxy import ForwardProxy, forward_proxy, tls_front
from support.names import known_here
from support.user_agent import UserAgent

NOW = 1_800_000_000.0
FAR = "https://far.example"
PASSWORD = "the-password"


@dataclass
class World:
    """https://far.example, which only the proxy reaches, and a person whose browser is past it."""

    server: AuthorizationServer
    proxy: ForwardProxy
    near: str
    """Where the server really is."""
    agent: UserAgent

    def client(self) -> HttpClient:
        return HttpClient(SystemNetwork(), seconds=5)

    async def browse(self, url: str) -> bool:
        return await self.agent(url.replace(FAR, self.near))


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World]:
    authority = TestAuthority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file(tmp_path)))
    known_here(monkeypatch)
    async with authorization_server() as server:
        near = server.origin
        async with (
            tls_front(near, authority.server(tmp_path, "far.example")) as front,
            forward_proxy({"far.example:443": front}) as proxy,
        ):
            server.origin = FAR
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            yield World(server, proxy, near, UserAgent())


async def test_a_whole_sign_in_and_its_refresh_go_by_the_proxy(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    world.proxy.auth = ("me", PASSWORD)
    named = world.proxy.url.replace("://", f"://me:{PASSWORD}@")
    monkeypatch.setenv("HTTPS_PROXY", named)
    http = world.client()
    grant = CodeGrant(
        http, browser=world.browse, clock=lambda: NOW, pages=CallbackPages.load(), wait_seconds=5
    )
    token = await grant.authorize(f"{FAR}/mcp", progress=lambda _: None)
    assert token.access_token == "an-access-token"
    assert (token.issuer, token.origin) == (FAR, FAR)
    renewed = await TokenEndpoint(http, lambda: NOW).refresh(token)
    assert renewed.generation == 2
    asked = world.server.paths()
    assert {"/mcp", RFC8414, "/register", "/authorize", "/token"} <= set(asked)
    assert asked.count("/token") == 2
    # The browser's own visit is the one that went past the proxy.
    assert world.proxy.asked == ["CONNECT far.example:443"] * (len(asked) - 1)
    assert b"an-access-token" not in world.proxy.tunnelled
    assert PASSWORD not in caplog.text
    assert "Proxy-Authorization" not in caplog.text
    for seen in world.server.seen:
        assert "Proxy-Authorization" not in seen.headers


@pytest.mark.parametrize("given", ["", f"me:{PASSWORD}@"], ids=["none", "wrong"])
async def test_a_proxy_that_refuses_its_password_is_named_without_it(
    world: World, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    world.proxy.auth = ("me", "another")
    monkeypatch.setenv("HTTPS_PROXY", world.proxy.url.replace("://", f"://{given}"))
    with pytest.raises(UpstreamUnreachable) as caught:
        await world.client().get(f"{FAR}{RFC8414}", person_url=FAR)
    place = urlsplit(world.proxy.url).netloc
    assert f"The proxy {place} wants a user name and a password" in caught.value.message
    assert PASSWORD not in str(caught.value)
    assert world.server.seen == []


async def test_a_proxy_that_is_down_or_leads_nowhere_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.proxy.connect_status = 503
    with pytest.raises(UpstreamUnreachable) as caught:
        await world.client().get(f"{FAR}{RFC8414}", person_url=FAR)
    assert "does not lead to https://far.example (HTTP 503)" in caught.value.message
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UpstreamUnreachable) as caught:
        await world.client().get(f"{FAR}{RFC8414}", person_url=FAR)
    assert "The proxy 127.0.0.1:1, which leads to https://far.example" in caught.value.message


async def test_what_no_proxy_names_is_asked_directly(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "far.example")
    with pytest.raises(UpstreamUnreachable) as caught:
        await world.client().get(f"{FAR}{RFC8414}", person_url=FAR)
    assert "https://far.example cannot be reached" in caught.value.message
    assert world.proxy.heads == []


@pytest.mark.parametrize(
    ("issuer", "address"),
    [
        ("https://10.0.0.1", None),
        ("https://169.254.169.254", None),
        ("https://inside.example", "10.0.0.1"),
        ("https://inside.example", "127.0.0.1"),
    ],
)
async def test_a_server_cannot_lead_the_proxy_to_what_lies_inside(
    world: World, monkeypatch: pytest.MonkeyPatch, issuer: str, address: str | None
) -> None:
    if address is not None:
        known_here(monkeypatch, inside_example=address)
    world.server.behaviour = Behaviour(authorization_servers=(issuer,))
    grant = CodeGrant(
        world.client(), browser=world.browse, clock=lambda: NOW, pages=CallbackPages.load()
    )
    with pytest.raises(OAuthFailed) as refused:
        await grant.authorize(f"{FAR}/mcp", progress=lambda _: None)
    assert refused.value.oauth_code == "insecure_url"
    assert set(world.proxy.asked) == {"CONNECT far.example:443"}


async def test_an_issuer_whose_name_only_the_proxy_knows_is_trusted_to_it(world: World) -> None:
    world.proxy.routes = {**world.proxy.routes, "other.example:443": "http://127.0.0.1:1"}
    world.server.behaviour = Behaviour(authorization_servers=("https://other.example",))
    grant = CodeGrant(
        world.client(), browser=world.browse, clock=lambda: NOW, pages=CallbackPages.load()
    )
    async with asyncio.timeout(20):
        with pytest.raises(UpstreamUnreachable):
            await grant.authorize(f"{FAR}/mcp", progress=lambda _: None)
    assert "CONNECT other.example:443" in world.proxy.asked


async def test_loopback_is_never_asked_for_at_the_proxy(world: World) -> None:
    answer = await world.client().get(f"{world.near}{RFC8414}", person_url=world.near)
    assert answer.status == 200
    assert world.proxy.heads == []
