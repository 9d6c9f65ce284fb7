"""Starting a server that is a program, and ending it with all that it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Generator, Mapping

from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.programs import ByteReader, ProgramStart
from keyfob_core.system.program_command import found_command
from keyfob_core.system.program_environment import home_of, program_environment, search_folders
from keyfob_core.system.program_family import Family, ProcessGroup, ProcessTree
from keyfob_core.system.program_process import Process, spawn, spawn_on_windows
from keyfob_core.system.program_reaper import Reaper
from keyfob_core.variables import SECRET_FD

_GENTLE_SECONDS = 2.0
_LAST_SECONDS = 5.0
_LOOK_SECONDS = 0.02


class ProgramStarter:
    """Starts programs without a shell, in a group of their own, with an environment of ours."""

    def __init__(
        self,
        environ: Mapping[str, str],
        platform: str,
        reaper: Reaper,
        gentle: float = _GENTLE_SECONDS,
    ) -> None:
        """`gentle`: seconds that a program has to end by itself, and then once more."""
        self._environ = environ
        self._platform = platform
        self._reaper = reaper
        self._gentle = gentle

    async def __call__(self, start: ProgramStart) -> StartedProgram:
        """Start it; raises ConfigInvalid or UpstreamUnreachable."""
        folders = search_folders(self._environ, self._platform)
        command = found_command(start.server, start.command, folders, self._platform)
        environ = {**program_environment(self._environ, self._platform), **start.variables}
        try:
            if self._platform == "win32":
                return await self._start_on_windows(start, command, environ)
            return await self._start(start, command, environ)
        except OSError as error:
            raise UpstreamUnreachable(
                f"The program {start.server} cannot be started: {error.strerror or error}.",
                f"Look at servers.{start.server}.command in config.toml.",
            ) from error
        except ValueError:
            # Its message would quote the variable, which may hold the secret.
            raise UpstreamUnreachable(
                f"The program {start.server} cannot be given its variables.",
                f"Look at servers.{start.server}.env in config.toml.",
            ) from None

    async def _start(
        self, start: ProgramStart, command: list[str], environ: dict[str, str]
    ) -> StartedProgram:
        self._reaper.begin()
        with _descriptor(start, environ) as given:
            if given is not None:
                given.write()
            passed = () if given is None else (given.reading,)
            process = await spawn(command, environ, home_of(self._environ), passed)
        self._reaper.watch(process.pid)
        family = ProcessGroup(process.pid)
        return StartedProgram(
            process, family, self._gentle, lambda: self._reaper.release(process.pid)
        )

    async def _start_on_windows(
        self, start: ProgramStart, command: list[str], environ: dict[str, str]
    ) -> StartedProgram:
        if start.on_descriptor:
            raise ConfigInvalid(
                f"servers.{start.server}.secret_fd",
                "is not possible on Windows, where programs inherit no file descriptors",
                'Use env = { NAME = "{secret}" } instead.',
            )
        process = await spawn_on_windows(command, environ, home_of(self._environ))
        return StartedProgram(process, ProcessTree(process.pid), self._gentle, lambda: None)


class StartedProgram:
    """A program that was started."""

    def __init__(
        self, process: Process, family: Family, gentle: float, gone: Callable[[], None]
    ) -> None:
        """`gone` is called once all of it has ended."""
        self._process = process
        self._family = family
        self._gentle = gentle
        self._gone = gone
        self._ending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def stdout(self) -> ByteReader:
        """Its messages."""
        return self._process.output

    @property
    def stderr(self) -> ByteReader:
        """Its complaints."""
        return self._process.complaints

    async def write(self, data: bytes) -> None:
        """Write to its standard input, and wait while that is full; raises OSError."""
        if self._process.input.is_closing():
            raise BrokenPipeError
        self._process.input.write(data)
        await self._process.input.drain()

    async def wait(self) -> int:
        """Its exit code once it has ended; negative for a signal (POSIX)."""
        await self._process.exited.wait()
        return self._process.code() or 0

    async def end(self) -> None:
        """End it with all it started: first its input, then gently, then by force."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    def close(self) -> None:
        """Let go of its pipes."""
        self._process.close()

    async def _end(self) -> None:
        self._family.look()
        self._process.input.close()
        await self._leaves(self._gentle)
        if not self._is_gone:
            self._family.ask()
            await self._all_leave(self._gentle)
        if not self._is_gone:
            self._family.force()
            await self._leaves(_LAST_SECONDS)
        self._gone()

    @property
    def _is_gone(self) -> bool:
        return self._process.exited.is_set() and self._family.is_gone

    async def _leaves(self, patience: float) -> None:
        """Wait for the process itself, for so many seconds at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._process.exited.wait()

    async def _all_leave(self, patience: float) -> None:
        """Wait for all of the family: no event tells of those that are no children of ours."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not self._is_gone:  # noqa: ASYNC110 - there is no event to wait for
                    await asyncio.sleep(_LOOK_SECONDS)


class _Descriptor:
    """A pipe whose reading end a program inherits, with the secrets in it, one a line."""

    def __init__(self, start: ProgramStart) -> None:
        self._start = start
        self.reading, self._writing = os.pipe()

    def write(self) -> None:
        """Write what it is for; raises ConfigInvalid for what no pipe takes at once."""
        data = "".join(f"{secret}\n" for secret in self._start.secrets).encode()
        os.set_blocking(self._writing, False)
        try:
            written = os.write(self._writing, data)
        except BlockingIOError:
            written = 0
        if written < len(data):
            raise ConfigInvalid(
                f"servers.{self._start.server}.secret_fd",
                "cannot carry so long a secret",
                'Use env = { NAME = "{secret}" } instead.',
            )

    def close(self) -> None:
        """Close both ends here; the program has its own."""
        os.close(self.reading)
        os.close(self._writing)


@contextlib.contextmanager
def _descriptor(
    start: ProgramStart, environ: dict[str, str]
) -> Generator[_Descriptor | None, None, None]:
    """The descriptor that the program wants, named in its environment; None where it wants none."""
    if not start.on_descriptor:
        yield None
        return
    given = _Descriptor(start)
    environ[SECRET_FD] = str(given.reading)
    try:
        yield given
    finally:
        given.close()
