"""Proofs that we hold the key a token is bound to (DPoP: RFC 9449, section 4)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from importlib import import_module
from typing import Any, cast
from urllib.parse import urlsplit

from keyfob_core.addresses.origins import origin_of

ALGORITHM = "ES256"
"""The only one we sign with; servers list it in `dpop_signing_alg_values_supported`."""


def ready_to_sign() -> None:
    """Import what signs: slow, so apart from a start without such tokens and from any call."""
    for name in ("joserfc.jwk", "joserfc.jwt"):
        import_module(name)


def new_proof_key() -> str:
    """A private P-256 JWK as JSON, made for one token."""
    from joserfc.jwk import ECKey

    return json.dumps(ECKey.generate_key("P-256").as_dict(private=True))


def proof(
    key: str,
    method: str,
    url: str,
    *,
    now: float,
    nonce: str | None = None,
    access_token: str | None = None,
) -> str:
    """The value of a `DPoP` header, for one request.

    `nonce` is the server's last one; `access_token` is set at a resource (`ath`). `now` is in
    seconds since the epoch.
    """
    # Here already, by `ready_to_sign` or `new_proof_key`.
    from joserfc import jwt
    from joserfc.jwk import ECKey

    signer = ECKey.import_key(json.loads(key))
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(24),
        "htm": method,
        "htu": _bare(url),
        "iat": int(now),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if access_token is not None:
        digest = hashlib.sha256(access_token.encode()).digest()
        claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": signer.as_dict(private=False)}
    return jwt.encode(header, claims, signer, algorithms=[ALGORITHM])


def nonce_of(made: str) -> str | None:
    """The server's nonce in a proof of ours; None where it has none."""
    _, _, rest = made.partition(".")
    payload = rest.partition(".")[0]
    if not payload:
        return None
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    nonce = cast("dict[str, Any]", claims).get("nonce")
    return nonce if isinstance(nonce, str) else None


def _bare(url: str) -> str:
    """The URL as servers compare it: normalised, without query and fragment (section 4.2)."""
    return f"{origin_of(url)}{urlsplit(url).path or '/'}"
