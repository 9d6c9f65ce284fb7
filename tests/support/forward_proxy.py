"""A proxy as companies run them, and a front that gives a server of a test its TLS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class ForwardProxy:
    """Leads to the servers it knows, by CONNECT or by whole addresses."""

    routes: Mapping[str, str]
    """Host and port as asked for, and the origin on this machine that stands for them."""
    auth: tuple[str, str] | None = None
    connect_status: int = 200
    url: str = ""
    heads: list[bytes] = field(default_factory=list[bytes])
    """Each request that it could read, refused ones too."""
    tunnelled: bytearray = field(default_factory=bytearray)
    """What went up through tunnels, as it saw it."""

    @property
    def asked(self) -> list[str]:
        """The request lines, without the version."""
        return [head.split(b" HTTP/1.1")[0].decode() for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        if not self._is_let_in(head):
            challenge = b'Proxy-Authenticate: Basic realm="company"\r\nContent-Length: 0'
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n" + challenge)
            writer.write(b"\r\nConnection: close\r\n\r\n")
        elif method == "CONNECT":
            await self._tunnel(target, reader, writer)
        else:
            await self._forward(target, head, reader, writer)

    async def _tunnel(
        self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.connect_status != 200 or target not in self.routes:
            status = 502 if self.connect_status == 200 else self.connect_status
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        async with _connected(self.routes[target]) as (up_reader, up_writer):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _join(reader, writer, up_reader, up_writer, self.tunnelled)

    async def _forward(
        self, target: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        parts = urlsplit(target)
        place = f"{parts.hostname}:{parts.port or 80}"
        if place not in self.routes:
            writer.write(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = head.replace(target.encode(), path.encode(), 1).split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith((b"proxy-", b"connection:"))]
        async with _connected(self.routes[place]) as (up_reader, up_writer):
            up_writer.write(b"\r\n".join([*kept[:-2], b"Connection: close", b"", b""]))
            await _join(reader, writer, up_reader, up_writer, bytearray())

    def _is_let_in(self, head: bytes) -> bool:
        if self.auth is None:
            return True
        expected = base64.b64encode(":".join(self.auth).encode())
        return b"\r\nProxy-Authorization: Basic " + expected + b"\r\n" in head


@asynccontextmanager
async def forward_proxy(
    routes: Mapping[str, str],
    *,
    auth: tuple[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[ForwardProxy]:
    """Run it on a free port; with `tls` it is itself spoken to by TLS."""
    proxy = ForwardProxy(routes, auth)
    async with _listening(proxy.serve, tls) as port:
        proxy.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        yield proxy


@asynccontextmanager
async def tls_front(origin: str, tls: ssl.SSLContext) -> AsyncGenerator[str]:
    """Serve an http origin of this machine by TLS as well; answers the origin of that."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _connected(origin) as (up_reader, up_writer):
            await _join(reader, writer, up_reader, up_writer, bytearray())

    async with _listening(serve, tls) as port:
        yield f"https://127.0.0.1:{port}"


@asynccontextmanager
async def _listening(serve: _Serve, tls: ssl.SSLContext | None) -> AsyncGenerator[int]:
    tasks: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await serve(reader, writer)
        finally:
            await _closed(writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(served(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _connected(
    origin: str,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(origin)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    up_reader: asyncio.StreamReader,
    up_writer: asyncio.StreamWriter,
    seen: bytearray,
) -> None:
    """Pass bytes both ways until either side has ended."""
    ways = (
        asyncio.create_task(_pass(reader, up_writer, seen)),
        asyncio.create_task(_pass(up_reader, writer, bytearray())),
    )
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray
) -> None:
    while data := await reader.read(65536):
        seen += data
        writer.write(data)
        await writer.drain()
