from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
import pytest
import pytest_asyncio

from keyfob_core.demo.grants import Lifetimes
from keyfob_core.demo.servers import DemoServers, demo_servers
from keyfob_core.demo.user_agent import ConsentForm

pytestmark = pytest.mark.asyncio(loop_scope="module")

REDIRECT = "http://127.0.0.1:61111/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:-1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncGenerator[DemoServers]:
    async with demo_servers(Lifetimes(access=30)) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(servers: DemoServers) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=servers.issuer, trust_env=False) as client:
        yield client


async def register(http: httpx2.AsyncClient, **metadata: object) -> httpx2.Response:
    body: dict[str, object] = {
        "client_name": "Test",
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "none",
    }
    return await http.post("/register", json=body | metadata)


async def asked(http: httpx2.AsyncClient, servers: DemoServers, **changes: str | None) -> str:
    """Ask for authorization; answers where that led."""
    client_id = (await register(http)).json()["client_id"]
    parameters = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "the state",
        "scope": "identity notes",
        "resource": servers.mcp_url,
    } | changes
    sent = {name: value for name, value in parameters.items() if value is not None}
    answer = await http.get("/authorize", params=sent)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def answered(http: httpx2.AsyncClient, consent_url: str, decision: str) -> dict[str, str]:
    """Answer the consent page; answers what came back to the client."""
    form = ConsentForm()
    form.feed((await http.get(consent_url)).text)
    assert form.action is not None
    sent = form.fields | {"person": "Grace", "decision": decision}
    done = await http.post(urljoin(consent_url, form.action), data=sent)
    assert done.status_code == 303
    location = done.headers["location"]
    assert location.startswith(REDIRECT + "?")
    return query(location)


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


async def signed_in(
    http: httpx2.AsyncClient, servers: DemoServers
) -> tuple[str, dict[str, str], dict[str, str]]:
    """Sign in; answers the client's id, the token request that was sent, and the tokens."""
    client_id = (await register(http)).json()["client_id"]
    consent = await asked(http, servers, client_id=client_id)
    back = await answered(http, consent, "allow")
    request = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": back["code"],
        "code_verifier": VERIFIER,
        "redirect_uri": REDIRECT,
        "resource": servers.mcp_url,
    }
    tokens = await http.post("/token", data=request)
    assert tokens.status_code == 200, tokens.text
    return client_id, request, tokens.json()


async def refreshed(
    http: httpx2.AsyncClient, servers: DemoServers, client_id: str, token: str
) -> httpx2.Response:
    request = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "refresh_token": token,
        "resource": servers.mcp_url,
    }
    return await http.post("/token", data=request)


async def status_of(http: httpx2.AsyncClient, servers: DemoServers, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await http.post(servers.mcp_url, json={}, headers=headers)).status_code


async def test_metadata_names_the_issuer_exactly_and_promises_s256_and_iss(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == servers.issuer
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert "none" in metadata["token_endpoint_auth_methods_supported"]


async def test_an_allowed_request_comes_back_with_code_state_and_issuer(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    back = await answered(http, await asked(http, servers), "allow")
    assert back.keys() == {"code", "state", "iss"}
    assert back["state"] == "the state"
    assert back["iss"] == servers.issuer


async def test_a_denied_request_comes_back_with_access_denied_and_issuer(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    back = await answered(http, await asked(http, servers), "deny")
    assert back == {"error": "access_denied", "state": "the state", "iss": servers.issuer}


async def test_a_loopback_redirect_may_use_another_port_but_not_another_path(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    other_port = REDIRECT.replace("61111", "61222")
    assert "/consent?" in await asked(http, servers, redirect_uri=other_port)
    client_id = (await register(http)).json()["client_id"]
    refused = await http.get(
        "/authorize",
        params={
            "client_id": client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT + "/other",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        },
    )
    assert refused.status_code == 400
    assert "location" not in refused.headers


@pytest.mark.parametrize(
    "redirect", ["http://evil.example/cb", "javascript:alert(1)", "https://host.example/cb#x"]
)
async def test_a_client_with_a_redirect_that_leaks_codes_is_not_registered(
    http: httpx2.AsyncClient, redirect: str
) -> None:
    refused = await register(http, redirect_uris=[redirect])
    assert refused.status_code == 400


@pytest.mark.parametrize("resource", [None, "http://127.0.0.1:1/mcp"])
async def test_a_request_for_another_resource_comes_back_as_invalid_target(
    http: httpx2.AsyncClient, servers: DemoServers, resource: str | None
) -> None:
    back = query(await asked(http, servers, resource=resource))
    assert back["error"] == "invalid_target"
    assert back["iss"] == servers.issuer
    assert back["state"] == "the state"


@pytest.mark.parametrize("method", ["plain", None])
async def test_a_request_without_s256_comes_back_as_invalid_request(
    http: httpx2.AsyncClient, servers: DemoServers, method: str | None
) -> None:
    back = query(await asked(http, servers, code_challenge_method=method))
    assert back["error"] == "invalid_request"


async def test_a_code_opens_the_server_once_and_its_second_use_ends_the_grant(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    _, request, tokens = await signed_in(http, servers)
    assert await status_of(http, servers, tokens["access_token"]) not in (401, 403)
    again = await http.post("/token", data=request)
    assert again.json()["error"] == "invalid_grant"
    assert await status_of(http, servers, tokens["access_token"]) == 401


async def test_a_wrong_verifier_gets_no_token(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    client_id = (await register(http)).json()["client_id"]
    back = await answered(http, await asked(http, servers, client_id=client_id), "allow")
    request = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": back["code"],
        "code_verifier": "w" * 64,
        "redirect_uri": REDIRECT,
        "resource": servers.mcp_url,
    }
    assert (await http.post("/token", data=request)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("resource", [None, "http://127.0.0.1:1/mcp"])
async def test_a_refresh_for_another_resource_is_an_invalid_target(
    http: httpx2.AsyncClient, servers: DemoServers, resource: str | None
) -> None:
    client_id, _, tokens = await signed_in(http, servers)
    request = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "refresh_token": tokens["refresh_token"],
    }
    sent = request if resource is None else request | {"resource": resource}
    assert (await http.post("/token", data=sent)).json()["error"] == "invalid_target"
    assert (await refreshed(http, servers, client_id, tokens["refresh_token"])).status_code == 200


async def test_a_refresh_rotates_and_a_reused_token_ends_the_whole_grant(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    client_id, _, first = await signed_in(http, servers)
    second = (await refreshed(http, servers, client_id, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await status_of(http, servers, second["access_token"]) not in (401, 403)
    reused = await refreshed(http, servers, client_id, first["refresh_token"])
    assert reused.json()["error"] == "invalid_grant"
    assert await status_of(http, servers, second["access_token"]) == 401
    dead = await refreshed(http, servers, client_id, second["refresh_token"])
    assert dead.json()["error"] == "invalid_grant"


async def test_a_revoked_token_opens_nothing(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    client_id, _, tokens = await signed_in(http, servers)
    sent = {"token": tokens["refresh_token"], "client_id": client_id, "client_secret": ""}
    assert (await http.post("/revoke", data=sent)).status_code == 200
    assert await status_of(http, servers, tokens["access_token"]) == 401


async def test_a_consent_page_answers_once(http: httpx2.AsyncClient, servers: DemoServers) -> None:
    consent = await asked(http, servers)
    form = ConsentForm()
    form.feed((await http.get(consent)).text)
    sent = form.fields | {"person": "Ada", "decision": "allow"}
    assert (await http.post("/consent", data=sent)).status_code == 303
    again = await http.post("/consent", data=sent)
    assert again.status_code == 400
    assert "This request has ended" in again.text


async def test_another_sites_form_answers_no_consent(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    consent = await asked(http, servers)
    form = ConsentForm()
    form.feed((await http.get(consent)).text)
    sent = form.fields | {"person": "Ada", "decision": "allow"}
    for origin in ("https://evil.example", "null"):
        foreign = await http.post("/consent", data=sent, headers={"Origin": origin})
        assert foreign.status_code == 403
    assert (await answered(http, consent, "allow"))["code"]


async def test_the_consent_page_shows_a_hostile_client_name_as_text(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    name = '<script>alert("x")</script>\u202egnp'
    client_id = (await register(http, client_name=name)).json()["client_id"]
    page = await http.get(await asked(http, servers, client_id=client_id))
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "\u202e" not in page.text
    assert "⟨U+202E⟩" in page.text


async def test_the_consent_page_cannot_be_framed_and_its_form_reaches_only_the_client(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    page = await http.get(await asked(http, servers))
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:61111" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert page.headers["referrer-policy"] == "same-origin"


async def test_a_foreign_host_name_is_refused(
    http: httpx2.AsyncClient, servers: DemoServers
) -> None:
    answer = await http.get("/consent?request=x", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "ended" not in answer.text
