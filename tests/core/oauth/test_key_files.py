from __future__ import annotations

import json
from pathlib import Path

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.oauth.key_files import (
    client_with_key,
    github_app,
    google_service_account,
)
from keyfob_core.oauth.secret_files import read_secret_file
from keyfob_core.renewals import GitHubApp, GoogleServiceAccount, ServiceClient
from support.signing_keys import ec_jwk, ec_pem, rsa_pem

GOOGLE: dict[str, object] = {
    "type": "service_account",
    "private_key_id": "key-7",
    "private_key": rsa_pem(),
    "client_email": "robot@project.iam.gserviceaccount.com",
    "client_id": "1234",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def test_google_s_file_is_read() -> None:
    renewal = google_service_account(json.dumps(GOOGLE), scopes=("a",), subject="ada@example.com")

    assert renewal == GoogleServiceAccount(
        client_email="robot@project.iam.gserviceaccount.com",
        private_key=rsa_pem(),
        key_id="key-7",
        token_endpoint="https://oauth2.googleapis.com/token",
        scopes=("a",),
        subject="ada@example.com",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "authorized_user"}, "type"),
        ({"type": "s3cret"}, "type"),
        ({"type": None}, "type"),
        ({"private_key": None}, "private_key"),
        ({"private_key": "s3cret"}, "private_key"),
        ({"private_key": 7}, "private_key"),
        ({"private_key_id": ""}, "private_key_id"),
        ({"client_email": None}, "client_email"),
        ({"token_uri": None}, "token_uri"),
        ({"token_uri": "http://oauth2.googleapis.com/token"}, "token_uri"),
        ({"token_uri": "file:///etc/passwd"}, "token_uri"),
    ],
)
def test_a_member_of_google_s_file_that_is_wrong_is_named(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        google_service_account(json.dumps({**GOOGLE, **change}), scopes=("a",))

    assert refused.value.field == field
    assert refused.value.hint
    assert "s3cret" not in str(refused.value)
    assert rsa_pem() not in str(refused.value)


@pytest.mark.parametrize("text", ["", "s3cret", "[]", '"s3cret"', '{"private_key": "s3cret"'])
def test_what_is_no_google_file_is_said_without_its_text(text: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        google_service_account(text, scopes=("a",))

    assert refused.value.field == "key_file"
    assert "s3cret" not in str(refused.value)
    assert refused.value.__context__ is None


def test_google_wants_a_scope() -> None:
    with pytest.raises(ConfigInvalid) as refused:
        google_service_account(json.dumps(GOOGLE), scopes=())
    assert refused.value.field == "scopes"


@pytest.mark.parametrize("app_id", ["12345", "Iv23liAbCdEf", "Iv1.0123456789abcdef"])
def test_a_github_app_is_known_by_its_id_or_its_client_id(app_id: str) -> None:
    renewal = github_app(rsa_pem(), app_id=f" {app_id} ", installation_id="678")

    assert renewal == GitHubApp(app_id=app_id, installation_id="678", private_key=rsa_pem())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"app_id": ""}, "app_id"),
        ({"app_id": "a/b"}, "app_id"),
        ({"installation_id": ""}, "installation_id"),
        ({"installation_id": "6/../7"}, "installation_id"),
        ({"installation_id": "٣"}, "installation_id"),
        ({"api_url": "http://ghe.example/api/v3"}, "api_url"),
        ({"pem": ec_pem()}, "private_key"),
        ({"pem": "s3cret"}, "private_key"),
    ],
)
def test_a_part_of_a_github_app_that_is_wrong_is_named(change: dict[str, str], field: str) -> None:
    given = {"pem": rsa_pem(), "app_id": "1", "installation_id": "2", **change}
    with pytest.raises(ConfigInvalid) as refused:
        github_app(
            given["pem"],
            app_id=given["app_id"],
            installation_id=given["installation_id"],
            api_url=given.get("api_url", "https://api.github.com"),
        )

    assert refused.value.field == field
    assert "s3cret" not in str(refused.value)


def test_a_jwk_s_own_id_counts_where_none_is_given() -> None:
    key = ec_jwk(kid="from-the-key")

    assert client_with_key("us", key).key_id == "from-the-key"
    assert client_with_key(" us ", key, "given") == ServiceClient(
        client_id="us", method="private_key_jwt", private_key=key, key_id="given"
    )
    assert client_with_key("us", ec_pem()).key_id is None
    with pytest.raises(ConfigInvalid):
        client_with_key(" ", key)
    with pytest.raises(ConfigInvalid):
        client_with_key("us", "s3cret")


async def test_a_secret_s_file_is_read_without_what_editors_add(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xef\xbb\xbf a key \r\n")

    assert await read_secret_file(file) == "a key"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfes3cret", b"s3cret" * 20_000])
async def test_a_file_that_cannot_be_a_secret_is_named_and_not_quoted(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigInvalid) as refused:
        await read_secret_file(file)

    assert refused.value.field == "key_file"
    assert str(file) in refused.value.message
    assert "s3cret" not in str(refused.value)
