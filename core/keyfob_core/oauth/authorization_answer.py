"""Judging the answer to an authorization request (RFC 6749, section 4.1.2; RFC 9207)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Token
from keyfob_core.oauth.metadata import AuthorizationServer, bad_metadata
from keyfob_core.oauth.plain import visible


def require_code_grant(server: AuthorizationServer) -> None:
    """Raise OAuthFailed where the server cannot do the code grant as it has to be done."""
    if server.authorization_endpoint is None:
        raise bad_metadata(f"{visible(server.issuer)} has no page to sign in at.")
    if "S256" not in server.code_challenge_methods_supported:
        raise OAuthFailed(
            "pkce_unsupported",
            f"{visible(server.issuer)} does not offer PKCE with S256, so nothing was sent to it.",
            "Without it a code can be stolen. Ask whoever runs that server to switch it on.",
        )


def code_of(answer: Mapping[str, str], server: AuthorizationServer) -> str:
    """The code of an answer whose `state` is ours; `iss` counts for errors too (RFC 9207)."""
    named = answer.get("iss")
    if named != server.issuer and (named is not None or server.sends_iss):
        raise OAuthFailed(
            "issuer_mismatch",
            f"The answer comes from {visible(named or 'an unnamed server')}, "
            f"not from {visible(server.issuer)}.",
            "Nothing was sent to it. Start the sign-in again.",
        )
    if error := answer.get("error"):
        raise _refusal(error, answer.get("error_description", ""), server.issuer)
    code = answer.get("code")
    if not code:
        raise OAuthFailed(
            "bad_response",
            f"{visible(server.issuer)} answered without a code.",
            "Start the sign-in again.",
        )
    return code


def _refusal(error: str, description: str, issuer: str) -> OAuthFailed:
    if error == "access_denied":
        return OAuthFailed(
            error, "The sign-in was declined.", "Start it again if that was not meant."
        )
    said = visible(f"{error}: {description}" if description else error)
    return OAuthFailed(
        visible(error), f"{visible(issuer)} refused the sign-in ({said}).", "Start it again."
    )


def received(token: Token) -> str:
    """What a person is told of a new token."""
    where = visible(token.resource or token.origin)
    if token.expires_at is None:
        return f"Received a token for {where}, valid until the server says otherwise."
    until = datetime.fromtimestamp(token.expires_at, UTC)
    return f"Received a token for {where}, valid until {until:%Y-%m-%d %H:%M:%S} UTC."
