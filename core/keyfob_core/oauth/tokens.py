"""The token endpoint: codes and refresh tokens in, tokens out (RFC 6749, sections 4.1.3 and 6)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.discovery import Discovery
from keyfob_core.oauth.grants import AuthorizationRequest, token_request
from keyfob_core.oauth.http import HttpAnswer, HttpClient
from keyfob_core.oauth.metadata import text, texts
from keyfob_core.oauth.plain import visible
from keyfob_core.origins import origin_of
from keyfob_core.ports import Clock

_TRANSIENT_CODES = {"server_error", "temporarily_unavailable", "slow_down"}
_SECRET_PARAMETERS = ("code", "code_verifier", "refresh_token")
_AGAIN = "Connect the account again."


class TokenEndpoint:
    """Speaks to token endpoints: a `ports.Refresher`, and the last step of the code grant."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def exchange(
        self,
        code: str,
        *,
        found: Discovery,
        registration: Registration,
        request: AuthorizationRequest,
        redirect_uri: str,
        scope: str | None,
    ) -> Token:
        """Turn a code into the first token.

        Raises OAuthFailed (the server's code, or `bad_response`) or UpstreamUnreachable.
        """
        server = found.server
        origin = origin_of(found.url)
        asked_at = self._clock()
        document = await self._ask(
            server.token_endpoint,
            registration,
            "authorization_code",
            origin,
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=request.code_verifier,
            resource=found.resource.resource,
        )
        return Token(
            access_token=_access_token(document, server.issuer),
            refresh_token=text(document, "refresh_token"),
            scope=_scope(document) or scope,
            expires_at=_expiry(document, asked_at),
            obtained_at=asked_at,
            issuer=server.issuer,
            resource=found.resource.resource,
            origin=origin,
            token_endpoint=server.token_endpoint,
            revocation_endpoint=server.revocation_endpoint,
            registration=registration,
        )

    async def refresh(self, token: Token) -> Token:
        """Answer the token's next generation; the old refresh token stays if none is returned.

        Raises OAuthFailed (`invalid_grant` when the refresh token is dead or there is none) or
        UpstreamUnreachable.
        """
        if token.refresh_token is None:
            raise OAuthFailed(
                "invalid_grant", f"{visible(token.issuer)} gave no refresh token.", _AGAIN
            )
        asked_at = self._clock()
        document = await self._ask(
            token.token_endpoint,
            token.registration,
            "refresh_token",
            token.origin,
            refresh_token=token.refresh_token,
            resource=token.resource,
        )
        return replace(
            token,
            access_token=_access_token(document, token.issuer),
            refresh_token=text(document, "refresh_token") or token.refresh_token,
            scope=_scope(document) or token.scope,
            expires_at=_expiry(document, asked_at),
            obtained_at=asked_at,
            generation=token.generation + 1,
        )

    async def _ask(
        self,
        endpoint: str,
        registration: Registration,
        grant_type: str,
        person_url: str,
        **parameters: str | None,
    ) -> Mapping[str, object]:
        request = token_request(endpoint, registration, grant_type, **parameters)
        answer = await self._http.post(
            request.url, person_url=person_url, body=request.body, headers=request.headers
        )
        answer.raise_if_transient()
        document = _document(answer)
        secrets = (registration.client_secret, *map(parameters.get, _SECRET_PARAMETERS))
        _raise_error(document, registration.issuer, secrets)
        if answer.status != 200:
            raise _bad_response(registration.issuer, f"HTTP {answer.status}")
        return document


def _document(answer: HttpAnswer) -> Mapping[str, object]:
    """The answer by its content type; GitHub sends a form, some send JSON as plain text."""
    kind = answer.content_type.partition(";")[0].strip().lower()
    document = answer.json_object()
    if document is not None and kind != "application/x-www-form-urlencoded":
        return document
    if kind == "application/json" or kind.endswith("+json"):
        return {}
    return dict(parse_qsl(answer.body.decode("utf-8", "replace").strip()))


def _raise_error(
    document: Mapping[str, object], issuer: str, secrets: tuple[str | None, ...]
) -> None:
    code = text(document, "error")
    if code is None:
        return
    description = text(document, "error_description")
    said = visible(f"{code}: {description}" if description else code, secrets=secrets)
    if code in _TRANSIENT_CODES:
        raise UpstreamUnreachable(
            f"{visible(issuer)} cannot answer now ({said}).",
            "Nothing is lost. Try again in a few minutes.",
        )
    raise OAuthFailed(
        visible(code, secrets=secrets), f"{visible(issuer)} gave no token ({said}).", _AGAIN
    )


def _access_token(document: Mapping[str, object], issuer: str) -> str:
    token = text(document, "access_token")
    if token is None:
        raise _bad_response(issuer, "an answer without an access token")
    if not (token.isascii() and token.isprintable()) or token != token.strip():
        raise _bad_response(issuer, "an access token that no header can carry")
    kind = document.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _bad_response(issuer, f"a token of the type {visible(str(kind))}")
    return token


def _scope(document: Mapping[str, object]) -> str | None:
    return text(document, "scope") or " ".join(texts(document, "scope")) or None


def _expiry(document: Mapping[str, object], asked_at: float) -> float | None:
    """When the token expires; None for a life that is missing, not positive, or no number."""
    life = document.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float | str):
        return None
    try:
        seconds = float(life)
    except (ValueError, OverflowError):
        return None
    return asked_at + seconds if math.isfinite(seconds) and seconds > 0 else None


def _bad_response(issuer: str, what: str) -> OAuthFailed:
    return OAuthFailed(
        "bad_response",
        f"{visible(issuer)} sent {what} instead of a usable token.",
        "Try again; if it stays so, ask whoever runs that server.",
    )
