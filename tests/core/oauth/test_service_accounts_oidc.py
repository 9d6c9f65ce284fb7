"""Service accounts and bound tokens against npm's oidc-provider."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx2
import pytest
import pytest_asyncio

from keyfob_core.accounts.credentials import stamp
from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Profile, Token
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.key_files import client_with_key
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.service_accounts import Renewer, ServiceAccounts
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.renewals import ClientCredentials, ServiceClient
from keyfob_core.steps import Step
from support.dpop_resource import dpop_resource
from support.oidc_provider import OidcProvider, oidc_services
from support.protected_resource import protected_resource
from support.signing_keys import ec_pem, public, rsa_pem
from support.user_agent import UserAgent

SECRET = "s3cret-of-the-service-that-must-not-show"
SERVICE = {
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "response_types": [],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncGenerator[OidcProvider, None]:
    def keyed(name: str, pem: str, algorithm: str) -> dict[str, object]:
        key = {**public(pem).as_dict(private=False), "kid": "k1", "use": "sig"}
        return {
            **SERVICE,
            "client_id": name,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": algorithm,
            "jwks": {"keys": [key]},
        }

    async with oidc_services(
        {**SERVICE, "client_id": "basic", "client_secret": SECRET},
        {
            **SERVICE,
            "client_id": "post",
            "client_secret": SECRET,
            "token_endpoint_auth_method": "client_secret_post",
        },
        keyed("elliptic", ec_pem(), "ES256"),
        keyed("rsa", rsa_pem(), "RS256"),
    ) as running:
        yield running


def quiet(_: Step) -> None:
    """A progress that nobody follows."""


@pytest.mark.parametrize(
    "client",
    [
        ServiceClient(client_id="basic", secret=SECRET),
        ServiceClient(client_id="post", secret=SECRET, method="client_secret_post"),
        client_with_key("elliptic", ec_pem(), "k1"),
        client_with_key("rsa", rsa_pem()),
    ],
    ids=lambda client: client.client_id,
)
async def test_a_service_gets_a_token_that_opens_the_server_and_gets_the_next_one(
    http: HttpClient, provider: OidcProvider, client: ServiceClient
) -> None:
    steps: list[Step] = []
    services = ServiceAccounts(http, time.time)
    renewer = Renewer(TokenEndpoint(http, time.time), services)

    async with protected_resource(provider.issuer) as resource:
        first = await services.first_token(
            ClientCredentials(client=client), url=resource.url, progress=steps.append
        )
        second = await renewer.refresh(first)
        claims = [await resource.claims(token.access_token) for token in (first, second)]

    assert [step.name for step in steps] == ["discovery", "token", "token"]
    assert [claim["client_id"] for claim in claims] == [client.client_id] * 2
    assert claims[0]["scope"] == "tools:call"
    assert (first.generation, second.generation) == (1, 2)
    assert first.access_token != second.access_token
    assert first.expires_at == pytest.approx(first.obtained_at + 3600)
    assert (first.issuer, first.origin) == (provider.issuer, resource.origin)
    assert first.resource == resource.url
    assert first.refresh_token is None
    assert first.registration.client_secret is None
    assert SECRET not in repr(second)


async def test_scopes_and_the_endpoint_that_the_person_names_are_used(
    http: HttpClient, provider: OidcProvider
) -> None:
    async with protected_resource(provider.issuer) as resource:
        token = await ServiceAccounts(http, time.time).first_token(
            ClientCredentials(
                client=ServiceClient(client_id="basic", secret=SECRET),
                scopes=("tools:list",),
                token_endpoint=f"{provider.issuer}/token",
            ),
            url=resource.url,
            progress=quiet,
        )
        claims = await resource.claims(token.access_token)
        seen = list(resource.seen)

    assert claims["scope"] == "tools:list"
    assert seen == []


async def test_without_a_resource_the_issuer_is_sent_none(
    http: HttpClient, provider: OidcProvider
) -> None:
    renewal = ClientCredentials(client=ServiceClient(client_id="basic", secret=SECRET))
    async with protected_resource(provider.issuer, scopes=()) as resource:
        token = await ServiceAccounts(http, time.time).first_token(
            renewal, url=resource.url, profile=Profile(resource="omit"), progress=quiet
        )

    assert token.resource is None
    assert token.access_token.count(".") == 0  # opaque: a JWT comes for a resource alone


@pytest.mark.parametrize(
    "client",
    [
        ServiceClient(client_id="basic", secret=f"{SECRET}-wrong"),
        client_with_key("rsa", ec_pem()),
        client_with_key("elliptic", rsa_pem()),
    ],
    ids=["secret", "kind of key", "other kind"],
)
async def test_a_wrong_secret_or_key_is_refused_and_not_shown(
    http: HttpClient, provider: OidcProvider, client: ServiceClient
) -> None:
    async with protected_resource(provider.issuer) as resource:
        with pytest.raises(OAuthFailed) as refused:
            await ServiceAccounts(http, time.time).first_token(
                ClientCredentials(client=client), url=resource.url, progress=quiet
            )

    assert refused.value.oauth_code == "invalid_client"
    assert SECRET not in str(refused.value)


async def call(url: str, token: Token, nonce: str | None) -> httpx2.Response:
    stamped = dict(stamp(token, "GET", url, now=time.time(), nonce=nonce).headers)
    async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
        return await client.get(url, headers=stamped)


@pytest.mark.parametrize(
    "client",
    [ServiceClient(client_id="basic", secret=SECRET), client_with_key("elliptic", ec_pem())],
    ids=lambda client: client.client_id,
)
async def test_a_service_s_token_is_bound_to_a_key_where_the_server_wants_that(
    http: HttpClient, provider: OidcProvider, client: ServiceClient
) -> None:
    services = ServiceAccounts(http, time.time)
    async with dpop_resource(provider.issuer) as resource:
        first = await services.first_token(
            ClientCredentials(client=client), url=resource.url, progress=quiet
        )
        second = await services.renew(first)
        refused = await call(resource.url, second, None)
        opened = await call(resource.url, second, refused.headers["DPoP-Nonce"])
        stolen = replace(second, token_type="Bearer", dpop_key=None)
        borne = await call(resource.url, stolen, None)

    assert (first.token_type, second.token_type) == ("DPoP", "DPoP")
    assert first.dpop_key == second.dpop_key
    assert json.loads(first.dpop_key or "")["d"] not in repr(second)
    assert refused.status_code == 401
    assert opened.json()["client_id"] == client.client_id
    assert borne.status_code == 401


async def test_the_key_is_new_for_each_account(http: HttpClient, provider: OidcProvider) -> None:
    renewal = ClientCredentials(client=ServiceClient(client_id="basic", secret=SECRET))
    services = ServiceAccounts(http, time.time)
    async with dpop_resource(provider.issuer) as resource:
        tokens = [
            await services.first_token(renewal, url=resource.url, progress=quiet) for _ in "ab"
        ]

    assert tokens[0].dpop_key != tokens[1].dpop_key


async def test_a_profile_may_ask_for_bound_tokens_where_the_server_does_not(
    http: HttpClient, provider: OidcProvider
) -> None:
    renewal = ClientCredentials(client=ServiceClient(client_id="basic", secret=SECRET))
    services = ServiceAccounts(http, time.time)
    async with protected_resource(provider.issuer) as resource:
        bound = await services.first_token(
            renewal, url=resource.url, profile=Profile(dpop=True), progress=quiet
        )
        claims = await resource.claims(bound.access_token)

    assert bound.token_type == "DPoP"
    assert "jkt" in claims["cnf"]


async def test_a_person_s_token_is_bound_too_and_refreshed_with_the_same_key(
    http: HttpClient, provider: OidcProvider
) -> None:
    grant = CodeGrant(
        http, browser=UserAgent(), clock=time.time, pages=CallbackPages.load(), wait_seconds=20
    )
    endpoint = TokenEndpoint(http, time.time)
    async with dpop_resource(provider.issuer) as resource:
        first = await grant.authorize(resource.url, progress=quiet)
        second = await Renewer(endpoint, ServiceAccounts(http, time.time)).refresh(first)
        nonce = (await call(resource.url, second, None)).headers["DPoP-Nonce"]
        opened = await call(resource.url, second, nonce)
        with pytest.raises(OAuthFailed) as refused:
            await endpoint.refresh(replace(second, dpop_key=None))

    assert (first.token_type, second.token_type, second.generation) == ("DPoP", "DPoP", 2)
    assert first.refresh_token != second.refresh_token
    assert opened.status_code == 200
    assert refused.value.oauth_code in {"invalid_grant", "invalid_dpop_proof", "invalid_request"}
