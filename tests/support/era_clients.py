"""The official client held to one revision, over HTTP and over a bridge's socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import mcp_types as types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import jsonrpc_message_adapter

from support.era_servers import MODERN


@dataclass
class Heard:
    """What a client was told and asked."""

    asked: list[str] = field(default_factory=list[str])
    notices: list[str] = field(default_factory=list[str])
    logged: list[Any] = field(default_factory=list[Any])

    async def sample(
        self, context: Any, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult:
        self.asked.append("sample")
        return types.CreateMessageResult(
            role="assistant", content=types.TextContent(text="4"), model="m"
        )

    async def elicit(self, context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        self.asked.append(params.message)
        return types.ElicitResult(action="accept", content={"name": "Ada"})

    async def roots(self, context: Any) -> types.ListRootsResult:
        self.asked.append("roots")
        return types.ListRootsResult(roots=[types.Root.model_validate({"uri": "file:///home"})])

    async def log(self, params: types.LoggingMessageNotificationParams) -> None:
        self.logged.append(params.data)

    async def note(self, message: Any) -> None:
        if not isinstance(message, Exception):
            self.notices.append(message.method)


def era_client(transport: Any, revision: str, heard: Heard, **options: Any) -> Client:
    """A client that answers everything that its revision knows of."""
    if revision >= "2025-06-18":
        options["elicitation_callback"] = heard.elicit
    return Client(
        transport,
        mode=MODERN if revision == MODERN else "legacy",
        sampling_callback=heard.sample,
        list_roots_callback=heard.roots,
        logging_callback=heard.log,
        message_handler=heard.note,
        cache=None,
        **options,
    )


@asynccontextmanager
async def http_transport(url: str, revision: str, token: str | None = None) -> AsyncGenerator[Any]:
    """The SDK's own transport."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    held = _Held(httpx2.AsyncHTTPTransport(verify=False), revision)
    async with (
        httpx2.AsyncClient(transport=held, headers=headers, timeout=20) as http,
        streamable_http_client(url, http_client=http) as streams,
    ):
        yield streams


class _Held(httpx2.AsyncBaseTransport):
    """Lets the SDK's client, which asks for the newest revision, ask for another."""

    def __init__(self, inner: httpx2.AsyncHTTPTransport, revision: str) -> None:
        self._inner = inner
        self._revision = revision

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST" and b'"initialize"' in request.content:
            message = json.loads(request.content)
            message["params"]["protocolVersion"] = self._revision
            body = json.dumps(message).encode()
            headers = [(k, v) for k, v in request.headers.raw if k.lower() != b"content-length"]
            request = httpx2.Request(
                "POST", request.url, headers=headers, content=body, extensions=request.extensions
            )
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def bridge_transport(
    folder: Path, server: str | None, revision: str, token: str
) -> AsyncGenerator[Any]:
    """Lines on the bridge's socket, as `keyfob stdio SERVER` carries them."""
    reader, writer = await asyncio.open_unix_connection(folder / "bridge.sock", limit=1 << 26)
    hello = {"keyfob": 1, "server": server, "client": None, "token": token}
    writer.write(json.dumps(hello).encode() + b"\n")
    in_send, in_receive = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    out_send, out_receive = anyio.create_memory_object_stream[SessionMessage](0)
    async with in_send, in_receive, out_send, out_receive, anyio.create_task_group() as group:
        group.start_soon(_read, reader, in_send)
        group.start_soon(_write, out_receive, writer, revision)
        try:
            yield in_receive, out_send
        finally:
            group.cancel_scope.cancel()
            writer.close()


async def _read(
    reader: asyncio.StreamReader, into: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    async for line in _lines(reader):
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        await into.send(SessionMessage(message))


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await reader.readline():
        yield line


async def _write(
    out: MemoryObjectReceiveStream[SessionMessage], writer: asyncio.StreamWriter, revision: str
) -> None:
    async for sent in out:
        message = sent.message.model_dump(by_alias=True, mode="json", exclude_unset=True)
        if message.get("method") == "initialize":
            message["params"]["protocolVersion"] = revision
        writer.write(json.dumps(message).encode() + b"\n")
        await writer.drain()
