"""The whole sign-in against npm's oidc-provider."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Token
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.steps import Step
from support.oidc_provider import OidcProvider, oidc_provider
from support.protected_resource import ProtectedResource, protected_resource
from support.user_agent import UserAgent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncGenerator[OidcProvider, None]:
    async with oidc_provider(access_token_seconds=2) as running:
        yield running


@pytest.fixture
async def resource(provider: OidcProvider) -> AsyncGenerator[ProtectedResource, None]:
    async with protected_resource(provider.issuer) as running:
        yield running


def code_grant(http: HttpClient, browser: UserAgent) -> CodeGrant:
    return CodeGrant(
        http, browser=browser, clock=time.time, pages=CallbackPages.load(), wait_seconds=20
    )


async def call(resource: ProtectedResource, token: Token) -> httpx2.Response:
    async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
        headers = {"Authorization": f"Bearer {token.access_token}"}
        return await client.get(resource.url, headers=headers)


async def test_a_person_signs_in_and_the_token_opens_the_server_that_it_is_for(
    http: HttpClient, provider: OidcProvider, resource: ProtectedResource
) -> None:
    steps: list[Step] = []
    browser = UserAgent()

    token = await code_grant(http, browser).authorize(resource.url, progress=steps.append)

    assert [step.name for step in steps] == [
        "discovery",
        "registration",
        "browser",
        "callback",
        "token",
    ]
    assert browser.urls[0] in steps[2].text
    assert token.registration.client_id in steps[1].text
    assert (await browser.last_page()).status_code == 200
    asked = parse_qs(urlsplit(browser.urls[0]).query)
    assert asked["resource"] == [resource.url]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["tools:call offline_access"]
    answer = await call(resource, token)
    assert answer.status_code == 200
    assert answer.json()["aud"] == resource.url
    assert answer.json()["scope"] == "tools:call"
    assert token.issuer == provider.issuer
    assert token.registration.dynamic
    assert token.origin == resource.origin


async def test_a_token_of_two_seconds_is_refreshed_and_the_refresh_token_rotates(
    http: HttpClient, resource: ProtectedResource
) -> None:
    token = await code_grant(http, UserAgent()).authorize(resource.url, progress=lambda _: None)
    assert token.refresh_token
    assert token.expires_at == pytest.approx(token.obtained_at + 2)
    refresher = TokenEndpoint(http, time.time)

    second = await refresher.refresh(token)
    third = await refresher.refresh(second)

    assert (token.generation, second.generation, third.generation) == (1, 2, 3)
    assert len({token.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert (await call(resource, third)).json()["aud"] == resource.url
    with pytest.raises(OAuthFailed) as refused:
        await refresher.refresh(token)
    assert refused.value.oauth_code == "invalid_grant"
    assert token.refresh_token not in str(refused.value)


async def test_a_second_sign_in_uses_the_kept_registration(
    http: HttpClient, resource: ProtectedResource
) -> None:
    grant = code_grant(http, UserAgent())
    first = await grant.authorize(resource.url, progress=lambda _: None)

    second = await grant.authorize(
        resource.url, registration=first.registration, progress=lambda _: None
    )

    assert second.registration == first.registration
    assert second.access_token != first.access_token


async def test_a_registration_that_the_server_forgot_is_made_anew_before_a_person_sees_it(
    http: HttpClient, resource: ProtectedResource
) -> None:
    browser = UserAgent()
    grant = code_grant(http, browser)
    first = await grant.authorize(resource.url, progress=lambda _: None)
    forgotten = replace(first.registration, client_id="forgotten")

    second = await grant.authorize(resource.url, registration=forgotten, progress=lambda _: None)

    assert second.registration.client_id not in {"forgotten", first.registration.client_id}
    assert len(browser.urls) == 2


async def test_a_client_id_that_the_person_brought_is_used_without_registering(
    http: HttpClient, provider: OidcProvider, resource: ProtectedResource
) -> None:
    token = await code_grant(http, UserAgent()).authorize(
        resource.url, client_id=provider.brought_client_id, progress=lambda _: None
    )

    assert token.registration.client_id == provider.brought_client_id
    assert not token.registration.dynamic
    assert (await call(resource, token)).status_code == 200


async def test_scopes_that_the_person_names_are_asked_for_as_they_are(
    http: HttpClient, resource: ProtectedResource
) -> None:
    browser = UserAgent()

    token = await code_grant(http, browser).authorize(
        resource.url, scopes=("tools:list",), progress=lambda _: None
    )

    assert parse_qs(urlsplit(browser.urls[0]).query)["scope"] == ["tools:list"]
    assert token.scope == "tools:list"


async def test_a_resource_that_the_server_does_not_know_is_an_invalid_target(
    http: HttpClient,
) -> None:
    async with (
        oidc_provider(resources=("https://elsewhere.example/mcp",)) as provider,
        protected_resource(provider.issuer) as resource,
    ):
        browser = UserAgent()
        with pytest.raises(OAuthFailed) as refused:
            await code_grant(http, browser).authorize(resource.url, progress=lambda _: None)

        assert refused.value.oauth_code == "invalid_target"
        assert (await browser.last_page()).status_code == 400


async def test_an_expired_token_is_refused_and_the_refreshed_one_opens_the_server_again(
    http: HttpClient, resource: ProtectedResource
) -> None:
    token = await code_grant(http, UserAgent()).authorize(resource.url, progress=lambda _: None)
    assert (await call(resource, token)).status_code == 200

    async with asyncio.timeout(10):
        while (await call(resource, token)).status_code == 200:
            assert time.time() < token.obtained_at + 5
    refreshed = await TokenEndpoint(http, time.time).refresh(token)

    assert (await call(resource, refreshed)).status_code == 200
