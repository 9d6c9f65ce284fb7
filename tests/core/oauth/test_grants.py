from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from keyfob_core.model import USUAL, Profile, Registration
from keyfob_core.oauth.grants import (
    AuthorizationRequest,
    authorization_request,
    new_state,
    token_request,
)

PUBLIC = Registration(issuer="https://as.example", client_id="us")
RESOURCE = "https://mcp.example/mcp"


def request(
    endpoint: str, scope: str | None = "a", profile: Profile = USUAL
) -> AuthorizationRequest:
    return authorization_request(
        endpoint,
        PUBLIC,
        state="the-state",
        redirect_uri="http://127.0.0.1:1/callback",
        scope=scope,
        resource=RESOURCE,
        profile=profile,
    )


def test_the_challenge_is_the_digest_of_the_verifier() -> None:
    made = request("https://as.example/authorize")
    query = dict(parse_qsl(urlsplit(made.url).query))
    digest = hashlib.sha256(made.code_verifier.encode()).digest()

    assert query == {
        "response_type": "code",
        "client_id": "us",
        "redirect_uri": "http://127.0.0.1:1/callback",
        "scope": "a",
        "state": "the-state",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "resource": RESOURCE,
    }
    assert 43 <= len(made.code_verifier) <= 128
    assert made.code_verifier not in repr(made)


def test_nothing_is_guessable_or_used_twice() -> None:
    assert len({new_state() for _ in range(100)}) == 100
    verifiers = {request("https://as.example/a").code_verifier for _ in range(100)}
    assert len(verifiers) == 100


def test_an_endpoint_keeps_its_own_query_and_no_parameter_comes_twice() -> None:
    made = request("https://as.example/authorize?tenant=x%20y&resource=https://wrong&state=old&e=")

    assert parse_qs(urlsplit(made.url).query, keep_blank_values=True) | {} == {
        "tenant": ["x y"],
        "e": [""],
        "response_type": ["code"],
        "client_id": ["us"],
        "redirect_uri": ["http://127.0.0.1:1/callback"],
        "scope": ["a"],
        "state": ["the-state"],
        "code_challenge": parse_qs(urlsplit(made.url).query)["code_challenge"],
        "code_challenge_method": ["S256"],
        "resource": [RESOURCE],
    }


def test_no_scope_means_no_scope_parameter() -> None:
    assert "scope" not in parse_qs(urlsplit(request("https://as.example/a", None).url).query)


def test_offline_access_asks_for_consent_without_which_it_is_ignored() -> None:
    query = parse_qs(urlsplit(request("https://as.example/a", "a offline_access").url).query)

    assert query["prompt"] == ["consent"]


def test_the_prompt_of_an_entry_comes_before_the_one_for_offline_access() -> None:
    entra = Profile(authorize_params=(("prompt", "select_account"),))
    made = request("https://as.example/a", "a offline_access", entra)

    assert parse_qs(urlsplit(made.url).query)["prompt"] == ["select_account"]


def test_a_token_endpoint_keeps_its_own_query_and_no_parameter_comes_twice() -> None:
    made = token_request(
        "https://as.example/token?tenant=x&resource=https://wrong",
        PUBLIC,
        "refresh_token",
        refresh_token="r",
        resource=RESOURCE,
    )

    assert made.url == "https://as.example/token?tenant=x"
    assert dict(parse_qsl(made.body.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "resource": RESOURCE,
        "client_id": "us",
    }
    assert made.headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("method", "authorization", "in_body"),
    [
        ("none", None, {"client_id": "u:s é"}),
        ("client_secret_post", None, {"client_id": "u:s é", "client_secret": "p@ß +"}),
        ("client_secret_basic", "u%3As%20%C3%A9:p%40%C3%9F%20%2B", {}),
    ],
)
def test_the_client_is_authenticated_as_it_was_registered(
    method: str, authorization: str | None, in_body: dict[str, str]
) -> None:
    registration = Registration(
        issuer="https://as.example",
        client_id="u:s é",
        client_secret="p@ß +",
        token_endpoint_auth_method=method,
    )
    made = token_request("https://as.example/token", registration, "refresh_token", resource=None)

    sent = made.headers.get("Authorization")
    expected = base64.b64encode(authorization.encode()).decode() if authorization else None
    assert sent == (f"Basic {expected}" if expected else None)
    body = parse_qsl(made.body.decode())
    assert dict(body) == {"grant_type": "refresh_token", **in_body}
    assert len(body) == len(dict(body))
    assert "p@" not in repr(made)
