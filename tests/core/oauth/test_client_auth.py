from __future__ import annotations

import json
import traceback
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Registration
from keyfob_core.oauth.assertions import CLIENT_ASSERTION_TYPE
from keyfob_core.oauth.client_auth import client_assertion
from keyfob_core.oauth.grants import client_request, token_request

NOW = 1_800_000_000.0
EC = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
MINE = Registration(
    issuer="https://as.example/tenant",
    client_id="mine",
    token_endpoint_auth_method="private_key_jwt",
    private_key=EC.as_pem(private=True).decode(),
    key_id="k1",
    dynamic=False,
)


def pem(key: object, kind: PrivateFormat) -> str:
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key.private_bytes(Encoding.PEM, kind, NoEncryption()).decode()


def jwk(key: RSAKey | ECKey, **more: str) -> str:
    return json.dumps({**key.as_dict(private=True), **more})


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (pem(EC.raw_value, PrivateFormat.PKCS8), "ES256"),
        (pem(EC.raw_value, PrivateFormat.TraditionalOpenSSL), "ES256"),
        (pem(RSA.raw_value, PrivateFormat.PKCS8), "RS256"),
        (pem(RSA.raw_value, PrivateFormat.TraditionalOpenSSL), "RS256"),
        (jwk(EC), "ES256"),
        (jwk(RSA), "RS256"),
        (f"\n {jwk(RSA, kid='of-the-jwk')} \n", "RS256"),
    ],
)
def test_a_key_in_any_usual_text_signs_with_the_algorithm_of_its_type(
    text: str, algorithm: str
) -> None:
    signed = client_assertion(replace(MINE, private_key=text), NOW)
    public = EC if algorithm == "ES256" else RSA

    assert jwt.decode(signed, public, algorithms=[algorithm]).header["alg"] == algorithm


def test_the_assertion_is_for_the_issuer_alone_and_soon_ends() -> None:
    first = jwt.decode(client_assertion(MINE, NOW), EC, algorithms=["ES256"])
    second = jwt.decode(client_assertion(MINE, NOW), EC, algorithms=["ES256"])

    assert first.header == {"alg": "ES256", "typ": "JWT", "kid": "k1"}
    assert first.claims.pop("jti") != second.claims.pop("jti")
    assert first.claims == {
        "iss": "mine",
        "sub": "mine",
        "aud": "https://as.example/tenant",
        "iat": int(NOW),
        "exp": int(NOW) + 120,
    }


def test_the_id_of_a_jwk_is_used_where_the_person_gave_none() -> None:
    mine = replace(MINE, private_key=jwk(EC, kid="of-the-jwk"), key_id=None)

    signed = jwt.decode(client_assertion(mine, NOW), EC, algorithms=["ES256"])
    assert signed.header["kid"] == "of-the-jwk"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key at all",
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LW1hcms=\n-----END PRIVATE KEY-----",
        '{"kty": "RSA", "n": "secret-mark"}',
        '{"kty": "secret-mark"}',
        "{secret-mark",
        "[" * 100_000,
        "{" + '"a":{' * 100_000,
        json.dumps(OctKey.import_key("secret-mark-secret-mark").as_dict(private=True)),
        RSA.as_pem(private=False).decode(),
        json.dumps(EC.as_dict(private=False)),
        ECKey.generate_key("P-384").as_pem(private=True).decode(),
        pem(rsa.generate_private_key(65537, 1024), PrivateFormat.PKCS8),  # noqa: S505
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
        .decode(),
    ],
)
def test_a_text_that_is_no_fit_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        client_assertion(replace(MINE, private_key=text), NOW)

    assert refused.value.hint
    told = "".join(traceback.format_exception(refused.value, chain=True))
    assert "secret-mark" not in told


@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", None])
def test_a_request_carries_the_assertion_and_neither_secret_nor_header(grant: str | None) -> None:
    endpoint = "https://as.example/token?client_assertion=theirs&x=1"
    if grant is None:
        request = client_request(endpoint, MINE, now=NOW, token="t", left_out=None)
    else:
        request = token_request(endpoint, MINE, grant, now=NOW, code="c")

    body = dict(parse_qsl(request.body.decode()))
    assert jwt.decode(body.pop("client_assertion"), EC, algorithms=["ES256"]).claims["sub"]
    more = {"token": "t"} if grant is None else {"grant_type": grant, "code": "c"}
    assert body == {"client_id": "mine", "client_assertion_type": CLIENT_ASSERTION_TYPE, **more}
    assert "Authorization" not in request.headers
    assert request.url == "https://as.example/token?x=1"


@pytest.mark.parametrize("method", ["none", "client_secret_post", "client_secret_basic"])
def test_other_endpoints_of_the_issuer_see_the_same_client(method: str) -> None:
    mine = Registration(
        issuer="https://as.example",
        client_id="mine",
        client_secret="s3cret",
        token_endpoint_auth_method=method,
    )
    request = client_request("https://as.example/revoke", mine, now=NOW, token="t")

    body = dict(parse_qsl(request.body.decode()))
    named = {} if method == "client_secret_basic" else {"client_id": "mine"}
    secret = {"client_secret": "s3cret"} if method == "client_secret_post" else {}
    assert body == {"token": "t", **named, **secret}
    assert ("Authorization" in request.headers) == (method == "client_secret_basic")


def test_a_registration_does_not_show_its_key() -> None:
    assert "PRIVATE" not in repr(MINE)
