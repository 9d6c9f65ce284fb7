"""A client of 2025-11-25 that has tasks, on the SDK's transports and types.

The SDK's own client knows the types alone, and takes no task for the answer to a call.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeVar

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import (
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
)

_CAPABILITIES: dict[str, Any] = {"elicitation": {"form": {}}}
_WHO = {"name": "tasks", "version": "1"}
_ANSWER = {"action": "accept", "content": {"name": "Ada"}}

ResultT = TypeVar("ResultT", bound=types.Result)


class Ask(Protocol):
    """Makes one request; raises MCPError."""

    async def __call__(
        self, request: types.Request[Any, Any], result: type[ResultT]
    ) -> ResultT: ...


@asynccontextmanager
async def task_client(
    transport: AbstractAsyncContextManager[Any], asked: list[str]
) -> AsyncGenerator[Ask]:
    """Shake hands, and answer what is asked on the way: `asked` notes it."""
    waiting: dict[Any, asyncio.Future[JSONRPCMessage]] = {}
    ids = itertools.count(1)
    async with transport as (reading, writing):

        async def say(message: JSONRPCMessage) -> None:
            await writing.send(SessionMessage(message))

        async def read() -> None:
            async for message in reading:
                assert isinstance(message, SessionMessage), message
                said = message.message
                if isinstance(said, JSONRPCResponse | JSONRPCError):
                    waiting.pop(said.id).set_result(said)
                elif isinstance(said, JSONRPCRequest):
                    asked.append((said.params or {})["message"])
                    meta = (said.params or {})["_meta"]
                    answer = {**_ANSWER, "_meta": meta}
                    await say(JSONRPCResponse(jsonrpc="2.0", id=said.id, result=answer))

        async def send(method: str, params: dict[str, Any]) -> Any:
            request = JSONRPCRequest(jsonrpc="2.0", id=next(ids), method=method, params=params)
            answer = waiting[request.id] = asyncio.get_running_loop().create_future()
            await say(request)
            said = await asyncio.wait_for(answer, 20)
            if isinstance(said, JSONRPCError):
                raise MCPError(said.error.code, said.error.message, said.error.data)
            return said.result

        async def ask(request: types.Request[Any, Any], result: type[ResultT]) -> ResultT:
            told = request.model_dump(by_alias=True, mode="json", exclude_none=True)
            return result.model_validate(await send(told["method"], told["params"]))

        listening = asyncio.create_task(read())
        hello = {"protocolVersion": "2025-11-25", "capabilities": _CAPABILITIES}
        offered = await send("initialize", {**hello, "clientInfo": _WHO})
        assert offered["capabilities"]["tasks"]["requests"] == {"tools": {"call": {}}}
        await say(JSONRPCNotification(jsonrpc="2.0", method="notifications/initialized"))
        try:
            yield ask
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
