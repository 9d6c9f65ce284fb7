from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration
from keyfob_core.oauth.discovery import discover
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.registration import is_usable, own_registration, register
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server

REDIRECT_URI = "http://127.0.0.1:5/callback"
KEPT = Registration(issuer="https://as.example", client_id="us", client_secret="s3cret")


async def registered(
    http: HttpClient, server: AuthorizationServer, scope: str | None = None
) -> Registration:
    found = await discover(http, server.url)
    return await register(
        http, found.server, person_url=server.url, redirect_uri=REDIRECT_URI, scope=scope
    )


async def test_keyfob_registers_as_a_native_app_with_its_own_redirect(http: HttpClient) -> None:
    async with authorization_server() as server:
        registration = await registered(http, server, "a b")

        assert registration == Registration(
            issuer=server.issuer, client_id="client-1", redirect_uri=REDIRECT_URI
        )
    assert server.asked("/register")[0].document == {
        "client_name": "Keyfob",
        "application_type": "native",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "a b",
    }


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["client_secret_post", "none"], "none"),
        (["client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (["private_key_jwt", "client_secret_post"], "client_secret_post"),
        (None, "none"),
    ],
)
async def test_the_plainest_client_authentication_on_offer_is_asked_for(
    http: HttpClient, offered: list[str] | None, chosen: str
) -> None:
    behaviour = Behaviour(metadata={"token_endpoint_auth_methods_supported": offered})
    async with authorization_server(behaviour) as server:
        await registered(http, server)

    assert server.asked("/register")[0].document["token_endpoint_auth_method"] == chosen


async def test_what_the_server_made_of_us_is_kept_and_its_secrets_are_not_shown(
    http: HttpClient,
) -> None:
    answer = {
        "client_id": "you",
        "client_secret": "s3cret",
        "client_secret_expires_at": 2_000_000_000,
        "token_endpoint_auth_method": "client_secret_post",
        "registration_client_uri": "https://as.example/register/you",
        "registration_access_token": "manage-me",
    }
    async with authorization_server(Behaviour(registration=answer)) as server:
        registration = await registered(http, server)

    assert registration.client_id == "you"
    assert registration.client_secret == "s3cret"
    assert registration.client_secret_expires_at == 2_000_000_000
    assert registration.token_endpoint_auth_method == "client_secret_post"
    assert registration.registration_access_token == "manage-me"
    assert "s3cret" not in repr(registration)
    assert "manage-me" not in repr(registration)


@pytest.mark.parametrize(
    ("answer", "method"),
    [
        ({"client_secret": "s", "token_endpoint_auth_method": None}, "client_secret_basic"),
        ({"token_endpoint_auth_method": None}, "none"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "none"),
        ({"client_secret": "s", "token_endpoint_auth_method": "none"}, "none"),
    ],
)
async def test_the_way_to_authenticate_is_the_one_we_can_keep(
    http: HttpClient, answer: dict[str, object], method: str
) -> None:
    async with authorization_server(Behaviour(registration=answer)) as server:
        registration = await registered(http, server)

    assert registration.token_endpoint_auth_method == method


@pytest.mark.parametrize("status", [400, 403], ids=["by the RFC", "as Keycloak's policies do"])
async def test_a_server_that_refuses_our_scopes_is_asked_without_them(
    http: HttpClient, status: int
) -> None:
    behaviour = Behaviour(refuses_scope_in_registration=status)
    async with authorization_server(behaviour) as server:
        registration = await registered(http, server, "a")

    assert registration.client_id == "client-1"
    assert ["scope" in request.document for request in server.asked("/register")] == [True, False]


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(metadata={"registration_endpoint": None}),
        Behaviour(registration_status=401),
        Behaviour(registration_status=403),
        Behaviour(registration={"token_endpoint_auth_method": "private_key_jwt"}),
    ],
)
async def test_where_keyfob_cannot_register_the_person_is_told_how_to_bring_a_client_id(
    http: HttpClient, behaviour: Behaviour
) -> None:
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed) as refused:
            await registered(http, server)

    assert refused.value.oauth_code == "registration_unavailable"
    assert "http://127.0.0.1/callback" in refused.value.hint
    assert "--client-id" in refused.value.hint


async def test_a_registration_without_a_client_id_is_no_registration(http: HttpClient) -> None:
    async with authorization_server(Behaviour(registration={"client_id": 7})) as server:
        with pytest.raises(OAuthFailed) as refused:
            await registered(http, server)

    assert refused.value.oauth_code == "bad_response"


async def test_a_registration_endpoint_in_trouble_is_unreachable(http: HttpClient) -> None:
    async with authorization_server(Behaviour(registration_status=503)) as server:
        with pytest.raises(UpstreamUnreachable):
            await registered(http, server)


def test_a_kept_registration_counts_at_its_issuer_while_its_secret_lives() -> None:
    assert is_usable(KEPT, "https://as.example", 10)
    assert not is_usable(KEPT, "https://as.example/", 10)
    assert is_usable(replace(KEPT, client_secret_expires_at=11), "https://as.example", 10)
    assert not is_usable(replace(KEPT, client_secret_expires_at=10), "https://as.example", 10)


def test_a_brought_client_id_keeps_its_secret_at_its_issuer_only() -> None:
    assert own_registration("https://as.example", "us", KEPT) is KEPT
    assert own_registration("https://other.example", "us", KEPT).client_secret is None
    assert own_registration("https://as.example", "them", KEPT).client_secret is None
    assert not own_registration("https://as.example", "them").dynamic
