"""Processes under measurement: servers, clients' stdio programs, and what they take of memory."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, cast

import psutil

from bench.lines import LineLoad
from bench.load import Load, Measured
from bench.messages import initialize, initialized

TESTS = Path(__file__).parent.parent
_PATIENCE = 60.0


@dataclass(frozen=True)
class Memory:
    """MiB; `pss` counts shared pages by their share, and is None where it cannot be read."""

    rss: float
    pss: float | None


def memory_of(pid: int) -> Memory:
    """The memory of a process as it is now."""
    process = psutil.Process(pid)
    rss = process.memory_info().rss / 2**20
    try:
        pss = getattr(process.memory_full_info(), "pss", None)
    except psutil.AccessDenied:
        pss = None
    return Memory(rss, None if pss is None else pss / 2**20)


@contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str], log: Path
) -> Generator[subprocess.Popen[bytes]]:
    """A process with pipes, without a terminal; ended at the end."""
    with log.open("ab") as complaints:
        process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=TESTS,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            # What it no longer read is lost, and the pipe closed all the same.
            with suppress(BrokenPipeError):
                cast(IO[bytes], pipe).close()


@contextmanager
def upstream(token: str, environ: Mapping[str, str], log: Path, *server: str) -> Generator[str]:
    """The measured server, or that of another module and its words; answers its URL."""
    command = [sys.executable, "-m", *(server or ("bench.upstream",))]
    with running(command, environ, log) as process:
        pipes = Pipes(process, log)
        pipes.write(token.encode())
        yield f"http://127.0.0.1:{int(pipes.read_line())}/mcp"


@contextmanager
def bare(url: str, token: str, environ: Mapping[str, str], log: Path) -> Generator[str]:
    """The relay's forwarding alone, in front of that URL; answers its own."""
    with running([sys.executable, "-m", "bench.bare", url], environ, log) as process:
        pipes = Pipes(process, log)
        pipes.write(token.encode())
        yield f"http://127.0.0.1:{int(pipes.read_line())}/s/bench/mcp"


def run_load(load: Load) -> Measured:
    """Send a load from a process of its own."""
    return _measured("bench.load", asdict(load), _PATIENCE + load.seconds)


def _measured(
    module: str, load: Mapping[str, object], seconds: float, descriptors: Sequence[int] = ()
) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(load).encode(),
        capture_output=True,
        cwd=TESTS,
        check=False,
        timeout=seconds,
        pass_fds=descriptors,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return Measured(**json.loads(done.stdout))


class Pipes:
    """Lines to and from a process."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self._input = cast(IO[bytes], process.stdin)
        self._output = cast(IO[bytes], process.stdout)
        self._poll = select.poll()
        self._poll.register(self._output, select.POLLIN)
        self._rest = b""

    @property
    def descriptors(self) -> tuple[int, int]:
        """Where to write and where to read, for a process that is given both."""
        return self._input.fileno(), self._output.fileno()

    def write(self, line: bytes) -> None:
        """Send one line."""
        self._input.write(line + b"\n")
        self._input.flush()

    def read_line(self) -> bytes:
        """The next line."""
        while b"\n" not in self._rest:
            data = b""
            if self._poll.poll(_PATIENCE * 1000):
                data = os.read(self._output.fileno(), 1 << 16)
            if not data:
                raise RuntimeError(f"{self.process.args}: no answer; {self._log.read_text()}")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def answer(self, number: int) -> bytes:
        """The answer to the request of this id, past whatever else is said."""
        while True:
            line = self.read_line()
            message = json.loads(line)
            if message.get("id") == number and "method" not in message:
                return line


class StdioClient:
    """An MCP client of a stdio program."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._pipes = Pipes(process, log)
        self._number = 0

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._pipes.process.pid

    def start(self) -> None:
        """Shake hands; returns at the answer to `initialize`."""
        self._pipes.write(initialize())
        if b'"result"' not in (answer := self._pipes.answer(0)):
            raise RuntimeError(f"refused: {answer!r}")

    def calls(self, count: int) -> Measured:
        """Call the tool so many times, one after the other, from a process of its own."""
        if self._number == 0:
            self._pipes.write(initialized())
        load = LineLoad(*self._pipes.descriptors, self._number + 1, count)
        self._number += count
        return _measured("bench.lines", asdict(load), _PATIENCE, self._pipes.descriptors)


@contextmanager
def stdio_client(command: Sequence[str], environ: Mapping[str, str]) -> Generator[StdioClient]:
    """A stdio program, started and not yet spoken to."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / "log"
        with running(command, environ, log) as process:
            yield StdioClient(process, log)
