from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from keyfob_core.errors import Error, OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.tokens import TokenEndpoint
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server

NOW = 1_800_000_000.0
FORM = "application/x-www-form-urlencoded"


def old_token(server: AuthorizationServer) -> Token:
    return Token(
        access_token="old-access-token",
        refresh_token="old-refresh-token",
        scope="a b",
        expires_at=NOW - 1,
        obtained_at=NOW - 3600,
        issuer=server.issuer,
        resource=server.url,
        origin=server.origin,
        token_endpoint=f"{server.origin}/token",
        registration=Registration(
            issuer=server.issuer,
            client_id="us",
            client_secret="client-s3cret",
            token_endpoint_auth_method="client_secret_post",
        ),
        generation=4,
    )


async def refreshed(http: HttpClient, behaviour: Behaviour) -> Token:
    async with authorization_server(behaviour) as server:
        return await TokenEndpoint(http, lambda: NOW).refresh(old_token(server))


async def refusal(http: HttpClient, behaviour: Behaviour) -> Error:
    with pytest.raises(Error) as refused:
        await refreshed(http, behaviour)
    for secret in ("old-refresh-token", "client-s3cret", "old-access-token"):
        assert secret not in str(refused.value)
    return refused.value


async def test_a_refresh_is_the_next_generation_with_the_clock_at_the_request(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        old = old_token(server)
        new = await TokenEndpoint(http, lambda: NOW).refresh(old)

    assert new == replace(
        old,
        access_token="an-access-token",
        refresh_token="a-refresh-token",
        expires_at=NOW + 3600,
        obtained_at=NOW,
        generation=5,
    )
    assert server.asked("/token")[0].form == {
        "grant_type": "refresh_token",
        "refresh_token": "old-refresh-token",
        "resource": server.url,
        "client_id": "us",
        "client_secret": "client-s3cret",
    }
    assert server.asked("/token")[0].headers["Accept"] == "application/json"


async def test_a_token_without_a_resource_sends_none(http: HttpClient) -> None:
    async with authorization_server() as server:
        old = replace(old_token(server), resource=None)
        await TokenEndpoint(http, lambda: NOW).refresh(old)

    assert "resource" not in server.asked("/token")[0].form


async def test_the_old_refresh_token_and_scope_stay_where_none_come(http: HttpClient) -> None:
    new = await refreshed(http, Behaviour(token={"refresh_token": None}))

    assert new.refresh_token == "old-refresh-token"
    assert new.scope == "a b"


@pytest.mark.parametrize(
    ("scope", "expected"), [("c", "c"), (["c", "d"], "c d"), ("", "a b"), (7, "a b")]
)
async def test_the_scope_is_what_the_server_says(
    http: HttpClient, scope: object, expected: str
) -> None:
    assert (await refreshed(http, Behaviour(token={"scope": scope}))).scope == expected


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (5, NOW + 5),
        (2.5, NOW + 2.5),
        ("60", NOW + 60),
        (None, None),
        (0, None),
        (-1, None),
        (True, None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        (10**400, None),
        (3153600000, NOW + 3153600000),
        (9223372036854775, None),
        (2**63 - 1, None),
        ([5], None),
    ],
)
async def test_a_life_becomes_an_absolute_moment_or_is_unknown(
    http: HttpClient, life: object, expected: float | None
) -> None:
    assert (await refreshed(http, Behaviour(token={"expires_in": life}))).expires_at == expected


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(token_as_form=True),
        Behaviour(token_raw=("text/plain", b"access_token=an-access-token&token_type=bearer")),
        Behaviour(token_raw=("text/html", b'{"access_token": "an-access-token"}')),
        Behaviour(token_raw=("application/octet-stream", b'{"access_token": "an-access-token"}')),
        Behaviour(token_raw=("application/json", b'{"access_token": "an-access-token"}')),
        Behaviour(token={"token_type": None}),
        Behaviour(token={"token_type": "bearer"}),
    ],
)
async def test_no_form_of_answer_is_lost(http: HttpClient, behaviour: Behaviour) -> None:
    new = await refreshed(http, behaviour)

    assert new.access_token == "an-access-token"
    assert new.token_type == "Bearer"


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(token={"access_token": None}),
        Behaviour(token={"access_token": ""}),
        Behaviour(token={"access_token": 7}),
        Behaviour(token={"access_token": "a\r\nX-Evil: 1"}),
        Behaviour(token={"access_token": " padded "}),
        Behaviour(token={"access_token": "tökén"}),
        Behaviour(token={"token_type": "DPoP"}),
        Behaviour(token={"token_type": ""}),
        Behaviour(token={"token_type": 7}),
        Behaviour(token_status=202),
        Behaviour(token_status=404),
        Behaviour(token_raw=("application/json", b"access_token=an-access-token")),
        Behaviour(token_raw=("application/json", b"[" * 100_000)),
        Behaviour(token_raw=("text/html", b"<html>busy</html>")),
        Behaviour(token_raw=(FORM, b"\xff\xfe\x00")),
        Behaviour(token_raw=("application/json", b"")),
    ],
)
async def test_an_answer_that_is_no_usable_token_is_refused(
    http: HttpClient, behaviour: Behaviour
) -> None:
    error = await refusal(http, behaviour)

    assert isinstance(error, OAuthFailed)
    assert error.oauth_code == "bad_response"
    assert "an-access-token" not in str(error)


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("code", ["invalid_grant", "invalid_client", "invalid_target"])
async def test_an_error_counts_whatever_its_status_is(
    http: HttpClient, status: int, code: str
) -> None:
    error = await refusal(http, Behaviour(token_status=status, token_error={"error": code}))

    assert isinstance(error, OAuthFailed)
    assert error.oauth_code == code


async def test_an_error_in_the_words_of_supabase_is_seen(http: HttpClient) -> None:
    said = {"code": 400, "error_code": "refresh_token_not_found", "msg": "Invalid Refresh Token"}
    error = await refusal(http, Behaviour(token_status=400, token_error=said))

    assert isinstance(error, OAuthFailed)
    assert error.oauth_code == "refresh_token_not_found"
    assert "Invalid Refresh Token" in error.message


async def test_an_error_as_a_form_with_status_200_is_seen(http: HttpClient) -> None:
    body = urlencode({"error": "bad_refresh_token", "error_description": "expired"}).encode()
    error = await refusal(http, Behaviour(token_raw=(FORM, body)))

    assert isinstance(error, OAuthFailed)
    assert error.oauth_code == "bad_refresh_token"


async def test_a_server_that_says_our_secrets_back_does_not_get_them_into_an_error(
    http: HttpClient,
) -> None:
    said = {"error": "invalid_grant", "error_description": "no old-refresh-token \x1b[2J"}
    error = await refusal(http, Behaviour(token_status=400, token_error=said))

    assert "[secret]" in error.message
    assert "\x1b" not in error.message


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(token_status=500, token_error={"error": "invalid_grant"}),
        Behaviour(token_status=503),
        Behaviour(token_status=429, token_error={"error": "invalid_grant"}),
        Behaviour(token_status=400, token_error={"error": "temporarily_unavailable"}),
        Behaviour(token_error={"error": "server_error"}),
        Behaviour(token_error={"ok": False, "error": "internal_error"}),
        Behaviour(token_error={"ok": False, "error": "ratelimited"}),
    ],
)
async def test_trouble_that_passes_is_told_from_a_dead_token(
    http: HttpClient, behaviour: Behaviour
) -> None:
    assert isinstance(await refusal(http, behaviour), UpstreamUnreachable)


async def test_a_token_without_a_refresh_token_is_dead_without_asking(http: HttpClient) -> None:
    async with authorization_server() as server:
        with pytest.raises(OAuthFailed) as refused:
            await TokenEndpoint(http, lambda: NOW).refresh(
                replace(old_token(server), refresh_token=None)
            )

    assert refused.value.oauth_code == "invalid_grant"
    assert server.seen == []


@pytest.mark.parametrize(
    "change",
    [
        {"token_endpoint": "http://as.example.com/token"},
        {"origin": "https://mcp.example.com"},
    ],
)
async def test_a_refresh_token_goes_to_no_unsafe_or_private_address(
    http: HttpClient, change: dict[str, Any]
) -> None:
    async with authorization_server() as server:
        with pytest.raises(OAuthFailed) as refused:
            await TokenEndpoint(http, lambda: NOW).refresh(replace(old_token(server), **change))

    assert refused.value.oauth_code == "insecure_url"
    assert server.seen == []


def test_a_token_shows_no_secret() -> None:
    token = Token(
        access_token="an-access-token",
        refresh_token="a-refresh-token",
        obtained_at=NOW,
        issuer="https://as.example",
        resource=None,
        origin="https://mcp.example",
        token_endpoint="https://as.example/token",
        registration=Registration(issuer="https://as.example", client_id="us"),
    )
    assert "an-access-token" not in repr(token)
    assert "a-refresh-token" not in json.dumps(repr(token))
