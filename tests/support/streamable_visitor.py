"""A client of MCP's streamable HTTP that speaks to a way to a server directly."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from keyfob_core.messages.headers import header
from keyfob_core.model import Credential, Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream

BOTH: Headers = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
)


@dataclass(frozen=True)
class Answered:
    """A response, read to its end."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str | None:
        return header(self.headers, "content-type")

    @property
    def events(self) -> list[Any]:
        """The messages of a stream."""
        return events_of(self.body)


def events_of(body: bytes) -> list[Any]:
    """The messages of these events."""
    lines = body.decode().split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


@dataclass
class Visitor:
    """Holds a session as a client does."""

    way: Upstream
    url: str
    pool: str = "a"
    server: str = ""
    headers: Headers = BOTH
    session: str | None = None
    credential: Credential | None = None

    def request(self, http_method: str, message: object = None) -> UpstreamRequest:
        own = (("Mcp-Session-Id", self.session),) if self.session else ()
        return UpstreamRequest(
            http_method=http_method,
            url=self.url,
            headers=(*self.headers, *own),
            body=b"" if message is None else json.dumps(message).encode(),
            pool=self.pool,
            server=self.server,
            method=message.get("method") if isinstance(message, dict) else None,
            credential=self.credential,
        )

    async def send(self, http_method: str, message: object = None) -> Answered:
        async with self.way.open(self.request(http_method, message)) as response:
            return await whole(response)

    async def post(self, message: object) -> Answered:
        return await self.send("POST", message)

    async def ask(self, message_id: object, method: str = "ping", **params: Any) -> Answered:
        asked = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
        return await self.post(asked)

    async def initialize(self) -> Answered:
        answered = await self.ask(0, "initialize", protocolVersion="2024-11-05")
        self.session = header(answered.headers, "Mcp-Session-Id")
        return answered

    @asynccontextmanager
    async def opened(
        self, http_method: str, message: object = None
    ) -> AsyncGenerator[UpstreamResponse]:
        async with self.way.open(self.request(http_method, message)) as response:
            yield response


async def whole(response: UpstreamResponse) -> Answered:
    """Read a response to its end."""
    body = b"".join([chunk async for chunk in response.body])
    return Answered(response.status, response.headers, body)
