from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from keyfob_core.accounts.credentials import (
    decode,
    encode,
    is_expired,
    is_renewable,
    is_stale,
    stamp,
)
from keyfob_core.accounts.placements import with_query
from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.model import (
    ApiKey,
    Credential,
    KeyPart,
    Placement,
    PlacementKind,
    Token,
    UpstreamRequest,
)
from keyfob_core.renewals import (
    ClientCredentials,
    EnterpriseManaged,
    GitHubApp,
    GoogleServiceAccount,
    Renewal,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
    WorkloadUse,
)
from support.tokens import token

URL = "https://mcp.example.com/mcp?tenant=7"
NOW = 1_800_000_000.0
TEXTS = st.text(max_size=30)
MAYBE = st.none() | TEXTS
MANY = st.lists(TEXTS, max_size=3).map(tuple)
CLIENTS = st.builds(ServiceClient, client_id=TEXTS, secret=MAYBE, private_key=MAYBE, key_id=MAYBE)
RENEWALS = st.one_of(
    st.builds(ClientCredentials, client=CLIENTS, scopes=MANY, audience=MAYBE),
    st.builds(GoogleServiceAccount, scopes=MANY, subject=MAYBE),
    st.builds(GitHubApp, repositories=MANY),
    st.builds(WorkloadIdentity, use=st.sampled_from(WorkloadUse), scopes=MANY),
    st.builds(
        EnterpriseManaged,
        client=CLIENTS,
        idp_client=CLIENTS,
        subject_kind=st.sampled_from(SubjectToken),
        id_token=MAYBE,
        refresh_token=MAYBE,
        scopes=MANY,
    ),
)
PLACEMENTS = st.sampled_from(
    [
        Placement(),
        Placement(name="X-Api-Key", template="{key}"),
        Placement(kind=PlacementKind.QUERY, name="key", template="{key}"),
        Placement(kind=PlacementKind.BASIC, template="{username}:{key}", username="ann"),
    ]
)
CREDENTIALS = st.one_of(
    st.builds(
        token,
        access=TEXTS,
        refresh=st.none() | TEXTS,
        obtained=st.floats(0, 4e9),
        life=st.none() | st.floats(-100, 1e6),
        generation=st.integers(1, 1000),
    ),
    st.builds(
        ApiKey,
        secret=TEXTS,
        origin=TEXTS,
        obtained_at=st.floats(0, 4e9),
        placement=PLACEMENTS,
        parts=st.lists(st.builds(KeyPart, placement=PLACEMENTS, secret=TEXTS), max_size=2).map(
            tuple
        ),
        expires_at=st.none() | st.floats(0, 4e9),
        remind_at=st.none() | st.floats(0, 4e9),
    ),
)


@given(CREDENTIALS)
def test_a_credential_comes_back_from_the_store_as_it_was(credential: Credential) -> None:
    assert decode(encode(credential)) == credential


def test_an_api_key_of_before_there_were_places_is_a_bearer_token_still() -> None:
    old = {"secret": "k", "origin": "https://x", "obtained_at": 1.0, "generation": 3}
    found = decode(json.dumps({"format": 1, "kind": "api-key", **old}))
    assert found == ApiKey(secret="k", origin="https://x", obtained_at=1.0, generation=3)
    assert found is not None
    stamped = stamp(found, "POST", URL, now=NOW)
    assert stamped.headers == (("Authorization", "Bearer k"),)


def test_a_stored_key_with_a_place_that_no_key_may_have_is_not_believed() -> None:
    key = ApiKey(secret="k", origin="https://x", obtained_at=1.0)
    for bad in (
        replace(key, placement=Placement(name="Host")),
        replace(key, parts=(KeyPart(placement=Placement(name="Mcp-Session-Id"), secret="k"),)),
    ):
        assert decode(encode(bad)) is None


def test_a_key_in_the_query_shows_in_no_repr_of_its_request() -> None:
    key = ApiKey(
        secret="secret-7a",
        origin="https://x",
        obtained_at=0,
        placement=Placement(kind=PlacementKind.QUERY, name="key", template="{key}"),
    )
    stamped = stamp(key, "POST", URL, now=NOW)
    assert stamped.query == (("key", "secret-7a"),)
    request = UpstreamRequest(
        http_method="POST", url=with_query(URL, stamped.query), headers=stamped.headers
    )
    assert request.url.endswith("&key=secret-7a")
    assert "secret-7a" not in repr((request, stamped, key))


def test_a_key_expires_when_the_person_was_told_so_and_else_never() -> None:
    key = ApiKey(secret="k", origin="o", obtained_at=0.0)
    assert not is_expired(key, 1e12)
    ending = replace(key, expires_at=100.0)
    assert [is_expired(ending, at) for at in (99.0, 100.0)] == [False, True]


@given(RENEWALS)
def test_a_renewal_comes_back_from_the_store_with_all_its_types(renewal: Renewal) -> None:
    kept = replace(token(refresh=None), renewal=renewal, dpop_key="{}")
    found = decode(encode(kept))
    assert found == kept
    assert isinstance(found, Token)
    assert type(found.renewal) is type(renewal)


def test_a_record_of_before_renewals_is_still_read() -> None:
    record = json.loads(encode(token()))
    del record["renewal"], record["dpop_key"]
    assert decode(json.dumps(record)) == token()


def test_a_renewal_of_a_kind_we_do_not_know_is_no_credential() -> None:
    record = json.loads(encode(token()))
    record["renewal"] = {"kind": "by-pigeon", "bird": "s3cret"}
    assert decode(json.dumps(record)) is None


@pytest.mark.parametrize(
    "renewal",
    [
        ClientCredentials(
            client=ServiceClient(client_id="us", secret="s3cret-1", private_key="s3cret-2")
        ),
        GoogleServiceAccount(client_email="a@b", private_key="s3cret", scopes=("a",)),
        GitHubApp(app_id="1", installation_id="2", private_key="s3cret"),
        EnterpriseManaged(
            idp_token_endpoint="https://idp.example/token",
            idp_client=ServiceClient(client_id="us", secret="s3cret"),
            client=ServiceClient(client_id="us", private_key="s3cret"),
            id_token="s3cret",
            refresh_token="s3cret",
        ),
    ],
    ids=lambda renewal: type(renewal).__name__,
)
def test_a_renewal_shows_no_secret(renewal: Renewal) -> None:
    shown = repr(replace(token(), renewal=renewal, dpop_key="s3cret"))
    assert type(renewal).__name__ in shown
    assert "s3cret" not in shown


@given(CREDENTIALS, st.text(min_size=8, max_size=20))
def test_a_repr_never_shows_a_secret(credential: Credential, marked: str) -> None:
    if isinstance(credential, ApiKey):
        shown = repr(ApiKey(secret=f"secret-{marked}", origin="", obtained_at=0))
    else:
        shown = repr(token(access=f"secret-{marked}", refresh=f"secret-{marked}"))
    assert "secret-" not in shown


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", '{"format": 2}', '{"format": 1, "kind": "oauth"}']
)
def test_a_text_of_another_make_is_no_credential(text: str) -> None:
    assert decode(text) is None


def test_the_stamp_is_a_bearer_header() -> None:
    stamped = stamp(token(access="abc"), "POST", URL, now=NOW)
    assert stamped.headers == (("Authorization", "Bearer abc"),)
    assert stamped.query == ()


def test_a_bound_token_is_stamped_with_a_proof_of_its_key_for_this_request_alone() -> None:
    key = new_proof_key()
    bound = replace(token(access="abc"), token_type="DPoP", dpop_key=key)
    stamped = stamp(bound, "POST", URL, now=NOW, nonce="n-1")
    (name, authorization), (second, proof) = stamped.headers
    assert (name, authorization, second) == ("Authorization", "DPoP abc", "DPoP")
    public = ECKey.import_key(json.loads(key))
    read = jwt.decode(proof, public, algorithms=["ES256"])
    assert read.header["jwk"] == public.as_dict(private=False)
    assert read.claims["htm"] == "POST"
    assert read.claims["htu"] == "https://mcp.example.com/mcp"
    assert read.claims["nonce"] == "n-1"
    assert read.claims["ath"] == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    again = stamp(bound, "POST", URL, now=NOW, nonce="n-1").headers[1][1]
    assert jwt.decode(again, public, algorithms=["ES256"]).claims["jti"] != read.claims["jti"]


def test_a_token_with_a_renewal_is_renewed_like_one_with_a_refresh_token() -> None:
    renewal = WorkloadIdentity(token_file="/run/token")
    served = replace(token(refresh=None, obtained=1000.0, life=100.0), renewal=renewal)
    assert is_renewable(served)
    assert not is_stale(served, 1001.0)
    assert is_stale(served, 1099.0)
    assert not is_renewable(token(refresh=None))
    assert not is_renewable(ApiKey(secret="k", origin="o", obtained_at=0.0))


@pytest.mark.parametrize("life", [1.0, 5.0, 60.0, 3600.0, 86400.0])
def test_a_token_is_fresh_for_most_of_its_life_however_short(life: float) -> None:
    fresh = token(obtained=1000.0, life=life)
    assert not is_stale(fresh, 1000.0)
    assert not is_stale(fresh, 1000.0 + life * 0.89)
    assert is_stale(fresh, 1000.0 + life)
    assert is_expired(fresh, 1000.0 + life)


def test_a_token_without_expiry_or_refresh_token_is_used_until_a_401() -> None:
    assert not is_stale(token(life=None), 1e12)
    assert not is_stale(token(refresh=None, life=5.0), 1e12)
    assert not is_stale(token(life=0.0), 1e12)
    assert not is_stale(token(life=-50.0), 1e12)
    assert not is_stale(ApiKey(secret="k", origin="o", obtained_at=0.0), 1e12)
