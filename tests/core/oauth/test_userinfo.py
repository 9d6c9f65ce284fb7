from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob_core.model import Registration, Token
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.userinfo import account_label
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server
from support.networks import NoNetwork


def token(server: AuthorizationServer) -> Token:
    return Token(
        access_token="the-access-token",
        obtained_at=0,
        issuer=server.issuer,
        resource=server.url,
        origin=server.origin,
        token_endpoint=f"{server.origin}/token",
        userinfo_endpoint=f"{server.origin}/userinfo",
        registration=Registration(issuer=server.issuer, client_id="us"),
    )


async def label(http: HttpClient, behaviour: Behaviour) -> str | None:
    async with authorization_server(behaviour) as server:
        return await account_label(http, token(server))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sub": "1", "name": "Ada L", "email": "ada@example.com"}, "ada@example.com"),
        ({"preferred_username": "ada", "login": "al", "name": "Ada"}, "ada"),
        ({"login": "ada-l", "name": "Ada", "email": None}, "ada-l"),
        ({"name": " Ada Lovelace "}, "Ada Lovelace"),
        ({"name": "Ada\u202e\x1b[2J"}, "Ada⟨U+202E⟩␛[2J"),
        ({"name": "A" * 101}, None),
        ({"name": "  "}, None),
        ({"email": 7}, None),
        ({"sub": "1"}, None),
        ([{"email": "a"}], None),
        ("ada", None),
    ],
)
async def test_the_label_is_the_best_name_that_the_issuer_knows(
    http: HttpClient, said: object, expected: str | None
) -> None:
    assert await label(http, Behaviour(userinfo=said)) == expected


async def test_the_token_goes_along_as_a_header_alone(http: HttpClient) -> None:
    async with authorization_server(Behaviour(userinfo={"email": "a@b.c"})) as server:
        await account_label(http, token(server))

    assert [(asked.method, asked.path, asked.query) for asked in server.seen] == [
        ("GET", "/userinfo", {})
    ]
    assert server.seen[0].headers["Authorization"] == "Bearer the-access-token"


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(userinfo={"email": "a@b.c"}, userinfo_status=401),
        Behaviour(userinfo={"email": "a@b.c"}, userinfo_status=202),
        Behaviour(failing={"/userinfo": 503}),
        Behaviour(giant=("/userinfo",)),
        Behaviour(redirects={"/userinfo": "{origin}/token"}),
    ],
)
async def test_an_issuer_that_does_not_say_leaves_the_account_without_a_label(
    http: HttpClient, behaviour: Behaviour
) -> None:
    async with authorization_server(behaviour) as server:
        assert await account_label(http, token(server)) is None

    assert server.paths() == ["/userinfo"]


async def test_an_issuer_that_answers_for_ever_is_not_waited_for() -> None:
    impatient = HttpClient(NoNetwork(), seconds=0.2)
    async with authorization_server(Behaviour(drips=("/userinfo",))) as server:
        assert await account_label(impatient, token(server)) is None


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        (None, "{origin}"),
        ("http://as.example.com/me", "{origin}"),
        ("{origin}/userinfo", "https://mcp.example.com"),
    ],
)
async def test_the_token_goes_to_no_unsafe_or_private_address(
    http: HttpClient, endpoint: str | None, origin: str
) -> None:
    async with authorization_server() as server:
        asked = replace(
            token(server),
            userinfo_endpoint=endpoint and endpoint.replace("{origin}", server.origin),
            origin=origin.replace("{origin}", server.origin),
        )
        assert await account_label(http, asked) is None

    assert server.seen == []
