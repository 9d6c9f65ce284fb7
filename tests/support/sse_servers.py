"""Servers of HTTP+SSE (MCP 2024-11-05): one that a test scripts byte by byte, and the SDK's own."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from keyfob_core.demo.serving import listening, origin_of_listener, serving

ENDPOINT = b"event: endpoint\ndata: /messages?id=STREAM\n\n"


@dataclass(frozen=True)
class Posted:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        """The JSON-RPC message in it."""
        return json.loads(self.body)


def event(message: object) -> bytes:
    """A JSON-RPC message as an event."""
    return b"event: message\ndata: " + json.dumps(message).encode() + b"\n\n"


def result(message_id: object, **fields: object) -> bytes:
    """The answer to a request, as an event."""
    return event({"jsonrpc": "2.0", "id": message_id, "result": fields})


def echo(posted: Posted) -> Iterable[bytes]:
    """Answer each request with its own parameters."""
    message = posted.message
    return [result(message["id"], **message.get("params", {}))] if "id" in message else []


@dataclass
class ScriptedSse:
    """A server that says on its streams what a test writes there."""

    url: str = ""
    first: bytes = ENDPOINT
    """What a stream begins with; STREAM stands for its number, the first is 0."""
    answer: Callable[[Posted], Iterable[bytes]] = echo
    """What a POST brings onto the stream that its address names."""
    refuse: Callable[[Posted], Response | None] = lambda _: None
    """Answers a request, GET or POST, in place of the server."""
    wrong_door: Callable[[Posted], Response] = lambda _: Response("", 405, {"Allow": "GET"})
    """Answers a POST to the address of the streams."""
    opened: list[Posted] = field(default_factory=list[Posted])
    posts: list[Posted] = field(default_factory=list[Posted])
    closed: int = 0
    """Streams that have ended."""
    _streams: list[asyncio.Queue[bytes | None]] = field(
        default_factory=list[asyncio.Queue[bytes | None]]
    )

    def say(self, *blocks: bytes, stream: int = -1) -> None:
        """Write onto a stream."""
        for block in blocks:
            self._streams[stream].put_nowait(block)

    def end(self, stream: int = -1) -> None:
        """End a stream."""
        self._streams[stream].put_nowait(None)

    async def get(self, request: Request) -> Response:
        seen = await _posted(request)
        self.opened.append(seen)
        if (refusal := self.refuse(seen)) is not None:
            return refusal
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        queue.put_nowait(self.first.replace(b"STREAM", b"%d" % len(self._streams)))
        self._streams.append(queue)
        return StreamingResponse(self._stream(queue), media_type="text/event-stream")

    async def post(self, request: Request) -> Response:
        seen = await _posted(request)
        self.posts.append(seen)
        if (refusal := self.refuse(seen)) is not None:
            return refusal
        self.say(*self.answer(seen), stream=int(request.query_params["id"]))
        return Response("Accepted", 202)

    async def post_to_stream(self, request: Request) -> Response:
        return self.wrong_door(await _posted(request))

    async def _stream(self, queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
        try:
            while (block := await queue.get()) is not None:
                yield block
        finally:
            self.closed += 1


async def _posted(request: Request) -> Posted:
    return Posted(
        request.method,
        request.url.path,
        request.url.query,
        dict(request.headers),
        await request.body(),
    )


@contextlib.asynccontextmanager
async def scripted_sse(first: bytes = ENDPOINT) -> AsyncGenerator[ScriptedSse]:
    """Serve streams at `/sse` and take messages at `/messages`; a POST to `/sse` is refused."""
    server = ScriptedSse(first=first)
    app = Starlette(
        routes=[
            Route("/sse", server.get, methods=["GET"]),
            Route("/sse", server.post_to_stream, methods=["POST"]),
            Route("/messages", server.post, methods=["POST"]),
        ]
    )
    with listening() as listener:
        server.url = f"{origin_of_listener(listener)}/sse"
        async with serving(app, listener):
            yield server


@dataclass
class SdkSse:
    """A real server of HTTP+SSE; each request has to bear one of the tokens, if there are any."""

    url: str
    tokens: set[str]
    authorizations: list[tuple[str, str | None]] = field(
        default_factory=list[tuple[str, str | None]]
    )
    """Method and Authorization of each request that was let in."""


@contextlib.asynccontextmanager
async def sdk_sse(server: Server[Any], *tokens: str) -> AsyncGenerator[SdkSse]:
    """Serve it by the official SDK's transport at `/sse`."""
    transport = SseServerTransport("/messages/")

    async def connect(scope: Scope, receive: Receive, send: Send) -> None:
        async with transport.connect_sse(scope, receive, send) as streams:
            await server.run(*streams, server.create_initialization_options())

    with listening() as listener:
        running = SdkSse(f"{origin_of_listener(listener)}/sse", set(tokens))

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            headers = dict(scope["headers"])
            sent = headers.get(b"authorization", b"").decode() or None
            if running.tokens and sent not in {f"Bearer {token}" for token in running.tokens}:
                refusal = Response("", 401, {"WWW-Authenticate": 'Bearer realm="test"'})
                await refusal(scope, receive, send)
                return
            running.authorizations.append((scope["method"], sent))
            if scope["path"].startswith("/messages/"):
                await transport.handle_post_message(scope, receive, send)
            elif scope["method"] != "GET":
                await Response("", 405, {"Allow": "GET"})(scope, receive, send)
            else:
                await connect(scope, receive, send)

        async with serving(Starlette(routes=[Mount("/", guarded)]), listener):
            yield running
