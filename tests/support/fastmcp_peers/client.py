"""FastMCP's client, which knows of tasks: calls a tool, and says what it saw as JSON.

Takes the address, a token, the tool, its arguments and an answer to what is asked.
"""

# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp_tasks import call_tool_task


async def main(url: str, token: str, tool: str, arguments: str, answer: str) -> dict[str, Any]:
    """Call it twice: once to its end, and once to be cancelled."""
    asked: list[str] = []

    async def elicit(message: str, response_type: Any, params: Any, context: Any) -> Any:
        asked.append(message)
        return json.loads(answer)

    transport = StreamableHttpTransport(url, headers={"Authorization": f"Bearer {token}"})
    async with Client(transport, elicitation_handler=elicit) as client:
        result = await client.call_tool(tool, json.loads(arguments))
        task = await call_tool_task(client, tool, json.loads(arguments))
        begun = await task.status()
        await task.cancel()
        ended = await task.status()
    return {
        "text": result.content[0].model_dump()["text"],
        "asked": asked,
        "states": [begun.status, ended.status],
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
