"""Tools that are nothing but a task, for clients and servers that have tasks otherwise, or not."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent

from keyfob_core.transports.stdio.listener import StdioListener
from support.engine import Home, running_engine
from support.era_clients import Heard, bridge_transport, era_client, http_transport
from support.era_servers import MODERN
from support.eventually import eventually
from support.everything_servers import NPM_PROGRAM, npm_everything
from support.node import run_node
from support.old_visitor import INITIALIZE, Visitor
from support.relay import RunningRelay, running_relay
from support.source_code import ROOT
from support.stdio_upstream import listening_bridges, run_folder
from support.task_client import Ask, task_client
from support.tasks_server import CAPABILITIES, EXTENSION, tasks_server

# The clients of old do what the SDK calls deprecated by now.
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")

LONG = bool(os.environ.get("PROVE_LONG"))
PEERS = ROOT / "tests" / "support" / "fastmcp_peers"
FASTMCP = ROOT / ".venv" / "fastmcp" / ("Scripts" if os.name == "nt" else "bin") / "python"
RESEARCH = "simulate-research-query"
AMBIGUOUS = {"topic": "python", "ambiguous": True}


def text_of(result: Any) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return content.text


@pytest.mark.parametrize("door", ["http", "program"])
async def test_a_client_without_tasks_uses_a_tool_that_is_a_task_of_2025_11_25(
    home: Home, door: str
) -> None:
    async with running_engine(home) as keyfob, AsyncExitStack() as stack:
        if door == "http":
            url = stack.enter_context(npm_everything())
            await keyfob.add("all", url)
        else:
            await keyfob.do("server.add", name="all", command=["node", str(NPM_PROGRAM)])
            await keyfob.do("rule.add", server="all", access="allow")
        issued = await keyfob.token("client")

        async def used(where: str, prefix: str) -> None:
            heard = Heard()
            transport = http_transport(f"{keyfob.url}{where}", MODERN, issued.token)
            async with era_client(transport, MODERN, heard) as client:
                said = text_of(await client.call_tool(f"{prefix}{RESEARCH}", AMBIGUOUS))
            assert said.startswith("# Research Report: python")
            assert "`working` → `input_required` → `working` → `completed`" in said
            assert [asked for asked in heard.asked if "could have multiple" in asked]

        await asyncio.gather(used("/s/all/mcp", ""), used("/mcp", "all__"))


async def test_a_client_with_the_extension_follows_a_task_of_2025_11_25(tmp_path: Path) -> None:
    with npm_everything() as url:
        async with running_relay(tmp_path, url) as relay, modern_client(relay) as ask:
            described = await ask("server/discover")
            assert described["capabilities"]["extensions"] == {EXTENSION: {}}
            task = await ask("tools/call", name=RESEARCH, arguments=AMBIGUOUS)
            assert (task["resultType"], task["status"]) == ("task", "working")
            assert task["ttlMs"] == 300_000
            task = await until(ask, task, "input_required")
            [(key, question)] = task["inputRequests"].items()
            assert question["method"] == "elicitation/create"
            assert "_meta" not in question["params"]
            given = {key: {"action": "accept", "content": {"interpretation": "technical"}}}
            await ask("tasks/update", taskId=task["taskId"], inputResponses=given)
            task = await until(ask, task, "completed")
            assert "# Research Report: python (technical)" in task["result"]["content"][0]["text"]
            other = await ask("tools/call", name=RESEARCH, arguments={"topic": "go"})
            await ask("tasks/cancel", taskId=other["taskId"])
            await until(ask, other, "cancelled")


async def test_a_client_that_listens_is_told_of_a_task_of_2025_11_25(tmp_path: Path) -> None:
    with npm_everything() as url:
        async with running_relay(tmp_path, url) as relay, modern_client(relay) as ask:
            task = await ask("tools/call", name=RESEARCH, arguments={"topic": "go"})
            wanted = {"taskIds": [task["taskId"]]}
            listening = asking(relay, "subscriptions/listen", notifications=wanted)
            async with (
                httpx2.AsyncClient(trust_env=False, timeout=20) as http,
                http.stream("POST", **listening) as stream,
            ):
                lines = (line async for line in stream.aiter_lines() if line[:6] == "data: ")
                told = json.loads((await anext(lines))[6:])["params"]
                assert told["notifications"] == wanted
                while told.get("status") != "completed":
                    message = json.loads((await anext(lines))[6:])
                    assert message["method"] == "notifications/tasks"
                    told = message["params"]
            assert "# Research Report: go" in told["result"]["content"][0]["text"]


def asking(relay: RunningRelay, method: str, **params: Any) -> dict[str, Any]:
    """A request of a client of 2026-07-28 that knows of tasks, as httpx sends it."""
    capabilities = {"elicitation": {"form": {}}, "extensions": {EXTENSION: {}}}
    params["_meta"] = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        CAPABILITIES: capabilities,
    }
    headers = {
        "Authorization": f"Bearer {relay.token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": method,
    }
    if "name" in params:
        headers["Mcp-Name"] = params["name"]
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return {"url": f"{relay.url}/s/one/mcp", "headers": headers, "json": message}


@asynccontextmanager
async def modern_client(relay: RunningRelay) -> AsyncGenerator[Any]:
    """A client of 2026-07-28 that knows of tasks, as lean as can be."""
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:

        async def ask(method: str, **params: Any) -> dict[str, Any]:
            response = await http.post(**asking(relay, method, **params))
            lines = response.text.splitlines()
            answers = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
            answer = answers[-1] if answers else response.json()
            return answer["result"]

        yield ask


async def until(ask: Any, task: dict[str, Any], status: str) -> dict[str, Any]:
    """Look at a task until it says so."""
    async with asyncio.timeout(20):
        while task["status"] != status:
            task = await ask("tasks/get", taskId=task["taskId"])
    return task


@asynccontextmanager
async def own_server() -> AsyncGenerator[str]:
    async with tasks_server() as (url, _):
        yield url


@asynccontextmanager
async def fastmcp_server() -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(
        str(FASTMCP), str(PEERS / "server.py"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), 30))
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("server", [own_server, *([fastmcp_server] if LONG else [])])
@pytest.mark.parametrize("lines", [False, True], ids=["http", "lines"])
async def test_a_client_of_old_uses_a_tool_that_is_a_task_of_the_extension(
    tmp_path: Path, server: Any, lines: bool
) -> None:
    async with (
        server() as url,
        running_relay(tmp_path, url) as relay,
        listening_bridges(StdioListener(relay.front), run_folder()),
    ):
        for where, prefix in (("/s/one/mcp", ""), ("/mcp", "one__")):
            heard = Heard()
            transport = (
                bridge_transport(run_folder(), None if prefix else "one", "2025-11-25", relay.token)
                if lines
                else http_transport(f"{relay.url}{where}", "2025-11-25", relay.token)
            )
            async with era_client(transport, "2025-11-25", heard) as client:
                assert "Ada" in text_of(await client.call_tool(f"{prefix}research", {}))
            assert heard.asked == ["Who?"]


def called(tool: str) -> types.CallToolRequest:
    params = types.CallToolRequestParams(name=tool, arguments={}, task=types.TaskMetadata(ttl=1))
    return types.CallToolRequest(params=params)


async def follows_its_tasks(ask: Ask, asked: list[str], prefix: str = "") -> None:
    """Use the tasks of `tasks_server` as a client of 2025-11-25 that has them."""

    async def look(task: types.Task) -> types.Task:
        params = types.GetTaskRequestParams(task_id=task.task_id)
        return await ask(types.GetTaskRequest(params=params), types.GetTaskResult)

    async def result(task: types.Task) -> types.CallToolResult:
        params = types.GetTaskPayloadRequestParams(task_id=task.task_id)
        return await ask(types.GetTaskPayloadRequest(params=params), types.CallToolResult)

    task = (await ask(called(f"{prefix}research"), types.CreateTaskResult)).task
    assert (task.status, (await look(task)).status) == ("working", "working")
    done = await result(task)
    assert "Ada" in text_of(done)
    assert done.meta == {"io.modelcontextprotocol/related-task": {"taskId": task.task_id}}
    assert asked == ["Who?"]
    assert (await look(task)).status == "completed"

    other = (await ask(called(f"{prefix}research"), types.CreateTaskResult)).task
    params = types.CancelTaskRequestParams(task_id=other.task_id)
    told = await ask(types.CancelTaskRequest(params=params), types.CancelTaskResult)
    assert (told.status, (await look(other)).status) == ("cancelled", "cancelled")
    with pytest.raises(MCPError, match="Cannot cancel a task that is cancelled"):
        await ask(types.CancelTaskRequest(params=params), types.CancelTaskResult)

    quick = (await ask(called(f"{prefix}quick"), types.CreateTaskResult)).task
    assert (quick.status, text_of(await result(quick))) == ("completed", "quick")
    awry = (await ask(called(f"{prefix}awry"), types.CreateTaskResult)).task
    assert awry.status == "failed"
    assert "It went awry." in (awry.status_message or "")
    assert (await result(awry)).is_error


@pytest.mark.parametrize("lines", [False, True], ids=["http", "lines"])
async def test_a_client_of_2025_11_25_has_tasks_of_its_own_at_a_newer_server(
    tmp_path: Path, lines: bool
) -> None:
    async with (
        tasks_server() as (url, tasks),
        running_relay(tmp_path, url) as relay,
        listening_bridges(StdioListener(relay.front), run_folder()),
    ):
        for where, prefix in (("/s/one/mcp", ""), ("/mcp", "one__")):
            asked: list[str] = []
            transport = (
                bridge_transport(run_folder(), None if prefix else "one", "2025-11-25", relay.token)
                if lines
                else http_transport(f"{relay.url}{where}", "2025-11-25", relay.token)
            )
            async with task_client(transport, asked) as ask:
                await follows_its_tasks(ask, asked, prefix)
        assert [task.cancelled for task in tasks.made.values()] == [False, True, False, True]


async def test_a_client_of_2025_11_25_has_tasks_at_a_program_that_shakes_no_hands(
    home: Home,
) -> None:
    async with running_engine(home) as keyfob:
        program = ROOT / "tests" / "support" / "tasks_program.py"
        await keyfob.do("server.add", name="one", command=[sys.executable, str(program)])
        await keyfob.do("rule.add", server="one", access="allow")
        issued = await keyfob.token("client")
        asked: list[str] = []
        transport = http_transport(f"{keyfob.url}/s/one/mcp", "2025-11-25", issued.token)
        async with task_client(transport, asked) as ask:
            await follows_its_tasks(ask, asked)


@pytest.mark.parametrize(
    ("where", "prefix", "support"),
    [("/s/one/mcp", "", "optional"), ("/mcp", "one__", None)],
)
async def test_the_typescript_client_has_tasks_of_its_own_at_a_newer_server(
    tmp_path: Path, where: str, prefix: str, support: str | None
) -> None:
    async with tasks_server() as (url, _), running_relay(tmp_path, url) as relay:

        async def seen(tool: str, *, cancel: bool = False) -> Any:
            asked = {"arguments": {}, "answer": {"name": "Ada"}, "cancel": cancel}
            return await seen_by_node(relay, where, f"{prefix}{tool}", asked)

        told, quick, ended = await asyncio.gather(
            seen("research"), seen("quick"), seen("research", cancel=True)
        )
        assert told["support"][f"{prefix}research"] == support
        assert "Ada" in told["text"]
        assert (told["asked"], told["marked"]) == (["Who?"], [True])
        assert told["types"][0] == "taskCreated"
        assert told["states"][-1] in ("input_required", "completed")
        assert (quick["text"], quick["states"]) == ("quick", ["completed", "completed"])
        assert ended["states"] == ["working", "cancelled"]


async def seen_by_node(relay: RunningRelay, where: str, tool: str, asked: dict[str, Any]) -> Any:
    """What the official TypeScript client sees of a tool that it calls as a task."""
    headers = {"Authorization": f"Bearer {relay.token}"}
    told = {"url": f"{relay.url}{where}", "headers": headers, "tool": tool, **asked}
    return await run_node("tasks-client.mjs", told)


async def test_the_typescript_client_follows_a_task_of_2025_11_25_among_all_servers(
    tmp_path: Path,
) -> None:
    with npm_everything() as url:
        async with running_relay(tmp_path, url) as relay:
            asked = {"arguments": AMBIGUOUS, "answer": {"interpretation": "technical"}}
            told = await seen_by_node(relay, "/mcp", f"one__{RESEARCH}", asked)
    assert told["support"][f"one__{RESEARCH}"] == "optional"
    assert told["support"]["one__echo"] in (None, "forbidden")
    assert told["text"].startswith("# Research Report: python (technical)")
    assert told["marked"] == [True]


async def test_a_task_of_a_client_of_2025_11_25_is_found_again_after_a_restart(
    home: Home,
) -> None:
    async with tasks_server() as (url, tasks):
        async with running_engine(home) as keyfob:
            await keyfob.add("one", url)
            visitor = Visitor("/s/one/mcp", (await keyfob.token("cursor")).token)
            assert (await visitor.send(keyfob, INITIALIZE))[0] == 200
            call = {"name": "research", "arguments": {}, "task": {}}
            _, begun = await visitor.send(keyfob, asked_of("tools/call", **call))
        task = begun["result"]["task"]
        tasks.made[task["taskId"]].answers["who"] = {"action": "decline"}
        async with running_engine(home) as keyfob:
            for task_id, found in ((task["taskId"], True), ("task-9", False)):
                _, answer = await visitor.send(keyfob, asked_of("tasks/result", taskId=task_id))
                assert ("result" in answer) is found


def asked_of(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


async def test_a_call_that_is_given_up_ends_its_task(tmp_path: Path) -> None:
    async with tasks_server() as (url, tasks), running_relay(tmp_path, url) as relay:
        never = asyncio.Event()
        heard = Heard()

        async def elicit(context: Any, params: Any) -> Any:
            heard.asked.append(params.message)
            never.set()
            await asyncio.Event().wait()

        async with client_that_asks(relay, elicit) as client:
            waiting = asyncio.create_task(client.call_tool("research", {}))
            await asyncio.wait_for(never.wait(), 10)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await eventually(lambda: all(task.cancelled for task in tasks.made.values()))


def client_that_asks(relay: RunningRelay, elicit: Any) -> Client:
    transport = http_transport(f"{relay.url}/s/one/mcp", "2025-11-25", relay.token)
    return Client(transport, mode="legacy", elicitation_callback=elicit, cache=None)


# FastMCP's packages want others of ours, and `make prove` installs them apart.
if LONG:

    @pytest.mark.parametrize(("where", "prefix"), [("/s/one/mcp", ""), ("/mcp", "one__")])
    async def test_fastmcp_s_client_follows_a_task_of_2025_11_25(
        tmp_path: Path, where: str, prefix: str
    ) -> None:
        with npm_everything() as url:
            async with running_relay(tmp_path, url) as relay:
                answer = json.dumps({"interpretation": "technical"})
                process = await asyncio.create_subprocess_exec(
                    str(FASTMCP),
                    str(PEERS / "client.py"),
                    f"{relay.url}{where}",
                    relay.token,
                    f"{prefix}{RESEARCH}",
                    json.dumps(AMBIGUOUS),
                    answer,
                    stdout=asyncio.subprocess.PIPE,
                )
                out, _ = await asyncio.wait_for(process.communicate(), 60)
        seen = json.loads(out)
        assert "# Research Report: python (technical)" in seen["text"]
        assert len(seen["asked"]) == 1
        assert seen["states"] == ["working", "cancelled"]
