"""Keyfob's own MCP client: test calls from its window go the way of every other client."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from keyfob_core.errors import EngineUnreachable, Error, UpstreamUnreachable

_CALL_SECONDS = 120.0


class OwnClient:
    """Calls tools over the relay's own HTTP door with a token that lives in memory alone."""

    def __init__(self, base_url: Callable[[], str | None], token: str) -> None:
        self._base_url = base_url
        self._token = token

    async def tools(self, server: str) -> tuple[Mapping[str, Any], ...]:
        """The server's tools: name, description, input_schema; raises Error."""
        async with self._connected(server) as client:
            found: list[Mapping[str, Any]] = []
            cursor: str | None = None
            while True:
                page = await client.list_tools(cursor=cursor)
                found += [
                    {
                        "name": tool.name,
                        "description": tool.description,
                        "input_schema": tool.input_schema,
                    }
                    for tool in page.tools
                ]
                cursor = page.next_cursor
                if cursor is None:
                    return tuple(found)

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The tool's answer as `text` and `is_error`; raises Error."""
        async with self._connected(server) as client:
            result = await client.call_tool(tool, dict(arguments))
            parts = [_text(part) for part in result.content]
            return {"text": "\n".join(parts), "is_error": bool(result.is_error)}

    @asynccontextmanager
    async def _connected(self, server: str) -> AsyncGenerator[Any]:
        base = self._base_url()
        if base is None:
            raise EngineUnreachable("Keyfob listens on no port.", "See the window's header.")
        # The import costs over a second and 55 MB; only a test call pays for it.
        mcp = await asyncio.to_thread(importlib.import_module, "mcp")
        streams = importlib.import_module("mcp.client.streamable_http")
        httpx2 = importlib.import_module("httpx2")
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                # Our own port speaks no TLS, and reading the system's certificates takes a while.
                async with httpx2.AsyncClient(
                    headers=headers, verify=False, trust_env=False, timeout=_CALL_SECONDS
                ) as http:
                    transport = streams.streamable_http_client(
                        f"{base}/s/{server}/mcp", http_client=http
                    )
                    async with mcp.Client(transport) as client:
                        yield client
        except Error:
            raise
        except TimeoutError as error:
            raise UpstreamUnreachable(
                f"{server} did not answer in {_CALL_SECONDS:.0f} seconds."
            ) from error
        except (OSError, httpx2.HTTPError, mcp.MCPError) as error:
            raise UpstreamUnreachable(f"The call to {server} failed: {error}") from error
        except ExceptionGroup as group:
            raise UpstreamUnreachable(f"The call to {server} failed: {_first(group)}") from group


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", error)
        error = inner.exceptions[0]
    return error


def _text(part: Any) -> str:
    text = getattr(part, "text", None)
    return text if isinstance(text, str) else f"[{part.type}]"
