"""The server with tasks as a program that shakes no hands; run by its path."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import ErrorData, JSONRPCError, JSONRPCRequest

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.tasks_server import Tasks, built

_REFUSAL = ErrorData(code=-32022, message="Unsupported protocol version", data={"supported": []})


async def main() -> None:
    """Serve, and refuse every `initialize`."""
    server = built(Tasks())._lowlevel_server
    given, taken = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    async with stdio_server() as (reading, writing), anyio.create_task_group() as group:

        async def sift() -> None:
            async with given:
                async for message in reading:
                    said = message.message if isinstance(message, SessionMessage) else None
                    if isinstance(said, JSONRPCRequest) and said.method == "initialize":
                        refusal = JSONRPCError(jsonrpc="2.0", id=said.id, error=_REFUSAL)
                        await writing.send(SessionMessage(refusal))
                    else:
                        await given.send(message)

        group.start_soon(sift)
        await server.run(taken, writing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(main)
