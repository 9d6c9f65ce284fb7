"""`/mcp` for clients that would drown in tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import ElicitResult

from support.aggregate import ask, at_all, names_at, said, two_servers
from support.full_server import tool
from support.prompter import DENY, RecordingPrompter
from support.relay import ALLOW_ALL

SEARCH = ["find_tools", "call_tool", "keyfob_status"]
ASK_ALL = '[defaults]\naccess = "ask"\n'


async def found_at(client: Client, query: str, **more: Any) -> dict[str, Any]:
    result = await client.call_tool("find_tools", {"query": query, **more})
    assert result.structured_content is not None, result.content
    return result.structured_content


@pytest.mark.parametrize(
    ("extra", "query", "searches"),
    [
        ("", "", False),
        ("", "?tools=search", True),
        ('[clients.client]\ntools = "search"\n', "", True),
        ('[clients.other]\ntools = "search"\n', "", False),
        ('[clients.client]\ntools = "search"\n', "?tools=list", False),
        ("[relay]\nsearch_above = 12\n", "", False),
        ("[relay]\nsearch_above = 11\n", "", True),
        ('[relay]\nsearch_above = 11\n[clients.client]\ntools = "list"\n', "", False),
    ],
)
async def test_the_search_stands_in_place_of_the_list_where_it_is_wanted(
    tmp_path: Path, extra: str, query: str, searches: bool
) -> None:
    async with (
        two_servers(tmp_path, extra=ALLOW_ALL + extra) as (relay, *_),
        at_all(relay, query=query) as client,
    ):
        named = await names_at(client)
    assert (named == SEARCH) == searches
    assert len(named) == (3 if searches else 13)


async def test_a_view_that_there_is_not_is_refused(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_), relay.client() as client:
        answer = await ask(client, "tools/list", path="/mcp?tools=grid")
    assert answer.status == 400


async def test_tools_are_found_by_words_and_called_by_their_names(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two):
        one.tools.append(tool("create_issue", "Create an issue", properties={"title": {}}))
        async with at_all(relay, query="?tools=search") as client:
            assert SEARCH[0] in (client.instructions or "")
            assert await names_at(client) == SEARCH
            found = await found_at(client, "create issue", limit=3)
            best = found["tools"][0]
            assert best["name"] == "one__create_issue"
            assert best["inputSchema"] == {"type": "object", "properties": {"title": {}}}
            assert found["missing"] == []
            called = {"name": "two__echo", "arguments": {"a": 1}}
            answer = said(await client.call_tool("call_tool", called))
            assert answer == {"server": "two", "arguments": {"a": 1}}
            # A name that is known can be called as it is, too.
            assert said(await client.call_tool("one__echo", {}))["server"] == "one"
    assert two.calls == [("echo", {"a": 1})]


async def test_null_stands_for_what_is_left_out(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, _), relay.client() as client:
        given: dict[str, Any] = {"query": "echo", "limit": None}
        found = await ask(client, "tools/call", name="find_tools", arguments=given)
        assert found.json["result"]["structuredContent"]["found"] == 2
        given = {"name": "one__echo", "arguments": None}
        answer = await ask(client, "tools/call", name="call_tool", arguments=given)
    assert not answer.json["result"].get("isError")
    assert one.calls == [("echo", {})]


async def test_a_search_shows_no_more_than_it_is_asked_for(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        found = await found_at(client, "", limit=5)
        assert (len(found["tools"]), found["found"]) == (5, 12)


async def test_a_call_by_way_of_the_search_is_judged_as_the_tool_itself(tmp_path: Path) -> None:
    prompter = RecordingPrompter(DENY)
    rules = f'{ASK_ALL}[[rules]]\nid = "r1"\nserver = "one"\ntool = "fail"\naccess = "deny"\n'
    async with (
        two_servers(tmp_path, extra=rules, prompter=prompter) as (relay, one, two),
        relay.client() as client,
    ):
        for name in ("one__fail", "two__echo"):
            answer = await ask(client, "tools/call", name="call_tool", arguments={"name": name})
            assert answer.error["code"] == -31001
        assert one.calls == two.calls == []
        [prompt] = prompter.asked
        assert "'echo'" in repr(prompt)
        found = await ask(client, "tools/call", name="find_tools", arguments={"query": "fail"})
        names = [each["name"] for each in found.json["result"]["structuredContent"]["tools"]]
        assert names == ["two__fail"]


async def test_a_question_on_the_way_is_answered_through_the_search_too(tmp_path: Path) -> None:
    async def answer(_: Any, __: Any) -> ElicitResult:
        return ElicitResult(action="accept", content={"colour": "red"})

    async with (
        two_servers(tmp_path) as (relay, *_),
        at_all(relay, query="?tools=search", elicitation_callback=answer) as client,
    ):
        result = await client.call_tool("call_tool", {"name": "one__ask", "arguments": {}})
    assert said(result) == {"colour": "red"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("find_tools", {}),
        ("find_tools", {"query": 1}),
        ("find_tools", {"query": "x", "limit": 0}),
        ("find_tools", {"query": "x", "limit": "many"}),
        ("call_tool", {}),
        ("call_tool", {"name": "call_tool"}),
        ("call_tool", {"name": "one__echo", "arguments": "none"}),
        ("call_tool", {"name": "nothing__here"}),
        ("call_tool", {"name": "here"}),
    ],
)
async def test_a_model_is_told_what_it_did_wrong(
    tmp_path: Path, name: str, arguments: dict[str, Any]
) -> None:
    async with two_servers(tmp_path) as (relay, one, _), relay.client() as client:
        answer = await ask(client, "tools/call", name=name, arguments=arguments)
        result = answer.json["result"]
    assert result["isError"]
    assert "find_tools" in result["content"][0]["text"]
    assert one.calls == []
