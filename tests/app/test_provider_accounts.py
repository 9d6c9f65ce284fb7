"""Accounts of a provider that has no MCP server, connected by commands."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from support.authorization_server import Behaviour, authorization_server
from support.engine import Home
from support.marked import mark
from support.oidc_provider import oidc_provider, oidc_services
from support.processes import asked, keyfob, keyfob_serve, with_browser
from support.provider_entries import write_entry
from support.token_owner import opened_store
from support.upstreams import Reply, scripted_upstream

ROBOT = {
    "client_id": "robot",
    "client_secret": mark("the-robots-secret"),
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "response_types": [],
    "token_endpoint_auth_method": "client_secret_basic",
}


@asynccontextmanager
async def api(status: int = 404) -> AsyncGenerator[str]:
    """An API that knows nothing of MCP."""
    reply = Reply(status, (("Content-Type", "text/html"), ("Content-Length", "0")))
    async with scripted_upstream(reply) as upstream:
        yield upstream.url.removesuffix("/mcp")


async def test_a_person_signs_in_renews_and_leaves_without_a_server(home: Home) -> None:
    home = with_browser(home)
    async with oidc_provider() as provider, api() as origin:
        write_entry(home, origin, {"issuer": provider.issuer})
        async with keyfob_serve(home):
            scope = ("--scope", "tools:call", "--scope", "offline_access")
            words = ("connect", "--provider", "acme", "--account", "work", *scope, "--yes")
            state = await asked(home.environ, *words)
            assert (state["name"], state["condition"]) == ("work", "healthy")
            assert state["provider"] == "acme"
            await asked(home.environ, "account", "refresh", "work")
        [kept] = await asked(home.environ, "account", "list")
        assert (kept["name"], kept["condition"]) == ("work", "healthy")
        async with opened_store(home) as store:
            secret = json.loads(await store.get("account/work") or "")
        assert secret["origin"] == origin
        assert (await asked(home.environ, "account", "disconnect", "work"))["note"] is None


async def test_a_key_and_a_service_account_need_no_server_either(home: Home) -> None:
    async with oidc_services(ROBOT) as provider, api() as origin:
        write_entry(home, origin, {"issuer": provider.issuer})
        words = ("connect", "--provider", "acme", "--secret-stdin", "--yes")
        key = await asked(home.environ, *words, "--method", "api-key", stdin=mark("key"))
        assert (key["name"], key["condition"]) == ("acme", "healthy")
        service = ("--account", "robot", "--kind", "client-credentials", "--client-id", "robot")
        more = ("--set", f"token_endpoint={provider.issuer}/token", "--resource", "omit")
        secret = str(ROBOT["client_secret"])
        robot = await asked(home.environ, *words, *service, *more, stdin=secret)
        assert (robot["name"], robot["condition"]) == ("robot", "healthy")
        async with opened_store(home) as store:
            kept = json.loads(await store.get("account/acme") or "")
        assert kept["placement"]["name"] == "X-Api-Key"
    written = home.written()
    assert mark("key").encode() not in written
    assert secret.encode() not in written


@pytest.mark.parametrize("status", [200, 401, 404])
async def test_an_api_that_says_anything_at_all_of_mcp_does_not_stop_a_described_sign_in(
    home: Home, status: int
) -> None:
    home = with_browser(home)
    async with authorization_server(Behaviour()) as server, api(status) as origin:
        described: dict[str, str | bool] = {
            "issuer": server.issuer,
            "authorization_endpoint": f"{server.origin}/authorize",
            "token_endpoint": f"{server.origin}/token",
            "resource": "omit",
            "assume_s256": True,
        }
        write_entry(home, origin, described)
        words = ("connect", "--provider", "acme", "--client-id", "mine", "--yes")
        assert (await asked(home.environ, *words))["condition"] == "healthy"
    assert "resource" not in server.asked("/authorize")[0].query


async def test_a_provider_with_an_address_for_each_customer_is_told_from_the_others(
    home: Home,
) -> None:
    words = ("connect", "--provider", "databricks", "--client-id", "mine", "--yes")
    code, out, complaints = await keyfob(home.environ, *words)
    assert (code, out) == (1, "Connecting databricks.\n")
    assert "keyfob server add" in complaints
