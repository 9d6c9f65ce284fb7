from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import Server
from keyfob_core.model import Headers, UpstreamResponse
from keyfob_core.tools.pins import (
    PINNED,
    Pin,
    canonical,
    diff_lines,
    digest_of,
    pin_of,
    read_list,
    seen_tool,
    tool_change,
)
from keyfob_core.tools.tool_lists import Tool, cut
from keyfob_core.traits import Trait, traits

JSON: Headers = (("Content-Type", "application/json"),)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
TOOLS = st.fixed_dictionaries(
    {"name": st.text(min_size=1)},
    optional=dict.fromkeys([key for key in PINNED if key != "name"], VALUES),
)


def read(text: str) -> Any:
    return read_list(text.encode(errors="surrogatepass"))[0]


def digest(tool: Any) -> str:
    return digest_of(canonical(tool))


def shuffled(value: object) -> object:
    """The same value, its keys the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(one) for one in value] if isinstance(value, list) else value


@given(TOOLS)
def test_neither_the_order_of_keys_nor_white_space_makes_another_tool(tool: dict[str, Any]) -> None:
    narrow = read(json.dumps(tool, separators=(",", ":")))
    wide = read(json.dumps(shuffled(tool), indent=3))

    assert digest(narrow) == digest(wide)


@given(TOOLS, st.text(min_size=1), VALUES)
def test_what_is_not_pinned_makes_no_other_tool(
    tool: dict[str, Any], key: str, value: object
) -> None:
    if key not in PINNED:
        assert digest(tool) == digest({**tool, key: value})


@given(TOOLS, st.sampled_from(PINNED), VALUES)
def test_any_other_value_of_a_pinned_field_makes_another_tool(
    tool: dict[str, Any], key: str, value: object
) -> None:
    changed = {**tool, key: value}
    same = key in tool and json.dumps(tool[key], sort_keys=True) == json.dumps(
        value, sort_keys=True
    )
    # 1, 1.0 and true are equal to Python, and only the first two are to JSON.
    if not same and not (key in tool and tool[key] == value):
        assert digest(changed) != digest(tool)


@given(TOOLS)
def test_a_field_that_is_null_is_another_than_one_that_is_not_there(tool: dict[str, Any]) -> None:
    for key in PINNED:
        if key not in tool:
            assert digest({**tool, key: None}) != digest(tool)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1", "1.0", True),
        ("100", "1e2", True),
        ("0.5", "5E-1", True),
        ("0", "-0.0", True),
        ("0.1", "0.10000000000000000001", False),
        ("1e400", "1e401", False),
        ("1" + "0" * 60, "1e60", True),
        ("9007199254740993", "9007199254740992", False),
        ("1", "true", False),
        ("1", '"1"', False),
    ],
)
def test_numbers_are_compared_by_their_exact_value(one: str, other: str, same: bool) -> None:
    tools = [
        read(f'{{"name": "t", "inputSchema": {{"minimum": {said}}}}}') for said in (one, other)
    ]

    assert (digest(tools[0]) == digest(tools[1])) is same


@given(VALUES)
def test_a_value_has_one_text_whatever_stands_beside_it(value: object) -> None:
    alone = canonical({"name": "t", "inputSchema": value})
    beside_a_fraction = canonical({"name": "t", "inputSchema": value, "title": 0.5})

    assert beside_a_fraction == alone.removesuffix("}") + ',"title":5e-1}'


@given(st.lists(TOOLS, max_size=6), st.data())
def test_a_cut_list_has_exactly_the_approved_tools(
    tools: list[dict[str, Any]], data: st.DataObject
) -> None:
    approved = {
        digest(tool)
        for tool in tools
        if data.draw(st.booleans(), label=f"approve {tool['name']!r}")
    }
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": tools, "x": 1}}).encode()

    async def review(listed: Any) -> list[bool]:
        return [digest(tool) in approved for tool in listed]

    async def cut_out() -> bytes:
        async def body() -> AsyncIterator[bytes]:
            yield answer

        response = UpstreamResponse(status=200, headers=JSON, body=body())
        return b"".join([one async for one in await cut(response, review, unfailing)])

    found = asyncio.run(cut_out())
    kept: list[Tool] = [tool for tool in tools if digest(tool) in approved]
    assert [digest(tool) for tool in read(found.decode())["result"]["tools"]] == [
        digest(tool) for tool in kept
    ]
    if len(kept) == len(tools):
        assert found == answer


async def unfailing(error: Exception) -> bytes:
    raise AssertionError(str(error))


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        (None, {Trait.DESTRUCTIVE, Trait.OPEN_WORLD}),
        ({}, {Trait.DESTRUCTIVE, Trait.OPEN_WORLD}),
        ({"readOnlyHint": True}, {Trait.READ_ONLY, Trait.OPEN_WORLD}),
        ({"readOnlyHint": "yes"}, {Trait.DESTRUCTIVE, Trait.OPEN_WORLD}),
        ({"readOnlyHint": True, "destructiveHint": True}, {Trait.READ_ONLY, Trait.OPEN_WORLD}),
        ({"destructiveHint": False, "openWorldHint": False}, set[Trait]()),
        (
            {"destructiveHint": False, "idempotentHint": True},
            {Trait.IDEMPOTENT, Trait.OPEN_WORLD},
        ),
    ],
)
def test_what_annotations_leave_open_is_what_the_protocol_says(
    annotations: object, said: set[Trait]
) -> None:
    assert traits(annotations) == said


def pin(**fields: Any) -> Pin:
    found = pin_of("s", "target", {"name": "t", **fields}, 1.0)
    assert found is not None
    return found


def test_a_change_is_told_field_by_field_with_what_was_approved() -> None:
    before = pin(description="Adds.", inputSchema={"a": 1, "b": 2})
    after = pin(description="Adds.", inputSchema={"a": 1, "b": 3}, title="Add")

    change = tool_change(after, before, {})

    assert [field.field for field in change.fields] == ["title", "inputSchema"]
    assert not change.added
    assert diff_lines(change.fields[1])[-3:] == ('-  "b": 2', '+  "b": 3', " }")


def test_a_tool_without_a_name_has_no_pin() -> None:
    assert pin_of("s", "target", {"name": 3}, 1.0) is None
    assert pin_of("s", "target", {}, 1.0) is None


def test_a_pin_has_another_id_for_every_text_and_every_place() -> None:
    first = pin(description="A.")
    elsewhere = pin_of("s", "other", {"name": "t", "description": "A."}, 1.0)

    assert first.id == pin(description="A.").id
    assert len({first.id, pin(description="B.").id, elsewhere.id if elsewhere else ""}) == 3


def test_a_server_finds_no_two_texts_of_one_id() -> None:
    # Found in seconds among a million texts while an id had 40 bits.
    target = Server("s", "https://x/mcp").target
    shown = {"name": "a", "description": "Reads a note. (531170)"}
    meant = {"name": "a", "description": "Sends all notes away. (509407)"}
    pins = [pin_of("s", target, tool, 1.0) for tool in (shown, meant)]
    ids = {one.id for one in pins if one is not None}
    assert len(ids) == 2
    assert {len(one) for one in ids} == {33}


def test_a_person_is_shown_a_text_that_is_no_text_as_it_stands() -> None:
    shown = seen_tool(pin(description={"x": 1}, title=["y"]), {})

    assert shown.description == '{\n  "x": 1\n}'
    assert shown.title == '[\n  "y"\n]'
