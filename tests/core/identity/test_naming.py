from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import check_client_name
from keyfob_core.identity.naming import suggested_name


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("Cursor", "Cursor 3"),
        ("cursor", "cursor 3"),
        ("Zed", "Zed"),
        ("Cur\u200bsor", "Cur sor"),
        ("", "client"),
        ("Keyfob", "client"),
        ("\u202e\u202e", "client"),
        ("  -- Goose! ", "Goose"),
    ],
)
def test_a_name_of_another_is_never_offered(wanted: str, offered: str) -> None:
    assert suggested_name(wanted, {"CURSOR", "Cursor 2"}) == offered


@given(st.text(max_size=200), st.sets(st.text(max_size=20), max_size=5))
def test_what_is_offered_can_be_a_name_and_is_nobody_s(wanted: str, taken: set[str]) -> None:
    taken |= {wanted, "client"}
    name = suggested_name(wanted, taken)
    assert check_client_name("name", name) == name
    assert name.casefold() not in {one.casefold() for one in taken}
    assert name.isascii()
