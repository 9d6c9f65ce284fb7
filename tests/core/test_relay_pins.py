"""Pins seen from both ends: lists that are cut, calls that wait, and what the person is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.answers.waiting import Pace
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.prompts import Decision, Lasts, Prompt, ToolChangePrompt, ToolListPrompt
from support.eventually import eventually
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter
from support.raw_http import RawAnswer, RawClient
from support.relay import ALLOW_ALL, RunningRelay, running_relay
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sse_reply,
)

pytestmark = pytest.mark.usefixtures("form")

READ: dict[str, Any] = {
    "name": "read",
    "description": "Reads.",
    "inputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
}
WRITE: dict[str, Any] = {
    "name": "write",
    "description": "Writes.",
    "inputSchema": {"type": "object"},
}
BRIEF = "[relay]\nwait = 1\n"


@dataclass
class Listing:
    """A server whose tools a test changes; it answers lists, and every call by its tool's name."""

    tools: list[dict[str, Any]] = field(default_factory=lambda: [READ, WRITE])
    events: bool = False
    page: int = 1000

    def __call__(self, seen: Seen) -> Reply:
        message = json.loads(seen.body)
        result: dict[str, Any] = {"content": []}
        if message["method"] == "tools/list":
            start = int(message.get("params", {}).get("cursor", 0))
            result = {"tools": self.tools[start : start + self.page]}
            if start + self.page < len(self.tools):
                result["nextCursor"] = str(start + self.page)
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        if self.events:
            return sse_reply(b"data: " + json.dumps(answer).encode() + b"\n\n")
        return json_reply(answer)


def call(tool: str, request_id: object = 7) -> dict[str, Any]:
    params = {"name": tool, "arguments": {}}
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


def listing(cursor: str | None = None) -> dict[str, Any]:
    params = {"cursor": cursor} if cursor else {}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params}


def result(answer: RawAnswer) -> dict[str, Any]:
    """The message that an answer holds, as JSON or as the last of its events."""
    if answer.body.startswith(b"{"):
        return answer.json
    return json.loads([event.data for event in EventStream().feed(answer.body) if event.data][-1])


def names(answer: RawAnswer) -> list[str]:
    return [tool["name"] for tool in result(answer)["result"]["tools"]]


def code(answer: RawAnswer) -> str:
    return result(answer)["error"]["data"]["code"]


@asynccontextmanager
async def pinned(
    folder: Path,
    respond: Callable[[Seen], Reply],
    *answers: Any,
    attended: bool = True,
    extra: str = ALLOW_ALL,
    **parts: Any,
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    prompter = parts.pop("prompter", None) or RecordingPrompter(*answers, attended=attended)
    async with (
        scripted_upstream(respond) as upstream,
        running_relay(
            folder,
            upstream.url,
            extra=extra,
            prompter=prompter,
            pinned=True,
            pace=parts.pop("pace", Pace(0.05, 0.05)),
            **parts,
        ) as relay,
        relay.client() as client,
    ):
        yield client, upstream, relay


def kinds(relay: RunningRelay) -> list[type[Prompt]]:
    return [type(prompt) for prompt in relay.prompter.asked]


@pytest.mark.parametrize("events", [False, True], ids=["json", "events"])
async def test_a_first_list_is_one_question_and_then_passes_as_it_came(
    tmp_path: Path, events: bool
) -> None:
    async with pinned(tmp_path, Listing(events=events), ALLOW) as (client, _, relay):
        assert names(await client.post(listing())) == ["read", "write"]
        assert names(await client.post(listing())) == ["read", "write"]
        [prompt] = relay.prompter.asked
        assert isinstance(prompt, ToolListPrompt)
        assert [tool.name for tool in prompt.tools] == ["read", "write"]
        assert [event["tool"] for event in relay.events("tool_approved")] == ["read", "write"]
        assert result(await client.post(call("read")))["result"] == {"content": []}


async def test_a_list_as_it_was_approved_passes_byte_for_byte(tmp_path: Path) -> None:
    body = (
        b'{ "jsonrpc":"2.0","id":1, "result" : {"tools":[ {"inputSchema":{"type":"object"},'
        b' "name":"read", "description":"Reads.", "annotations":{"readOnlyHint":true},'
        b' "_meta":{"x":1} } ]}}'
    )
    async with pinned(tmp_path, lambda _: Reply(chunks=(body,)), ALLOW) as (client, _, relay):
        assert names(await client.post(listing())) == ["read"]
        assert (await client.post(listing())).body == body
        assert len(relay.prompter.asked) == 1


@pytest.mark.parametrize("events", [False, True], ids=["json", "events"])
async def test_a_refused_list_comes_without_its_tools_and_is_not_asked_about_again(
    tmp_path: Path, events: bool
) -> None:
    async with pinned(tmp_path, Listing(events=events), DENY) as (client, _, relay):
        assert names(await client.post(listing())) == []
        assert names(await client.post(listing())) == []
        assert len(relay.prompter.asked) == 1
        answer = await client.post(call("read"))
        assert code(answer) == "access_denied"
        assert "read" in answer.error["message"]


async def test_a_list_that_nobody_answers_for_comes_empty_and_is_asked_about_again(
    tmp_path: Path,
) -> None:
    async with pinned(tmp_path, Listing(), DISMISSED, ALLOW) as (client, _, _relay):
        assert names(await client.post(listing())) == []
        assert names(await client.post(listing())) == ["read", "write"]


async def test_where_nobody_can_be_asked_the_list_comes_without_what_waits(tmp_path: Path) -> None:
    async with pinned(tmp_path, Listing(), attended=False) as (client, _, relay):
        assert names(await client.post(listing())) == []
        assert [pin.tool for pin, _ in relay.pinning.pending()] == ["read", "write"]
        [waiting] = relay.events("tools_waiting")
        assert waiting["details"] | {"new": 2, "changed": 0} == waiting["details"]
        relay.pinning.approve([relay.pinning.pending()[0][0]], "test")
        assert names(await client.post(listing())) == ["read"]


@pytest.mark.parametrize("events", [False, True], ids=["json", "events"])
async def test_a_list_whose_question_stays_open_ends_with_the_link(
    tmp_path: Path, events: bool
) -> None:
    extra = ALLOW_ALL + BRIEF
    async with pinned(tmp_path, Listing(events=events), extra=extra) as (client, _, relay):
        error = result(await client.post(listing()))["error"]
        assert error["data"]["code"] == "answer_awaited"
        assert "/wait/" in error["data"]["wait_url"]
        relay.prompter.answer(ALLOW)
        await eventually(lambda: not relay.pinning.pending())
        assert names(await client.post(listing())) == ["read", "write"]
        assert len(relay.prompter.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Reads, and sends it away."},
        {"title": "Read"},
        {"inputSchema": {"type": "object", "properties": {"note": {"type": "string"}}}},
        {"outputSchema": {"type": "object"}},
        {"annotations": {"readOnlyHint": False}},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_changed_tool_is_hidden_and_refused_until_the_change_is_approved(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    server = Listing()
    async with pinned(tmp_path, server, ALLOW, extra=ALLOW_ALL + BRIEF) as (client, up, relay):
        assert names(await client.post(listing())) == ["read", "write"]
        server.tools = [READ | change, WRITE]
        assert names(await client.post(listing())) == ["write"]
        sent = len(up.requests)
        answer = await client.post(call("read"))
        assert result(answer)["error"]["data"]["code"] == "answer_awaited"
        assert "read" in result(answer)["error"]["message"]
        assert "/wait/" in result(answer)["error"]["data"]["wait_url"]
        assert len(up.requests) == sent
        [_, prompt] = relay.prompter.asked
        assert isinstance(prompt, ToolChangePrompt)
        [told] = prompt.changes
        assert [one.field for one in told.fields] == list(change)
        relay.prompter.answer(ALLOW)
        await eventually(lambda: not relay.pinning.pending())
        assert names(await client.post(listing())) == ["read", "write"]
        assert result(await client.post(call("read")))["result"] == {"content": []}


@pytest.mark.parametrize("events", [False, True], ids=["json", "events"])
async def test_a_client_that_takes_events_is_kept_alive_while_the_person_reads(
    tmp_path: Path, events: bool
) -> None:
    at_once = Pace(0.0, 0.05)
    async with pinned(tmp_path, Listing(events=events), pace=at_once) as (client, up, relay):
        asking = asyncio.ensure_future(client.post(listing(), b"Accept: text/event-stream"))
        await relay.prompter.prompted()
        await eventually(lambda: bool(up.requests))
        relay.prompter.answer(ALLOW)
        answer = await asking
        assert names(answer) == ["read", "write"]
        assert answer.body.startswith(b": Waiting for your answer in Keyfob.")
        assert len(up.requests) == 1


async def test_a_call_of_a_changed_tool_waits_for_the_answer_and_goes_on(tmp_path: Path) -> None:
    server = Listing()
    async with pinned(tmp_path, server, ALLOW) as (client, up, relay):
        await client.post(listing())
        server.tools = [READ | {"description": "Another."}, WRITE]
        await client.post(listing())
        await relay.prompter.prompted(2)
        sent = len(up.requests)
        calling = asyncio.ensure_future(client.post(call("read")))
        relay.prompter.answer(ALLOW)
        assert result(await calling)["result"] == {"content": []}
        assert len(up.requests) == sent + 1


async def test_a_tool_that_is_again_as_it_was_approved_waits_no_more(tmp_path: Path) -> None:
    server = Listing()
    async with pinned(tmp_path, server, ALLOW) as (client, _, relay):
        await client.post(listing())
        server.tools = [READ | {"description": "Another."}, WRITE]
        assert names(await client.post(listing())) == ["write"]
        server.tools = [READ, WRITE]
        assert names(await client.post(listing())) == ["read", "write"]
        assert relay.pinning.pending() == ()
        assert result(await client.post(call("read")))["result"] == {"content": []}


async def test_added_and_changed_tools_are_one_question_a_server(tmp_path: Path) -> None:
    server = Listing()
    async with pinned(tmp_path, server, ALLOW) as (client, _, relay):
        await client.post(listing())
        server.tools = [READ | {"title": "R"}, WRITE, {"name": "new"}, {"name": "newer"}]
        for _ in range(3):
            assert names(await client.post(listing())) == ["write"]
        [_, prompt] = relay.prompter.asked
        assert isinstance(prompt, ToolChangePrompt)
        assert [(one.tool, one.added) for one in prompt.changes] == [
            ("read", False),
            ("new", True),
            ("newer", True),
        ]


async def test_a_yes_is_for_the_text_that_was_shown_and_no_later_one(tmp_path: Path) -> None:
    server = Listing()
    async with pinned(tmp_path, server, ALLOW) as (client, _, relay):
        await client.post(listing())
        server.tools = [READ | {"description": "Shown."}, WRITE]
        await client.post(listing())
        await relay.prompter.prompted(2)
        server.tools = [READ | {"description": "Slipped in."}, WRITE]
        assert names(await client.post(listing())) == ["write"]
        relay.prompter.answer(ALLOW)
        prompt = await relay.prompter.prompted(3)
        assert isinstance(prompt, ToolChangePrompt)
        assert prompt.changes[0].fields[0].after == "Slipped in."
        assert names(await client.post(listing())) == ["write"]


async def test_two_tools_of_one_name_are_the_approved_one_or_none(tmp_path: Path) -> None:
    server = Listing([READ])
    async with pinned(tmp_path, server, ALLOW) as (client, _, _relay):
        await client.post(listing())
        server.tools = [READ, READ | {"description": "Its double."}]
        answer = await client.post(listing())
        assert [tool["description"] for tool in result(answer)["result"]["tools"]] == ["Reads."]


async def test_a_tool_without_a_name_is_never_shown(tmp_path: Path) -> None:
    server = Listing([READ, {"description": "Nameless."}])
    async with pinned(tmp_path, server, ALLOW) as (client, _, _relay):
        assert names(await client.post(listing())) == ["read"]


async def test_a_key_that_stands_twice_is_passed_on_as_it_was_approved(tmp_path: Path) -> None:
    body = (
        b'{"jsonrpc":"2.0","id":1,"result":{"tools":'
        b'[{"name":"read","description":"Shown to one.","description":"Shown to another."}]}}'
    )
    reply = Reply(chunks=(body,))
    async with pinned(tmp_path, lambda _: reply, ALLOW) as (client, _, relay):
        answer = await client.post(listing())
        assert names(answer) == ["read"]
        assert b"Shown to one" not in answer.body
        [prompt] = relay.prompter.asked
        assert isinstance(prompt, ToolListPrompt)
        assert prompt.tools[0].description == "Shown to another."


async def test_a_call_of_a_tool_that_was_never_listed_has_the_server_list_it(
    tmp_path: Path,
) -> None:
    async with pinned(tmp_path, Listing(page=1), ALLOW, ALLOW) as (client, up, relay):
        answer = await client.post(call("write"))
        assert result(answer)["result"] == {"content": []}
        methods = [json.loads(seen.body)["method"] for seen in up.requests]
        assert methods == ["tools/list", "tools/list", "tools/call"]
        assert ToolListPrompt in kinds(relay)


async def test_a_call_of_a_tool_that_the_server_does_not_list_is_refused(tmp_path: Path) -> None:
    async with pinned(tmp_path, Listing(), ALLOW) as (client, up, _relay):
        answer = await client.post(call("hidden"))
        assert code(answer) == "access_denied"
        assert "hidden" in result(answer)["error"]["message"]
        assert all(b"tools/call" not in seen.body for seen in up.requests)


async def test_pages_are_asked_about_as_they_come(tmp_path: Path) -> None:
    server = Listing(page=1)
    async with pinned(tmp_path, server, ALLOW, ALLOW) as (client, _, relay):
        assert names(await client.post(listing())) == ["read"]
        assert names(await client.post(listing("1"))) == ["write"]
        assert len(relay.prompter.asked) == 2


async def test_a_tool_that_is_added_to_a_later_page_holds_no_list_back(tmp_path: Path) -> None:
    server, now = Listing(page=1), [1_790_000_000.0]
    answers = (ALLOW, ALLOW)
    async with pinned(tmp_path, server, *answers, clock=lambda: now[0]) as (client, _, relay):
        await client.post(listing())
        await client.post(listing("1"))
        now[0] += 3600
        server.tools = [READ, WRITE, {"name": "added"}]
        assert names(await client.post(listing("2"))) == []
        assert isinstance(await relay.prompter.prompted(3), ToolChangePrompt)


async def test_several_clients_share_one_question_and_its_answer(tmp_path: Path) -> None:
    async with (
        pinned(tmp_path, Listing()) as (client, _, relay),
        relay.client(relay.new_client("other")) as other,
    ):
        both = asyncio.gather(client.post(listing()), other.post(listing()))
        await relay.prompter.prompted()
        relay.prompter.answer(ALLOW)
        assert [names(answer) for answer in await both] == [["read", "write"]] * 2
        assert len(relay.prompter.asked) == 1


async def test_another_address_makes_all_tools_new_again(tmp_path: Path) -> None:
    async with (
        scripted_upstream(Listing()) as other,
        pinned(tmp_path, Listing(), ALLOW, DENY) as (client, up, relay),
    ):
        assert names(await client.post(listing())) == ["read", "write"]
        text = relay.config_file.read_text()
        relay.configure(text.replace(up.url, other.url))
        assert code(await client.post(call("read"))) == "access_denied"
        assert names(await client.post(listing())) == []
        assert kinds(relay) == [ToolListPrompt, ToolListPrompt]
        relay.configure(text)
        assert names(await client.post(listing())) == ["read", "write"]


async def test_pinning_can_be_off_for_one_server(tmp_path: Path) -> None:
    async with pinned(tmp_path, Listing()) as (client, _, relay):
        text = relay.config_file.read_text()
        relay.configure(text.replace("[servers.one]\n", '[servers.one]\npinning = "off"\n'))
        assert names(await client.post(listing())) == ["read", "write"]
        assert relay.prompter.asked == []


async def test_always_ends_where_the_tool_changes(tmp_path: Path) -> None:
    server = Listing([READ])
    always = Decision(allow=True, lasts=Lasts.ALWAYS)
    async with pinned(tmp_path, server, ALLOW, always, extra="") as (client, _, relay):
        await client.post(listing())
        assert result(await client.post(call("read")))["result"] == {"content": []}
        [rule] = relay.config().rules
        assert rule.pin is not None
        assert result(await client.post(call("read", 8)))["result"] == {"content": []}
        assert len(relay.prompter.asked) == 2
        server.tools = [READ | {"description": "Another."}]
        relay.prompter.answer(ALLOW)
        await client.post(listing())
        await eventually(lambda: not relay.pinning.pending())
        relay.prompter.answer(DENY)
        assert code(await client.post(call("read", 9))) == "access_denied"
        assert len(relay.prompter.asked) == 4


async def test_a_read_only_client_sees_and_calls_what_was_approved_as_reading(
    tmp_path: Path,
) -> None:
    extra = ALLOW_ALL + '[clients.client]\npreset = "read-only"\n'
    async with pinned(tmp_path, Listing(), ALLOW, extra=extra) as (client, _, _relay):
        assert names(await client.post(listing())) == ["read"]
        assert result(await client.post(call("read")))["result"] == {"content": []}
        assert code(await client.post(call("write"))) == "access_denied"


@pytest.mark.parametrize("kind", ["events", "json", "escaped"])
async def test_no_list_comes_down_with_the_answer_to_a_call(tmp_path: Path, kind: str) -> None:
    server = Listing()

    def respond(seen: Seen) -> Reply:
        if json.loads(seen.body)["method"] == "tools/list":
            return server(seen)
        slipped = {"name": "slipped", "description": "Was never approved."}
        stray = {"jsonrpc": "2.0", "id": 99, "result": {"tools": [READ, slipped]}}
        own = {"jsonrpc": "2.0", "id": 7, "result": {"content": []}}
        if kind == "json":
            return json_reply([stray, own])
        events = [json.dumps(one).encode() for one in (stray, own)]
        if kind == "escaped":
            events[0] = events[0].replace(b'"tools"', b'"too\\u006cs"')
        return sse_reply(*(b"data: " + one + b"\n\n" for one in events))

    async with pinned(tmp_path, respond, ALLOW) as (client, _, relay):
        await client.post(listing())
        if kind == "json":
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.post(call("read"))
        else:
            answer = await client.post(call("read"))
            assert result(answer)["result"] == {"content": []}
            assert b"slipped" not in answer.body
        assert [pin.tool for pin, _ in relay.pinning.pending()] == ["slipped"]


async def test_a_list_repeated_on_a_resumed_stream_is_cut_and_asked_about_beside_it(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    answer = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [READ, WRITE]}}
    event = b"id: 3\ndata: " + json.dumps(answer).encode() + b"\n\n"
    reply = sse_reply(b": on\n\n", gate, event, gate, event)
    async with pinned(tmp_path, lambda _: reply) as (client, _, relay):
        await client.send(client.head("GET", "/s/one/mcp", b"Last-Event-ID: 2", length=None))
        await client.read_head()
        assert await client.chunk() == b": on\n\n"
        gate.set()
        [told] = EventStream().feed(await client.chunk())
        assert json.loads(told.data)["result"]["tools"] == []
        assert isinstance(await relay.prompter.prompted(), ToolListPrompt)


async def test_a_method_is_no_tool_though_one_bears_its_name(tmp_path: Path) -> None:
    extra = ALLOW_ALL + '[clients.client]\npreset = "read-only"\n'
    server = Listing([READ | {"name": "resources/read"}])
    async with pinned(tmp_path, server, ALLOW, extra=extra) as (client, _, _relay):
        assert names(await client.post(listing())) == ["resources/read"]
        method = {"jsonrpc": "2.0", "id": 2, "method": "resources/read", "params": {"uri": "x:"}}
        assert code(await client.post(method)) == "access_denied"
        assert result(await client.post(call("resources/read")))["result"] == {"content": []}
