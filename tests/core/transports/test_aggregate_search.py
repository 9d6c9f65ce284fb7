from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.transports.aggregate.search import ranked, words


def tool(name: str, description: str = "", *parameters: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {parameter: {} for parameter in parameters}}
    return {"name": name, "description": description, "inputSchema": schema}


TOOLS = [
    tool("github__create_issue", "Create a new issue in a repository", "title", "labels"),
    tool("github__list_issues", "List the issues of a repository", "state"),
    tool("github__mergePullRequest", "Merge a pull request", "method"),
    tool("slack__post_message", "Send a message to a channel", "channel", "text"),
    tool("drive__search", "Find files by their name or contents", "query"),
    tool("drive__delete", "Delete one for good; there is no way back", "file_id"),
]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("create issue", "github__create_issue"),
        ("issues list", "github__list_issues"),
        ("merge PULL requests", "github__mergePullRequest"),
        ("send a slack message", "slack__post_message"),
        ("find file", "drive__search"),
        ("label", "github__create_issue"),
        ("repo state", "github__list_issues"),
        ("file_id", "drive__delete"),
    ],
)
def test_the_tool_that_is_meant_comes_first(query: str, best: str) -> None:
    assert ranked(query, TOOLS)[0]["name"] == best


def test_what_has_nothing_to_do_with_the_words_is_left_out() -> None:
    assert ranked("weather", TOOLS) == []
    assert {one["name"] for one in ranked("drive", TOOLS)} == {"drive__search", "drive__delete"}


def test_without_words_all_tools_stand_in_their_order() -> None:
    assert ranked(" -- ", TOOLS) == TOOLS
    assert ranked("anything", []) == []


def test_words_are_found_however_they_are_joined() -> None:
    assert words("listPullRequests list_issues GetHTTPResponse2") == [
        "list",
        "pull",
        "request",
        "list",
        "issue",
        "get",
        "http",
        "response",
        "2",
    ]


@given(st.text(), st.lists(st.builds(tool, st.text(max_size=20), st.text(max_size=40)), max_size=8))
def test_a_search_answers_some_of_the_tools_each_once(
    query: str, tools: list[dict[str, Any]]
) -> None:
    found = ranked(query, tools)
    assert len(found) <= len(tools)
    left: list[Any] = list(tools)
    for one in found:
        left.remove(one)


@given(st.from_type(dict))
def test_what_a_server_lists_may_be_anything(odd: dict[Any, Any]) -> None:
    assert ranked("x", [odd]) in ([], [odd])
