from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from keyfob_core.errors import ConfigInvalid
from keyfob_core.oauth.assertions import sign_assertion, signing_key
from support.signing_keys import ec_jwk, ec_pem, public, rsa_pem, rsa_pkcs1_pem

NOW = 1_800_000_000.9


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (rsa_pem(), "RS256"),
        (rsa_pkcs1_pem(), "RS256"),
        (ec_pem(), "ES256"),
        (f"\n  {ec_pem()}\n", "ES256"),
        (ec_jwk(kid="k1"), "ES256"),
        (json.dumps(RSAKey.import_key(rsa_pem()).as_dict(private=True)), "RS256"),
    ],
    ids=["PKCS8 RSA", "PKCS1", "PKCS8 EC", "padded", "EC JWK", "RSA JWK"],
)
def test_a_key_signs_by_its_kind_and_the_public_one_checks_it(text: str, algorithm: str) -> None:
    signed = sign_assertion(
        text, issuer="us", subject="ada", audience="them", now=NOW, key_id="k", seconds=60
    )
    key = signing_key(text)
    checking = type(key).import_key(key.as_dict(private=False))
    read = jwt.decode(signed, checking, algorithms=[algorithm])

    assert read.header == {"typ": "JWT", "alg": algorithm, "kid": "k"}
    jti = read.claims.pop("jti")
    assert len(jti) >= 22
    assert read.claims == {
        "iss": "us",
        "sub": "ada",
        "aud": "them",
        "iat": 1_800_000_000,
        "exp": 1_800_000_060,
    }


def test_an_assertion_is_good_once_and_may_be_backdated_and_say_more() -> None:
    def claims() -> dict[str, object]:
        signed = sign_assertion(
            ec_pem(), issuer="us", audience="a", now=NOW, backdated=60, more={"scope": "x"}
        )
        return dict(jwt.decode(signed, public(ec_pem()), algorithms=["ES256"]).claims)

    one, two = claims(), claims()
    assert one["jti"] != two["jti"]
    assert one["iat"] == 1_799_999_940
    assert one["scope"] == "x"
    assert "sub" not in one


def _protected() -> str:
    key = serialization.load_pem_private_key(ec_pem().encode(), None)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    ).decode()


def _public() -> str:
    key = serialization.load_pem_private_key(ec_pem().encode(), None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _edwards() -> str:
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def _short_jwk() -> str:
    members = RSAKey.import_key(rsa_pem()).as_dict(private=True)
    return json.dumps({**members, "n": str(members["n"])[:170]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rsa_pem(1024), "shorter than 2048"),
        (_short_jwk(), "shorter than 2048"),
        (ec_pem("P-384"), "P-384"),
        (_protected(), "passphrase"),
        (_public(), "no private key"),
        (_edwards(), "neither RSA nor P-256"),
        (json.dumps(ECKey.import_key(ec_pem()).as_dict(private=False)), "public key"),
        (json.dumps(OctKey.generate_key().as_dict(private=True)), "JWK"),
        (ec_pem().replace("MI", "XX"), "no private key"),
        ('{"kty": "RSA", "n": 3, "e": 4, "d": 5}', "JWK"),
        ('{"kty": "EC", "crv": "P-256", "d": "s3cret"}', "JWK"),
        ('{"a":' * 50_000, "JWK"),
        ("{s3cret", "JWK"),
        ("s3cret", "no private key"),
        ("", "no private key"),
        ("\ud800", "no private key"),
    ],
    ids=lambda value: "text" if len(value) > 20 else value or "empty",
)
def test_what_cannot_sign_is_refused_by_name_without_its_text(text: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        signing_key(text, "private_key")

    assert refused.value.field == "private_key"
    assert said in refused.value.message
    assert "s3cret" not in str(refused.value)


@given(st.text(min_size=12, max_size=40))
def test_no_part_of_a_bad_key_is_said(marked: str) -> None:
    for text in (marked, f"{{{marked}", f"-----BEGIN PRIVATE KEY-----\n{marked}\n"):
        with pytest.raises(ConfigInvalid) as refused:
            signing_key(text)
        assert marked not in str(refused.value)


def test_the_error_of_a_parser_that_holds_the_key_does_not_hang_on_ours() -> None:
    with pytest.raises(ConfigInvalid) as refused:
        signing_key('{"d": "s3cret", ')
    assert refused.value.__context__ is None
