from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.programs import ProgramStart
from keyfob_core.system.loops import engine_loop
from keyfob_core.system.program_family import ProcessTree
from keyfob_core.system.program_process import spawn_on_windows
from keyfob_core.system.program_reaper import Reaper, reaper_command
from keyfob_core.system.program_start import ProgramStarter, StartedProgram

ECHO = "import sys; [print(line, end='', flush=True) for line in sys.stdin]"


@asynccontextmanager
async def starter(platform: str = sys.platform) -> AsyncGenerator[ProgramStarter]:
    reaper = Reaper(reaper_command(), os.environ)
    try:
        yield ProgramStarter(os.environ, platform, reaper, gentle=0.3)
    finally:
        await reaper.close()


def python(program: str, **changed: object) -> ProgramStart:
    fields: dict[str, object] = {"server": "files", "command": (sys.executable, "-c", program)}
    return ProgramStart(**{**fields, **changed})  # type: ignore[arg-type]


async def said(program: StartedProgram) -> bytes:
    async with asyncio.timeout(10):
        return await program.stdout.read(1 << 16)


async def test_a_program_is_spoken_with_and_ends_with_its_input() -> None:
    async with starter() as start:
        program = await start(python(ECHO))
        await program.write(b"one\n")
        assert await said(program) == b"one\n"
        await program.end()
        assert await program.wait() == 0
        with pytest.raises(BrokenPipeError):
            await program.write(b"two\n")
        program.close()


async def test_the_loop_that_the_engine_runs_on_starts_programs_as_well() -> None:
    async def speak() -> list[bytes]:
        async with starter() as start:
            secret = python("import os; print(open(int(os.environ['KEYFOB_SECRET_FD'])).read())")
            given = ProgramStart(
                server="files", command=secret.command, secrets=("s1", "s2"), on_descriptor=True
            )
            program = await start(given)
            heard = [await said(program)]
            await program.end()
            heard.append(b"%d" % await program.wait())
            program.close()
            return heard

    def run() -> list[bytes]:
        with asyncio.Runner(loop_factory=engine_loop) as runner:
            return runner.run(speak())

    assert await asyncio.to_thread(run) == [b"s1\ns2\n\n", b"0"]


async def test_a_secret_that_no_pipe_takes_at_once_is_refused() -> None:
    async with starter() as start:
        long = python(ECHO, secrets=("x" * (1 << 21),), on_descriptor=True)
        with pytest.raises(ConfigInvalid, match="so long a secret") as refused:
            await start(long)
    assert refused.value.field == "servers.files.secret_fd"


async def test_a_descriptor_is_refused_on_windows() -> None:
    async with starter("win32") as start:
        with pytest.raises(ConfigInvalid, match="not possible on Windows") as refused:
            await start(python(ECHO, secrets=("x",), on_descriptor=True))
    assert refused.value.field == "servers.files.secret_fd"


async def test_what_the_system_does_not_start_is_an_error_with_its_reason(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("programs")
    broken = folder / "broken"
    broken.write_bytes(b"\x7fELF nothing")
    broken.chmod(0o755)
    async with starter() as start:
        with pytest.raises(UpstreamUnreachable, match="cannot be started: Exec format error"):
            await start(ProgramStart(server="files", command=(str(broken),)))


async def test_a_variable_that_cannot_be_given_is_not_quoted() -> None:
    async with starter() as start:
        with pytest.raises(UpstreamUnreachable, match="cannot be given its variables") as refused:
            await start(python(ECHO, variables={"TOKEN": "quite\0secret"}))
    assert refused.value.__cause__ is None
    assert "secret" not in str(refused.value).replace("servers", "")


LIST = "import os; print(sorted(int(name) for name in os.listdir('/proc/self/fd')))"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
async def test_a_program_inherits_nothing_but_its_pipes_on_the_engine_s_loop_too() -> None:
    async def listed() -> bytes:
        async with starter() as start:
            program = await start(python(LIST))
            heard = await said(program)
            await program.end()
            program.close()
            return heard

    def run() -> bytes:
        with asyncio.Runner(loop_factory=engine_loop) as runner:
            return runner.run(listed())

    # As a shell may leave one open when it starts the engine.
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        # 3 is the folder that is being listed.
        assert await asyncio.to_thread(run) == b"[0, 1, 2, 3]\n"
    finally:
        os.close(inherited)


async def test_a_program_is_ended_as_windows_ends_it() -> None:
    process = await spawn_on_windows(
        (sys.executable, "-c", "import threading; threading.Event().wait()"),
        os.environ,
        Path(os.environ["HOME"]),
        start_new_session=True,
    )
    ended: list[int] = []
    program = StartedProgram(
        process, ProcessTree(process.pid), 0.1, lambda: ended.append(process.pid)
    )
    await program.end()
    assert await program.wait() == -signal.SIGKILL
    assert ended == [process.pid]
    program.close()
