"""`/mcp` as clients of 2026-07-28 see it: real servers, the official client, and raw requests."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError
from mcp_types import (
    ElicitRequestFormParams,
    ElicitResult,
    EmbeddedResource,
    PromptReference,
    ResourceLink,
    ResourceTemplateReference,
    TextContent,
)

from keyfob_core.prompts import AccessPrompt
from support.aggregate import ask, at_all, body_of, heads_of, names_at, said, two_servers
from support.eventually import eventually
from support.full_server import tool
from support.prompter import ALLOW, RecordingPrompter
from support.relay import ALLOW_ALL, running_relay
from support.upstreams import Reply, Seen, json_reply, scripted_upstream, sdk_upstream

ASK_ALL = '[defaults]\naccess = "ask"\n'


async def test_the_tools_of_all_servers_stand_side_by_side(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two), at_all(relay) as client:
        assert client.protocol_version == "2026-07-28"
        assert client.server_info is not None
        assert client.server_info.name == "keyfob"
        assert "one, two" in (client.instructions or "")
        named = await names_at(client)
    expected = [f"{at.name}__{each.name}" for at in (one, two) for each in at.tools]
    assert named == [*expected, "keyfob_status"]


async def test_a_call_reaches_its_server_and_no_other(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two), at_all(relay) as client:
        answer = said(await client.call_tool("two__echo", {"a": "ü", "n": 1.5}))
        assert answer == {"server": "two", "arguments": {"a": "ü", "n": 1.5}}
        failed = await client.call_tool("one__fail", {})
        assert failed.is_error
        assert (one.calls, two.calls) == ([("fail", {})], [("echo", {"a": "ü", "n": 1.5})])


async def test_a_call_lists_nothing_for_its_name_says_where_it_goes(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two), relay.client() as client:
        answer = await ask(client, "tools/call", name="two__echo", arguments={})
        assert answer.json["result"]["content"]
        assert (one.lists, two.lists) == (0, 0)
        assert len(relay.events("forwarding")) == 1


async def test_progress_passes_on_its_way(tmp_path: Path) -> None:
    told: list[tuple[float, str | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        assert total == 3
        told.append((progress, message))

    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        await client.call_tool("one__progress", {}, progress_callback=tell)
    assert told == [(1, "step 1"), (2, "step 2"), (3, "step 3")]


async def test_every_page_of_a_servers_list_is_read(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, _), at_all(relay) as client:
        one.tools[:] = [tool(f"t{number}") for number in range(25)]
        one.page = 10
        named = await names_at(client)
        assert named[:25] == [f"one__t{number}" for number in range(25)]
        assert one.lists == 3


async def test_names_that_are_illegal_or_too_long_are_called_by_what_is_listed(
    tmp_path: Path,
) -> None:
    odd = ["files/read", "x" * 80, "größe", "x" * 79 + "y", "a_" + "b" * 16]
    async with two_servers(tmp_path) as (relay, one, _):
        one.tools[:] = [tool(name) for name in odd]
        async with at_all(relay) as client:
            named = (await names_at(client))[: len(odd)]
            assert len(set(named)) == len(odd)
            for public, own in zip(named, odd, strict=True):
                await client.call_tool(public, {})
                assert one.calls[-1] == (own, {})


async def test_a_name_that_was_forgotten_is_learned_again_by_asking_its_server(
    tmp_path: Path,
) -> None:
    async with two_servers(tmp_path) as (relay, one, two):
        one.tools[:] = [tool("files/read")]
        async with at_all(relay) as client:
            public = (await names_at(client))[0]
        before = two.lists
        (tmp_path / "again").mkdir()
        async with (
            running_relay(tmp_path / "again", one.url, two.url) as again,
            again.client() as client,
        ):
            answer = await ask(client, "tools/call", name=public, arguments={})
            assert answer.json["result"]["content"]
        assert one.calls == [("files/read", {})]
        assert two.lists == before


@pytest.mark.parametrize(
    "name", ["nothing", "three__echo", "one", "one_files_read_" + "a" * 16, "", "__echo"]
)
async def test_a_tool_of_no_server_is_an_error_of_the_protocol(tmp_path: Path, name: str) -> None:
    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool(name, {})
    assert caught.value.code == -32602


async def test_prompts_stand_side_by_side_and_come_from_their_server(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        listed = await client.list_prompts()
        assert [prompt.name for prompt in listed.prompts] == ["one__brief", "two__brief"]
        got = await client.get_prompt("two__brief", {"topic": "rain"})
    text, link, embedded = (message.content for message in got.messages)
    assert isinstance(text, TextContent)
    assert text.text == "two on rain"
    assert isinstance(link, ResourceLink)
    assert isinstance(embedded, EmbeddedResource)
    assert link.uri == embedded.resource.uri == "keyfob:two/note://two/1"


async def test_resources_are_read_at_the_addresses_that_are_given_out(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        listed = [str(each.uri) for each in (await client.list_resources()).resources]
        assert listed == ["keyfob:one/note://one/1", "keyfob:two/note://two/1"]
        templates = (await client.list_resource_templates()).resource_templates
        assert [each.uri_template for each in templates] == [
            "keyfob:one/note://one/{number}{?part*}",
            "keyfob:two/note://two/{number}{?part*}",
        ]
        linked = (await client.call_tool("two__link", {})).content[0]
        assert isinstance(linked, ResourceLink)
        for uri in (listed[1], str(linked.uri), "keyfob:two/note://two/7?part=a%20b"):
            [contents] = (await client.read_resource(uri)).contents
            assert str(contents.uri) == uri
            own = uri.removeprefix("keyfob:two/")
            assert contents.model_dump()["text"] == f"two has {own}"


async def test_completions_come_from_the_server_of_what_is_completed(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        prompt = PromptReference(name="two__brief")
        found = await client.complete(prompt, {"name": "topic", "value": "r"})
        assert found.completion.values == ["two:brief:r"]
        template = ResourceTemplateReference(uri="keyfob:one/note://one/{number}")
        found = await client.complete(template, {"name": "number", "value": "4"})
        assert found.completion.values == ["one:note://one/{number}:4"]


async def test_a_question_of_a_server_is_answered_and_its_state_comes_back(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(_: Any, params: Any) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        asked.append(params.message)
        return ElicitResult(action="accept", content={"colour": "blue"})

    async with (
        two_servers(tmp_path) as (relay, one, _),
        at_all(relay, elicitation_callback=answer) as client,
    ):
        assert said(await client.call_tool("one__ask", {})) == {"colour": "blue"}
        assert one.calls == [("ask", {}), ("ask", {})]
    assert asked == ["Which colour?"]


async def test_the_state_of_one_server_is_sent_to_no_other(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, _, two), relay.client() as client:
        first = (await ask(client, "tools/call", name="one__ask", arguments={})).json["result"]
        assert first["resultType"] == "input_required"
        assert first["requestState"] != "state/of: the.server"
        for name in ("two__ask", "two__echo"):
            answer = await ask(
                client,
                "tools/call",
                name=name,
                arguments={},
                requestState=first["requestState"],
                inputResponses={},
            )
            assert answer.error["code"] == -32602
        assert two.calls == []


@pytest.mark.parametrize("answers", [False, True], ids=["before an answer", "within it"])
async def test_closing_the_stream_ends_the_call_at_its_server_at_once(
    tmp_path: Path, answers: bool
) -> None:
    meta = {"progressToken": "p"} if answers else {}
    async with two_servers(tmp_path) as (relay, one, _):
        async with relay.client() as client:
            body = body_of("tools/call", name="one__hold", arguments={}, _meta=meta)
            data = json.dumps(body).encode()
            await client.send(client.head("POST", "/mcp", *heads_of(body), length=len(data)) + data)
            await asyncio.wait_for(one.begun.wait(), 5)
            if answers:
                assert (await client.read_head()).one("content-type") == "text/event-stream"
                assert b"notifications/progress" in await client.chunk()
            assert not one.cancelled.is_set()
        await asyncio.wait_for(one.cancelled.wait(), 5)
        await eventually(lambda: relay.events("outcome") != [])
        [outcome] = relay.events("outcome")
    assert (outcome["tool"], outcome["outcome"]) == ("hold", "cancelled")


async def test_each_server_and_tool_stands_in_the_log_by_its_own_name(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_), at_all(relay) as client:
        await client.call_tool("one__echo", {})
        await client.read_resource("keyfob:two/note://two/1")
        events = [event for event in relay.events("forwarding") if "tool" in event]
    assert [(event["server"], event["tool"], event["client"]) for event in events] == [
        ("one", "echo", "client"),
        ("two", "resources/read", "client"),
    ]


async def test_a_person_is_asked_about_the_tool_and_its_own_server(tmp_path: Path) -> None:
    prompter = RecordingPrompter(ALLOW)
    async with (
        two_servers(tmp_path, extra=ASK_ALL, prompter=prompter) as (relay, *_),
        at_all(relay) as client,
    ):
        await names_at(client)
        assert prompter.asked == []
        await client.call_tool("two__echo", {"a": 1})
    [prompt] = prompter.asked
    assert isinstance(prompt, AccessPrompt)
    assert (prompt.server, prompt.tool, prompt.arguments) == ("two", "echo", '{\n  "a": 1\n}')


async def test_what_the_rules_deny_is_neither_listed_nor_called(tmp_path: Path) -> None:
    rules = ALLOW_ALL + (
        '[[rules]]\nid = "r1"\nserver = "one"\ntool = "fail"\naccess = "deny"\n'
        '[[rules]]\nid = "r2"\nserver = "two"\naccess = "deny"\n'
    )
    async with two_servers(tmp_path, extra=rules) as (relay, one, two), at_all(relay) as client:
        named = await names_at(client)
        assert "one__echo" in named
        assert "one__fail" not in named
        assert not any(name.startswith("two__") for name in named)
        assert "two" not in (client.instructions or "")
        status = (await client.call_tool("keyfob_status", {})).structured_content
        assert [server["name"] for server in status["servers"]] == ["one"]
        for name in ("one__fail", "two__echo"):
            with pytest.raises(MCPError) as caught:
                await client.call_tool(name, {})
            assert caught.value.code == -31001
        assert one.calls == two.calls == []
        assert two.lists == 0
        relay.refusals.close()
        refused = [(event["server"], event["tool"]) for event in relay.events("refused")]
    assert sorted(refused) == [("one", "fail"), ("two", "echo")]


async def test_two_clients_see_what_is_theirs(tmp_path: Path) -> None:
    rules = ALLOW_ALL + '[clients.other.servers.one]\naccess = "deny"\n'
    async with two_servers(tmp_path, extra=rules) as (relay, one, _):
        token = relay.new_client("other")
        async with at_all(relay) as mine, at_all(relay, token) as others:
            assert "one__echo" in await names_at(mine)
            assert "one__echo" not in await names_at(others)
            assert "two__echo" in await names_at(others)
            with pytest.raises(MCPError) as caught:
                await others.call_tool("one__echo", {})
            assert caught.value.code == -31001
            assert one.calls == []


async def test_a_rule_that_changes_is_seen_at_the_next_list_although_the_last_is_fresh(
    tmp_path: Path,
) -> None:
    async with two_servers(tmp_path) as (relay, one, _), at_all(relay) as client:
        one.ttl_ms = 600_000
        assert "one__fail" in await names_at(client)
        config = relay.config_file.read_text()
        relay.configure(
            f'{config}[[rules]]\nid = "r1"\nserver = "one"\ntool = "fail"\naccess = "deny"\n'
        )
        assert "one__fail" not in await names_at(client)


async def test_a_list_that_its_server_calls_fresh_is_not_asked_for_again(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two), at_all(relay) as client:
        one.ttl_ms = 30_000
        first = await client.list_tools(cache_mode="bypass")
        second = await client.list_tools(cache_mode="bypass")
        assert (one.lists, two.lists) == (1, 2)
        assert (first.cache_scope, second.cache_scope) == ("private", "private")
        assert second.ttl_ms == 0, "the shortest of all holds"
        two.ttl_ms = 20_000
        third = await client.list_tools(cache_mode="bypass")
        assert third.ttl_ms is not None
        assert 10_000 < third.ttl_ms <= 20_000


async def test_a_token_for_one_server_does_not_open_all_of_them(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, *_):
        bound = relay.new_client("bound", "one")
        for token in (bound, "kf_wrong", ""):
            async with relay.client(token) as client:
                answer = await ask(client, "tools/list")
                assert answer.status == 401
                assert answer.head.one("www-authenticate") is None
        async with relay.client(bound) as client:
            assert (await client.request("POST", f"/k/{bound}/mcp", body=b"{}")).status != 401
        relay.refusals.close()
        assert all(event["server"] in ("", None) for event in relay.events("refused")[:1])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"params": {}}, 400, -32602),
        (
            {"params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}},
            400,
            -32602,
        ),
        ({"method": "tools/forget"}, 404, -32601),
        ({"method": "ping"}, 404, -32601),
        ({"id": None}, 202, None),
    ],
)
async def test_a_request_that_is_not_of_this_revision_gets_the_protocols_answer(
    tmp_path: Path, change: dict[str, Any], status: int, code: int | None
) -> None:
    body = {**body_of("tools/list"), **change}
    if body["id"] is None:
        del body["id"]
    lines = [b"MCP-Protocol-Version: 2026-07-28", f"Mcp-Method: {body['method']}".encode()]
    async with two_servers(tmp_path) as (relay, *_), relay.client() as client:
        answer = await client.request("POST", "/mcp", *lines, body=json.dumps(body).encode())
    assert answer.status == status
    assert (answer.error["code"] if answer.body else None) == code


async def test_another_revision_is_told_which_one_is_spoken(tmp_path: Path) -> None:
    body = body_of("tools/list", _meta={"io.modelcontextprotocol/protocolVersion": "2027-01-01"})
    lines = (b"MCP-Protocol-Version: 2027-01-01", b"Mcp-Method: tools/list")
    async with two_servers(tmp_path) as (relay, *_), relay.client() as client:
        answer = await client.request("POST", "/mcp", *lines, body=json.dumps(body).encode())
    assert (answer.status, answer.error["code"]) == (400, -32022)
    assert answer.error["data"] == {"supported": ["2026-07-28"], "requested": "2027-01-01"}


@pytest.mark.parametrize("left_out", [b"mcp-protocol-version", b"mcp-method", b"mcp-name"])
async def test_a_request_without_the_headers_that_repeat_it_is_refused(
    tmp_path: Path, left_out: bytes
) -> None:
    body = body_of("tools/call", name="one__echo", arguments={})
    lines = [line for line in heads_of(body) if not line.lower().startswith(left_out)]
    async with two_servers(tmp_path) as (relay, one, _), relay.client() as client:
        answer = await client.request("POST", "/mcp", *lines, body=json.dumps(body).encode())
        assert (answer.status, answer.error["code"]) == (400, -32020)
        assert one.calls == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_there_is_no_stream_and_no_session_to_end(tmp_path: Path, method: str) -> None:
    async with two_servers(tmp_path) as (relay, *_), relay.client() as client:
        answer = await client.request(method, "/mcp", b"MCP-Protocol-Version: 2026-07-28")
    assert answer.status == 405
    assert answer.head.one("allow") == "POST"


async def test_an_argument_that_goes_in_a_header_is_sent_where_the_tool_is_called_by_name(
    tmp_path: Path,
) -> None:
    region = {"type": "string", "x-mcp-header": "Region"}
    async with two_servers(tmp_path) as (relay, one, _), at_all(relay) as client:
        one.tools[:] = [tool("echo", properties={"region": region})]
        await names_at(client)
        assert said(await client.call_tool("one__echo", {"region": "eu west"}))
        called = {"name": "one__echo", "arguments": {"region": "ü"}}
        assert said(await client.call_tool("call_tool", called))["server"] == "one"
        sent = [head["mcp-param-region"] for head in one.heads if "mcp-param-region" in head]
    assert sent == ["eu west", "=?base64?w7w=?="]


async def test_what_a_client_says_of_itself_reaches_the_server(tmp_path: Path) -> None:
    async with sdk_upstream() as upstream, running_relay(tmp_path, upstream.url) as relay:
        async with relay.client() as client:
            answer = await ask(
                client,
                "tools/call",
                name="one__echo",
                arguments={"big": 2**70, "exact": 0.1},
                _meta={"traceparent": "00-1-2-03", "io.modelcontextprotocol/logLevel": "debug"},
            )
        assert answer.status == 200
        sent = json.loads(upstream.requests[-1].body)
    assert sent["params"]["_meta"]["traceparent"] == "00-1-2-03"
    assert sent["params"]["_meta"]["io.modelcontextprotocol/logLevel"] == "debug"
    assert sent["params"]["arguments"] == {"big": 2**70, "exact": 0.1}
    assert upstream.requests[-1].header("mcp-name") == "echo"


async def test_a_number_that_no_json_holds_is_refused(tmp_path: Path) -> None:
    body = json.dumps(body_of("tools/call", name="one__echo", arguments={"n": 0}))
    data = body.replace('"n": 0', '"n": 1e999').encode()
    async with two_servers(tmp_path) as (relay, one, _), relay.client() as client:
        lines = heads_of(json.loads(body))
        answer = await client.request("POST", "/mcp", *lines, body=data)
        assert (answer.status, answer.error["code"]) == (400, -32602)
        assert one.calls == []


async def test_a_task_is_followed_at_the_server_that_works_on_it(tmp_path: Path) -> None:
    link = {"type": "resource_link", "name": "n", "uri": "note://1"}

    def respond(seen: Seen) -> Reply:
        asked = json.loads(seen.body)
        result: dict[str, Any] = {"resultType": "complete"}
        task = {"taskId": "t/1", "createdAt": "x", "lastUpdatedAt": "x", "ttlMs": None}
        if asked["method"] == "tools/call":
            result = {"resultType": "task", "status": "working", **task}
        elif asked["method"] == "tasks/get":
            result |= {"status": "completed", **task, "result": {"content": [link]}}
        return json_reply({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    async with (
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, "http://127.0.0.1:9/mcp", upstream.url) as relay,
        relay.client() as client,
    ):
        created = (await ask(client, "tools/call", name="two__work", arguments={})).json["result"]
        assert (created["resultType"], created["taskId"]) == ("task", "two/t/1")
        got = (await ask(client, "tasks/get", taskId=created["taskId"])).json["result"]
        assert got["taskId"] == "two/t/1"
        assert got["result"]["content"][0]["uri"] == "keyfob:two/note://1"
        for method in ("tasks/update", "tasks/cancel"):
            assert (await ask(client, method, taskId=created["taskId"])).status == 200
        heads = [seen.header("mcp-name") for seen in upstream.requests]
        bodies = [json.loads(seen.body)["params"].get("taskId") for seen in upstream.requests]
        assert heads == ["work", "t/1", "t/1", "t/1"]
        assert bodies == [None, "t/1", "t/1", "t/1"]
        assert (await ask(client, "tasks/get", taskId="t")).error["code"] == -32602
