"""Taking over a sign-in that another program made."""

from __future__ import annotations

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import OAuthFailed, UpstreamRefused
from keyfob_core.model import ApiKey, Profile, Registration, Token
from keyfob_core.oauth.discovery import Discovery, discover
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.ports import CheckKey, Clock
from keyfob_core.setups.kept_tokens import KeptToken


class Adoption:
    """Makes kept tokens Keyfob's own; nobody is asked anything."""

    def __init__(self, http: HttpClient, clock: Clock, check: CheckKey) -> None:
        self._http = http
        self._clock = clock
        self._check = check
        self._tokens = TokenEndpoint(http, clock)

    async def adopt(self, url: str, kept: KeptToken, profile: Profile) -> Token:
        """The tokens for the server at `url` and nobody else, once it has taken one of them.

        Where they are renewed is what that server says of itself, never what the file says. They
        are renewed here only where the access token is no longer good. Raises OAuthFailed
        (`issuer_mismatch` where the file names another issuer, `invalid_grant` where nothing is
        good any more, else as `discover` does), UpstreamRefused or UpstreamUnreachable.
        """
        found = await discover(self._http, url, known_issuer=kept.issuer, profile=profile)
        issuer = found.server.issuer
        if kept.issuer is not None and kept.issuer.rstrip("/") != issuer.rstrip("/"):
            raise OAuthFailed(
                "issuer_mismatch",
                f"{kept.program} has its token from {visible(kept.issuer)}, and the server is "
                f"signed in to at {visible(issuer)} now.",
                "Connect it in Keyfob by a sign-in of its own.",
            )
        token = self._token(found, kept)
        if token.expires_at is None or token.expires_at > self._clock():
            try:
                await self._try(url, token)
            except UpstreamRefused:
                if token.refresh_token is None:
                    raise
            else:
                return token
        fresh = await self._tokens.refresh(token)
        await self._try(url, fresh)
        return fresh

    async def _try(self, url: str, token: Token) -> None:
        bearer = ApiKey(
            secret=token.access_token, origin=token.origin, obtained_at=token.obtained_at
        )
        await self._check(url, bearer)

    def _token(self, found: Discovery, kept: KeptToken) -> Token:
        server = found.server
        usual = "client_secret_basic" if kept.client_secret else "none"
        return Token(
            access_token=kept.access_token,
            # Without its client it is renewed by nobody.
            refresh_token=kept.refresh_token if kept.client_id else None,
            scope=kept.scope,
            requested_scope=kept.scope,
            expires_at=kept.expires_at,
            obtained_at=self._clock(),
            issuer=server.issuer,
            resource=found.resource_parameter,
            origin=origin_of(found.url),
            token_endpoint=server.token_endpoint,
            revocation_endpoint=server.revocation_endpoint,
            userinfo_endpoint=server.userinfo_endpoint,
            registration=Registration(
                issuer=server.issuer,
                client_id=kept.client_id or "",
                client_secret=kept.client_secret,
                token_endpoint_auth_method=kept.token_auth or usual,
            ),
        )
