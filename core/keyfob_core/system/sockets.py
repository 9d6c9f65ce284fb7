"""Local endpoints: a unix socket, or on Windows loopback TCP behind a token in a private file.

On loopback each end proves to the other that it has the token before anything else is said: the
file may be a dead engine's, and its port another program's.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, cast

from keyfob_core.bridge import NONCE_SIZE, PROOF_SIZE, loopback_proofs, opened_loopback
from keyfob_core.errors import EngineUnreachable
from keyfob_core.system.paths import make_private

if TYPE_CHECKING:
    from keyfob_core.system.peers import Connected

_LOOPBACK = "127.0.0.1"
_TOKEN_BYTES = 32
_TOKEN_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
_BUFFER = 1 << 16

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Serves one connection, which is closed when it returns."""


class EndpointKind(StrEnum):
    """How processes of one user reach each other."""

    UNIX = "unix"
    LOOPBACK = "loopback"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place to serve at: the path of a unix socket, or of what stands for one."""

    path: Path
    kind: EndpointKind

    @property
    def port_file(self) -> Path:
        """Where the loopback kind keeps its port and token."""
        return self.path.with_suffix(".port")


def endpoint(path: Path, platform: str) -> Endpoint:
    """The endpoint at `path` of the kind that `platform` (`sys.platform`) has."""
    return Endpoint(path, EndpointKind.LOOPBACK if platform == "win32" else EndpointKind.UNIX)


@dataclass(frozen=True, slots=True)
class _Opened:
    kind: EndpointKind
    listening: socket.socket
    mark: Path
    admit: Handler


class Server:
    """An endpoint that accepts connections until it is closed."""

    def __init__(self, opened: _Opened, handler: Handler) -> None:
        self._opened = opened
        self._inode = opened.mark.stat().st_ino
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._connections = set[asyncio.Task[None]]()

    async def start(self, buffer: int) -> None:
        """Begin to accept; `buffer` is the readers' limit in bytes."""
        start = (
            asyncio.start_unix_server
            if self._opened.kind is EndpointKind.UNIX
            else asyncio.start_server
        )
        self._server = await start(self._accepted, sock=self._opened.listening, limit=buffer)

    async def close(self) -> None:
        """Stop accepting, end the connections, wait for their handlers, and remove the mark."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        with contextlib.suppress(OSError):
            if self._opened.mark.stat().st_ino == self._inode:
                self._opened.mark.unlink()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._opened.admit(reader, writer)
            await self._handler(reader, writer)
        except (_Refused, ConnectionError):
            pass
        finally:
            await _close(writer)


class _Refused(Exception):
    """A connection that may not speak to us; it is closed without a word."""


async def serve(at: Endpoint, handler: Handler, *, buffer: int = _BUFFER) -> Server:
    """Serve at an endpoint, replacing what a dead engine left there.

    The caller holds the engine lock: whatever is found at the path is nobody's. Raises
    ConfigInvalid where the folder is not private, EngineUnreachable where nothing can listen.
    """
    make_private(at.path.parent)
    if at.kind is EndpointKind.UNIX:
        opened = _Opened(at.kind, listen_unix(at.path), at.path, _admit_same_user)
    else:
        opened = _listen_loopback(at)
    server = Server(opened, handler)
    await server.start(buffer)
    return server


async def connect(
    at: Endpoint, *, buffer: int = _BUFFER
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an endpoint; raises EngineUnreachable where nobody serves it."""
    connected = await asyncio.get_running_loop().run_in_executor(None, connect_blocking, at)
    connected.setblocking(False)
    if at.kind is EndpointKind.UNIX:
        return await asyncio.open_unix_connection(sock=connected, limit=buffer)
    return await asyncio.open_connection(sock=connected, limit=buffer)


def connect_blocking(at: Endpoint) -> socket.socket:
    """Connect without a loop; the answer blocks. Raises EngineUnreachable."""
    try:
        if at.kind is EndpointKind.UNIX:
            return _connect_unix(at)
        return _connect_loopback(at)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineUnreachable(
            "Keyfob is not running.", "Start it with `keyfob` or `keyfob serve`."
        ) from error


def listen_unix(path: Path) -> socket.socket:
    """A socket that listens at a path, in place of one that was left there.

    Raises EngineUnreachable.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise _cannot_listen(path, error) from error
    return listening


def is_same_user(connection: Connected) -> bool:
    """Whether the process that connected is this user's; not so where the system does not tell."""
    # Who only connects does without it.
    from keyfob_core.system.peers import peer_uid

    return peer_uid(connection) == os.geteuid()


def _listen_loopback(at: Endpoint) -> _Opened:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    try:
        listening.bind((_LOOPBACK, 0))
        listening.listen(128)
        listening.setblocking(False)
        port = cast("int", listening.getsockname()[1])
        _write_private(at.port_file, json.dumps({"port": port, "token": token}))
    except OSError as error:
        listening.close()
        raise _cannot_listen(at.port_file, error) from error

    async def admit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _admit_token(reader, writer, token)

    return _Opened(at.kind, listening, at.port_file, admit)


def _write_private(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    fresh.replace(file)


async def _admit_same_user(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if not is_same_user(cast("Connected", writer.get_extra_info("socket"))):
        raise _Refused


async def _admit_token(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str
) -> None:
    """The engine's part of `opened_loopback`."""
    try:
        async with asyncio.timeout(_TOKEN_SECONDS):
            nonce = await reader.readexactly(NONCE_SIZE + 1)
            own = secrets.token_hex(NONCE_SIZE // 2).encode()
            engine, client = loopback_proofs(token, nonce[:-1] + own)
            writer.write(own + engine + b"\n")
            await writer.drain()
            proof = await reader.readexactly(PROOF_SIZE + 1)
    except (TimeoutError, asyncio.IncompleteReadError) as error:
        raise _Refused from error
    if not hmac.compare_digest(proof, client + b"\n"):
        raise _Refused


def _connect_unix(at: Endpoint) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connected.settimeout(_CONNECT_SECONDS)
        connected.connect(str(at.path))
        connected.settimeout(None)
    except OSError:
        connected.close()
        raise
    return connected


def _connect_loopback(at: Endpoint) -> socket.socket:
    mark = json.loads(at.port_file.read_text(encoding="utf-8"))
    connected = socket.create_connection((_LOOPBACK, int(mark["port"])), _CONNECT_SECONDS)
    if not opened_loopback(connected, str(mark["token"])):
        connected.close()
        raise ConnectionRefusedError
    return connected


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _cannot_listen(path: Path, error: OSError) -> EngineUnreachable:
    return EngineUnreachable(
        f"Keyfob cannot listen at {path} ({error.strerror}).",
        "Check the folder's permissions and free space, or set KEYFOB_HOME to another folder.",
    )
