"""An HTTP client that writes exact bytes and shows the exact bytes of the answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 5.0


@dataclass(frozen=True)
class Head:
    """An answer up to the empty line."""

    raw: bytes
    status: int
    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """The values of a field in their order."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """The value of a field; fails where it stands twice."""
        found = self.all(name)
        assert len(found) < 2, f"{name} came {len(found)} times"
        return found[0] if found else None

    @property
    def names(self) -> set[str]:
        """The names of the fields, in lower case."""
        return {name.lower() for name, _ in self.fields}


@dataclass(frozen=True)
class RawAnswer:
    """A whole answer; `body` is without its framing."""

    head: Head
    body: bytes

    @property
    def status(self) -> int:
        return self.head.status

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The JSON-RPC error of the body."""
        return self.json["error"]


class RawClient:
    """One connection to the relay."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        host: str,
        token: str,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.host = host
        self.token = token

    async def send(self, data: bytes) -> None:
        """Write these bytes."""
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()

    def head(
        self, method: str = "POST", path: str = "/s/one/mcp", *lines: bytes, length: int | None = 0
    ) -> bytes:
        """A request's head with Host and token, these lines, and a length unless it is None."""
        own = [f"{method} {path} HTTP/1.1", f"Host: {self.host}"]
        own += [f"Authorization: Bearer {self.token}"] if self.token else []
        own += [f"Content-Length: {length}"] if length is not None else []
        return b"\r\n".join([*(line.encode() for line in own), *lines]) + b"\r\n\r\n"

    async def request(
        self, method: str = "POST", path: str = "/s/one/mcp", *lines: bytes, body: bytes = b""
    ) -> RawAnswer:
        """Send a request and read its whole answer."""
        length = len(body) if body or method == "POST" else None
        await self.send(self.head(method, path, *lines, length=length) + body)
        return await self.answer()

    async def post(self, message: object, *lines: bytes, path: str = "/s/one/mcp") -> RawAnswer:
        """Post one JSON-RPC message."""
        kind = b"Content-Type: application/json"
        return await self.request("POST", path, kind, *lines, body=json.dumps(message).encode())

    async def read_head(self) -> Head:
        """The head of the next answer."""
        async with asyncio.timeout(PATIENCE):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = raw[:-4].decode("latin-1").split("\r\n")
        version, status = first.split(" ")[:2]
        assert version in ("HTTP/1.1", "HTTP/1.0")
        pairs = (line.split(":", 1) for line in lines)
        return Head(raw, int(status), tuple((name, value.strip()) for name, value in pairs))

    async def chunk(self) -> bytes:
        """The next chunk of a chunked body; empty at its end."""
        async with asyncio.timeout(PATIENCE):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            data = await self.reader.readexactly(size)
            assert await self.reader.readexactly(2) == b"\r\n"
        return data

    async def answer(self) -> RawAnswer:
        """The next whole answer; IncompleteReadError where it is not whole."""
        head = await self.read_head()
        return RawAnswer(head, await self._body(head))

    async def _body(self, head: Head) -> bytes:
        length, coding = head.one("content-length"), head.one("transfer-encoding")
        assert length is None or coding is None, "framed twice"
        if head.status in (204, 304):
            return b""
        if length is not None:
            async with asyncio.timeout(PATIENCE):
                return await self.reader.readexactly(int(length))
        if coding == "chunked":
            body = b""
            while data := await self.chunk():
                body += data
            return body
        return await self.rest()

    async def rest(self) -> bytes:
        """All bytes until the relay closes the connection."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def raw_client(port: int, token: str, host: str = "127.0.0.1") -> AsyncGenerator[RawClient]:
    """Connect, and hang up at the end."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(host, port)
    client = RawClient(reader, writer, f"127.0.0.1:{port}", token)
    try:
        yield client
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def socket_client(path: Path, token: str = "") -> AsyncGenerator[RawClient]:
    """Connect to a unix socket, and hang up at the end."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_unix_connection(path)
    client = RawClient(reader, writer, "localhost", token)
    try:
        yield client
    finally:
        await client.close()
