"""The whole engine behind a company's proxy, with the company's own authority."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mcp_types import TextContent

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.prompts import Decision
from support.authorization_server import (
    PROTECTED_RESOURCE,
    AuthorizationServer,
    Behaviour,
    authorization_server,
)
from support.certificates import TestAuthority
from support.engine import UNPINNED, Home, running_engine
from support.forward_proxy import ForwardProxy, forward_proxy, tls_front
from support.names import known_here
from support.prompter import RecordingPrompter
from support.raw_http import raw_client
from support.upstreams import SdkUpstream, sdk_upstream
from support.user_agent import UserAgent

FAR, ISSUER = "https://mcp.example", "https://auth.example"
PASSWORD = "marked-proxy-password-6f1c"


@dataclass
class Company:
    """A network that lets out what goes by its proxy, which wants a password."""

    server: SdkUpstream
    issuer: AuthorizationServer
    proxy: ForwardProxy
    near_issuer: str
    agent: UserAgent

    async def browse(self, url: str) -> bool:
        return await self.agent(url.replace(ISSUER, self.near_issuer))


@pytest.fixture
async def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Company]:
    known_here(monkeypatch)
    authority = TestAuthority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file(tmp_path)))
    async with (
        sdk_upstream("an-access-token") as server,
        authorization_server(Behaviour(resource=f"{FAR}/mcp")) as issuer,
        tls_front(origin_of(server.url), authority.server(tmp_path, "mcp.example")) as first,
        tls_front(issuer.origin, authority.server(tmp_path, "auth.example")) as second,
        forward_proxy(
            {"mcp.example:443": first, "auth.example:443": second}, auth=("me", PASSWORD)
        ) as proxy,
    ):
        near, issuer.origin = issuer.origin, ISSUER
        server.challenge = f'Bearer resource_metadata="{ISSUER}{PROTECTED_RESOURCE}/mcp"'
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://me:{PASSWORD}@"))
        yield Company(server, issuer, proxy, near, UserAgent())


async def test_a_sign_in_and_calls_go_by_the_proxy_and_its_password_is_written_nowhere(
    home: Home, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    prompter = RecordingPrompter(Decision(allow=True, text="tests"))
    async with running_engine(home, prompter, browser=company.browse) as keyfob:
        await keyfob.add("far", f"{FAR}/mcp")
        await keyfob.do("connect", server="far")
        issued = await keyfob.token("client")
        async with keyfob.http_client("far", issued.token) as client:
            result = await client.call_tool("echo", {"by": "http"})
        [content] = result.content
        assert isinstance(content, TextContent)
        assert json.loads(content.text) == {"by": "http"}
        async with keyfob.stdio_client("far") as client:
            assert not (await client.call_tool("progress", {})).is_error
    assert set(company.proxy.asked) == {"CONNECT mcp.example:443", "CONNECT auth.example:443"}
    assert set(company.server.authorizations) == {"Bearer an-access-token"}
    assert b"an-access-token" not in company.proxy.tunnelled
    assert PASSWORD.encode() not in home.written()
    assert PASSWORD not in caplog.text


async def test_what_the_proxy_refuses_is_told_in_a_sentence_without_its_password(
    home: Home, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    company.proxy.auth = ("me", "changed")
    async with running_engine(home, browser=company.browse) as keyfob:
        await keyfob.add("far", f"{FAR}/mcp")
        with pytest.raises(UpstreamUnreachable) as caught:
            await keyfob.do("connect", server="far")
        assert "wants a user name and a password, and refuses those" in caught.value.message
        issued = await keyfob.token("client")
        port = int(keyfob.url.rpartition(":")[2])
        async with raw_client(port, issued.token) as client:
            ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            answer = await client.post(ping, path="/s/far/mcp")
        assert answer.error["data"]["code"] == "upstream_unreachable"
        assert "wants a user name and a password" in answer.error["message"]
    said = [str(caught.value), answer.body.decode(), home.written().decode(errors="replace")]
    assert all(PASSWORD not in text for text in (*said, caplog.text))


async def test_config_toml_may_say_that_no_proxy_is_used(home: Home, company: Company) -> None:
    home.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.paths.config_file.write_text(f'{UNPINNED}[network]\nproxy = "none"\n')
    async with running_engine(home, browser=company.browse) as keyfob:
        await keyfob.add("far", f"{FAR}/mcp")
        with pytest.raises(UpstreamUnreachable) as caught:
            await keyfob.do("connect", server="far")
        assert f"{FAR} cannot be reached" in caught.value.message
    assert company.proxy.heads == []
