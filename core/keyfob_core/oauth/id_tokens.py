"""ID tokens that a person brings from their identity provider (OpenID Connect Core, section 2)."""

from __future__ import annotations

import base64
import json
import math
from typing import cast

from keyfob_core.errors import ConfigInvalid

_NEEDED = ("iss", "sub", "aud", "exp")


def require_id_token(text: str) -> str:
    """The text, if it is an ID token; raises ConfigInvalid that quotes nothing of it."""
    claims = _claims(text)
    if claims is None or not all(name in claims for name in _NEEDED):
        raise ConfigInvalid(
            "id_token",
            "is no ID token: it is not a signed JWT with iss, sub, aud and exp",
            "For a refresh token say --set subject=refresh_token.",
        )
    return text


def id_token_expiry(text: str) -> float | None:
    """When it expires, in seconds since the epoch, as it says itself.

    Not verified: whoever exchanges it does that. It only spares asking in vain.
    """
    claims = _claims(text) or {}
    moment = claims.get("exp")
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        return None
    return float(moment) if math.isfinite(moment) else None


def _claims(text: str) -> dict[str, object] | None:
    parts = text.split(".")
    if len(parts) != 3 or not all(parts):
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None  # this error carries the token, so it is not raised from
    return cast("dict[str, object]", claims) if isinstance(claims, dict) else None
