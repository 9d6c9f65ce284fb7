"""Reading what a token endpoint answers (RFC 6749, sections 5.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.oauth.http import HttpAnswer
from keyfob_core.oauth.metadata import text, texts
from keyfob_core.oauth.plain import visible

TRANSIENT_CODES = frozenset(
    {
        "server_error",
        "temporarily_unavailable",
        "slow_down",
        # Slack's, with HTTP 200
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "ratelimited",
    }
)
_LONGEST_LIFE = 100 * 365 * 86400.0
"""Issuers whose tokens do not end say the largest number that they have, which is no date."""
_AGAIN = "Connect the account again."


def form_or_json(answer: HttpAnswer) -> Mapping[str, object]:
    """The answer by its content type; GitHub sends a form, some send JSON as plain text."""
    kind = answer.content_type.partition(";")[0].strip().lower()
    document = answer.json_object()
    if document is not None and kind != "application/x-www-form-urlencoded":
        return document
    if kind == "application/json" or kind.endswith("+json"):
        return {}
    return dict(parse_qsl(answer.body.decode("utf-8", "replace").strip()))


def raise_error(
    document: Mapping[str, object],
    issuer: str,
    secrets: tuple[str | None, ...] = (),
    transient: frozenset[str] = TRANSIENT_CODES,
) -> None:
    """Raise what the answer says, whatever its HTTP status was: GitHub and Slack send 200.

    OAuthFailed with the server's code, or UpstreamUnreachable for a code in `transient`.
    """
    # Supabase says it in words of its own.
    code = text(document, "error") or text(document, "error_code")
    if code is None:
        return
    description = text(document, "error_description") or text(document, "msg")
    said = visible(f"{code}: {description}" if description else code, secrets=secrets)
    if code in transient:
        raise UpstreamUnreachable(
            f"{visible(issuer)} cannot answer now ({said}).",
            "Nothing is lost. Try again in a few minutes.",
        )
    raise OAuthFailed(
        visible(code, secrets=secrets), f"{visible(issuer)} gave no token ({said}).", _AGAIN
    )


def nested(
    document: Mapping[str, object], path: tuple[str, ...], issuer: str, *, required: bool
) -> Mapping[str, object]:
    """The part of an answer in which the token lies.

    Where it is not there the whole answer counts if it is not `required`: Slack nests a person's
    first token and not the refreshed ones. Raises OAuthFailed `bad_response`.
    """
    part: Mapping[str, object] | None = document
    for name in path:
        inner = part.get(name) if part is not None else None
        part = cast("dict[str, object]", inner) if isinstance(inner, dict) else None
    if part is None and required:
        raise bad_response(issuer, f"an answer without {visible('.'.join(path))}")
    return document if part is None else part


def access_token(document: Mapping[str, object], issuer: str) -> str:
    """The access token, if a header can carry it; raises OAuthFailed `bad_response`."""
    token = text(document, "access_token")
    if token is None:
        raise bad_response(issuer, "an answer without an access token")
    if not (token.isascii() and token.isprintable()) or token != token.strip():
        raise bad_response(issuer, "an access token that no header can carry")
    return token


def require_bearer(document: Mapping[str, object], issuer: str) -> None:
    """Raise OAuthFailed `bad_response` for a token of another type than Bearer."""
    kind = document.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise bad_response(issuer, f"a token of the type {visible(str(kind))}")


def granted_scope(document: Mapping[str, object]) -> str | None:
    """The scope by the usual separator; GitHub and Slack put commas there."""
    said = text(document, "scope") or " ".join(texts(document, "scope"))
    return (said if " " in said else said.replace(",", " ")) or None


def expiry(document: Mapping[str, object], asked_at: float) -> float | None:
    """When the token expires; None for a life that is missing, endless, negative or no number."""
    life = document.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float | str):
        return None
    try:
        seconds = float(life)
    except (ValueError, OverflowError):
        return None
    return asked_at + seconds if 0 < seconds <= _LONGEST_LIFE else None


def bad_response(issuer: str, what: str) -> OAuthFailed:
    """The error for an answer that is no usable token."""
    return OAuthFailed(
        "bad_response",
        f"{visible(issuer)} sent {what} instead of a usable token.",
        "Try again; if it stays so, ask whoever runs that server.",
    )
