from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from keyfob_core.cli.key_input import read_key_file, read_token_file
from keyfob_core.errors import ConfigInvalid
from support.signing_keys import ec_jwk, ec_pem, rsa_pem, rsa_pkcs1_pem

MARK = "marked-secret-63d0"


@pytest.mark.parametrize(
    "text",
    [
        rsa_pem(),
        rsa_pkcs1_pem(),
        ec_pem(),
        ec_jwk(kid="k1"),
        json.dumps({"type": "service_account"}),
    ],
)
def test_every_kind_of_private_key_is_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xef\xbb\xbf\n" + text.encode() + b"\n")
    assert read_key_file(str(file)) == text.strip()


def encrypted() -> str:
    key = serialization.load_pem_private_key(rsa_pem().encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    ).decode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (MARK.encode(), "--secret-stdin"),
        (b"[1]", "holds no key"),
        (b"[" * 60000, "holds no key"),
        (b"\x30\x82\xff" + MARK.encode(), "is no text"),
        (b"x" * 70000, "too big"),
        (encrypted().encode(), "openssl pkey"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "openssl pkey"),
        (b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", "no private key"),
        (b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "no private key"),
        (rsa_pem().encode()[:800], "ends too early"),
        (json.dumps({"keys": [json.loads(ec_jwk())]}).encode(), "one private JWK"),
        (json.dumps({"kty": "EC", "x": MARK}).encode(), "public key"),
    ],
)
def test_what_is_no_private_key_is_said_and_never_quoted(
    tmp_path: Path, content: bytes, told: str
) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(ConfigInvalid) as caught:
        read_key_file(str(file))
    error = caught.value
    assert told in str(error)
    assert error.field == "key_file"
    assert MARK not in str(error)
    assert error.__cause__ is None
    assert MARK not in repr(error.__context__)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "directory")):
        with pytest.raises(ConfigInvalid) as caught:
            read_key_file(str(path))
        assert str(path) in str(caught.value)
        assert reason in str(caught.value)


def test_the_home_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "key.pem").write_text(ec_pem())
    assert read_key_file("~/key.pem") == ec_pem().strip()


def test_a_token_s_file_holds_that_token_alone(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f" {MARK}\n")
    assert read_token_file(str(file)) == MARK
    for text in ("", f"{MARK} {MARK}", f"{MARK}\n{MARK}"):
        file.write_text(text)
        with pytest.raises(ConfigInvalid) as refused:
            read_token_file(str(file))
        assert refused.value.field == "key_file"
        assert MARK not in str(refused.value)
