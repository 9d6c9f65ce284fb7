"""FastMCP's tasks, by its own package, in a server that is held to 2026-07-28; prints its port."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUntypedFunctionDecorator=false, reportUnknownArgumentType=false

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import mcp_types
import uvicorn
from fastmcp import Context, FastMCP
from fastmcp.utilities.tasks import TaskConfig
from fastmcp_tasks import TasksExtension
from starlette.responses import JSONResponse

MODERN = "2026-07-28"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}

server = FastMCP("tasks")
server.add_extension(TasksExtension())


@server.tool(task=TaskConfig(mode="required", poll_interval=timedelta(milliseconds=100)))
async def research(ctx: Context) -> Any:
    """Ask who is there, and say it."""
    if not ctx.input_responses:
        asked = mcp_types.ElicitRequestFormParams(message="Who?", requested_schema=SCHEMA)
        who = mcp_types.ElicitRequest(params=asked)
        return mcp_types.InputRequiredResult(input_requests={"who": who}, request_state="asked")
    return str(ctx.input_responses["who"])


app = server.http_app(path="/mcp")


async def held(scope: Any, receive: Any, send: Any) -> None:
    """Refuse every revision but the one."""
    named = {name.lower(): value for name, value in scope.get("headers", ())}
    if scope["type"] == "http" and named.get(b"mcp-protocol-version") != MODERN.encode():
        error = {"code": -32020, "message": "MCP-Protocol-Version is missing or too old."}
        refusal = JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, 400)
        await refusal(scope, receive, send)
    else:
        await app(scope, receive, send)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(held, log_level="error")).run([listener])
