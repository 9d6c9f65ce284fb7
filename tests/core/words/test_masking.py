from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.words.masking import masked

HIDDEN = "•••• ({} characters hidden)"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "newPassword",
        "db_password",
        "API-KEY",
        "apiKey",
        "apikey",
        "client_secret",
        "accessToken",
        "token",
        "Authorization",
        "privateKey",
        "credentials",
    ],
)
def test_a_field_that_is_named_like_a_secret_is_hidden(name: str) -> None:
    assert masked({"a": {name: "hunter2"}}) == {"a": {name: HIDDEN.format(7)}}
    assert masked({name: ["hunter2", ""]}) == {name: [HIDDEN.format(7), ""]}


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "tokens",
        "page_token",
        "nextPageToken",
        "passenger",
        "key",
        "secretary",
        "path",
    ],
)
def test_a_field_that_only_sounds_like_one_is_shown(name: str) -> None:
    assert masked({name: "value"}) == {name: "value"}


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1" * 18,
        "github_pat_" + "A1" * 30,
        "sk-proj-" + "a" * 40,
        "xoxb-123456789012-abcdefghijkl",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "kf_" + "x" * 43,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIE cut off",
    ],
)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    said = masked({"command": f"run --with {secret}"})
    assert said == {"command": f"run --with {HIDDEN.format(len(secret))}"}


def test_the_password_of_an_address_and_a_bearer_token_are_hidden() -> None:
    said = masked(["https://ada:pass@host/x", "curl -H 'Authorization: Bearer abcdefghijklmnop'"])
    assert said == [
        f"https://{HIDDEN.format(8)}@host/x",
        f"curl -H 'Authorization: Bearer {HIDDEN.format(16)}'",
    ]


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab :/.", max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz"), inner, max_size=3),
)


@given(JSON)
def test_what_holds_no_secret_is_shown_as_it_is(value: object) -> None:
    assert json.dumps(masked(value)) == json.dumps(value)


def test_a_client_sends_no_arguments_that_take_long_to_mask() -> None:
    began = process_time()
    masked("-eyJ" * 25_000)
    assert process_time() - began < 2


def test_a_token_behind_a_joint_is_hidden_too() -> None:
    token = "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln"
    assert masked(f"x-{token}") == f"x-{HIDDEN.format(len(token))}"
    assert masked(f"-eyJ{token}") == f"-{HIDDEN.format(len(token) + 3)}"
