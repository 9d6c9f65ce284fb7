"""A server that is a program, on the official Python SDK; run by its path. Serves both eras."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

TOOLS = ("echo", "count", "whoami", "complain", "die")


async def list_tools(
    _: ServerRequestContext[Any], __: PaginatedRequestParams | None
) -> ListToolsResult:
    schema: dict[str, Any] = {"type": "object"}
    tools = [Tool(name=name, description=f"Does {name}.", input_schema=schema) for name in TOOLS]
    return ListToolsResult(tools=tools)


async def call_tool(
    context: ServerRequestContext[Any], params: CallToolRequestParams
) -> CallToolResult:
    """`whoami` shows the token's last letters and the process, `complain` leaks it to stderr."""
    answer: object = params.arguments or {}
    token = os.environ.get("TOKEN", "")
    if params.name == "count":
        for step in (1, 2, 3):
            await context.session.report_progress(step, 3)
    elif params.name == "whoami":
        answer = {"token": token[-8:], "pid": os.getpid()}
    elif params.name == "complain":
        sys.stderr.write(f"using the token {token}\n")
        sys.stderr.flush()
    elif params.name == "die":
        os._exit(9)
    return CallToolResult(content=[TextContent(text=json.dumps(answer))])


async def main() -> None:
    server = Server[Any](
        "sdk-program", version="1.0", on_list_tools=list_tools, on_call_tool=call_tool
    )
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main)
