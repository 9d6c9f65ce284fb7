from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Profile, Registration, Token
from keyfob_core.oauth.discovery import Discovery
from keyfob_core.oauth.dpop import key_for
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.metadata import AuthorizationServer, ProtectedResource
from keyfob_core.oauth.tokens import TokenEndpoint
from support.dpop_resource import checked_proof
from support.service_issuers import serving_application
from support.signing_keys import ec_pem
from support.tokens import token

NOW = 1_800_000_000.0
KEY = new_proof_key()


@dataclass
class Issuer:
    """A token endpoint that answers in turn, and keeps the proofs and forms it was sent."""

    answers: list[tuple[int, Mapping[str, object], str | None]]
    url: str = ""
    proofs: list[str | None] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)

    async def token(self, request: web.Request) -> web.Response:
        self.proofs.append(request.headers.get("DPoP"))
        self.forms.append(dict(await request.post()))
        status, document, nonce = self.answers.pop(0)
        headers = {"DPoP-Nonce": nonce} if nonce else {}
        return web.json_response(document, status=status, headers=headers)

    def nonce_of(self, number: int) -> str | None:
        """The nonce of a request's proof, which is good for it."""
        for nonce in (None, "n-1", "n-2"):
            try:
                checked_proof(
                    self.proofs[number] or "", "POST", self.url, access_token=None, nonce=nonce
                )
            except AssertionError:
                continue
            return nonce
        raise AssertionError("no good proof")


BOUND = (200, {"access_token": "new", "token_type": "DPoP", "expires_in": 60}, None)
WANTS = (400, {"error": "use_dpop_nonce"}, "n-1")


@asynccontextmanager
async def issuer(
    *answers: tuple[int, Mapping[str, object], str | None],
) -> AsyncGenerator[tuple[Issuer, Token], None]:
    server = Issuer(list(answers))
    application = web.Application()
    application.router.add_post("/token", server.token)
    async with serving_application(application) as origin:
        server.url = f"{origin}/token"
        held = replace(
            token(origin=origin), token_type="DPoP", dpop_key=KEY, token_endpoint=server.url
        )
        yield server, held


async def test_a_nonce_is_put_in_once_and_used_from_then_on(http: HttpClient) -> None:
    renewed = (*BOUND[:2], "n-2")
    async with issuer(WANTS, renewed, BOUND) as (server, held):
        endpoint = TokenEndpoint(http, lambda: NOW)
        one = await endpoint.refresh(held)
        await endpoint.refresh(one)

    assert [server.nonce_of(number) for number in range(3)] == [None, "n-1", "n-2"]
    assert (one.access_token, one.dpop_key, one.token_type) == ("new", KEY, "DPoP")


async def test_a_client_assertion_is_made_anew_for_the_second_request(http: HttpClient) -> None:
    async with issuer(WANTS, BOUND) as (server, held):
        registration = Registration(
            issuer=held.issuer,
            client_id="us",
            token_endpoint_auth_method="private_key_jwt",
            private_key=ec_pem(),
        )
        await TokenEndpoint(http, lambda: NOW).refresh(replace(held, registration=registration))

    one, two = (form["client_assertion"] for form in server.forms)
    assert one != two


async def test_a_server_that_asks_for_nonces_for_ever_is_asked_twice(http: HttpClient) -> None:
    async with issuer(WANTS, WANTS, WANTS) as (server, held):
        with pytest.raises(OAuthFailed) as refused:
            await TokenEndpoint(http, lambda: NOW).refresh(held)

    assert refused.value.oauth_code == "use_dpop_nonce"
    assert len(server.proofs) == 2


@pytest.mark.parametrize(
    "answer", [(400, {"error": "invalid_grant"}, "n-1"), (400, {"error": "use_dpop_nonce"}, None)]
)
async def test_only_a_nonce_that_is_asked_for_and_given_is_a_reason_to_ask_again(
    http: HttpClient, answer: tuple[int, Mapping[str, object], str | None]
) -> None:
    async with issuer(answer, BOUND) as (server, held):
        with pytest.raises(OAuthFailed):
            await TokenEndpoint(http, lambda: NOW).refresh(held)

    assert len(server.proofs) == 1


@pytest.mark.parametrize("kind", ["Bearer", None, 7])
async def test_a_token_bound_to_no_key_in_place_of_a_bound_one_is_refused(
    http: HttpClient, kind: object
) -> None:
    downgraded = (200, {"access_token": "new", "token_type": kind}, None)
    async with issuer(downgraded) as (_, held):
        with pytest.raises(OAuthFailed) as refused:
            await TokenEndpoint(http, lambda: NOW).refresh(held)

    assert refused.value.oauth_code == "bad_response"


async def test_a_bearer_token_is_refreshed_without_a_proof_and_stays_one(http: HttpClient) -> None:
    plain = (200, {"access_token": "new", "token_type": "Bearer"}, "n-1")
    async with issuer(plain, BOUND) as (server, held):
        endpoint = TokenEndpoint(http, lambda: NOW)
        bearer = replace(held, token_type="Bearer", dpop_key=None)
        assert (await endpoint.refresh(bearer)).token_type == "Bearer"
        with pytest.raises(OAuthFailed):
            await endpoint.refresh(bearer)

    assert server.proofs == [None, None]


@pytest.mark.parametrize(
    ("required", "asked", "algorithms", "bound"),
    [
        (True, False, ("RS256", "ES256"), True),
        (False, True, ("ES256",), True),
        (True, True, ("RS256",), False),
        (True, True, (), False),
        (False, False, ("ES256",), False),
    ],
)
def test_tokens_are_bound_where_the_issuer_can_and_somebody_asks(
    required: bool, asked: bool, algorithms: tuple[str, ...], bound: bool
) -> None:
    found = Discovery(
        url="https://mcp.example/mcp",
        resource=ProtectedResource(
            resource="https://mcp.example/mcp",
            authorization_servers=("https://as.example",),
            dpop_required=required,
        ),
        server=AuthorizationServer(
            issuer="https://as.example",
            authorization_endpoint=None,
            token_endpoint="https://as.example/token",
            dpop_algorithms=algorithms,
        ),
        profile=Profile(dpop=asked),
    )
    assert (key_for(found) is not None) is bound
