"""Proving to an endpoint which client we are (RFC 6749, section 2.3; RFC 7523, section 2.2)."""

from __future__ import annotations

import json
import secrets
import warnings
from collections.abc import Mapping
from typing import Protocol, cast
from urllib.parse import quote

from authlib.oauth2.auth import ClientAuth  # pyright: ignore[reportMissingTypeStubs]
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey, import_key

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Registration

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
_ASSERTION_SECONDS = 120
_SKEW_SECONDS = 5
_SMALLEST_RSA = 2048


class _ClientAuth(Protocol):
    def prepare(
        self, method: str, uri: str, headers: dict[str, str], body: str
    ) -> tuple[str, dict[str, str], str]: ...


class _MakeClientAuth(Protocol):
    def __call__(
        self, client_id: str, client_secret: str | None, auth_method: str
    ) -> _ClientAuth: ...


def proof_parameters(registration: Registration, now: float) -> dict[str, str]:
    """The form parameters of private_key_jwt; empty for every other method.

    Raises OAuthFailed `bad_key`.
    """
    if registration.token_endpoint_auth_method != "private_key_jwt":
        return {}
    return {
        "client_id": registration.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion(registration, now),
    }


def authenticated(
    url: str, headers: Mapping[str, str], body: str, registration: Registration
) -> tuple[str, dict[str, str], str]:
    """The request with the client's id and secret where its method puts them.

    A private_key_jwt is among the parameters already, by `proof_parameters`.
    """
    method = registration.token_endpoint_auth_method
    if method == "private_key_jwt":
        return url, dict(headers), body
    client_id, secret = registration.client_id, registration.client_secret
    if method == "client_secret_basic":
        client_id, secret = quote(client_id, safe=""), quote(secret or "", safe="")
    client = cast(_MakeClientAuth, ClientAuth)(client_id, secret, method)
    return client.prepare("POST", url, dict(headers), body)


def client_assertion(registration: Registration, now: float) -> str:
    """A signed statement of who we are, for the issuer alone and for two minutes.

    The audience is the issuer, not the endpoint: a server that mixes endpoints up then gets
    nothing it could use at another. Raises OAuthFailed `bad_key`.
    """
    key, algorithm = signing_key(registration.private_key or "")
    header = {"alg": algorithm, "typ": "JWT"}
    if key_id := registration.key_id or key.kid:
        header["kid"] = key_id
    issued = int(now)
    claims: dict[str, object] = {
        "iss": registration.client_id,
        "sub": registration.client_id,
        "aud": registration.issuer,
        "jti": secrets.token_urlsafe(24),
        "iat": issued,
        "nbf": issued - _SKEW_SECONDS,
        "exp": issued + _ASSERTION_SECONDS,
    }
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def signing_key(text: str) -> tuple[RSAKey | ECKey, str]:
    """The private key in PEM or JWK text, and the algorithm it signs with: RS256 or ES256.

    Raises OAuthFailed `bad_key`, which says nothing of the text.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # small keys are refused just below
        key = _read_key(text.strip())
    if isinstance(key, RSAKey) and key.is_private and key.raw_value.key_size >= _SMALLEST_RSA:
        return key, "RS256"
    if isinstance(key, ECKey) and key.is_private and key.curve_name == "P-256":
        return key, "ES256"
    raise _bad_key("is no private RSA key of 2,048 bits or more, nor one on the curve P-256")


def _read_key(text: str) -> object:
    try:
        if text.startswith("{"):
            return import_key(cast("dict[str, str | list[str]]", json.loads(text)))
        try:
            return RSAKey.import_key(text)
        except JoseError:
            return ECKey.import_key(text)
    except (ValueError, TypeError, KeyError, JoseError, UnsupportedAlgorithm, RecursionError):
        # `from None`: what the parser says may repeat the key.
        raise _bad_key("cannot be read") from None


def _bad_key(what: str) -> OAuthFailed:
    return OAuthFailed(
        "bad_key",
        f"The private key {what}.",
        "Give it as PEM or JWK text without a passphrase, as the provider's page made it.",
    )
