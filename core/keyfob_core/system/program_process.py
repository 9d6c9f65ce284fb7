"""A process with its three pipes on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import threading
from asyncio.subprocess import SubprocessStreamProtocol
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

_BUFFER = 1 << 18
_NEW_GROUP, _NO_WINDOW = 0x00000200, 0x08000000


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started, whoever else holds its pipes."""

    pid: int
    input: asyncio.StreamWriter
    output: asyncio.StreamReader
    complaints: asyncio.StreamReader
    exited: asyncio.Event
    code: Callable[[], int | None]
    close: Callable[[], None]
    """Let go of the pipes."""


async def spawn(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, passed: tuple[int, ...] = ()
) -> Process:
    """Start a process (POSIX) in a session of its own; raises OSError or ValueError.

    It inherits its pipes and the descriptors that are `passed`, and nothing else. uvloop's own
    subprocesses inherit all that the engine itself was started with.
    """
    started = _started(command, environ, folder, passed)
    exited = _watched(started)
    try:
        pipes = [await _reader(started.stdout), await _reader(started.stderr)]
        writer = await _writer(started.stdin)
    except BaseException:
        started.kill()
        for pipe in (started.stdin, started.stdout, started.stderr):
            if pipe is not None:
                pipe.close()
        raise

    def close() -> None:
        writer.close()
        for _, transport in pipes:
            transport.close()

    return Process(
        pid=started.pid,
        input=writer,
        output=pipes[0][0],
        complaints=pipes[1][0],
        exited=exited,
        code=lambda: started.returncode,
        close=close,
    )


async def spawn_on_windows(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, **options: Any
) -> Process:
    """The same for Windows: in a group of its own, without a console that anybody sees."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        _Protocol,
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environ),
        cwd=folder,
        **(options or {"creationflags": _NEW_GROUP | _NO_WINDOW}),
    )
    return Process(
        pid=transport.get_pid(),
        input=cast("asyncio.StreamWriter", protocol.stdin),
        output=cast("asyncio.StreamReader", protocol.stdout),
        complaints=cast("asyncio.StreamReader", protocol.stderr),
        exited=protocol.exited,
        code=transport.get_returncode,
        close=transport.close,
    )


class _Protocol(SubprocessStreamProtocol):
    """The pipes as streams, and the process's end as an event."""

    def __init__(self) -> None:
        super().__init__(limit=_BUFFER, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


def _started(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, passed: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the person's own command, without a shell
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        cwd=folder,
        start_new_session=True,
        pass_fds=passed,
    )


def _watched(started: subprocess.Popen[bytes]) -> asyncio.Event:
    """Set when the process has ended; a thread waits for that, as asyncio's own do."""
    loop, exited = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        started.wait()
        with contextlib.suppress(RuntimeError):
            # The loop may be gone before a process that nothing could end.
            loop.call_soon_threadsafe(exited.set)

    threading.Thread(target=wait, name=f"keyfob-waits-{started.pid}", daemon=True).start()
    return exited


async def _reader(pipe: IO[bytes] | None) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    reader = asyncio.StreamReader(limit=_BUFFER)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader, transport


async def _writer(pipe: IO[bytes] | None) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    # Nothing is read from it; it is the protocol that tells a writer when there is room.
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), pipe
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)
