from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.stores.items import pack, read_head, unpack, utf16_units

HEAD_UNITS = 91
LIMIT = 1280


def read(items: tuple[str, ...]) -> str | None:
    head = read_head(items[0])
    return None if head is None else unpack(head, items[1:])


@given(st.text(alphabet=st.characters(exclude_categories=())), st.sampled_from([None, 95, 120]))
def test_any_text_is_read_as_it_was_packed(secret: str, limit: int | None) -> None:
    items = pack(secret, limit)
    assert read(items) == secret
    assert limit is None or all(utf16_units(item) <= limit for item in items)


@given(st.text(alphabet=st.characters(exclude_categories=()), min_size=1))
def test_no_item_holds_what_a_platform_would_change(secret: str) -> None:
    for item in pack(secret, 95):
        assert "\0" not in item
        # As Windows decodes it: a byte order mark would be eaten or obeyed.
        assert item.encode("utf-16-le").decode("utf-16") == item


@pytest.mark.parametrize("room", [LIMIT - HEAD_UNITS, 2 * LIMIT - HEAD_UNITS])
def test_items_are_filled_to_the_limit_and_one_unit_more_takes_another(room: int) -> None:
    full, over = pack("x" * room, LIMIT), pack("x" * (room + 1), LIMIT)
    assert {utf16_units(item) for item in full} == {LIMIT}
    assert len(over) == len(full) + 1
    assert utf16_units(over[-1]) == 1


def test_a_surrogate_pair_is_not_parted_at_the_limit() -> None:
    room = LIMIT - HEAD_UNITS
    fits, parted = pack("x" * (room - 2) + "🔑", LIMIT), pack("x" * (room - 1) + "🔑", LIMIT)
    assert [utf16_units(item) for item in fits] == [LIMIT]
    assert [utf16_units(item) for item in parted] == [LIMIT - 1, 2]
    assert parted[1] == "🔑"


def test_without_a_limit_there_is_one_item() -> None:
    assert len(pack("x" * 100_000, None)) == 1


@pytest.mark.parametrize(
    "torn",
    [
        lambda items: items[:-1],
        lambda items: (*items, ""),
        lambda items: (items[0], items[2], items[1], *items[3:]),
        lambda items: (*items[:-1], items[-1][:-1]),
        lambda items: (*items[:-1], "y" * len(items[-1])),
        lambda items: (items[0][:-1] + "y", *items[1:]),
        lambda items: ("not a head", *items[1:]),
        lambda items: (items[0], "\ud800", *items[2:]),
    ],
)
def test_items_that_do_not_belong_together_are_no_secret(
    torn: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> None:
    secret = "".join(str(n) for n in range(150))
    items = pack(secret, 120)
    assert len(items) == 4
    assert read(items) == secret
    assert read(torn(items)) is None


def test_a_head_does_not_show_the_secret() -> None:
    head = read_head(pack("hush", None)[0])
    assert head is not None
    assert head.first == "hush"
    assert "hush" not in repr(head)
