"""Running `keyfob` commands in this process, against an engine that is made up."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyfob_core.cli.engines import Wanted
from keyfob_core.cli.main import run
from keyfob_core.cli.shell import Surroundings
from keyfob_core.control.socket_server import ControlServer
from keyfob_core.errors import EngineUnreachable, UnknownName
from keyfob_core.ports import Progress, Prompter
from keyfob_core.system.lock import EngineLock
from keyfob_core.system.paths import Paths, paths
from keyfob_core.system.sockets import endpoint, serve
from keyfob_core.system.tty import Terminal

Verb = Callable[[dict[str, object], bool, Progress], object]


@dataclass
class MadeUpEngine:
    """Answers each verb by a function; keeps what it was asked."""

    verbs: dict[str, Verb] = field(default_factory=dict[str, Verb])
    kind: str = "serve"
    asked: list[tuple[str, dict[str, object], bool]] = field(
        default_factory=list[tuple[str, dict[str, object], bool]]
    )

    def __post_init__(self) -> None:
        self._stopped = asyncio.Event()

    async def dispatch(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        if verb == "engine.info":
            return {"pid": 4711, "kind": self.kind, "version": "0"}
        if verb == "engine.stop":
            self._stopped.set()
            return None
        self.asked.append((verb, dict(args), confirmed))
        if verb not in self.verbs:
            raise UnknownName(f"This Keyfob does not know {verb!r}.")
        result = self.verbs[verb](dict(args), confirmed, progress)
        return await result if asyncio.iscoroutine(result) else result

    async def until_stopped(self) -> None:
        await self._stopped.wait()


@dataclass
class Commands:
    """A home, an engine, and the commands that find them."""

    home: Path
    engine: MadeUpEngine
    composed: list[Wanted] = field(default_factory=list[Wanted])
    remarked: threading.Event = field(default_factory=threading.Event)
    """Set when a command has printed beside its output."""
    questions: list[str] = field(default_factory=list[str])
    """What was asked for without echo."""
    prompters: list[Prompter] = field(default_factory=list[Prompter])
    """What each composed engine would ask a person by."""

    @property
    def environ(self) -> dict[str, str]:
        return {"KEYFOB_HOME": str(self.home)}

    @property
    def paths(self) -> Paths:
        return paths(self.environ, sys.platform)

    @asynccontextmanager
    async def compose(
        self, wanted: Wanted, prompter: Prompter
    ) -> AsyncGenerator[MadeUpEngine, None]:
        lock = EngineLock(wanted.paths.lock_file)
        if not lock.acquire():
            raise EngineUnreachable("Another Keyfob holds this installation.")
        try:
            self.composed.append(wanted)
            self.prompters.append(prompter)
            yield self.engine
        finally:
            lock.release()

    def run(
        self,
        *words: str,
        stdin: str = "",
        terminal: Terminal | None = None,
        secret: str | Sequence[str] | None = None,
        environ: Mapping[str, str] | None = None,
        on_screen: bool = False,
        columns: int = 80,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> tuple[int, str, str]:
        """The exit code and what was printed.

        With `secret`, or several, stdin is a terminal; `on_screen`, the output is one too.
        """
        out = _Screen() if on_screen else io.StringIO()
        err = _Noticed(self.remarked)
        typed = iter([secret] if isinstance(secret, str) else secret or [])

        def ask_secret(question: str) -> str:
            self.questions.append(question)
            return next(typed)

        code = run(
            list(words),
            Surroundings(
                environ={**self.environ, **(environ or {})},
                platform=sys.platform,
                stdin=_TerminalInput() if secret is not None else io.StringIO(stdin),
                out=out,
                err=err,
                open_terminal=lambda: terminal,
                ask_secret=ask_secret,
                compose=self.compose,
                columns=lambda: columns,
                clock=clock,
                sleep=sleep,
            ),
        )
        return code, out.getvalue(), err.getvalue()

    @contextmanager
    def running(self) -> Generator[None]:
        """The engine runs elsewhere: on a thread, behind a real control socket and lock."""
        ready = threading.Event()
        stop: list[Callable[[], object]] = []

        async def live() -> None:
            lock = EngineLock(self.paths.lock_file)
            assert lock.acquire()
            at = endpoint(self.paths.control_socket, sys.platform)
            server = await serve(at, ControlServer(self.engine.dispatch).serve)
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            stop.append(lambda: loop.call_soon_threadsafe(ended.set))
            ready.set()
            waits: list[asyncio.Task[Any]] = [
                asyncio.create_task(ended.wait()),
                asyncio.create_task(self.engine.until_stopped()),
            ]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            await server.close()
            lock.release()

        thread = threading.Thread(target=lambda: asyncio.run(live()))
        thread.start()
        assert ready.wait(10)
        try:
            yield
        finally:
            if thread.is_alive():
                stop[0]()
            thread.join(10)
            assert not thread.is_alive()


class _Noticed(io.StringIO):
    def __init__(self, written: threading.Event) -> None:
        super().__init__()
        self._written = written

    def write(self, text: str, /) -> int:
        self._written.set()
        return super().write(text)


class _TerminalInput(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Screen(io.StringIO):
    """A terminal's output; what a person sees of it is `seen`."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def seen(written: str) -> list[str]:
    """The lines on a screen, after what was written over."""
    screen: list[str] = []
    for line in written.split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        screen.append("".join(cells).rstrip())
    return screen
