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


LONG = "The quota of an account, what it is for and how it is counted, stands elsewhere. " * 20
ALIKE = [
    tool(
        "hub__reactions_create_for_issue", "Create a reaction to an issue. Issue reactions count."
    ),
    tool("hub__issues_create_label", f"Create a label for issues. {LONG}"),
    tool("hub__issues_create", f"Create an issue. {LONG}", "title", "body"),
    tool("hub__repos_list", "List repositories.", "page"),
    tool("hub__teams_describe", "Says what my team is in my organization, with its repositories."),
    tool("hub__files_tree", f"Show files. {LONG}", "path"),
    tool("hub__files_list", "List the files of a directory."),
]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("create an issue", "hub__issues_create"),
        ("create a label for an issue", "hub__issues_create_label"),
        ("list my repositories", "hub__repos_list"),
        ("what is in my repositories", "hub__repos_list"),
        ("listing files", "hub__files_list"),
    ],
)
def test_a_name_that_is_what_was_asked_for_comes_before_longer_ones(query: str, best: str) -> None:
    assert ranked(query, ALIKE)[0]["name"] == best


def test_words_that_say_nothing_are_looked_for_where_there_are_no_others() -> None:
    [found] = ranked("what is my", ALIKE)[:1]
    assert found["name"] == "hub__teams_describe"


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
