"""MCP servers to relay to: a real one on the SDK, and one that a test scripts byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keyfob_core.demo.serving import listening, origin_of_listener, serving

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    fields: Fields
    """Header fields in their order and spelling (in lower case from the SDK's server)."""
    body: bytes = b""
    head: bytes = b""
    """The bytes of request line and header, from the scripted upstream only."""

    def header(self, name: str) -> str | None:
        """The one field of that name; fails where there are several."""
        found = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(found) < 2, f"{name} came {len(found)} times"
        return found[0] if found else None

    @property
    def names(self) -> set[str]:
        """The names of its header fields, in lower case."""
        return {name.lower() for name, _ in self.fields}


@dataclass
class SdkUpstream:
    """A real MCP server, protected by a list of tokens that a test may change."""

    url: str
    tokens: set[str]
    challenge: str = 'Bearer realm="test"'
    requests: list[Seen] = field(default_factory=list[Seen])
    refused: list[Seen] = field(default_factory=list[Seen])

    @property
    def authorizations(self) -> list[str | None]:
        """The Authorization of each request that was let in."""
        return [seen.header("authorization") for seen in self.requests]


def sdk_server() -> Server[dict[str, Any]]:
    """An MCP server with the tools `echo`, `progress` and `fail`."""
    return Server[dict[str, Any]](
        "sdk-upstream", version="1.0", on_list_tools=_list_tools, on_call_tool=_call_tool
    )


@contextlib.asynccontextmanager
async def sdk_upstream(
    *tokens: str, path: str = "/mcp", server: Server[dict[str, Any]] | None = None
) -> AsyncGenerator[SdkUpstream]:
    """Serve an MCP server with the tools `echo`, `progress` and `fail`, in both eras, or another.

    A request without one of the tokens as its Bearer answers 401; without tokens all may enter.
    """
    sessions = StreamableHTTPSessionManager(server or sdk_server())
    with listening() as listener:
        upstream = SdkUpstream(origin_of_listener(listener) + path, set(tokens))
        app = Starlette(
            routes=[Route(path, _Recorder(StreamableHTTPASGIApp(sessions), upstream))],
            lifespan=lambda _: sessions.run(),
        )
        async with serving(app, listener):
            yield upstream


class _Recorder:
    def __init__(self, app: ASGIApp, upstream: SdkUpstream) -> None:
        self._app = app
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []
        if scope["method"] == "POST":
            messages.append(await receive())
            while messages[-1].get("more_body"):
                messages.append(await receive())
        seen = Seen(
            method=scope["method"],
            target=scope["raw_path"].decode(),
            fields=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]),
            body=b"".join(message.get("body", b"") for message in messages),
        )
        tokens = self._upstream.tokens
        if tokens and seen.header("authorization") not in {f"Bearer {token}" for token in tokens}:
            self._upstream.refused.append(seen)
            headers = {"WWW-Authenticate": self._upstream.challenge}
            await Response("", 401, headers)(scope, receive, send)
            return
        self._upstream.requests.append(seen)

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


async def _list_tools(
    _: ServerRequestContext[Any], __: PaginatedRequestParams | None
) -> ListToolsResult:
    schema: dict[str, Any] = {"type": "object"}
    names = ("echo", "progress", "fail")
    return ListToolsResult(
        tools=[Tool(name=name, description=f"Does {name}.", input_schema=schema) for name in names]
    )


async def _call_tool(
    context: ServerRequestContext[Any], params: CallToolRequestParams
) -> CallToolResult:
    if params.name == "fail":
        return CallToolResult(content=[TextContent(text="failed as asked")], is_error=True)
    if params.name == "progress":
        for step in (1, 2, 3):
            await context.session.report_progress(step, 3, f"step {step}")
    text = json.dumps(params.arguments or {}, ensure_ascii=False, sort_keys=True)
    return CallToolResult(content=[TextContent(text=text)])


class Drop:
    """Among a reply's chunks: the connection is cut here."""


@dataclass(frozen=True)
class Reply:
    """What the scripted upstream answers.

    Each bytes chunk is written by itself; at an Event it waits, at a Drop it cuts the connection.
    The body is chunked unless `fields` has a Content-Length or `framed` is False, which ends it by
    closing the connection.
    """

    status: int = 200
    fields: Fields = (("Content-Type", "application/json"),)
    chunks: tuple[bytes | asyncio.Event | Drop, ...] = ()
    framed: bool = True


def json_reply(value: object, *, status: int = 200, fields: Fields = ()) -> Reply:
    """A reply with a JSON body and its length."""
    body = json.dumps(value).encode()
    sized = ("Content-Length", str(len(body)))
    return Reply(status, (("Content-Type", "application/json"), sized, *fields), (body,))


def sse_reply(*chunks: bytes | asyncio.Event | Drop, fields: Fields = ()) -> Reply:
    """A reply that streams server-sent events, chunk by chunk."""
    return Reply(200, (("Content-Type", "text/event-stream"), *fields), chunks)


def challenge_reply(status: int, *challenges: str) -> Reply:
    """A refusal with a `WWW-Authenticate` for each challenge."""
    fields = tuple(("WWW-Authenticate", challenge) for challenge in challenges)
    return Reply(status, (*fields, ("Content-Length", "0")))


def in_turn(*replies: Reply) -> Callable[[Seen], Reply]:
    """Answer one after another; the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


class ScriptedUpstream:
    """An HTTP/1.1 server that does exactly what a test says."""

    def __init__(self, respond: Callable[[Seen], Reply]) -> None:
        self.respond = respond
        self.requests: list[Seen] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        """Set when a peer closed while its reply was being written or was held."""
        self.url = ""
        self._news = asyncio.Event()

    async def received(self, count: int = 1) -> Seen:
        """Wait until so many requests have come, and answer the last of them."""
        async with asyncio.timeout(5):
            while len(self.requests) < count:
                self._news.clear()
                await self._news.wait()
        return self.requests[count - 1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        self.connections += 1
        try:
            keep = True
            while keep and (seen := await _read_request(reader)) is not None:
                self.requests.append(seen)
                self._news.set()
                keep = await self._answer(self.respond(seen), reader, writer)
        except ConnectionError:
            self.hung_up.set()
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(
        self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        names = {name.lower() for name, _ in reply.fields}
        chunked = reply.framed and "content-length" not in names
        fields = [*reply.fields, *([("Transfer-Encoding", "chunked")] if chunked else [])]
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        for chunk in reply.chunks:
            if isinstance(chunk, Drop):
                writer.transport.abort()
                return False
            if isinstance(chunk, asyncio.Event):
                await self._hold(chunk, reader)
            else:
                writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return reply.framed

    async def _hold(self, event: asyncio.Event, reader: asyncio.StreamReader) -> None:
        waits = asyncio.create_task(event.wait())
        gone = asyncio.create_task(_closed(reader))
        try:
            await asyncio.wait((waits, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise ConnectionResetError
        finally:
            for task in (waits, gone):
                task.cancel()
            await asyncio.gather(waits, gone, return_exceptions=True)


@contextlib.asynccontextmanager
async def scripted_upstream(
    respond: Callable[[Seen], Reply] | Reply, path: str = "/mcp"
) -> AsyncGenerator[ScriptedUpstream]:
    """Serve what `respond` answers to each request; it may be changed while running."""
    upstream = ScriptedUpstream(in_turn(respond) if isinstance(respond, Reply) else respond)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(upstream.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
    try:
        yield upstream
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _closed(reader: asyncio.StreamReader) -> None:
    """Return when the peer has closed; what it sends on top is not expected."""
    assert not await reader.read(1), "a second request came before the first was answered"


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    fields = tuple(_field(line) for line in lines)
    lower = {name.lower(): value for name, value in fields}
    return Seen(method, target, fields, await _read_body(reader, lower), head)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip(" \t")


async def _read_body(reader: asyncio.StreamReader, fields: Mapping[str, str]) -> bytes:
    if fields.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(fields.get("content-length", "0")))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body
