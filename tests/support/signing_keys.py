"""Private keys for tests, made once: an RSA key takes a while."""

from __future__ import annotations

import json
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, RSAKey


@cache
def rsa_pem(bits: int = 2048) -> str:
    """PKCS8."""
    return _pem(rsa.generate_private_key(65537, bits), serialization.PrivateFormat.PKCS8)


@cache
def rsa_pkcs1_pem() -> str:
    """As GitHub hands them out."""
    key = rsa.generate_private_key(65537, 2048)
    return _pem(key, serialization.PrivateFormat.TraditionalOpenSSL)


@cache
def ec_pem(curve: str = "P-256") -> str:
    """PKCS8."""
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
    return _pem(ec.generate_private_key(curves[curve]), serialization.PrivateFormat.PKCS8)


def ec_jwk(**members: str) -> str:
    """A private P-256 JWK as JSON."""
    return json.dumps({**ECKey.import_key(ec_pem()).as_dict(private=True), **members})


def public(pem: str) -> RSAKey | ECKey:
    """The key with which a server checks what the PEM has signed."""
    kind = RSAKey if "RSA" in pem or len(pem) > 1000 else ECKey
    return kind.import_key(kind.import_key(pem).as_dict(private=False))


def _pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: serialization.PrivateFormat
) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
