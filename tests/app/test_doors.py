"""Who is turned away at the relay's HTTP door, seen from outside."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest

from support.engine import Home, RunningEngine, running_engine
from support.upstreams import SdkUpstream, sdk_upstream

KEY = "the-api-key-of-the-door-tests"
ACCEPT = {"Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "door test", "version": "1"},
    },
}


@dataclass
class Door:
    keyfob: RunningEngine
    upstream: SdkUpstream
    http: httpx2.AsyncClient
    token: str

    async def knock(self, path: str = "/s/one/mcp", **headers: str) -> httpx2.Response:
        """Begin a session with the good token, unless headers say otherwise."""
        sent = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.http.post(
            self.keyfob.url + path, json=INITIALIZE, headers={k: v for k, v in sent.items() if v}
        )


@asynccontextmanager
async def door(home: Home) -> AsyncGenerator[Door]:
    async with (
        sdk_upstream(KEY) as upstream,
        running_engine(home) as keyfob,
        httpx2.AsyncClient(verify=False, trust_env=False, headers=ACCEPT) as http,
    ):
        for name in ("one", "two"):
            await keyfob.add(name, upstream.url)
            await keyfob.do("connect", server=name, method="api-key", secret=KEY)
        # What was asked to try the key does not count.
        upstream.requests.clear()
        issued = await keyfob.token("client")
        yield Door(keyfob, upstream, http, issued.token)


async def test_a_good_token_passes_and_the_account_s_secret_goes_up(home: Home) -> None:
    async with door(home) as at:
        answer = await at.knock()
        assert answer.status_code == 200, answer.text
        assert at.upstream.authorizations == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic d3Jvbmc6d3Jvbmc="}, 401),
    ],
)
async def test_a_stranger_is_refused_and_nothing_goes_up(
    home: Home, headers: dict[str, str], status: int
) -> None:
    async with door(home) as at:
        answer = await at.knock(**headers)
        assert answer.status_code == status
        assert "www-authenticate" not in answer.headers
        assert at.upstream.requests == []


async def test_a_revoked_token_is_refused_at_once(home: Home) -> None:
    async with door(home) as at:
        assert (await at.knock()).status_code == 200
        await at.keyfob.do("client.revoke", name="client")
        assert (await at.knock()).status_code == 401
        # The session that it had begun is ended at the server, by Keyfob itself.
        asked = [seen for seen in at.upstream.requests if seen.method != "DELETE"]
        assert len(asked) == 1


async def test_a_token_in_the_url_opens_its_own_server_and_no_other(home: Home) -> None:
    async with door(home) as at:
        issued = await at.keyfob.token("urlclient", "one")
        assert issued.url == f"{at.keyfob.url}/k/{issued.token}/mcp"
        path = issued.url.removeprefix(at.keyfob.url)
        opened = await at.knock(path, Authorization="")
        assert opened.status_code == 200, opened.text
        assert (
            await at.knock("/s/two/mcp", Authorization=f"Bearer {issued.token}")
        ).status_code in (
            401,
            403,
            404,
        )
        assert (await at.knock(f"/k/{at.token}/mcp", Authorization="")).status_code in (401, 404)
        assert len(at.upstream.requests) == 1


async def test_a_page_of_another_site_cannot_use_a_token_in_the_url(home: Home) -> None:
    async with door(home) as at:
        issued = await at.keyfob.token("urlclient", "one")
        path = issued.url.removeprefix(at.keyfob.url)
        refused = await at.knock(path, Authorization="", Sec_Fetch_Site="cross-site")
        assert refused.status_code == 403
        assert at.upstream.requests == []


async def test_no_metadata_is_offered_that_would_start_a_sign_in(home: Home) -> None:
    async with door(home) as at:
        for name in ("oauth-protected-resource", "oauth-authorization-server"):
            for path in (f"/.well-known/{name}", f"/.well-known/{name}/s/one/mcp"):
                assert (await at.http.get(at.keyfob.url + path)).status_code == 404


async def test_inbound_authorization_and_cookie_never_go_up(home: Home) -> None:
    async with door(home) as at:
        assert (await at.knock(Cookie="session=mine")).status_code == 200
        [seen] = at.upstream.requests
    assert seen.header("cookie") is None
    assert seen.header("authorization") == f"Bearer {KEY}"
    assert at.token not in repr(seen)
