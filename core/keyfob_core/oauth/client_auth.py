"""Proving to an endpoint which client we are (RFC 6749, section 2.3; RFC 7523, section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast
from urllib.parse import quote

from keyfob_core.model import Registration
from keyfob_core.oauth.assertions import CLIENT_ASSERTION_TYPE, sign_assertion

FORM = "application/x-www-form-urlencoded"
_ASSERTION_SECONDS = 120


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

    Raises ConfigInvalid for a key that cannot sign.
    """
    if registration.token_endpoint_auth_method != "private_key_jwt":
        return {}
    return {
        "client_id": registration.client_id,
        "client_assertion_type": CLIENT_ASSERTION_TYPE,
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
    # Slow to import; an engine starts without it.
    from authlib.oauth2.auth import ClientAuth  # pyright: ignore[reportMissingTypeStubs]

    client = cast(_MakeClientAuth, ClientAuth)(client_id, secret, method)
    return client.prepare("POST", url, dict(headers), body)


def client_assertion(registration: Registration, now: float) -> str:
    """A signed statement of who we are, for the issuer alone and for two minutes.

    The audience is the issuer, not the endpoint: a server that mixes endpoints up then gets
    nothing it could use at another. Raises ConfigInvalid for a key that cannot sign.
    """
    return sign_assertion(
        registration.private_key or "",
        issuer=registration.client_id,
        subject=registration.client_id,
        audience=registration.issuer,
        now=now,
        key_id=registration.key_id,
        seconds=_ASSERTION_SECONDS,
    )
