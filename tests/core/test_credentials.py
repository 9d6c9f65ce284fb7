from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.credentials import decode, encode, is_expired, is_stale, stamp
from keyfob_core.model import ApiKey, Credential
from support.tokens import token

TEXTS = st.text(max_size=30)
CREDENTIALS = st.one_of(
    st.builds(
        token,
        access=TEXTS,
        refresh=st.none() | TEXTS,
        obtained=st.floats(0, 4e9),
        life=st.none() | st.floats(-100, 1e6),
        generation=st.integers(1, 1000),
    ),
    st.builds(ApiKey, secret=TEXTS, origin=TEXTS, obtained_at=st.floats(0, 4e9)),
)


@given(CREDENTIALS)
def test_a_credential_comes_back_from_the_store_as_it_was(credential: Credential) -> None:
    assert decode(encode(credential)) == credential


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
    assert stamp(token(access="abc")) == ("Authorization", "Bearer abc")


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
