from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.transports.aggregate.items import (
    PROMPTS,
    RESOURCES,
    TEMPLATES,
    TOOLS,
    items_in,
    page_of,
    public_items,
)
from keyfob_core.transports.aggregate.names import Names
from keyfob_core.transports.aggregate.requests import NotServed


def tools(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "inputSchema": {"type": "object"}} for name in names]


def listed(count: int) -> list[dict[str, Any]]:
    return tools(*(f"t{number}" for number in range(count)))


@given(st.integers(0, 30), st.integers(1, 12))
def test_the_pages_of_a_list_are_the_list(count: int, size: int) -> None:
    items = listed(count)
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(count + 1):
        page, cursor = page_of(TOOLS, items, cursor, size)
        assert len(page) <= size
        found += page
        if cursor is None:
            break
    assert cursor is None
    assert found == items


def test_a_page_goes_on_behind_the_last_one_although_the_list_grew_before_it() -> None:
    _, cursor = page_of(TOOLS, listed(5), None, 3)
    grown = [*tools("new"), *listed(5)]
    page, _ = page_of(TOOLS, grown, cursor, 10)
    assert [item["name"] for item in page] == ["t3", "t4"]


@pytest.mark.parametrize("cursor", ["", "x", "!!!", 7, "Z29uZQ=="])
def test_a_cursor_of_no_list_is_an_error_of_the_protocol(cursor: object) -> None:
    with pytest.raises(NotServed) as caught:
        page_of(TOOLS, listed(5), cursor, 3)
    assert caught.value.code == -32602


def test_of_two_tools_of_one_name_the_first_stays() -> None:
    twice = [{"name": "a", "n": 1}, {"name": "a", "n": 2}, {"name": "b"}]
    found = public_items(TOOLS, [("one", twice), ("two", twice)], Names())
    assert [(item["name"], item.get("n")) for item in found] == [
        ("one__a", 1),
        ("one__b", None),
        ("two__a", 1),
        ("two__b", None),
    ]
    assert twice[0]["name"] == "a", "what is remembered stays as the server said it"


@pytest.mark.parametrize(
    ("kind", "item", "public"),
    [
        (PROMPTS, {"name": "p"}, {"name": "one__p"}),
        (RESOURCES, {"name": "r", "uri": "a:b"}, {"name": "r", "uri": "keyfob:one/a:b"}),
        (
            TEMPLATES,
            {"name": "t", "uriTemplate": "a:{b}"},
            {"name": "t", "uriTemplate": "keyfob:one/a:{b}"},
        ),
    ],
)
def test_each_kind_is_told_apart_by_what_it_is_asked_for_by(
    kind: Any, item: dict[str, Any], public: dict[str, Any]
) -> None:
    assert public_items(kind, [("one", [item])], Names()) == [public]


def test_the_app_of_a_tool_is_read_at_the_address_it_has_here() -> None:
    meta = {"ui": {"resourceUri": "ui://a", "visibility": ["model"]}, "ui/resourceUri": "ui://a"}
    [found] = public_items(TOOLS, [("one", [{"name": "t", "_meta": {**meta, "x": 1}}])], Names())
    assert found["_meta"] == {
        "ui": {"resourceUri": "keyfob:one/ui://a", "visibility": ["model"]},
        "ui/resourceUri": "keyfob:one/ui://a",
        "x": 1,
    }


@pytest.mark.parametrize(
    "result",
    [{}, {"tools": None}, {"tools": "no"}, {"tools": [1, None, {}, {"name": 5}, ["name"]]}],
)
def test_what_cannot_be_told_apart_is_left_out(result: dict[str, Any]) -> None:
    assert items_in(TOOLS, result) == ()
