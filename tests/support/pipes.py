"""Windows' named pipes, as asyncio serves them there, on unix sockets."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import tempfile
from asyncio import selector_events
from collections.abc import Callable
from pathlib import Path
from typing import Any


class PipeHandle:
    """As much of asyncio's own as a transport shows."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number


_SocketTransport: Any = vars(selector_events)["_SelectorSocketTransport"]


class PipeTransport(_SocketTransport):
    """A transport that cannot close one direction alone, as those of pipes cannot."""

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None:
        raise NotImplementedError


class PipeServer:
    """What `start_serving_pipe` answers."""

    def __init__(self, listening: socket.socket, path: Path) -> None:
        self._listening = listening
        self._path = path

    def close(self) -> None:
        """Free the name."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listening)
        self._listening.close()
        self._path.unlink()


class PipeLoop(asyncio.SelectorEventLoop):
    """A loop that serves pipes as Windows' proactor loop does."""

    async def start_serving_pipe(
        self, factory: Callable[[], asyncio.BaseProtocol], name: str
    ) -> list[PipeServer]:
        """Serve a name that nobody serves; raises OSError, as the first instance of a pipe does."""
        path = path_of(name)
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(str(path))
        except OSError as error:
            listening.close()
            raise PermissionError(13, "Access is denied") from error
        listening.listen()
        listening.setblocking(False)

        def accept() -> None:
            connection, _ = listening.accept()
            connection.setblocking(False)
            extra: dict[str, Any] = {"pipe": PipeHandle(connection.fileno()), "addr": name}
            PipeTransport(self, connection, factory(), extra=extra)

        self.add_reader(listening, accept)
        return [PipeServer(listening, path)]


def path_of(name: str) -> Path:
    """Where a pipe of that name is served."""
    assert name.startswith("\\\\.\\pipe\\")
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"pipe-{os.getpid()}-{digest}"


class ScriptedPipes:
    """Windows' answers about a client: this process, on this machine, unless a test says else."""

    def __init__(self, pid: int | None = None, *, local: bool = True) -> None:
        self.pid = os.getpid() if pid is None else pid
        self.local = local

    def client_pid(self, handle: int) -> int | None:
        assert handle > 0
        return self.pid or None

    def is_local(self, handle: int) -> bool:
        assert handle > 0
        return self.local
