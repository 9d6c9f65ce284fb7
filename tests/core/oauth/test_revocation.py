from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.revocation import Revocation
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server

NOW = 1_800_000_000.0


def registration(server: AuthorizationServer) -> Registration:
    return Registration(
        issuer=server.issuer,
        client_id="us",
        client_secret="client-s3cret",
        token_endpoint_auth_method="client_secret_post",
        registration_client_uri=f"{server.origin}/client?id=us",
        registration_access_token="manage-me",
    )


def token(server: AuthorizationServer) -> Token:
    return Token(
        access_token="the-access-token",
        refresh_token="the-refresh-token",
        obtained_at=NOW,
        issuer=server.issuer,
        resource=server.url,
        origin=server.origin,
        token_endpoint=f"{server.origin}/token",
        revocation_endpoint=f"{server.origin}/revoke",
        registration=registration(server),
    )


async def test_the_refresh_token_is_revoked_first_and_then_the_access_token(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        assert await Revocation(http, lambda: NOW).revoke(token(server))

    client = {"client_id": "us", "client_secret": "client-s3cret"}
    assert [request.form for request in server.asked("/revoke")] == [
        {"token": "the-refresh-token", "token_type_hint": "refresh_token", **client},
        {"token": "the-access-token", "token_type_hint": "access_token", **client},
    ]


async def test_without_a_refresh_token_the_access_token_alone_is_revoked(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        assert await Revocation(http, lambda: NOW).revoke(
            replace(token(server), refresh_token=None)
        )

    assert [asked.form["token"] for asked in server.asked("/revoke")] == ["the-access-token"]


async def test_where_revocation_is_not_offered_nothing_is_sent(http: HttpClient) -> None:
    async with authorization_server() as server:
        left = replace(token(server), revocation_endpoint=None)
        assert not await Revocation(http, lambda: NOW).revoke(left)

    assert server.seen == []


async def test_an_access_token_that_cannot_be_revoked_is_left_to_run_out(http: HttpClient) -> None:
    behaviour = Behaviour(revocation_errors={"access_token": "unsupported_token_type"})
    async with authorization_server(behaviour) as server:
        assert await Revocation(http, lambda: NOW).revoke(token(server))


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(revocation_errors={"access_token": "invalid_token"}),
        Behaviour(revocation_status=204),
    ],
    ids=["as Google says that it has gone with the refresh token", "nothing more to say"],
)
async def test_a_token_that_is_no_longer_one_was_revoked(
    http: HttpClient, behaviour: Behaviour
) -> None:
    async with authorization_server(behaviour) as server:
        assert await Revocation(http, lambda: NOW).revoke(token(server))


async def test_the_access_token_is_revoked_where_the_refresh_token_is_refused(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(revocation_errors={"refresh_token": "unsupported_token_type"})
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed, match="the refresh token"):
            await Revocation(http, lambda: NOW).revoke(token(server))

    hints = [asked.form["token_type_hint"] for asked in server.asked("/revoke")]
    assert hints == ["refresh_token", "access_token"]


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(revocation_errors={"refresh_token": "invalid_client"}), "invalid_client"),
        (
            Behaviour(revocation_errors={"refresh_token": "unsupported_token_type"}),
            "unsupported_token_type",
        ),
        (Behaviour(revocation_errors={"access_token": "invalid_request"}), "invalid_request"),
        (Behaviour(revocation_status=404), "bad_response"),
        (Behaviour(redirects={"/revoke": "{origin}/token"}), "bad_response"),
    ],
)
async def test_a_server_that_keeps_the_token_is_named_without_the_token(
    http: HttpClient, behaviour: Behaviour, code: str
) -> None:
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed) as refused:
            await Revocation(http, lambda: NOW).revoke(token(server))

    assert refused.value.oauth_code == code
    for secret in ("the-refresh-token", "the-access-token", "client-s3cret"):
        assert secret not in str(refused.value)
    assert server.asked("/token") == []


async def test_a_revocation_endpoint_in_trouble_is_unreachable(http: HttpClient) -> None:
    async with authorization_server(Behaviour(revocation_status=503)) as server:
        with pytest.raises(UpstreamUnreachable):
            await Revocation(http, lambda: NOW).revoke(token(server))


@pytest.mark.parametrize("status", [204, 200, 401, 404, 410])
async def test_a_registration_is_deleted_or_was_gone_before(http: HttpClient, status: int) -> None:
    async with authorization_server(Behaviour(deletion_status=status)) as server:
        leaving = Revocation(http, lambda: NOW)
        assert await leaving.delete_registration(registration(server), origin=server.origin)

    request = server.asked("/client")[0]
    assert request.method == "DELETE"
    assert request.query == {"id": "us"}
    assert request.headers["Authorization"] == "Bearer manage-me"


@pytest.mark.parametrize("status", [403, 405])
async def test_a_server_that_deletes_no_registration_says_so(http: HttpClient, status: int) -> None:
    async with authorization_server(Behaviour(deletion_status=status)) as server:
        leaving = Revocation(http, lambda: NOW)
        assert not await leaving.delete_registration(registration(server), origin=server.origin)


async def test_a_registration_endpoint_in_trouble_is_unreachable(http: HttpClient) -> None:
    async with authorization_server(Behaviour(deletion_status=502)) as server:
        leaving = Revocation(http, lambda: NOW)
        with pytest.raises(UpstreamUnreachable):
            await leaving.delete_registration(registration(server), origin=server.origin)


@pytest.mark.parametrize(
    "change",
    [{"dynamic": False}, {"registration_client_uri": None}, {"registration_access_token": None}],
)
async def test_only_a_registration_of_our_own_making_is_deleted(
    http: HttpClient, change: dict[str, Any]
) -> None:
    async with authorization_server() as server:
        kept = replace(registration(server), **change)
        assert not await Revocation(http, lambda: NOW).delete_registration(
            kept, origin=server.origin
        )

    assert server.seen == []


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://as.example.com/client", "https://mcp.example.com"),
        ("file:///etc/passwd", "https://mcp.example.com"),
        ("{origin}/client", "https://mcp.example.com"),
    ],
)
async def test_the_key_to_a_registration_goes_to_no_unsafe_or_private_address(
    http: HttpClient, address: str, origin: str
) -> None:
    async with authorization_server() as server:
        kept = replace(
            registration(server),
            registration_client_uri=address.replace("{origin}", server.origin),
        )
        with pytest.raises(OAuthFailed) as refused:
            await Revocation(http, lambda: NOW).delete_registration(kept, origin=origin)

    assert refused.value.oauth_code == "insecure_url"
    assert server.seen == []


async def test_the_key_to_a_registration_follows_no_redirect(http: HttpClient) -> None:
    behaviour = Behaviour(redirects={"/client": "{origin}/elsewhere"})
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed) as refused:
            await Revocation(http, lambda: NOW).delete_registration(
                registration(server), origin=server.origin
            )

    assert refused.value.oauth_code == "bad_response"
    assert server.paths() == ["/client"]
    assert "manage-me" not in str(refused.value)
