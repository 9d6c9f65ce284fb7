"""Tasks of tools with an account of their own, followed with that account."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import UpstreamRefused
from support.eventually import eventually
from support.long_task import LongTask
from support.raw_http import RawClient
from support.relay import RunningRelay, config_for, running_relay
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sse_reply,
)

pytestmark = pytest.mark.usefixtures("form")

OWN_ACCOUNT = """
[accounts.bot]
method = "oauth"
[servers.one.tools.build]
account = "bot"
"""
ALLOWED = """
[defaults]
access = "allow"
"""
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass
class TaskServer:
    """Makes a task of each call, and shows one only to whom it belongs."""

    as_events: bool = False
    tasks: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    """By id the secret of whoever began it."""
    sessions: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    def __call__(self, seen: Seen) -> Reply:
        said: dict[str, Any] = json.loads(seen.body) if seen.body else {}
        secret, session = seen.header("authorization"), seen.header("mcp-session-id")
        params = said.get("params", {})
        if session is not None and self.sessions.get(session) != secret:
            return Reply(404, (("Content-Length", "0"),))
        if "id" not in said:
            return Reply(202, (("Content-Length", "0"),))
        if said["method"] == "initialize":
            begun = f"s-{len(self.sessions) + 1}"
            self.sessions[begun] = secret
            result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {}}
            answer = {"jsonrpc": "2.0", "id": said["id"], "result": result}
            return json_reply(answer, fields=(("Mcp-Session-Id", begun),))
        if said["method"] == "tools/call":
            task = f"t-{len(self.tasks) + 1}"
            self.tasks[task] = secret
            told = {"taskId": task, "status": "working"}
            old = session is not None
            return self._answer(said, {"task": told} if old else {"resultType": "task", **told})
        if self.tasks.get(params["taskId"]) != secret:
            error = {"code": -32602, "message": "Task not found"}
            return json_reply({"jsonrpc": "2.0", "id": said["id"], "error": error})
        return self._answer(said, {"taskId": params["taskId"], "status": "working"})

    def _answer(self, said: dict[str, Any], result: dict[str, Any]) -> Reply:
        answer = {"jsonrpc": "2.0", "id": said["id"], "result": result}
        if self.as_events:
            return sse_reply(b"data: " + json.dumps(answer).encode() + b"\n\n")
        return json_reply(answer)


class TaskClient:
    """A client of either era, in a session or without one."""

    def __init__(self, http: RawClient, session: bytes | None) -> None:
        self._http = http
        self._session = session

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a request."""
        modern = self._session is None
        said = {**params, "_meta": META} if modern else params
        body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": said}
        headers = [b"MCP-Protocol-Version: 2025-11-25"]
        if modern:
            name = str(params.get("name") or params.get("taskId") or "")
            headers = [b"MCP-Protocol-Version: 2026-07-28", b"Mcp-Method: " + method.encode()]
            headers += [b"Mcp-Name: " + name.encode()]
        elif self._session:
            headers.append(b"Mcp-Session-Id: " + self._session)
        answer = await self._http.post(body, *headers)
        *_, text = answer.body.strip().splitlines()
        return json.loads(text.removeprefix(b"data: "))

    async def begin(self, tool: str) -> str:
        """The id of the task that a call of the tool has become."""
        result = (await self.ask("tools/call", name=tool, arguments={}))["result"]
        return str(result.get("task", result)["taskId"])


@asynccontextmanager
async def client_of(
    folder: Path, server: TaskServer, era: str
) -> AsyncGenerator[tuple[TaskClient, RunningRelay, ScriptedUpstream]]:
    async with (
        scripted_upstream(server) as upstream,
        running_relay(folder, upstream.url) as relay,
    ):
        relay.configure(config_for(upstream.url, account="usual") + OWN_ACCOUNT + ALLOWED)
        for account in ("usual", "bot"):
            relay.connect(account, upstream.url, f"key-{account}")
        async with relay.client() as http:
            if era == MODERN:
                yield TaskClient(http, None), relay, upstream
                return
            begun = await http.post(
                {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "method": "initialize",
                    "params": {"protocolVersion": era, "capabilities": {}},
                }
            )
            session = begun.head.one("mcp-session-id") or ""
            yield TaskClient(http, session.encode()), relay, upstream


@pytest.mark.parametrize("as_events", [False, True])
@pytest.mark.parametrize("era", ["2025-11-25", MODERN])
async def test_a_task_is_followed_with_the_account_of_the_tool_that_began_it(
    tmp_path: Path, era: str, as_events: bool
) -> None:
    server = TaskServer(as_events)
    async with client_of(tmp_path, server, era) as (client, relay, _):
        for tool, account in (("build", "bot"), ("plain", "usual")):
            task = await client.begin(tool)
            assert server.tasks[task] == f"Bearer key-{account}"
            for method in ("tasks/get", "tasks/cancel"):
                assert (await client.ask(method, taskId=task))["result"]["taskId"] == task
                assert relay.events("forwarding")[-1]["account"] == account


async def test_a_task_of_another_client_is_looked_for_with_the_server_s_account(
    tmp_path: Path,
) -> None:
    server = TaskServer()
    async with client_of(tmp_path, server, MODERN) as (client, relay, _):
        task = await client.begin("build")
        async with relay.client(relay.new_client("other")) as http:
            answer = await TaskClient(http, None).ask("tasks/get", taskId=task)
        assert answer["error"]["message"] == "Task not found"
        assert relay.events("forwarding")[-1]["account"] == "usual"


async def test_a_task_is_followed_with_the_account_that_its_tool_has_now(tmp_path: Path) -> None:
    server = TaskServer()
    async with client_of(tmp_path, server, MODERN) as (client, relay, upstream):
        task = await client.begin("build")
        relay.configure(config_for(upstream.url, account="usual") + ALLOWED)
        assert "error" in await client.ask("tasks/get", taskId=task)
        assert relay.events("forwarding")[-1]["account"] == "usual"


async def test_a_task_that_a_client_of_old_asked_for_is_followed_with_its_tool_s_account(
    tmp_path: Path,
) -> None:
    server = LongTask("key-usual", "key-bot")
    server.done = True
    async with (
        scripted_upstream(server) as upstream,
        running_relay(tmp_path, upstream.url) as relay,
    ):
        relay.configure(config_for(upstream.url, account="usual") + OWN_ACCOUNT + ALLOWED)
        for account in ("usual", "bot"):
            relay.connect(account, upstream.url, f"key-{account}")
        async with relay.client() as http:
            params = {"protocolVersion": "2025-11-25", "capabilities": {}}
            body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
            session = (await http.post(body)).head.one("mcp-session-id") or ""
            client = TaskClient(http, session.encode())
            begun = await client.ask("tools/call", name="build", arguments={}, task={})
            assert begun["result"]["task"]["taskId"] == "t-1"
            looked = await client.ask("tasks/get", taskId="t-1")
            assert looked["result"]["status"] == "completed"
            assert "content" in (await client.ask("tasks/result", taskId="t-1"))["result"]
    assert [secret for method, secret in server.told if method[:6] == "tasks/"] == 2 * ["key-bot"]


@dataclass
class Waited:
    """A call that waits for its task, of a client that knows of none."""

    answer: asyncio.Task[dict[str, Any]]
    relay: RunningRelay
    url: str
    hours: float = 0.0
    """By how much the clock was put on."""


@asynccontextmanager
async def waiting_call(
    folder: Path, server: LongTask, *, has_tasks: bool = False
) -> AsyncGenerator[Waited]:
    """A call of a client, which asks for a task and waits for its result if it `has_tasks`."""
    waited: list[Waited] = []

    def clock() -> float:
        return time.time() + 3600 * (waited[0].hours if waited else 0)

    async with (
        scripted_upstream(server) as upstream,
        running_relay(folder, upstream.url, clock=clock) as relay,
    ):
        relay.configure(config_for(upstream.url, account="usual") + OWN_ACCOUNT + ALLOWED)
        relay.connect_oauth("usual", upstream.url)
        async with relay.client() as http:
            params = {"protocolVersion": "2025-11-25", "capabilities": {}}
            body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
            session = (await http.post(body)).head.one("mcp-session-id") or ""
            client = TaskClient(http, session.encode())
            if has_tasks:
                await client.ask("tools/call", name="long", arguments={}, task={})
                waiting = client.ask("tasks/result", taskId="t-1")
            else:
                waiting = client.ask("tools/call", name="long", arguments={})
            call = asyncio.create_task(waiting)
            waited.append(Waited(call, relay, upstream.url))
            await eventually(lambda: bool(server.looks()))
            yield waited[0]
            await asyncio.gather(call, return_exceptions=True)


@pytest.mark.parametrize("has_tasks", [False, True])
async def test_a_task_that_outlasts_its_token_is_followed_with_the_next_one(
    tmp_path: Path, *, has_tasks: bool
) -> None:
    server = LongTask("access-1", "access-2", "access-3")
    async with waiting_call(tmp_path, server, has_tasks=has_tasks) as waited:
        for hours, access in ((1, "access-2"), (2, "access-3")):
            waited.hours = hours
            await eventually(lambda access=access: server.looks()[-1] == access)
        server.done = True
        result = (await waited.answer)["result"]
        assert (result["content"], result["isError"]) == ([], False)
        assert server.looks() == ["access-1", "access-2", "access-3"]
        assert server.refused == []
        assert len(waited.relay.events("forwarding")) == (3 if has_tasks else 2)


async def test_a_task_whose_token_the_server_withdraws_is_followed_with_the_next_one(
    tmp_path: Path,
) -> None:
    server = LongTask("access-1")
    async with waiting_call(tmp_path, server) as waited:
        server.secrets = {"access-2"}
        await eventually(lambda: server.looks()[-1] == "access-2")
        server.done = True
        assert "result" in await waited.answer
        assert server.refused == ["access-1"]
        assert waited.relay.issuer.refreshes == 1


async def test_a_server_that_takes_no_token_of_the_account_ends_the_wait_and_asks_no_issuer_again(
    tmp_path: Path,
) -> None:
    server = LongTask("access-1")
    async with waiting_call(tmp_path, server) as waited:
        server.secrets = set()
        answer = await waited.answer
        assert answer["error"]["code"] == UpstreamRefused.rpc_code
        assert waited.relay.issuer.refreshes == 1
        assert server.refused[:2] == ["access-1", "access-2"]


@pytest.mark.parametrize("way", ["rule", "token"])
async def test_a_task_is_followed_no_longer_than_its_call_would_pass(
    tmp_path: Path, way: str
) -> None:
    server = LongTask("access-1")
    async with waiting_call(tmp_path, server) as waited:
        if way == "rule":
            denied = ALLOWED.replace("allow", "deny")
            waited.relay.configure(config_for(waited.url, account="usual") + denied)
        else:
            waited.relay.clients.revoke("client")
        assert "error" in await waited.answer
        await eventually(lambda: ("tasks/cancel", "access-1") in server.told)
        assert server.told[-1] == ("tasks/cancel", "access-1")
