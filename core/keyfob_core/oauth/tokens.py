"""The token endpoint: codes and refresh tokens in, tokens out (RFC 6749, sections 4.1.3 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.discovery import Discovery
from keyfob_core.oauth.dpop import TokenPosts, key_for, require_type
from keyfob_core.oauth.grants import AuthorizationRequest, TokenRequest, token_request
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.metadata import text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.token_answer import (
    TRANSIENT_CODES,
    access_token,
    bad_response,
    expiry,
    form_or_json,
    granted_scope,
    nested,
    raise_error,
)
from keyfob_core.ports import Clock

_SECRET_PARAMETERS = ("code", "code_verifier", "refresh_token", "device_code")


class TokenEndpoint:
    """Speaks to token endpoints: a `ports.Refresher`, and the last step of the other grants."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._posts = TokenPosts(http, clock)
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
        return await self.redeem(
            "authorization_code",
            found=found,
            registration=registration,
            scope=scope,
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=request.code_verifier,
        )

    async def redeem(
        self,
        grant_type: str,
        *,
        found: Discovery,
        registration: Registration,
        scope: str | None,
        transient: frozenset[str] = TRANSIENT_CODES,
        **parameters: str | None,
    ) -> Token:
        """Turn what a grant has come to into the first token.

        The codes in `transient` are UpstreamUnreachable. Raises as `exchange` does.
        """
        server, profile = found.server, found.profile
        origin = origin_of(found.url)
        asked_at = self._clock()
        resource = found.resource_parameter
        dpop_key = None if profile.token_path else key_for(found)
        answer = await self._ask(
            server.token_endpoint,
            registration,
            grant_type,
            origin,
            transient,
            dpop_key=dpop_key,
            **parameters,
            resource=resource,
        )
        document = _token_part(answer, profile.token_path, server.issuer, required=True)
        kind = "Bearer" if profile.token_path else require_type(document, server.issuer, dpop_key)
        return Token(
            access_token=access_token(document, server.issuer),
            token_type=kind,
            dpop_key=dpop_key,
            refresh_token=text(document, "refresh_token"),
            scope=granted_scope(document) or scope,
            expires_at=expiry(document, asked_at),
            obtained_at=asked_at,
            issuer=server.issuer,
            resource=resource,
            origin=origin,
            token_endpoint=server.token_endpoint,
            revocation_endpoint=server.revocation_endpoint,
            registration=registration,
            requested_scope=scope,
            token_path=profile.token_path,
            userinfo_endpoint=server.userinfo_endpoint,
        )

    async def refresh(self, token: Token) -> Token:
        """Answer the token's next generation; the old refresh token stays if none is returned.

        Raises OAuthFailed (`invalid_grant` when the refresh token is dead or there is none) or
        UpstreamUnreachable.
        """
        if token.refresh_token is None:
            raise OAuthFailed(
                "invalid_grant",
                f"{visible(token.issuer)} gave no refresh token.",
                "Connect the account again.",
            )
        asked_at = self._clock()
        answer = await self._ask(
            token.token_endpoint,
            token.registration,
            "refresh_token",
            token.origin,
            dpop_key=token.dpop_key,
            refresh_token=token.refresh_token,
            resource=token.resource,
        )
        document = _token_part(answer, token.token_path, token.issuer, required=False)
        if not token.token_path:
            require_type(document, token.issuer, token.dpop_key)
        return replace(
            token,
            access_token=access_token(document, token.issuer),
            refresh_token=text(document, "refresh_token") or token.refresh_token,
            scope=granted_scope(document) or token.scope,
            expires_at=expiry(document, asked_at),
            obtained_at=asked_at,
            generation=token.generation + 1,
        )

    async def _ask(
        self,
        endpoint: str,
        registration: Registration,
        grant_type: str,
        person_url: str,
        transient: frozenset[str] = TRANSIENT_CODES,
        *,
        dpop_key: str | None,
        **parameters: str | None,
    ) -> Mapping[str, object]:
        def build() -> TokenRequest:
            now = self._clock()
            return token_request(endpoint, registration, grant_type, now=now, **parameters)

        answer = await self._posts.post(build, person_url=person_url, dpop_key=dpop_key)
        answer.raise_if_transient()
        document = form_or_json(answer)
        secrets = (registration.client_secret, *map(parameters.get, _SECRET_PARAMETERS))
        raise_error(document, registration.issuer, secrets, transient)
        if answer.status != 200:
            raise bad_response(registration.issuer, f"HTTP {answer.status}")
        return document


def _token_part(
    answer: Mapping[str, object], path: tuple[str, ...], issuer: str, *, required: bool
) -> Mapping[str, object]:
    """What of the answer is the token; a nested one has a type of the provider's own naming."""
    return nested(answer, path, issuer, required=required) if path else answer
