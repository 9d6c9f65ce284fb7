from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.messages.headers import header, headers_down, headers_up

STAMP = (("Authorization", "Bearer upstream"),)


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "authorization",
        "Cookie",
        "Host",
        "Origin",
        "Referer",
        "Proxy-Authorization",
    ],
)
def test_what_belongs_to_this_side_never_goes_up(name: str) -> None:
    stamped = headers_up(((name, "local"), ("X-Own", "1")), STAMP)
    bare = headers_up(((name, "local"), ("X-Own", "1")))
    for sent, there in ((stamped, ["Bearer upstream"]), (bare, [])):
        ours = there if name.lower() == "authorization" else []
        assert [value for key, value in sent if key.lower() == name.lower()] == ours
        assert ("X-Own", "1") in sent


def test_a_clients_own_field_of_a_stamped_name_gives_way() -> None:
    sent = headers_up((("x-api-KEY", "local"), ("X-Own", "1")), (("X-Api-Key", "upstream"),))
    assert [value for name, value in sent if name.lower() == "x-api-key"] == ["upstream"]
    assert ("X-Own", "1") in sent


def test_unknown_headers_pass_in_their_order_and_spelling() -> None:
    fields = (("mCp-PaRaM-x", "1"), ("Accept", "a, b"), ("x-dup", "1"), ("X-Dup", "2"))
    assert headers_up(fields)[:-1] == fields
    assert headers_down(fields) == fields


def test_headers_that_connection_names_stay_on_their_hop() -> None:
    fields = (("Connection", "X-Hop, close"), ("X-Hop", "1"), ("X-End", "2"))
    assert header(headers_up(fields), "x-hop") is None
    assert headers_down(fields) == (("X-End", "2"),)


@pytest.mark.parametrize("name", ["WWW-Authenticate", "Set-Cookie", "Access-Control-Allow-Origin"])
def test_what_a_client_must_not_see_never_comes_down(name: str) -> None:
    assert headers_down(((name, "x"), ("Content-Type", "y"))) == (("Content-Type", "y"),)


NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, st.text(max_size=10)), max_size=8).map(tuple))
def test_exactly_one_authorization_goes_up_and_it_is_ours(
    fields: tuple[tuple[str, str], ...],
) -> None:
    sent = headers_up((*fields, ("AUTHORIZATION", "Bearer local")), STAMP)
    assert [value for name, value in sent if name.lower() == "authorization"] == ["Bearer upstream"]
