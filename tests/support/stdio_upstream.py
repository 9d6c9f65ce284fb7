"""A bridge's way to a server: the real listener on a real socket, behind it bare forwarding."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keyfob_core import bridge
from keyfob_core.model import Inbound, Outbound, UpstreamRequest
from keyfob_core.system.network import SystemNetwork
from keyfob_core.system.peers import Connected, parent_of, peer_of
from keyfob_core.system.sockets import Endpoint, EndpointKind, serve
from keyfob_core.transports.http.upstream import HttpUpstream
from keyfob_core.transports.stdio.listener import StdioListener

BRIDGE = [sys.executable, "-m", "keyfob_core.bridge"]
MODERN = "2026-07-28"


class StraightRelay:
    """A relay without its eight steps: it forwards everything to one address."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._upstream = HttpUpstream(SystemNetwork())
        self.inbound: list[Inbound] = []
        self.session_ended = asyncio.Event()
        """Set when a DELETE has been answered."""

    @contextlib.asynccontextmanager
    async def handle(self, inbound: Inbound) -> AsyncGenerator[Outbound]:
        """Forward one request."""
        self.inbound.append(inbound)
        request = UpstreamRequest(
            http_method=inbound.http_method,
            url=self._url,
            headers=inbound.headers,
            body=inbound.body,
        )
        async with self._upstream.open(request) as response:
            yield Outbound(status=response.status, headers=response.headers, body=response.body)
        if inbound.http_method == "DELETE":
            self.session_ended.set()

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._upstream.close()


@contextlib.asynccontextmanager
async def bridge_engine(
    url: str, folder: Path, kind: EndpointKind = EndpointKind.UNIX, **options: Any
) -> AsyncGenerator[StraightRelay]:
    """Serve bridges in the folder, and forward what they bring to one address."""
    relay = StraightRelay(url)
    try:
        async with listening_bridges(StdioListener(relay, **options), folder, kind):
            yield relay
    finally:
        await relay.close()


@contextlib.asynccontextmanager
async def listening_bridges(
    stdio: StdioListener, folder: Path, kind: EndpointKind = EndpointKind.UNIX
) -> AsyncGenerator[None]:
    """Serve bridges in the folder as the engine does."""

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        connection: Connected = writer.get_extra_info("socket")
        peer = peer_of(connection)
        await stdio.serve_connection(reader, writer, parent_of(peer) if peer else None)

    server = await serve(Endpoint(folder / "bridge.sock", kind), handler)
    try:
        yield
    finally:
        await server.close()


@dataclass
class Wire:
    """A client that speaks in lines: through a bridge process, or straight on the socket."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, message: object) -> None:
        """Send a message as one line; bytes as they are."""
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.writer.write(data + b"\n")
        await self.writer.drain()

    async def line(self) -> bytes:
        """The next line, without its end; empty at the end of all."""
        async with asyncio.timeout(10):
            return (await self.reader.readline()).rstrip(b"\n")

    async def receive(self) -> dict[str, Any]:
        """The next message."""
        return json.loads(await self.line())

    async def ask(self, method: str, message_id: int | str = 1, **params: Any) -> dict[str, Any]:
        """Send a request and wait for the next message."""
        await self.send(request(method, message_id, **params))
        return await self.receive()


def request(method: str, message_id: int | str = 1, **params: Any) -> dict[str, Any]:
    """A request of the handshake eras."""
    return {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}


def modern(method: str, message_id: int | str = 1, **params: Any) -> dict[str, Any]:
    """A request of 2026-07-28."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return request(method, message_id, **params, _meta=meta)


def notice(method: str, **params: Any) -> dict[str, Any]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(message_id: int | str = 1, **fields: Any) -> dict[str, Any]:
    """A response."""
    return {"jsonrpc": "2.0", "id": message_id, "result": fields}


def event(message: object, **fields: str | int) -> bytes:
    """A server-sent event; a message of None makes one without data."""
    lines = [f"{name}: {value}" for name, value in fields.items()]
    lines += [] if message is None else [f"data: {json.dumps(message)}"]
    return ("\n".join(lines) + "\n\n").encode()


@contextlib.asynccontextmanager
async def socket_wire(
    folder: Path, server: str | None = "files", **hello: Any
) -> AsyncGenerator[Wire]:
    """A client straight on the engine's socket, its opening line sent."""
    reader, writer = await asyncio.open_unix_connection(folder / "bridge.sock", limit=1 << 26)
    wire = Wire(reader, writer)
    try:
        await wire.send({"keyfob": 1, "server": server, "client": None, **hello})
        yield wire
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def bridge_process(
    *arguments: str, command: list[str] | None = None, **environment: str
) -> AsyncGenerator[tuple[asyncio.subprocess.Process, Wire]]:
    """A bridge as a client launches it."""
    process = await asyncio.create_subprocess_exec(
        *(command or BRIDGE),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        limit=1 << 26,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process, Wire(process.stdout, process.stdin)
    finally:
        process.stdin.close()
        with contextlib.suppress(ConnectionError):
            await process.stdin.wait_closed()
        # Not process.kill(), which reaps a process that the loop is about to reap.
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.communicate()


def run_folder() -> Path:
    """The folder of the sockets that the environment names."""
    return Path(bridge.runtime_folder(os.environ, sys.platform))
