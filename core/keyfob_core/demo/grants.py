"""What the demo's authorization server has granted: clients, codes and tokens, in memory only."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    RefreshToken,
    TokenError,
)
from mcp.shared.auth import InvalidRedirectUriError, OAuthClientInformationFull, OAuthToken
from pydantic import AnyUrl

from keyfob_core.ports import Clock

CODE_SECONDS = 60


class NativeClient(OAuthClientInformationFull):
    """A registered client whose loopback redirect may use any port (RFC 8252, section 7.3)."""

    def validate_redirect_uri(self, redirect_uri: AnyUrl | None) -> AnyUrl:
        """Answer the URI to redirect to; raises InvalidRedirectUriError for an unregistered one."""
        try:
            return super().validate_redirect_uri(redirect_uri)
        except InvalidRedirectUriError:
            if redirect_uri is None or not self._differs_in_port_only(redirect_uri):
                raise
            return redirect_uri

    def _differs_in_port_only(self, redirect_uri: AnyUrl) -> bool:
        asked = _without_loopback_port(str(redirect_uri))
        registered = [_without_loopback_port(str(uri)) for uri in self.redirect_uris or ()]
        return asked is not None and asked in registered


class Code(AuthorizationCode):
    """An authorization code of one grant."""

    grant: str


class Refresh(RefreshToken):
    """A refresh token of one grant."""

    grant: str


class Access(AccessToken):
    """An access token of one grant; `ends_at` is exact where `expires_at` is in whole seconds."""

    grant: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long tokens live, in seconds; a refresh token without one lives until it is used."""

    access: float = 60.0
    refresh: float | None = None


class Grants:
    """Codes and tokens, each of a grant that ends as a whole when one of them is used twice."""

    def __init__(self, lifetimes: Lifetimes, clock: Clock = time.time) -> None:
        self._lifetimes = lifetimes
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Refresh] = {}
        self._spent: dict[str, str] = {}

    def new_code(self, client_id: str, person: str, asked: AuthorizationParams) -> str:
        """Begin a grant: a code for the client, to be redeemed once and within a minute."""
        code = Code(
            code=secrets.token_urlsafe(32),
            scopes=asked.scopes or [],
            expires_at=self._clock() + CODE_SECONDS,
            client_id=client_id,
            code_challenge=asked.code_challenge,
            redirect_uri=asked.redirect_uri,
            redirect_uri_provided_explicitly=asked.redirect_uri_provided_explicitly,
            resource=asked.resource,
            subject=person,
            grant=secrets.token_hex(8),
        )
        self._codes[code.code] = code
        return code.code

    def code(self, code: str) -> Code | None:
        """The unredeemed code; a redeemed one ends its grant (RFC 6749, section 4.1.2)."""
        self._end_if_spent(code)
        return self._codes.get(code)

    def redeem(self, code: Code) -> OAuthToken:
        """Turn the code into tokens; raises TokenError where another request was faster."""
        if self._codes.pop(code.code, None) is None:
            raise TokenError("invalid_grant", "authorization code was already redeemed")
        self._spent[code.code] = code.grant
        return self._issue(code, code.scopes)

    def refresh_token(self, token: str) -> Refresh | None:
        """The unused refresh token; a used one ends its grant (RFC 9700, section 4.14.2)."""
        self._end_if_spent(token)
        return self._refresh.get(token)

    def rotate(self, token: Refresh, scopes: list[str]) -> OAuthToken:
        """Turn the refresh token into new tokens; raises TokenError where it was just used."""
        if self._refresh.pop(token.token, None) is None:
            raise TokenError("invalid_grant", "refresh token was already used")
        self._spent[token.token] = token.grant
        return self._issue(token, scopes)

    def access_token(self, token: str) -> Access | None:
        """The access token while it lives."""
        found = self._access.get(token)
        return found if found is not None and self._clock() < found.ends_at else None

    def end(self, grant: str) -> None:
        """Forget every code and token of the grant."""
        self._codes = {key: code for key, code in self._codes.items() if code.grant != grant}
        self._access = {key: token for key, token in self._access.items() if token.grant != grant}
        self._refresh = {key: token for key, token in self._refresh.items() if token.grant != grant}

    def _end_if_spent(self, secret: str) -> None:
        grant = self._spent.get(secret)
        if grant is not None:
            self.end(grant)

    def _issue(self, origin: Code | Refresh, scopes: list[str]) -> OAuthToken:
        now = self._clock()
        shared: dict[str, Any] = {
            "client_id": origin.client_id,
            "resource": origin.resource,
            "subject": origin.subject,
            "grant": origin.grant,
        }
        ends_at = now + self._lifetimes.access
        access = Access(
            token=secrets.token_urlsafe(32),
            scopes=scopes,
            expires_at=int(ends_at) + 1,
            ends_at=ends_at,
            **shared,
        )
        lives = self._lifetimes.refresh
        refresh = Refresh(
            token=secrets.token_urlsafe(32),
            scopes=origin.scopes,
            expires_at=None if lives is None else int(now + lives),
            **shared,
        )
        self._access[access.token] = access
        self._refresh[refresh.token] = refresh
        return OAuthToken(
            access_token=access.token,
            expires_in=int(self._lifetimes.access),
            scope=" ".join(scopes),
            refresh_token=refresh.token,
        )


def is_allowed_redirect(uri: str) -> bool:
    """Whether a client may register the URI: https, or http on loopback, and no fragment."""
    parts = urlsplit(uri)
    if parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or _without_loopback_port(uri) is not None


def _without_loopback_port(uri: str) -> str | None:
    parts = urlsplit(uri)
    host = parts.hostname or ""
    if parts.scheme != "http" or not _is_loopback(host):
        return None
    return parts._replace(netloc=host).geturl()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
