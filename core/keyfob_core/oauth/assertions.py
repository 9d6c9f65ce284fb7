"""JWTs by which we prove who we are: assertions of RFC 7523, signed RS256 or ES256.

What signs is slow to import, so that happens where a key is read: an engine starts without it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from keyfob_core.errors import ConfigInvalid

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECONDS = 300
_LEAST_RSA_BITS = 2048
_LEAST_RSA_TEXT = 342
"""Characters of a 2048-bit modulus in base64url."""
_HOW = "Give an RSA key of 2048 bits or more, or a P-256 key, as PKCS8 PEM or as a JWK."


def signing_key(text: str, field: str = "private_key") -> RSAKey | ECKey:
    """The private key in a PEM or a JWK.

    Raises ConfigInvalid with `field` for anything that RS256 or ES256 cannot sign with; the text
    is never part of it.
    """
    from joserfc.jwk import ECKey

    stripped = text.strip()
    key = _from_jwk(stripped, field) if stripped.startswith("{") else _from_pem(stripped, field)
    if isinstance(key, ECKey) and key.curve_name != "P-256":
        raise ConfigInvalid(field, f"the curve is {key.curve_name}, not P-256", _HOW)
    return key


def algorithm_of(key: RSAKey | ECKey) -> str:
    """RS256 or ES256, whichever the key is for (RFC 7518, section 3.1)."""
    from joserfc.jwk import RSAKey

    return "RS256" if isinstance(key, RSAKey) else "ES256"


def sign_assertion(
    private_key: str,
    *,
    issuer: str,
    audience: str,
    now: float,
    subject: str | None = None,
    key_id: str | None = None,
    seconds: int = _SECONDS,
    backdated: int = 0,
    more: Mapping[str, object] | None = None,
) -> str:
    """A JWT that says `issuer` speaks to `audience`, good once and for `seconds` from `now`.

    Without a `key_id` that of the JWK counts. `backdated` moves its `iat` into the past, for
    issuers whose clock may lag. Raises ConfigInvalid for a key that cannot sign.
    """
    from joserfc import jwt

    key = signing_key(private_key)
    algorithm = algorithm_of(key)
    header = {"alg": algorithm, "typ": "JWT"}
    if named := key_id or key.kid:
        header["kid"] = named
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": int(now) - backdated,
        "exp": int(now) + seconds,
        **(more or {}),
    }
    if subject is not None:
        claims["sub"] = subject
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def _from_jwk(text: str, field: str) -> RSAKey | ECKey:
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    key = None
    try:
        document = json.loads(text)
        rsa = document.get("kty") == "RSA"
        if rsa and len(document["n"]) < _LEAST_RSA_TEXT:
            raise _too_short(field)
        key = RSAKey.import_key(document) if rsa else ECKey.import_key(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError):
        pass  # the errors of parsers carry what they could not parse, so none is raised from
    if key is None:
        raise ConfigInvalid(field, "the JWK is no usable RSA or EC key", _HOW)
    if not key.is_private:
        raise ConfigInvalid(field, "the JWK is a public key", "The private one has a member d.")
    return key


def _from_pem(text: str, field: str) -> RSAKey | ECKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from joserfc.jwk import ECKey, RSAKey

    if "PUBLIC KEY" in text or "CERTIFICATE" in text:
        raise ConfigInvalid(field, "the PEM holds no private key", _HOW)
    problem = "the key is neither RSA nor P-256"
    try:
        loaded = load_pem_private_key(text.encode(), password=None)
        if isinstance(loaded, RSAPrivateKey):
            if loaded.key_size < _LEAST_RSA_BITS:
                raise _too_short(field)
            return RSAKey(loaded, text)
        if isinstance(loaded, EllipticCurvePrivateKey):
            return ECKey(loaded, text)
    except TypeError:
        problem = "the key is protected by a passphrase, which Keyfob does not ask for"
    except (ValueError, UnsupportedAlgorithm):
        problem = "is no private key in PEM or JWK form"
    raise ConfigInvalid(field, problem, _HOW)


def _too_short(field: str) -> ConfigInvalid:
    return ConfigInvalid(field, "the RSA key is shorter than 2048 bits", _HOW)
