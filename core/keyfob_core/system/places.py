"""Where the relay listens beside its port: a unix socket, or on Windows a named pipe."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from keyfob_core.errors import EngineUnreachable
from keyfob_core.model import Peer
from keyfob_core.system.paths import make_private
from keyfob_core.system.peers import Connected, own_peer, peer_of
from keyfob_core.system.sockets import is_same_user, listen_unix

Accept = Callable[[], asyncio.BaseProtocol]
"""Makes the protocol of a connection."""

_NAME_SIZE = 256
_ERROR_PIPE_LOCAL = 229


class UnixPlace:
    """A unix socket in a private folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._server: asyncio.Server | None = None

    @property
    def name(self) -> str:
        """The socket's path."""
        return str(self._path)

    async def listen(self, accept: Accept) -> None:
        """Begin to accept, replacing what a dead engine left.

        The caller holds the engine lock. Raises ConfigInvalid where the folder is not private,
        EngineUnreachable where nothing can listen.
        """
        make_private(self._path.parent)
        listening = listen_unix(self._path)
        self._inode = self._path.stat().st_ino
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(accept, sock=listening)

    def admit(self, transport: asyncio.BaseTransport) -> Peer | None:
        """The process that connected; raises PermissionError where it is not this user's."""
        connection = cast("Connected", transport.get_extra_info("socket"))
        if not is_same_user(connection):
            raise PermissionError
        return peer_of(connection)

    def close(self) -> None:
        """Accept no more; the connections are their owner's to close."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()


class Pipes(Protocol):
    """What Windows says of the client at the other end of a named pipe."""

    def client_pid(self, handle: int) -> int | None:
        """The client's process; None where it is not told."""
        ...

    def is_local(self, handle: int) -> bool:
        """Whether the client runs on this machine: a pipe is reached by the network too."""
        ...


class PipePlace:
    r"""A named pipe, as `\\.\pipe\NAME`.

    Its default rights let this user write to it and administrators, and nobody else. A name that
    another program has taken first cannot be taken again.
    """

    def __init__(self, name: str, pipes: Pipes) -> None:
        self._name = name
        self._pipes = pipes
        self._servers: list[Any] = []

    @property
    def name(self) -> str:
        """The pipe's name."""
        return self._name

    async def listen(self, accept: Accept) -> None:
        """Begin to accept; raises EngineUnreachable where another program has the name."""
        start = cast("Any", asyncio.get_running_loop()).start_serving_pipe
        try:
            self._servers = await start(accept, self._name)
        except OSError as error:
            raise EngineUnreachable(
                f"Keyfob cannot listen at {self._name} ({error.strerror}).",
                "Another program has taken the name: end it, or have clients use the port.",
            ) from error

    def admit(self, transport: asyncio.BaseTransport) -> Peer | None:
        """The process that connected; raises PermissionError where it is not this user's here."""
        handle = int(transport.get_extra_info("pipe").fileno())
        pid = self._pipes.client_pid(handle) if self._pipes.is_local(handle) else None
        peer = own_peer(pid) if pid is not None else None
        if peer is None:
            raise PermissionError
        return peer

    def close(self) -> None:
        """Accept no more."""
        for server in self._servers:
            server.close()
        self._servers = []


class WindowsPipes:
    """Windows' own answers."""

    def __init__(self) -> None:
        # WinDLL is there on Windows alone.
        self._kernel: Any = vars(ctypes)["WinDLL"]("kernel32", use_last_error=True)

    def client_pid(self, handle: int) -> int | None:
        """The client's process; None where it is not told."""
        pid = ctypes.c_ulong()
        told = self._kernel.GetNamedPipeClientProcessId(ctypes.c_void_p(handle), ctypes.byref(pid))
        return pid.value if told else None

    def is_local(self, handle: int) -> bool:
        """Whether the client runs on this machine: of one that does, Windows names no computer."""
        name = ctypes.create_unicode_buffer(_NAME_SIZE)
        size = ctypes.c_ulong(ctypes.sizeof(name))
        pipe = ctypes.c_void_p(handle)
        named = self._kernel.GetNamedPipeClientComputerNameW(pipe, name, size)
        return not named and vars(ctypes)["get_last_error"]() == _ERROR_PIPE_LOCAL


def relay_place(path: Path, platform: str) -> UnixPlace | PipePlace:
    """The place that stands for `path`; `platform` is `sys.platform`."""
    return PipePlace(pipe_name(path), WindowsPipes()) if platform == "win32" else UnixPlace(path)


def place_name(path: Path, platform: str) -> str:
    """What the place that stands for `path` is called, whether or not anything listens there."""
    return pipe_name(path) if platform == "win32" else str(path)


def pipe_name(path: Path) -> str:
    """The name of the pipe that stands for a socket's path, the same at every start."""
    digest = hashlib.sha256(str(path).casefold().encode(errors="surrogatepass")).hexdigest()
    return rf"\\.\pipe\keyfob-{digest[:16]}"
