"""The way to a program: real processes, spoken to as the relay does."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from keyfob_core.config import Config, Server
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.messages.headers import header
from keyfob_core.model import (
    ApiKey,
    Credential,
    Headers,
    KeyPart,
    Placement,
    UpstreamRequest,
    UpstreamResponse,
)
from keyfob_core.system.program_reaper import Reaper, reaper_command
from keyfob_core.system.program_start import ProgramStarter
from keyfob_core.transports.programs.dialogue import Dialogue
from keyfob_core.transports.programs.limits import ProgramLimits
from keyfob_core.transports.programs.records import ProgramRecords
from keyfob_core.transports.programs.upstream import ProgramUpstream
from support import stdio_program
from support.eventually import eventually

MODERN = "2026-07-28"
PROGRAM = (sys.executable, "-I", "-S", str(Path(stdio_program.__file__)))
SHORT = ProgramLimits(
    alone=0.3, alive=0.1, unread=0.5, cancelled=0.1, last=0.3, quiet=0.3, turn=0.05
)


def program(*options: str, name: str = "files", **settings: Any) -> Server:
    """The scripted program as a server."""
    return Server(name, command=(*PROGRAM, *options), **settings)


SECRET = "the-secret-of-the-program"


def key(secret: str = SECRET, generation: int = 1, *more: str) -> ApiKey:
    """A key that is stored for the program, perhaps of several parts."""
    return ApiKey(
        secret=secret,
        origin="program:files",
        obtained_at=0,
        generation=generation,
        parts=tuple(KeyPart(placement=Placement(), secret=one) for one in more),
    )


@dataclass
class Answer:
    """A response, read to its end."""

    status: int
    headers: Headers
    body: bytes
    messages: list[dict[str, Any]]

    @property
    def is_events(self) -> bool:
        return header(self.headers, "content-type") == "text/event-stream"

    @property
    def value(self) -> Any:
        """What a tool answered."""
        return value_of(self.messages[-1])


def value_of(message: Mapping[str, Any]) -> Any:
    """What a tool answered with this message."""
    assert "result" in message, message
    return json.loads(message["result"]["content"][0]["text"])


class Events:
    """The messages of a stream, one after another."""

    def __init__(self, response: UpstreamResponse) -> None:
        self.response = response
        self._stream = EventStream()
        self._ready: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        """The next message; fails at the end."""
        async with asyncio.timeout(10):
            while not self._ready:
                chunk = await anext(self.response.body)
                self._ready += messages_in(self._stream, chunk)
        return self._ready.pop(0)

    async def ended(self) -> bool:
        """Whether nothing more comes."""
        async with asyncio.timeout(10):
            async for chunk in self.response.body:
                assert not messages_in(self._stream, chunk)
        return True


def messages_in(stream: EventStream, chunk: bytes) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in stream.feed(chunk) if event.data]


@dataclass
class Programs:
    """The way under test, and a client of one pool before it."""

    upstream: ProgramUpstream
    servers: dict[str, Server]
    logs: Path
    credential: Credential | None = None
    pool: str = "cursor\nfiles\nwork"
    session: str | None = None
    conversation: str = ""
    _ids: list[int] = field(default_factory=lambda: [0])

    def request(
        self,
        body: object = b"",
        *,
        http_method: str = "POST",
        modern: bool = False,
        **changed: Any,
    ) -> UpstreamRequest:
        """What the relay would send."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields: Headers = (("Accept", "application/json, text/event-stream"),)
        if self.session is not None and not modern:
            fields += (("Mcp-Session-Id", self.session),)
        known: dict[str, Any] = {
            "http_method": http_method,
            "url": "",
            "headers": fields,
            "body": data,
            "pool": self.pool,
            "server": self.pool.split("\n")[1],
            "conversation": self.conversation,
            "revision": MODERN if modern else None,
            "credential": self.credential,
        }
        return UpstreamRequest(**{**known, **changed})

    async def post(self, body: object, **changed: Any) -> Answer:
        """Send a message and read its answer to the end."""
        async with (
            asyncio.timeout(20),
            self.upstream.open(self.request(body, **changed)) as response,
        ):
            whole = b"".join([chunk async for chunk in response.body])
        return Answer(response.status, response.headers, whole, _messages(response, whole))

    @asynccontextmanager
    async def stream(self, body: object = b"", **changed: Any) -> AsyncGenerator[Events]:
        """Send a message and read its answer as it comes."""
        async with self.upstream.open(self.request(body, **changed)) as response:
            yield Events(response)

    def listen(self) -> contextlib.AbstractAsyncContextManager[Events]:
        """The stream of what the program says unasked."""
        return self.stream(http_method="GET")

    async def begin(self, version: str = "2025-11-25", **changed: Any) -> Answer:
        """Open a session, which later requests belong to."""
        params: dict[str, Any] = {"protocolVersion": version, "capabilities": {}}
        self.session = None
        answer = await self.post(self.message("initialize", **params), **changed)
        self.session = header(answer.headers, "mcp-session-id")
        if self.session is not None:
            accepted = await self.post(notice("notifications/initialized"))
            assert accepted.status == 202
        return answer

    def message(self, method: str, message_id: int | str | None = None, **params: Any) -> Any:
        """A request with an id of its own."""
        self._ids[0] += 1
        known = self._ids[0] if message_id is None else message_id
        return {"jsonrpc": "2.0", "id": known, "method": method, "params": params}

    def call(self, tool: str, message_id: int | str | None = None, **arguments: Any) -> Any:
        """A call of one of the program's tools; `_token` asks for its progress."""
        token = arguments.pop("_token", None)
        made = self.message("tools/call", message_id, name=tool, arguments=arguments)
        if token is not None:
            made["params"]["_meta"] = {"progressToken": token}
        return made

    async def tool(self, tool: str, *, modern: bool = False, **arguments: Any) -> Any:
        """What a tool answers."""
        return (await self.post(self.call(tool, **arguments), modern=modern)).value

    @property
    def dialogue(self) -> Dialogue:
        """What the session's program is spoken with, past the way to it."""
        session = self.upstream.session(self.session or "", self.pool)
        assert session is not None
        assert session.dialogue is not None
        return session.dialogue

    async def lines(self, *, modern: bool = False) -> list[bytes]:
        """Every line that the program has read."""
        return [base64.b64decode(line) for line in await self.tool("seen", modern=modern)]

    async def holds(self, count: int) -> bool:
        """Whether the program has so many calls that it does not answer."""
        return await self.tool("held") == count

    def log(self, name: str = "files") -> str:
        """What the log of its complaints has."""
        return (self.logs / f"{name}.log").read_text()


def notice(method: str, **params: Any) -> dict[str, Any]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def encoded(data: bytes) -> str:
    """Bytes as the program's tools take them."""
    return base64.b64encode(data).decode()


async def gone(pid: int) -> None:
    """Wait until a process has ended."""

    def ended() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    await eventually(ended, within=10)


@asynccontextmanager
async def programs(
    folder: Path,
    *servers: Server,
    credential: Credential | None = None,
    limits: ProgramLimits = SHORT,
    gentle: float = 0.3,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Programs]:
    """The way to these programs, the scripted one where none is named."""
    known = {server.name: server for server in servers or (program(),)}
    async with AsyncExitStack() as stack:
        reaper = Reaper(reaper_command(), os.environ)
        stack.push_async_callback(reaper.close)
        starter = ProgramStarter(os.environ, sys.platform, reaper, gentle)
        logs = folder / "logs"
        records = ProgramRecords(logs, lambda made: made.mkdir(exist_ok=True))
        upstream = ProgramUpstream(
            lambda: Config(servers=dict(known)), starter, records, limits=limits, clock=clock
        )
        stack.push_async_callback(upstream.close)
        first = next(iter(known))
        yield Programs(upstream, known, logs, credential, f"cursor\n{first}\nwork")


def _messages(response: UpstreamResponse, whole: bytes) -> list[dict[str, Any]]:
    kind = header(response.headers, "content-type")
    if kind == "text/event-stream":
        return messages_in(EventStream(), whole)
    return [json.loads(whole)] if kind == "application/json" and whole else []
