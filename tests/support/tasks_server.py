"""A real server of 2026-07-28 on the SDK with a tool that is nothing but a task (SEP-2663)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolRequestParams, RequestParams
from starlette.applications import Starlette
from starlette.routing import Route

from keyfob_core.demo.serving import listening, origin_of_listener, serving
from support.era_servers import MODERN, EraServer, Held

EXTENSION = "io.modelcontextprotocol/tasks"
AT_ONCE = ("quick", "awry")
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_REQUIRED = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
_SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}
_QUESTION = {"mode": "form", "message": "Who?", "requestedSchema": _SCHEMA}

Context = ServerRequestContext[Any, Any]


class OfTask(RequestParams):
    """What every request after a task says."""

    task_id: str


class Update(OfTask):
    """What a client gives a task."""

    input_responses: dict[str, Any]


@dataclass
class Task:
    """One task: it works for one look, asks who is there, and ends with the answer."""

    id: str
    looks: int = 0
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    cancelled: bool = False

    def told(self) -> dict[str, Any]:
        """What it says of itself."""
        return {"taskId": self.id, **_STAMPS, **self._state()}

    def _state(self) -> dict[str, Any]:
        if self.cancelled:
            return {"status": "cancelled"}
        if self.looks < 2:
            return {"status": "working"}
        if not self.answers:
            question = {"method": "elicitation/create", "params": _QUESTION}
            return {"status": "input_required", "inputRequests": {"who": question}}
        text = json.dumps(self.answers["who"], sort_keys=True)
        result = {"content": [{"type": "text", "text": text}], "isError": False}
        return {"status": "completed", "result": result}


_STAMPS = {
    "createdAt": "2026-11-27T10:00:00Z",
    "lastUpdatedAt": "2026-11-27T10:00:00Z",
    "ttlMs": None,
    "pollIntervalMs": 20,
}


class Tasks(Extension):
    """Makes a task of each call but those of `quick` and `awry`."""

    identifier = EXTENSION

    def __init__(self) -> None:
        self.made: dict[str, Task] = {}

    def methods(self) -> list[MethodBinding]:
        return [
            MethodBinding("tasks/get", OfTask, self._get),
            MethodBinding("tasks/update", Update, self._update),
            MethodBinding("tasks/cancel", OfTask, self._cancel),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        if params.name in AT_ONCE:
            return await call_next(ctx)
        _check_declared(ctx)
        task = Task(f"task-{len(self.made) + 1}")
        self.made[task.id] = task
        return {"resultType": "task", **task.told()}

    async def _get(self, ctx: Context, params: OfTask) -> HandlerResult:
        task = self._found(ctx, params)
        task.looks += 1
        return {"resultType": "complete", **task.told()}

    async def _update(self, ctx: Context, params: Update) -> HandlerResult:
        self._found(ctx, params).answers.update(params.input_responses)
        return {"resultType": "complete"}

    async def _cancel(self, ctx: Context, params: OfTask) -> HandlerResult:
        self._found(ctx, params).cancelled = True
        return {"resultType": "complete"}

    def _found(self, ctx: Context, params: OfTask) -> Task:
        _check_declared(ctx)
        if params.task_id not in self.made:
            raise MCPError(-32602, "Task not found")
        return self.made[params.task_id]


def _check_declared(ctx: Context) -> None:
    declared: Mapping[str, Any] = (ctx.meta or {}).get(CAPABILITIES) or {}
    if EXTENSION not in (declared.get("extensions") or {}):
        raise MCPError(-32021, "Missing required client capability", _REQUIRED)


def built(tasks: Tasks) -> MCPServer:
    """The server itself."""
    server = MCPServer("tasks", extensions=[tasks])

    @server.tool(structured_output=False)
    async def research() -> str:
        """Take a while."""
        raise AssertionError("it is a task")

    @server.tool(structured_output=False)
    async def quick() -> str:
        """Answer at once."""
        return "quick"

    @server.tool(structured_output=False)
    async def awry() -> str:
        """Fail at once."""
        raise ToolError("It went awry.")

    return server


@asynccontextmanager
async def tasks_server() -> AsyncGenerator[tuple[str, Tasks]]:
    """Serve over HTTP; the address, and the tasks that were made."""
    tasks = Tasks()
    server = built(tasks)
    app = server.streamable_http_app()
    with listening() as listener:
        held = Starlette(
            routes=[Route("/mcp", Held(app, EraServer(MODERN)))],
            lifespan=lambda _: server.session_manager.run(),
        )
        async with serving(held, listener):
            yield f"{origin_of_listener(listener)}/mcp", tasks
