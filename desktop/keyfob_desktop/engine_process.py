"""The engine in a process of its own, so that a busy relay never keeps the window from drawing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from keyfob_core.control.window_wire import (
    Answered,
    Asked,
    Cancelled,
    FromEngine,
    FromWindow,
    Raised,
    Stopped,
    Told,
    decode_from_engine,
    encode_to_engine,
    status_in,
)
from keyfob_core.control.wire import REPLY_LIMIT, Reply, Request, lines
from keyfob_core.errors import EngineUnreachable, Error
from keyfob_core.ports import Progress, Prompter
from keyfob_core.states import Status

_log = logging.getLogger(__name__)

_LONG_LIFE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Call:
    done: asyncio.Future[object]
    progress: Progress


class RemoteEngine:
    """The door to an engine in another process, which is started anew where it dies.

    Used on one loop: a `loop.Engine`.
    """

    def __init__(
        self,
        command: Sequence[str],
        prompter: Prompter,
        raise_window: Callable[[], None],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._environ = environ
        self._prompter = prompter
        self._raise_window = raise_window
        self._ids = itertools.count(1)
        self._calls: dict[int, _Call] = {}
        self._asked: dict[int, asyncio.Task[None]] = {}
        self._listeners: set[Callable[[Status], None]] = set()
        self._status: Status | None = None
        self._began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stopped = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._closing = False
        self._problem: Error | None = None

    async def dispatch(
        self, verb: str, args: Mapping[str, Any], confirmed: bool, progress: Progress
    ) -> object:
        """Do a verb there; answers JSON values and raises typed errors."""
        request = Request(next(self._ids), verb, dict(args), confirmed)
        call = _Call(asyncio.get_running_loop().create_future(), progress)
        self._send(request)
        self._calls[request.id] = call
        try:
            return await call.done
        except asyncio.CancelledError:
            with contextlib.suppress(EngineUnreachable):
                self._send(Cancelled(request.id))
            raise
        finally:
            self._calls.pop(request.id, None)

    async def status(self) -> Status:
        """Everything people are shown, as it is now."""
        return status_in(await self.dispatch("status", {}, False, lambda _: None))

    def subscribe(self, listener: Callable[[Status], None]) -> Callable[[], None]:
        """Tell the listener each new status; answers what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def until_stopped(self) -> None:
        """Return when somebody asked the engine to end."""
        await self._stopped.wait()

    async def until_up(self) -> None:
        """Return when it serves; raises what kept it from starting."""
        await asyncio.shield(self._began)

    async def live(self) -> None:
        """Keep an engine running until one was asked to end."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            await self._one_life()
            if self._closing or self._stopped.is_set():
                return
            if not self._began.done():
                self._began.set_exception(self._problem or _never_began())
                return
            if time.monotonic() - began > _LONG_LIFE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            _log.error("The engine's process died; it is started again.")
            self._tell_problem()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def close(self) -> None:
        """Have it end in good order, and wait for that."""
        self._closing = True
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            await self._process.wait()

    async def _one_life(self) -> None:
        self._problem = None
        try:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self._environ,
                **_apart(),
            )
        except OSError as error:
            self._problem = EngineUnreachable(
                f"Keyfob's engine cannot be started: {error.strerror}.", "Install Keyfob again."
            )
            return
        try:
            if process.stdout is not None:
                async with aclosing(lines(process.stdout, REPLY_LIMIT)) as said:
                    async for line in said:
                        self._hear(decode_from_engine(line))
            await process.wait()
        except Exception as error:  # noqa: BLE001  the guard of one life: the next begins anew
            _log.error("What the engine's process said cannot be read: %s", type(error).__name__)
        finally:
            if process.returncode is None:
                # Else it would hold the installation beside the next one.
                process.kill()
                await process.wait()
            self._process = None
            self._let_go()

    def _hear(self, said: FromEngine) -> None:
        match said:
            case Reply():
                self._take(said)
            case Error():
                self._problem = said
            case Told(status):
                self._tell(status)
                if not self._began.done():
                    self._began.set_result(None)
            case Asked():
                self._asked[said.number] = asyncio.ensure_future(self._ask(said))
            case Raised():
                self._raise_window()
            case Stopped():
                self._stopped.set()
            case _:
                asking = self._asked.get(said.number)
                if asking is not None:
                    asking.cancel()

    def _take(self, reply: Reply) -> None:
        call = self._calls.get(reply.id or 0)
        if call is None or call.done.done():
            return
        if reply.step is not None:
            call.progress(reply.step)
        elif reply.error is not None:
            call.done.set_exception(reply.error)
        else:
            call.done.set_result(reply.result)

    async def _ask(self, asked: Asked) -> None:
        try:
            answer = await self._prompter.ask(asked.prompt)
        finally:
            del self._asked[asked.number]
        with contextlib.suppress(EngineUnreachable):
            self._send(Answered(asked.number, answer))

    def _send(self, said: FromWindow) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise _died()
        process.stdin.write(encode_to_engine(said))

    def _tell(self, status: Status) -> None:
        self._status = status
        for listener in tuple(self._listeners):
            listener(status)

    def _tell_problem(self) -> None:
        if self._status is not None:
            problem = str(self._problem or _died())
            self._tell(replace(self._status, url=None, problem=problem, waiting=()))

    def _let_go(self) -> None:
        for call in self._calls.values():
            if not call.done.done():
                call.done.set_exception(self._problem or _died())
        for asking in tuple(self._asked.values()):
            asking.cancel()


@asynccontextmanager
async def engine_process(
    command: Sequence[str],
    prompter: Prompter,
    raise_window: Callable[[], None],
    environ: Mapping[str, str] | None = None,
) -> AsyncGenerator[RemoteEngine]:
    """An engine that `command` starts as a process, until the context ends.

    `raise_window` is called on this loop; without `environ` the process inherits ours. Raises
    Error where it cannot start.
    """
    engine = RemoteEngine(command, prompter, raise_window, environ)
    life = asyncio.create_task(engine.live())
    try:
        await engine.until_up()
        yield engine
    finally:
        await engine.close()
        life.cancel()
        await asyncio.wait({life})
        if not life.cancelled():
            life.result()


def _died() -> EngineUnreachable:
    return EngineUnreachable(
        "Keyfob's engine has ended unexpectedly.", "It is starting again; repeat this in a moment."
    )


def _never_began() -> EngineUnreachable:
    return EngineUnreachable(
        "Keyfob's engine ended while it started.", "Start Keyfob again; `keyfob doctor` looks why."
    )


def _apart() -> dict[str, Any]:
    """Options that keep a terminal's Ctrl-C for the window, which ends the engine in good order."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
