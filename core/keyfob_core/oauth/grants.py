"""The requests of RFC 6749 and RFC 7636, put together by authlib.

Its ready-made client is not used: it takes token answers only as JSON, reads without a limit, and
knows neither `resource` nor an endpoint that carries a query of its own. Authlib is slow to import,
so that happens where a request is made: an engine starts without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import USUAL, Profile, Registration
from keyfob_core.oauth.client_auth import FORM, authenticated, proof_parameters

_NEVER_EXTRA = {"response_mode", "request", "request_uri", "client_secret", "code_verifier"}
"""What would bring the answer elsewhere, replace the request, or give a secret away."""


class _PrepareGrantUri(Protocol):
    def __call__(
        self, uri: str, client_id: str, response_type: str, **parameters: str | None
    ) -> str: ...


class _PrepareTokenRequest(Protocol):
    def __call__(self, grant_type: str, **parameters: str | None) -> str: ...


class _CreateChallenge(Protocol):
    def __call__(self, code_verifier: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A way to the consent page, and what the answer is checked with."""

    url: str
    state: str
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A POST to a token endpoint, client authentication included."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def new_state() -> str:
    """A `state` of 238 bits, for one use."""
    from authlib.common.security import (  # pyright: ignore[reportMissingTypeStubs]
        generate_token,
    )

    return generate_token(40)


def authorization_request(
    endpoint: str,
    registration: Registration,
    *,
    state: str,
    redirect_uri: str,
    scope: str | None,
    resource: str | None,
    profile: Profile = USUAL,
) -> AuthorizationRequest:
    """Ask for a code with PKCE S256 and a resource (RFC 7636, RFC 8707).

    Raises ConfigInvalid where the profile's own parameters would change what is checked.
    """
    from authlib.common.security import (  # pyright: ignore[reportMissingTypeStubs]
        generate_token,
    )
    from authlib.oauth2.rfc6749.parameters import (  # pyright: ignore[reportMissingTypeStubs]
        prepare_grant_uri,  # pyright: ignore[reportUnknownVariableType]
    )
    from authlib.oauth2.rfc7636.challenge import (  # pyright: ignore[reportMissingTypeStubs]
        create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType]
    )

    verifier = generate_token(64)
    challenge = cast(_CreateChallenge, create_s256_code_challenge)
    parameters: dict[str, str | None] = {
        "redirect_uri": redirect_uri,
        "scope": None,
        profile.scope_param: scope,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        "resource": resource,
    }
    ours = {"client_id", "response_type", *parameters}
    if scope and "offline_access" in scope.split():
        parameters["prompt"] = "consent"  # else it is ignored: OpenID Connect Core, section 11
    for name, value in profile.authorize_params:
        if name in ours or name in _NEVER_EXTRA:
            raise ConfigInvalid(
                "authorize_params", f"{name} is set by Keyfob itself", "Take it out there."
            )
        parameters[name] = value
    bare = _without(endpoint, ours | set(parameters))
    prepare = cast(_PrepareGrantUri, prepare_grant_uri)
    url = prepare(bare, registration.client_id, "code", **parameters)
    return AuthorizationRequest(url=url, state=state, code_verifier=verifier)


def token_request(
    endpoint: str,
    registration: Registration,
    grant_type: str,
    *,
    now: float = 0.0,
    **parameters: str | None,
) -> TokenRequest:
    """Ask for a token, authenticated as the registration says (RFC 6749, section 2.3.1).

    `now` dates a private_key_jwt. Raises ConfigInvalid for a key that cannot sign.
    """
    from authlib.oauth2.rfc6749.parameters import (  # pyright: ignore[reportMissingTypeStubs]
        prepare_token_request,  # pyright: ignore[reportUnknownVariableType]
    )

    prepare = cast(_PrepareTokenRequest, prepare_token_request)
    proof = proof_parameters(registration, now)
    body = prepare(grant_type, **parameters, **proof)
    names = {"grant_type", *parameters}
    return _authenticated(endpoint, registration, body, names)


def client_request(
    endpoint: str, registration: Registration, *, now: float, **parameters: str | None
) -> TokenRequest:
    """A form for another endpoint of the issuer, authenticated as at its token endpoint.

    Raises ConfigInvalid for a key that cannot sign.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    proof = proof_parameters(registration, now)
    return _authenticated(endpoint, registration, urlencode(given | proof), set(parameters))


def _authenticated(
    endpoint: str, registration: Registration, body: str, names: set[str]
) -> TokenRequest:
    bare = _without(endpoint, {*names, "client_id", "client_secret", "client_assertion"})
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    url, headers, body = authenticated(bare, headers, body, registration)
    return TokenRequest(url=url, headers=headers, body=body.encode())


def _without(url: str, names: set[str]) -> str:
    """The URL without the query parameters that we set ourselves, so that none comes twice."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in names]
    return urlunsplit(parts._replace(query=urlencode(kept)))
