"""A way to a server that a test scripts answer by answer, and clients of both eras at it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from keyfob_core.errors import Error, SignInNeeded, UpstreamUnreachable
from keyfob_core.messages.headers import header
from keyfob_core.model import Credential, Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.way import Eras

MODERN = "2026-07-28"
URL = "http://server.example/mcp"
SESSION = "Mcp-Session-Id"


class Stream:
    """A stream of events that a test says one by one."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.left = asyncio.Event()
        """Set when the reader has gone."""

    def say(self, message: object, **fields: str | int) -> None:
        """Send a message; one of None has no data."""
        lines = [f"{name}: {value}" for name, value in fields.items()]
        lines += [] if message is None else [f"data: {json.dumps(message)}"]
        self._chunks.put_nowait(("\n".join(lines) + "\n\n").encode())

    def end(self) -> None:
        """End it as servers do."""
        self._chunks.put_nowait(None)

    def break_off(self) -> None:
        """Cut the connection."""
        self._chunks.put_nowait(UpstreamUnreachable("it broke"))

    async def body(self) -> AsyncIterator[bytes]:
        """What goes over the wire."""
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


@dataclass
class Answer:
    """What the server answers: JSON, a stream, or bytes of some type."""

    body: object = b""
    status: int = 200
    headers: Headers = ()

    def response(self) -> UpstreamResponse:
        """The answer as the way has it."""
        if isinstance(self.body, Stream):
            kind = (("Content-Type", "text/event-stream"),)
            body = self.body.body()
        elif isinstance(self.body, bytes):
            kind, body = (), _once(self.body)
        else:
            kind = (("Content-Type", "application/json"),)
            body = _once(json.dumps(self.body).encode())
        return UpstreamResponse(status=self.status, headers=(*kind, *self.headers), body=body)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data


@dataclass(frozen=True)
class Met:
    """One request as the server met it."""

    request: UpstreamRequest

    @property
    def message(self) -> dict[str, Any]:
        """The JSON-RPC message; empty for a GET."""
        return json.loads(self.request.body) if self.request.body else {}

    @property
    def method(self) -> str:
        """The JSON-RPC method, `response`, or the HTTP method."""
        if not self.request.body:
            return self.request.http_method
        return self.message.get("method", "response")

    @property
    def params(self) -> dict[str, Any]:
        """The parameters."""
        return self.message.get("params", {})

    @property
    def meta(self) -> dict[str, Any]:
        """What stands beside them."""
        return self.params.get("_meta", {})

    def header(self, name: str) -> str | None:
        """A header's value."""
        return header(self.request.headers, name)


Respond = Callable[[Met], Answer]


class ScriptedWay:
    """An `Upstream` whose answers a test replaces by method."""

    def __init__(self, usual: Respond) -> None:
        self.usual = usual
        self.replies: dict[str, Answer | Respond] = {}
        self.met: list[Met] = []
        self.given: list[UpstreamResponse] = []
        self.hold: dict[str, asyncio.Event] = {}
        """Methods whose answer waits."""
        self.news = asyncio.Event()

    def of(self, method: str) -> list[Met]:
        """The requests of one method."""
        return [met for met in self.met if met.method == method]

    @property
    def posts(self) -> list[Met]:
        """The requests but those for the server's own stream, in the order in which they came."""
        return [met for met in self.met if met.method != "GET"]

    @property
    def methods(self) -> list[str]:
        """Their methods."""
        return [met.method for met in self.posts]

    async def until(self, method: str, count: int = 1) -> Met:
        """Wait until so many requests of a method have come, and answer the last."""
        async with asyncio.timeout(5):
            while len(self.of(method)) < count:
                self.news.clear()
                await self.news.wait()
        return self.of(method)[count - 1]

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        """Answer as the script says."""
        met = Met(request)
        self.met.append(met)
        self.news.set()
        if met.method in self.hold:
            await self.hold[met.method].wait()
        reply = self.replies.get(met.method, self.usual)
        answer = reply if isinstance(reply, Answer) else reply(met)
        if isinstance(answer.body, UpstreamUnreachable):
            raise answer.body
        self.given.append(answer.response())
        try:
            yield self.given[-1]
        finally:
            if isinstance(answer.body, Stream):
                answer.body.left.set()


def handshake_server(**capabilities: Any) -> ScriptedWay:
    """A server of the handshake eras."""
    offered = {"tools": {}, "logging": {}, **capabilities}

    def usual(met: Met) -> Answer:
        if met.method == "initialize":
            result = {
                "protocolVersion": "2025-06-18",
                "capabilities": offered,
                "serverInfo": {"name": "old", "version": "1"},
                "instructions": "Ask kindly.",
            }
            return Answer(result_of(met, result), headers=((SESSION, "s1"),))
        if (met.header("MCP-Protocol-Version") or "") >= MODERN:
            return Answer(b"Bad Request: Unsupported protocol version", 400)
        if met.method in ("GET", "DELETE"):
            return Answer(b"", 405 if met.method == "GET" else 200)
        if "id" not in met.message or met.method == "response":
            return Answer(b"", 202)
        return Answer(result_of(met, {}))

    return ScriptedWay(usual)


def modern_server(**capabilities: Any) -> ScriptedWay:
    """A server of 2026-07-28."""
    offered = {"tools": {}, **capabilities}

    def usual(met: Met) -> Answer:
        if met.method in ("GET", "DELETE"):
            return Answer(b"", 405)
        if met.header("MCP-Protocol-Version") != MODERN:
            return Answer(error_of(met, -32020, "The header is missing."), 400)
        if met.method == "server/discover":
            info = {"name": "new", "version": "2"}
            result = {
                "supportedVersions": [MODERN],
                "capabilities": offered,
                "instructions": "Ask kindly.",
                "_meta": {"io.modelcontextprotocol/serverInfo": info},
            }
            return Answer(complete(met, **result))
        return Answer(complete(met))

    return ScriptedWay(usual)


def result_of(met: Met, result: object) -> dict[str, Any]:
    """The answer to a request."""
    return {"jsonrpc": "2.0", "id": met.message.get("id"), "result": result}


def complete(met: Met, **fields: Any) -> dict[str, Any]:
    """A complete result of 2026-07-28."""
    return result_of(met, {"resultType": "complete", **fields})


def error_of(met: Met, code: int, message: str = "", data: object = None) -> dict[str, Any]:
    """The refusal of a request."""
    error = {"code": code, "message": message, **({} if data is None else {"data": data})}
    return {"jsonrpc": "2.0", "id": met.message.get("id"), "error": error}


@dataclass
class Got:
    """An answer as the client has it."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]
    left: bytes = b""

    def header(self, name: str) -> str | None:
        """A header's value."""
        return header(self.headers, name)

    async def bytes(self) -> bytes:
        """The rest of the body."""
        return b"".join([chunk async for chunk in self.body])

    async def json(self) -> Any:
        """A body that is one message."""
        return json.loads(await self.bytes())

    async def next(self) -> Any:
        """The next message of a stream; raises StopAsyncIteration at its end."""
        async with asyncio.timeout(5):
            while b"\n\n" not in self.left:
                self.left += await anext(self.body)
        block, _, self.left = self.left.partition(b"\n\n")
        data = [line[6:] for line in block.split(b"\n") if line.startswith(b"data: ")]
        return json.loads(data[0]) if data else await self.next()

    async def rest(self) -> list[Any]:
        """The messages up to the end of the stream."""
        found: list[Any] = []
        try:
            while True:
                found.append(await self.next())
        except StopAsyncIteration:
            return found


@dataclass
class ScriptedStamps:
    """Stamps later requests as the relay does, with what a test says that the account has then."""

    secret: str = "good"
    renewed: str | None = None
    """What a refused secret is renewed to; None where nobody can."""
    forbidden: Error | None = None
    """Why the client's request may pass no more."""
    refused: int = 0
    """How often that was said."""
    stamped: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    """Secrets, and whether what they were for ends something."""

    def made(self) -> ScriptedStamps:
        """Themselves, as a request has them."""
        return self

    async def __call__(
        self, request: UpstreamRequest, refusal: UpstreamResponse | None, *, ends: bool
    ) -> UpstreamRequest:
        if self.forbidden is not None and not ends:
            self.refused += 1
            raise self.forbidden
        if refusal is not None:
            if self.renewed is None:
                raise SignInNeeded("The server no longer accepts the account.", "Connect it again.")
            self.secret, self.renewed = self.renewed, None
        self.stamped.append((self.secret, ends))
        kept = tuple(pair for pair in request.headers if pair[0] != "Authorization")
        return request._replace(headers=(*kept, ("Authorization", f"Bearer {self.secret}")))


@dataclass
class EraClient:
    """A client whose requests a test makes one by one."""

    eras: Eras
    way: ScriptedWay
    pool: str = "cursor\none\nwork"
    conversation: str = ""
    revision: str = MODERN
    capabilities: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Headers = (("Authorization", "Bearer good"), ("User-Agent", "test"))
    session: str | None = None
    credential: Credential | None = None
    restamp: ScriptedStamps | None = None

    def request(
        self, message: object = None, http_method: str = "POST", **changes: Any
    ) -> UpstreamRequest:
        """The request as the relay hands it over, read once."""
        fields: dict[str, Any] = message if isinstance(message, dict) else {}
        own: list[tuple[str, str]] = []
        if self.session is not None and fields.get("method") != "initialize":
            own += [(SESSION, self.session), ("MCP-Protocol-Version", self.revision)]
        if self.revision == MODERN and message is not None:
            own += [("MCP-Protocol-Version", MODERN), ("Mcp-Method", fields.get("method", ""))]
        asked = UpstreamRequest(
            http_method=http_method,
            url=URL,
            headers=(*self.headers, ("Content-Type", "application/json"), *own),
            body=b"" if message is None else json.dumps(message).encode(),
            pool=self.pool,
            server="one",
            conversation=self.conversation,
            method=fields.get("method"),
            revision=self.revision if own or self.revision == MODERN else None,
            credential=self.credential,
            restamp=None if self.restamp is None else self.restamp.made,
        )
        return asked._replace(**changes)

    @asynccontextmanager
    async def exchange(self, message: object, **changes: Any) -> AsyncGenerator[Got]:
        """One request, and its answer while it is open."""
        async with self.eras.open(self.request(message, **changes), self.way) as response:
            yield Got(response.status, response.headers, response.body)

    async def send(self, message: object, **changes: Any) -> tuple[int, Any]:
        """One request; the status and the one message that is answered, or None."""
        async with self.exchange(message, **changes) as got:
            data = await got.bytes()
            kind = got.header("content-type") or ""
            return got.status, json.loads(data) if kind == "application/json" else data or None

    async def ask(self, method: str, message_id: Any = 1, **params: Any) -> Any:
        """A request that is answered with one message."""
        _, message = await self.send(self.message(method, message_id, **params))
        return message

    def message(self, method: str, message_id: Any = 1, **params: Any) -> dict[str, Any]:
        """A request of the client's era; no id makes it a notification."""
        if self.revision == MODERN:
            meta = params.pop("meta", {})
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientCapabilities": dict(self.capabilities),
                "io.modelcontextprotocol/clientInfo": {"name": "cursor", "version": "3"},
                **meta,
            }
        told: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        return told if message_id is None else {"id": message_id, **told}

    async def initialize(self, **capabilities: Any) -> Any:
        """Shake hands and keep the session; the result."""
        params = {
            "protocolVersion": self.revision,
            "capabilities": capabilities,
            "clientInfo": {"name": "cursor", "version": "3"},
        }
        async with self.exchange(self.message("initialize", 0, **params)) as got:
            assert got.status == 200, await got.bytes()
            self.session = got.header(SESSION)
            return (await got.json())["result"]


@asynccontextmanager
async def both_eras(**bounds: float) -> AsyncGenerator[Eras]:
    """The translation, closed at the end."""
    eras = Eras(clock=lambda: 1000.0, bounds=Bounds(**bounds))
    try:
        yield eras
    finally:
        await eras.close()
