"""`/mcp` and `keyfob stdio` without a server, in the whole engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client

from keyfob_core.demo.servers import DemoServers, demo_servers
from keyfob_core.demo.user_agent import ScriptedPerson
from keyfob_core.prompts import ClientPrompt, Decision
from support.aggregate import names_at, said
from support.engine import KEYFOB, UNPINNED, Home, RunningEngine, running_engine
from support.full_server import FullServer, full_server
from support.node import run_node
from support.prompter import RecordingPrompter
from support.upstreams import json_reply, scripted_upstream

CALLED_TESTS = Decision(allow=True, text="the tests")


@asynccontextmanager
async def engine(
    home: Home, *answers: Decision
) -> AsyncGenerator[tuple[RunningEngine, FullServer, DemoServers]]:
    """An engine with the demo's server, connected as Ada, and another without an account."""
    async with (
        demo_servers() as servers,
        full_server("plain") as plain,
        ScriptedPerson() as person,
        running_engine(home, RecordingPrompter(*answers), browser=person) as keyfob,
    ):
        await keyfob.add("demo", servers.mcp_url)
        await keyfob.do("connect", server="demo")
        await keyfob.add("plain", plain.url)
        yield keyfob, plain, servers


async def uses_both(client: Client) -> None:
    named = await names_at(client)
    assert {"demo__whoami", "plain__echo", "keyfob_status"} <= set(named)
    assert said(await client.call_tool("demo__whoami", {}))["person"] == "Ada"
    assert said(await client.call_tool("plain__echo", {"a": 1}))["arguments"] == {"a": 1}
    told: list[float] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    counted = await client.call_tool("demo__count", {"steps": 3}, progress_callback=tell)
    assert said(counted)["steps"] == 3
    assert told == [1, 2, 3]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_has_all_servers_through_http(home: Home, mode: str) -> None:
    async with engine(home) as (keyfob, *_):
        issued = await keyfob.token("client")
        assert issued.url == f"{keyfob.url}/mcp"
        async with keyfob.http_client(None, issued.token, mode) as client:
            await uses_both(client)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_has_all_servers_through_the_bridge(home: Home, mode: str) -> None:
    async with engine(home, CALLED_TESTS) as (keyfob, *_):
        async with keyfob.stdio_client(None, mode) as client:
            await uses_both(client)
        [asked] = keyfob.prompter.asked
        assert isinstance(asked, ClientPrompt)
    calls = [event for event in home.events() if event["event"] == "forwarding"]
    called = {(one["server"], one["tool"], one["client"]) for one in calls if "tool" in one}
    assert called == {
        ("demo", "whoami", "the tests"),
        ("plain", "echo", "the tests"),
        ("demo", "count", "the tests"),
    }


async def typescript(tool: str, **asked: Any) -> Any:
    answer = await run_node("mcp-client.mjs", {"tool": tool, **asked})
    assert "error" not in answer, answer
    assert {"demo__whoami", "plain__echo", "keyfob_status"} <= set(answer["tools"])
    return answer


async def test_the_typescript_client_has_all_servers_through_http(home: Home) -> None:
    async with engine(home) as (keyfob, *_):
        issued = await keyfob.token("client")
        headers = {"Authorization": f"Bearer {issued.token}"}
        counted = await typescript(
            "demo__count", url=issued.url, headers=headers, arguments={"steps": 3}
        )
        assert counted["progress"] == [1, 2, 3]
        echoed = await typescript(
            "plain__echo", url=issued.url, headers=headers, arguments={"a": "ü"}
        )
        assert json.loads(echoed["text"])["arguments"] == {"a": "ü"}


async def test_the_typescript_client_has_all_servers_through_the_bridge(home: Home) -> None:
    async with engine(home, CALLED_TESTS) as (keyfob, *_):
        command, *arguments = KEYFOB
        answer = await typescript(
            "demo__whoami",
            command=command,
            args=[*arguments, "stdio"],
            env=dict(home.environ),
            arguments={},
        )
        assert json.loads(answer["text"])["person"] == "Ada"
        assert len(keyfob.prompter.asked) == 1


async def test_a_program_that_nobody_names_gets_nothing_of_any_server(home: Home) -> None:
    no = Decision(allow=False)
    async with engine(home, no, no, no) as (keyfob, plain, _):
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - the SDK groups what it raises
            async with keyfob.stdio_client(None) as client:
                await client.list_tools()
        assert "was not allowed to use Keyfob" in text_of(caught.value)
        assert (plain.lists, plain.calls) == (0, [])
    refused = [event for event in home.events() if event["event"] == "refused"]
    assert refused
    assert refused[0]["details"]["reason"].startswith("access_denied")


def text_of(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return " ".join(text_of(one) for one in error.exceptions)
    return str(error)


async def test_connecting_and_disconnecting_is_told_to_who_listens(home: Home) -> None:
    async with engine(home) as (keyfob, *_):
        issued = await keyfob.token("client")
        async with (
            keyfob.http_client(None, issued.token) as client,
            client.listen(tools_list_changed=True) as news,
        ):
            assert "demo__whoami" in await names_at(client)
            for verb, listed in (("account.disconnect", False), ("connect", True)):
                arguments = {"name": "demo"} if verb == "account.disconnect" else {"server": "demo"}
                await keyfob.do(verb, **arguments)
                async with asyncio.timeout(10):
                    while ("demo__whoami" in await names_at(client)) != listed:
                        await anext(news)
                status = (await client.call_tool("keyfob_status", {})).structured_content
                assert status is not None
                [demo] = [one for one in status["servers"] if one["name"] == "demo"]
                assert demo["state"] == ("ready" if listed else "needs_person")


async def test_two_hundred_servers_are_listed_together_and_each_is_called(home: Home) -> None:
    served: list[str] = []

    def respond(seen: Any) -> Any:
        asked = json.loads(seen.body)
        number = seen.target.rpartition("/")[2]
        result: dict[str, Any] = {"resultType": "complete"}
        if asked["method"] == "tools/list":
            tool = {"name": "work", "inputSchema": {"type": "object"}}
            result |= {"tools": [tool], "ttlMs": 0, "cacheScope": "private"}
        else:
            served.append(number)
            result |= {"content": [{"type": "text", "text": number}], "isError": False}
        return json_reply({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    async with scripted_upstream(respond, path="") as upstream, running_engine(home) as keyfob:
        tables = [
            f'[servers.s{number}]\nurl = "{upstream.url}/{number}"\naccess = "allow"\n'
            for number in range(200)
        ]
        home.paths.config_file.write_text("".join((*tables, UNPINNED)))
        await keyfob.do("config.accept")
        issued = await keyfob.token("client")
        async with keyfob.http_client(None, issued.token) as client:
            async with asyncio.timeout(30):
                named: list[str] = []
                while len(named) < 201:
                    named = await names_at(client)
            assert named == [*(f"s{number}__work" for number in range(200)), "keyfob_status"]
            for number in (0, 7, 199):
                await client.call_tool(f"s{number}__work", {})
    assert served == ["0", "7", "199"]
