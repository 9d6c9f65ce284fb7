from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import check_name
from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.aggregate.names import (
    LONGEST,
    Names,
    is_shortened,
    may_be_of,
    public_name,
)
from keyfob_core.transports.aggregate.tools import OWN


def is_server(name: str) -> bool:
    try:
        check_name("name", name)
    except ConfigInvalid:
        return False
    return True


SERVERS = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9.-]|_(?!_)){0,62}", fullmatch=True).filter(
    is_server
)
NAMES = (
    st.from_regex(r"[A-Za-z0-9_.-]{0,140}", fullmatch=True)
    | st.text(max_size=80)
    | st.from_regex(r"[a-z_]{0,30}_[a-z2-7]{16}", fullmatch=True)
)
PAIRS = st.tuples(SERVERS, NAMES)


@given(PAIRS)
def test_every_name_is_legal_and_always_the_same(pair: tuple[str, str]) -> None:
    public = public_name(*pair)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", public)
    assert public == public_name(*pair)
    assert public not in OWN


@given(PAIRS, PAIRS)
def test_two_never_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (public_name(*one) == public_name(*other)) == (one == other)


@given(SERVERS, SERVERS, NAMES)
def test_a_tool_that_is_named_like_the_name_of_another_gets_its_own(
    one: str, other: str, name: str
) -> None:
    public = public_name(one, name)
    for server in {one, other}:
        for imitation in (public, public.removeprefix(f"{server}__"), f"_{name}"):
            if (server, imitation) != (one, name):
                assert public_name(server, imitation) != public


@given(PAIRS)
def test_a_name_leads_back_to_what_it_was_made_of(pair: tuple[str, str]) -> None:
    names = Names()
    assert names.find(names.give(*pair)) == pair
    public = public_name(*pair)
    # What is written out needs no memory; what is shortened knows at least whose it may be.
    assert Names().find(public) == (None if is_shortened(public) else pair)
    assert may_be_of(public, pair[0])


def test_a_name_that_fits_is_written_out() -> None:
    assert public_name("github", "create_issue") == "github__create_issue"
    assert public_name("a", "_b") == "a___b"
    assert public_name("a" * 32, "b" * 30) == f"{'a' * 32}__{'b' * 30}"


@pytest.mark.parametrize(
    ("server", "name"),
    [("my.server", "x"), ("a_", "b"), ("a", "files/read"), ("a" * 40, "b" * 40), ("a", "größe")],
)
def test_a_name_that_does_not_fit_keeps_its_beginning(server: str, name: str) -> None:
    public = public_name(server, name)
    assert is_shortened(public)
    assert len(public) <= LONGEST
    assert public[: len(server)] == server.replace(".", "_")


def test_names_that_cannot_be_read_are_remembered_up_to_a_bound() -> None:
    names = Names(most=2)
    one, two, three = (names.give("my.server", f"tool{number}") for number in range(3))
    assert names.find(one) is None
    assert names.find(two) == ("my.server", "tool1")
    assert names.find(three) == ("my.server", "tool2")


@pytest.mark.parametrize("public", ["", "github", "__x", "a__b__", "keyfob_status"])
def test_what_stands_for_nothing_is_not_found_or_stands_for_itself(public: str) -> None:
    found = Names().find(public)
    assert found is None or public_name(*found) == public
