"""Credentials as text for the store, as a header for a request, and their age."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, cast

from keyfob_core.model import ApiKey, Credential, Registration, Token

_FORMAT = 1
_MAX_MARGIN = 30.0
_MARGIN_SHARE = 0.1


def encode(credential: Credential) -> str:
    """The text that the store keeps."""
    kind = "oauth" if isinstance(credential, Token) else "api-key"
    return json.dumps({"format": _FORMAT, "kind": kind, **asdict(credential)})


def decode(text: str) -> Credential | None:
    """The credential in a stored text, or None for one this version cannot read."""
    try:
        fields = cast("dict[str, Any]", json.loads(text))
        if fields.pop("format") != _FORMAT:
            return None
        kind = fields.pop("kind")
        if kind == "api-key":
            return ApiKey(**fields)
        registration = Registration(**fields.pop("registration"))
        fields["token_path"] = tuple(fields.get("token_path", ()))
        return Token(**fields, registration=registration) if kind == "oauth" else None
    except (ValueError, TypeError, KeyError, AttributeError):
        # The text holds secrets: it must not become part of an exception.
        return None


def stamp(credential: Credential) -> tuple[str, str]:
    """The header that authenticates us (RFC 6750, section 2.1)."""
    secret = credential.access_token if isinstance(credential, Token) else credential.secret
    return ("Authorization", f"Bearer {secret}")


def is_stale(credential: Credential, now: float) -> bool:
    """Whether it is time to refresh: shortly before a known expiry.

    The margin is a tenth of the token's life, 30 s at most, so that however short a life is, a
    token is refreshed once in it. A life of zero or less (a clock that jumped, a careless
    server) counts as unknown: such a token is used until a 401.
    """
    if not isinstance(credential, Token) or credential.refresh_token is None:
        return False
    expiry = credential.expires_at
    life = 0.0 if expiry is None else expiry - credential.obtained_at
    if expiry is None or life <= 0:
        return False
    return now >= expiry - min(_MAX_MARGIN, life * _MARGIN_SHARE)


def is_expired(credential: Credential, now: float) -> bool:
    """Whether a known expiry has passed."""
    expiry = credential.expires_at if isinstance(credential, Token) else None
    return expiry is not None and now >= expiry
