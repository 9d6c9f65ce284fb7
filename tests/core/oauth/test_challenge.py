from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.oauth.challenge import Challenge, oauth_challenge, parse_challenges

TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
tokens = st.text(TOKEN_CHARACTERS, min_size=1, max_size=12)
values = st.text(st.characters(min_codepoint=9, max_codepoint=255), max_size=20)
challenges = st.builds(
    lambda scheme, parameters: Challenge(scheme, parameters),
    tokens,
    st.dictionaries(tokens.map(str.lower), values, max_size=4),
)


def written(challenge: Challenge) -> str:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    pairs = ", ".join(f"{name}={quoted(value)}" for name, value in challenge.parameters.items())
    return f"{challenge.scheme} {pairs}".strip()


@given(st.text())
def test_no_header_makes_the_parser_raise(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme


@given(st.text(alphabet='Bearer=", \\a/:\t', max_size=200))
def test_no_broken_challenge_makes_the_parser_raise(header: str) -> None:
    oauth_challenge(parse_challenges(header))


@given(st.lists(challenges, max_size=4))
def test_what_was_written_well_is_read_back_as_it_was(given_challenges: list[Challenge]) -> None:
    header = ", ".join(map(written, given_challenges))

    assert parse_challenges(header) == tuple(given_challenges)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        (", ,", ()),
        ("Negotiate", (Challenge("Negotiate"),)),
        ("Negotiate YWJj==", (Challenge("Negotiate", token68="YWJj=="),)),
        (
            'Basic realm="a, b", Bearer scope="x y", error=invalid_token',
            (
                Challenge("Basic", {"realm": "a, b"}),
                Challenge("Bearer", {"scope": "x y", "error": "invalid_token"}),
            ),
        ),
        (
            "Bearer resource_metadata=https://a.example/x?y=1",
            (Challenge("Bearer", {"resource_metadata": "https://a.example/x?y=1"}),),
        ),
        (
            'Bearer realm="a" scope="b"',
            (Challenge("Bearer", {"realm": "a", "scope": "b"}),),
        ),
        ('BEARER Realm = "a\\"b"', (Challenge("BEARER", {"realm": 'a"b'}),)),
        ('Bearer scope="first", scope="second"', (Challenge("Bearer", {"scope": "first"}),)),
        ('Bearer scope="never ends', (Challenge("Bearer"),)),
    ],
)
def test_headers_of_the_wild_are_read(header: str, expected: tuple[Challenge, ...]) -> None:
    assert parse_challenges(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Negotiate, Bearer scope="s"', {"scope": "s"}),
        ('Bearer realm="x", Bearer resource_metadata="u"', {"resource_metadata": "u"}),
        ('DPoP resource_metadata="u", Bearer scope="s"', {"resource_metadata": "u"}),
        ('Basic realm="x"', {}),
        ("", {}),
    ],
)
def test_of_several_challenges_the_one_of_oauth_is_taken(
    header: str, expected: dict[str, str]
) -> None:
    assert oauth_challenge(parse_challenges(header)).parameters == expected


@pytest.mark.parametrize("piece", ['"', '\\"', 'a="', "a=\\", " ", ",", "a", 'Bearer a="b",'])
def test_a_header_of_a_megabyte_costs_little(piece: str) -> None:
    started = time.process_time()

    parse_challenges(piece * (1 << 20))

    assert time.process_time() - started < 2
