"""The engine a command acts through: the one that runs, else one of its own."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from keyfob_core.cli.collection import uncollected
from keyfob_core.control.client import ControlClient
from keyfob_core.control.wire import to_json
from keyfob_core.errors import EngineUnreachable, Error
from keyfob_core.system.lock import EngineLock
from keyfob_core.system.sockets import connect, endpoint

if TYPE_CHECKING:
    from keyfob_core.ports import Progress, Prompter
    from keyfob_core.steps import Step
    from keyfob_core.system.paths import Paths

T = TypeVar("T")

TRAY = "tray"
"""The kind of an engine that lives with the tray app."""

_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 10.0
"""Longer than an engine that is well is ever busy with something else."""


class EngineSilent(Error):
    """An engine runs and says nothing: no other one can take its place."""

    code = EngineUnreachable.code
    rpc_code = EngineUnreachable.rpc_code


class Engine(Protocol):
    """As much of `keyfob_core.engine.Engine` as commands use."""

    async def dispatch(
        self, verb: str, args: dict[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do a verb."""
        ...

    async def until_stopped(self) -> None:
        """Return when somebody asked the engine to end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an engine is composed for."""

    paths: Paths
    port: int | None
    """None for the configuration's."""
    kind: str
    """`tray`, `serve`, `background`, or `command` for one that lives as long as one command."""


EngineT = TypeVar("EngineT", bound=Engine)

Compose = Callable[[Wanted, "Prompter"], AbstractAsyncContextManager[Engine]]
"""Brings an engine up; raises EngineUnreachable where another one holds the installation."""


def compose_engine(wanted: Wanted, prompter: Prompter) -> AbstractAsyncContextManager[Engine]:
    """Bring the real engine up."""
    with uncollected():
        from keyfob_core.engine import Settings, compose
    # Nor is it looked through while calls wait.
    gc.freeze()
    return compose(Settings(paths=wanted.paths, port=wanted.port, kind=wanted.kind), prompter)


class Door(Protocol):
    """A way to do verbs, wherever the engine is."""

    @property
    def kind(self) -> str | None:
        """The running engine's kind; None where it lives in this command."""
        ...

    async def call(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do a verb; answers JSON values and raises typed errors."""
        ...

    async def ask(self, verb: str, args: Mapping[str, object]) -> object:
        """Do a verb that only looks."""
        ...

    def beside(self) -> AbstractAsyncContextManager[Door]:
        """Another way to the same engine, for as long as a call on this one is under way.

        Raises EngineUnreachable where the engine has ended.
        """
        ...


class OwnDoor:
    """An engine in this process."""

    kind = None

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def call(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do a verb here."""
        return to_json(await self._engine.dispatch(verb, dict(args), confirmed, progress))

    async def ask(self, verb: str, args: Mapping[str, object]) -> object:
        """Look here."""
        return await self.call(verb, args, False, _ignore)

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[Door, None]:
        """This one: calls here do not wait for each other."""
        yield self


class RunningDoor:
    """An engine in another process."""

    def __init__(
        self,
        client: ControlClient,
        info: Mapping[str, object],
        another: Callable[[], AbstractAsyncContextManager[Door]],
    ) -> None:
        self._client = client
        self._another = another
        self.kind = str(info.get("kind"))
        self.pid = info.get("pid")

    async def call(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do a verb there."""
        return await self._client.call(verb, args, confirmed=confirmed, on_step=progress)

    async def ask(self, verb: str, args: Mapping[str, object]) -> object:
        """Look there."""
        return await self.call(verb, args, False, _ignore)

    def beside(self) -> AbstractAsyncContextManager[Door]:
        """Another connection."""
        return self._another()


@asynccontextmanager
async def running_engine(
    paths: Paths, platform: str, *, patience: float = _ANSWER_SECONDS
) -> AsyncGenerator[RunningDoor, None]:
    """The engine that runs.

    Raises EngineUnreachable where none does, and EngineSilent where it does not say within
    `patience` seconds what it is.
    """
    client = ControlClient(*await connect(endpoint(paths.control_socket, platform)))
    try:
        info = await _asked_what_it_is(client, paths, patience)
        yield RunningDoor(
            client, cast("Mapping[str, object]", info), lambda: running_engine(paths, platform)
        )
    finally:
        await client.close()


@asynccontextmanager
async def some_engine(
    wanted: Wanted, platform: str, prompter: Prompter, compose: Compose
) -> AsyncGenerator[Door, None]:
    """The engine that runs, else a new one under the installation's lock.

    One that is just coming up or going is waited for. Raises EngineUnreachable where one holds the
    lock and cannot be reached, EngineSilent where it does not answer, and what composing an engine
    raises.
    """

    async def enter(stack: AsyncExitStack) -> Door:
        with suppress(EngineUnreachable):
            return await stack.enter_async_context(running_engine(wanted.paths, platform))
        return OwnDoor(await stack.enter_async_context(compose(wanted, prompter)))

    async with AsyncExitStack() as stack:
        yield await _patiently(lambda: enter(stack))


@asynccontextmanager
async def sole_engine(
    wanted: Wanted,
    platform: str,
    prompter: Prompter,
    compose: Callable[[Wanted, Prompter], AbstractAsyncContextManager[EngineT]],
) -> AsyncGenerator[EngineT, None]:
    """A new engine, in place of one that was only started in the background for a client.

    Raises Error where a person started another one.
    """
    await _make_way(wanted, platform)
    async with AsyncExitStack() as stack:
        yield await _patiently(lambda: stack.enter_async_context(compose(wanted, prompter)))


async def _make_way(wanted: Wanted, platform: str) -> None:
    with suppress(EngineUnreachable):
        async with running_engine(wanted.paths, platform) as running:
            if running.kind != "background" or wanted.kind == "background":
                name = "The Keyfob tray app" if running.kind == "tray" else "`keyfob serve`"
                raise Error(
                    f"{name} runs already (process {running.pid}).",
                    "Use that one, or end it first.",
                )
            await running.ask("engine.stop", {})


async def _patiently(enter: Callable[[], Awaitable[T]]) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return await enter()
        except EngineUnreachable:
            if time.monotonic() >= deadline:
                raise
        await asyncio.sleep(_POLL_SECONDS)


async def _asked_what_it_is(client: ControlClient, paths: Paths, patience: float) -> object:
    try:
        async with asyncio.timeout(patience):
            return await client.call("engine.info")
    except TimeoutError as error:
        process = EngineLock(paths.lock_file).holder() or "unknown"
        raise EngineSilent(
            f"Keyfob runs (process {process}) and does not answer.",
            "End that process, then start Keyfob again.",
        ) from error


def _ignore(step: Step) -> None:
    pass
