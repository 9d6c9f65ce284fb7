"""The other grants and the ways of proving who we are, against npm's oidc-provider."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey, RSAKey

from keyfob_core.accounts.credentials import decode, encode
from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Profile, Registration, Token
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.device_code import GRANT_TYPE, DeviceGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.revocation import Revocation
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.oauth.userinfo import account_label
from keyfob_core.steps import DeviceCode, Step
from support.oidc_provider import OidcProvider, oidc_provider
from support.protected_resource import ProtectedResource, protected_resource
from support.user_agent import UserAgent

DOCUMENT = "https://keyfob.example/client.json"
KEYS = {"RS256": RSAKey.generate_key(2048), "ES256": ECKey.generate_key("P-256")}


def key_client(algorithm: str) -> dict[str, object]:
    return {
        "client_id": f"mine-{algorithm}",
        "application_type": "native",
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": algorithm,
        "grant_types": ["authorization_code", "refresh_token", GRANT_TYPE],
        "redirect_uris": ["http://127.0.0.1/callback"],
        "jwks": {"keys": [{**KEYS[algorithm].as_dict(private=False), "kid": "k1"}]},
    }


CLIENT_DOCUMENT = {
    "client_id": DOCUMENT,
    "client_name": "Keyfob",
    "application_type": "native",
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "redirect_uris": ["http://127.0.0.1/callback"],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncGenerator[OidcProvider, None]:
    async with oidc_provider(
        clients=(key_client("RS256"), key_client("ES256")),
        client_documents={DOCUMENT: CLIENT_DOCUMENT},
    ) as running:
        yield running


@pytest.fixture
async def resource(provider: OidcProvider) -> AsyncGenerator[ProtectedResource, None]:
    async with protected_resource(provider.issuer) as running:
        yield running


async def sign_in(http: HttpClient, resource: ProtectedResource, **options: Any) -> Token:
    grant = CodeGrant(
        http, browser=UserAgent(), clock=time.time, pages=CallbackPages.load(), wait_seconds=20
    )
    return await grant.authorize(resource.url, progress=lambda _: None, **options)


async def call(resource: ProtectedResource, token: Token) -> httpx2.Response:
    async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
        headers = {"Authorization": f"Bearer {token.access_token}"}
        return await client.get(resource.url, headers=headers)


def after_a_restart(token: Token) -> Token:
    kept = decode(encode(token))
    assert isinstance(kept, Token)
    return kept


class PersonWithAPhone:
    """Goes to the address that is shown, and what waits meanwhile waits for them."""

    def __init__(self, *, presses: str = "", types_the_code: bool = False) -> None:
        self.agent = UserAgent(presses=presses)
        self.types_the_code = types_the_code
        self.codes: list[DeviceCode] = []
        self.steps: list[Step] = []
        self.pauses: list[float] = []

    def show(self, code: DeviceCode) -> None:
        self.codes.append(code)

    async def sleep(self, seconds: float) -> None:
        """The first time nothing has happened yet; then the person goes to work."""
        self.pauses.append(seconds)
        if len(self.pauses) == 1:
            return
        code = self.codes[0]
        self.agent.filling["user_code"] = code.user_code
        url = code.verification_uri if self.types_the_code else code.verification_uri_complete
        assert url
        async with asyncio.timeout(20):
            page = await self.agent.visit(url)
        assert page.status_code == 200

    async def sign_in(self, http: HttpClient, resource: ProtectedResource, **options: Any) -> Token:
        grant = DeviceGrant(http, clock=time.time, sleep=self.sleep)
        return await grant.authorize(
            resource.url, progress=self.steps.append, show=self.show, **options
        )


@pytest.mark.parametrize("types_the_code", [False, True])
async def test_a_person_enters_the_code_elsewhere_and_the_token_opens_the_server(
    http: HttpClient, resource: ProtectedResource, types_the_code: bool
) -> None:
    person = PersonWithAPhone(types_the_code=types_the_code)
    token = await person.sign_in(http, resource)
    second = await TokenEndpoint(http, time.time).refresh(after_a_restart(token))

    assert person.pauses == [5, 5]
    assert (await call(resource, token)).json()["aud"] == resource.url
    assert (await call(resource, second)).status_code == 200
    assert second.refresh_token != token.refresh_token


async def test_a_person_who_aborts_on_the_device_page_has_declined(
    http: HttpClient, resource: ProtectedResource
) -> None:
    with pytest.raises(OAuthFailed) as refused:
        await PersonWithAPhone(presses="abort").sign_in(http, resource)

    assert refused.value.oauth_code == "access_denied"


async def test_a_registration_for_the_code_grant_is_replaced_by_one_for_device_codes(
    http: HttpClient, resource: ProtectedResource
) -> None:
    first = await sign_in(http, resource)
    second = await PersonWithAPhone().sign_in(http, resource, registration=first.registration)

    assert second.registration.client_id != first.registration.client_id
    assert (await call(resource, second)).status_code == 200


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_client_with_a_key_signs_in_refreshes_and_revokes(
    http: HttpClient, resource: ProtectedResource, algorithm: str
) -> None:
    mine = Registration(
        issuer="",
        client_id=f"mine-{algorithm}",
        private_key=KEYS[algorithm].as_pem(private=True).decode(),
        key_id="k1",
        dynamic=False,
    )
    token = await sign_in(http, resource, registration=mine)
    second = await TokenEndpoint(http, time.time).refresh(after_a_restart(token))

    assert token.registration.token_endpoint_auth_method == "private_key_jwt"
    assert (await call(resource, second)).status_code == 200
    assert await Revocation(http, time.time).revoke(second)
    with pytest.raises(OAuthFailed) as refused:
        await TokenEndpoint(http, time.time).refresh(second)
    assert refused.value.oauth_code == "invalid_grant"


async def test_a_client_with_a_key_signs_in_by_device_code(
    http: HttpClient, resource: ProtectedResource
) -> None:
    mine = Registration(
        issuer="",
        client_id="mine-ES256",
        private_key=KEYS["ES256"].as_pem(private=True).decode(),
        dynamic=False,
    )
    token = await PersonWithAPhone().sign_in(http, resource, registration=mine)

    assert (await call(resource, token)).status_code == 200


async def test_a_client_with_the_wrong_key_is_refused_and_never_registers(
    http: HttpClient, resource: ProtectedResource
) -> None:
    mine = Registration(
        issuer="",
        client_id="mine-ES256",
        private_key=ECKey.generate_key("P-256").as_pem(private=True).decode(),
        dynamic=False,
    )
    with pytest.raises(OAuthFailed) as refused:
        await sign_in(http, resource, registration=mine)

    assert refused.value.oauth_code == "invalid_client"


async def test_our_metadata_document_is_read_instead_of_registering(
    http: HttpClient, resource: ProtectedResource
) -> None:
    token = await sign_in(http, resource, profile=Profile(client_metadata_url=DOCUMENT))
    second = await TokenEndpoint(http, time.time).refresh(after_a_restart(token))

    assert token.registration.client_id == DOCUMENT
    assert (await call(resource, second)).status_code == 200


async def test_a_metadata_document_that_cannot_be_read_leads_to_a_registration(
    http: HttpClient, resource: ProtectedResource
) -> None:
    profile = Profile(client_metadata_url="https://keyfob.invalid/absent.json")
    token = await sign_in(http, resource, profile=profile)

    assert token.registration.client_id != profile.client_metadata_url
    assert (await call(resource, token)).status_code == 200


async def test_a_revoked_refresh_token_is_dead(
    http: HttpClient, resource: ProtectedResource
) -> None:
    token = await sign_in(http, resource)

    assert await Revocation(http, time.time).revoke(after_a_restart(token))
    with pytest.raises(OAuthFailed) as refused:
        await TokenEndpoint(http, time.time).refresh(token)
    assert refused.value.oauth_code == "invalid_grant"


async def test_a_deleted_registration_is_unknown_from_then_on(
    http: HttpClient, resource: ProtectedResource
) -> None:
    token = await sign_in(http, resource)
    leaving = Revocation(http, time.time)

    assert await leaving.delete_registration(token.registration, origin=token.origin)
    assert await leaving.delete_registration(token.registration, origin=token.origin)
    with pytest.raises(OAuthFailed) as refused:
        await TokenEndpoint(http, time.time).refresh(token)
    assert refused.value.oauth_code == "invalid_client"
    again = await sign_in(http, resource, registration=token.registration)
    assert again.registration.client_id != token.registration.client_id


async def test_a_refresh_token_used_twice_ends_the_whole_family(
    http: HttpClient, resource: ProtectedResource
) -> None:
    refresher = TokenEndpoint(http, time.time)
    first = await sign_in(http, resource)
    second = await refresher.refresh(first)

    for reused in (first, second):
        with pytest.raises(OAuthFailed) as refused:
            await refresher.refresh(reused)
        assert refused.value.oauth_code == "invalid_grant"


async def test_the_label_is_the_persons_address(
    http: HttpClient, resource: ProtectedResource
) -> None:
    token = await sign_in(
        http, resource, scopes=("openid", "email"), profile=Profile(resource="omit")
    )

    assert token.resource is None
    assert await account_label(http, after_a_restart(token)) == "ada@example.com"
    assert await account_label(http, replace(token, access_token="another")) is None


async def test_a_step_up_grants_the_union_and_still_refreshes(
    http: HttpClient, resource: ProtectedResource
) -> None:
    first = await sign_in(http, resource)
    scopes = (*(first.requested_scope or first.scope or "").split(), "tools:list")
    second = await sign_in(http, resource, scopes=scopes, registration=first.registration)
    third = await TokenEndpoint(http, time.time).refresh(second)

    assert second.registration == first.registration
    assert (await call(resource, third)).json()["scope"] == "tools:call tools:list"
