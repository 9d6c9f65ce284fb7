"""npm's server-everything as a process of its own, and a client that uses each of its features."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import mcp_types as types
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, FileUrl

from support.node import FOLDER

PROGRAM = FOLDER / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
_READY_SECONDS = 20.0


@asynccontextmanager
async def everything_sse() -> AsyncGenerator[str]:
    """Run it over HTTP+SSE, and answer its address."""
    node = shutil.which("node")
    assert node, "the tests need node on the PATH"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        node,
        str(PROGRAM),
        "sse",
        env={**os.environ, "PORT": str(port)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while b"running" not in (line := await process.stderr.readline()):
                assert line, "server-everything did not start; is `npm ci` done in tests/node?"
        drained = asyncio.create_task(process.stderr.read())
        yield f"http://127.0.0.1:{port}/sse"
        drained.cancel()
    finally:
        process.kill()
        await process.wait()


class Explorer:
    """Notes all that a client is answered, asked and told."""

    def __init__(self) -> None:
        self.transcript: list[tuple[str, Any]] = []

    def client(self, server: Any, mode: str) -> Client:
        """The official client, which answers what the server asks."""
        return Client(
            server,
            mode=mode,
            sampling_callback=self._sample,
            elicitation_callback=self._elicit,
            list_roots_callback=self._roots,
        )

    @asynccontextmanager
    async def http_client(self, url: str, token: str, mode: str) -> AsyncGenerator[Client]:
        """The official client over streamable HTTP."""
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, timeout=20) as http,
            self.client(streamable_http_client(url, http_client=http), mode) as client,
        ):
            yield client

    async def explore(self, client: Client) -> None:
        """Use each feature once."""
        note = self._note
        note("server", client.server_info)
        note("capabilities", client.server_capabilities)
        note("tools", await client.list_tools())
        note("prompts", await client.list_prompts())
        note("templates", await client.list_resource_templates())
        await self._call(client, "echo", message="ü\n\u2028\u0000")
        await self._call(client, "get-sum", a=1, b="no number")
        await self._call(client, "get-tiny-image")
        await self._call(client, "get-structured-content", location="New York")
        await self._call(client, "trigger-long-running-operation", duration=0.2, steps=4)
        await self._call(client, "trigger-sampling-request", prompt="say it", maxTokens=5)
        await self._call(client, "trigger-elicitation-request")
        await self._call(client, "get-roots-list")
        note("prompt", await client.get_prompt("args-prompt", {"city": "Oslo"}))
        reference = types.PromptReference(name="completable-prompt")
        note("completion", await client.complete(reference, {"name": "department", "value": "E"}))
        resources = await client.list_resources()
        note("resources", resources)
        note("resource", await client.read_resource(resources.resources[0].uri))
        try:
            await client.read_resource("demo://nothing")
        except MCPError as error:
            note("refused", error.error.code)

    async def _call(self, client: Client, tool: str, **arguments: object) -> None:
        told: list[float] = []

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            told.append(progress)

        result = await client.call_tool(tool, arguments, progress_callback=tell)
        self._note(tool, result)
        self._note(f"progress of {tool}", told)

    async def _sample(
        self, context: ClientRequestContext, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult:
        self._note("sampling", params)
        return types.CreateMessageResult(
            role="assistant", content=types.TextContent(text="sampled"), model="test"
        )

    async def _elicit(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        self._note("elicitation", params)
        return types.ElicitResult(action="accept", content={"name": "Ada"})

    async def _roots(self, context: ClientRequestContext) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=FileUrl("file:///test"), name="test")])

    def _note(self, name: str, value: object) -> None:
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
            meta = value.get("_meta") or {}
            # A progress token is its client's own counter.
            meta.pop("progressToken", None)
        self.transcript.append((name, value))
