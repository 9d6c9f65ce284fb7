from __future__ import annotations

import base64
import json

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.oauth.renewal_reading import read_renewal
from keyfob_core.renewals import (
    EnterpriseManaged,
    RenewalKind,
    SubjectToken,
    WorkloadIdentity,
    is_lasting,
)
from support.signing_keys import ec_jwk

COMPANY = {
    "idp_token_endpoint": "https://idp.example/token",
    "idp_client_id": "keyfob-at-idp",
    "client_id": "keyfob-at-mcp",
}
CLAIMS = {"iss": "https://idp.example", "sub": "ada", "aud": "keyfob-at-idp", "exp": 1_900_000_000}


def id_token(claims: object) -> str:
    parts = ({"alg": "ES256"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(text.rstrip("=") for text in texts), "c2lnbmF0dXJl"])


def enterprise(
    key: str, *, secrets: dict[str, str] | None = None, **more: str
) -> EnterpriseManaged:
    parameters = {**COMPANY, **more}
    renewal = read_renewal("enterprise-managed", key, parameters, ("tools:call",), secrets or {})
    assert isinstance(renewal, EnterpriseManaged)
    return renewal


def test_every_kind_that_people_name_is_read() -> None:
    for kind in RenewalKind:
        with pytest.raises(ConfigInvalid) as refused:
            read_renewal(kind, None, {}, ())
        assert refused.value.field != "kind"
    with pytest.raises(ConfigInvalid) as unknown:
        read_renewal("magic", None, {}, ())
    assert unknown.value.field == "kind"
    assert all(kind in unknown.value.hint for kind in RenewalKind)


def test_a_company_s_refresh_token_is_exchanged_itself_unless_it_is_to_buy_id_tokens() -> None:
    by_itself = enterprise(" idp-refresh \n")
    buying = enterprise("idp-refresh", subject="renewed_id_token")

    assert by_itself.subject_kind is SubjectToken.REFRESH_TOKEN
    assert buying.subject_kind is SubjectToken.ID_TOKEN
    assert (by_itself.refresh_token, buying.refresh_token) == ("idp-refresh", "idp-refresh")
    assert (by_itself.id_token, buying.id_token) == (None, None)
    assert is_lasting(by_itself)
    assert is_lasting(buying)


def test_an_id_token_is_what_is_exchanged_and_does_not_last() -> None:
    brought = id_token(CLAIMS)
    renewal = enterprise(brought, subject="id_token")

    assert renewal.subject_kind is SubjectToken.ID_TOKEN
    assert (renewal.id_token, renewal.refresh_token) == (brought, None)
    assert not is_lasting(renewal)


@pytest.mark.parametrize(
    "text",
    [
        "idp-refresh-token",
        "a.b",
        "a.b.c",
        "a..c",
        "a.!!!.c",
        id_token(["no", "claims"]),
        id_token({name: value for name, value in CLAIMS.items() if name != "exp"}),
        f"ey.{base64.urlsafe_b64encode(b'[' * 100_000).decode()}.c",
    ],
)
def test_what_is_no_id_token_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        enterprise(text, subject="id_token")

    assert refused.value.field == "id_token"
    assert text not in str(refused.value)
    assert refused.value.__context__ is None


def test_both_clients_of_a_company_s_sign_in_may_have_secrets() -> None:
    renewal = enterprise(
        "idp-refresh",
        secrets={"idp_client_secret": "one", "client_secret": ec_jwk(kid="k")},
        idp_auth="client_secret_post",
    )

    assert (renewal.idp_client.secret, renewal.idp_client.method) == ("one", "client_secret_post")
    assert renewal.client.secret is None
    assert (renewal.client.method, renewal.client.key_id) == ("private_key_jwt", "k")


def test_nothing_that_is_brought_is_left_unread() -> None:
    with pytest.raises(ConfigInvalid) as secret:
        read_renewal("client-credentials", "s", {"client_id": "a"}, (), {"client_secret": "s3cret"})
    with pytest.raises(ConfigInvalid) as parameter:
        enterprise("idp-refresh", client_secret="s3cret")
    with pytest.raises(ConfigInvalid) as subject:
        enterprise("idp-refresh", subject="saml")
    with pytest.raises(ConfigInvalid) as missing:
        enterprise("  ")

    fields = [one.value.field for one in (secret, parameter, subject, missing)]
    assert fields == ["client_secret", "client_secret", "subject", "secret"]
    assert "s3cret" not in str(secret.value) + str(parameter.value)


def test_a_workload_s_token_proves_the_client_unless_said_otherwise() -> None:
    usual = read_renewal("workload-identity", None, {"token_file": "/t"}, ())
    said = read_renewal("workload-identity", None, {"token_file": "/t", "use": "assertion"}, ())

    assert isinstance(usual, WorkloadIdentity)
    assert isinstance(said, WorkloadIdentity)
    assert (usual.use, said.use) == ("client_assertion", "assertion")
