from __future__ import annotations

import pytest

from keyfob_core.oauth.scopes import union_scopes


@pytest.mark.parametrize(
    ("old", "asked", "union"),
    [
        ("a b", "c", ("a", "b", "c")),
        ("a b offline_access", "b c", ("a", "b", "offline_access", "c")),
        ("a", ("c", "a"), ("a", "c")),
        (None, "c", ("c",)),
        ("a", None, ("a",)),
        ("a", "", ("a",)),
        (None, None, ()),
    ],
)
def test_a_step_up_asks_for_the_old_scopes_and_the_new_each_once(
    old: str | None, asked: str | tuple[str, ...] | None, union: tuple[str, ...]
) -> None:
    assert union_scopes(old, asked) == union
