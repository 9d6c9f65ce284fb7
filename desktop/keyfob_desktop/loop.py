"""The engine on a thread of its own, and the one door to it from the Qt thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from keyfob_core.addresses.origins import is_secure_url
from keyfob_core.errors import EngineUnreachable
from keyfob_core.ports import Browser, Progress
from keyfob_core.states import Status
from keyfob_core.steps import Step
from keyfob_core.system.loops import engine_loop

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


class Engine(Protocol):
    """What the desktop asks of the core's engine; every method runs on the engine's loop."""

    def dispatch(
        self, verb: str, args: dict[str, Any], confirmed: bool, progress: Progress, /
    ) -> Coroutine[Any, Any, object]:
        """Do what the verb says; raises `keyfob_core.errors.Error`."""
        ...

    def subscribe(self, listener: Callable[[Status], None], /) -> Callable[[], None]:
        """Tell the listener each new status; answers what ends that."""
        ...

    def until_stopped(self) -> Coroutine[Any, Any, None]:
        """Return when a command asked the engine to end."""
        ...

    def status(self) -> Coroutine[Any, Any, Status]:
        """Everything a window shows, now."""
        ...


EngineFactory = Callable[[], AbstractAsyncContextManager[Engine]]


class EngineThread:
    """Runs an engine from `start` to `stop` on one thread with its own loop."""

    def __init__(self, compose: EngineFactory, loop_factory: LoopFactory = engine_loop) -> None:
        self._compose = compose
        self._loop_factory = loop_factory
        self._thread = threading.Thread(target=self._run, name="keyfob-engine", daemon=True)
        self._started: Future[tuple[asyncio.AbstractEventLoop, Engine]] = Future()
        self._ended: Future[None] = Future()
        self._stop_wanted = threading.Event()
        self._wake: Callable[[], None] | None = None

    @property
    def started(self) -> Future[tuple[asyncio.AbstractEventLoop, Engine]]:
        """The engine with its loop, or why there is none."""
        return self._started

    @property
    def ended(self) -> Future[None]:
        """Done when the engine has closed all it had open."""
        return self._ended

    def start(self) -> Future[tuple[asyncio.AbstractEventLoop, Engine]]:
        """Begin; the future answers the engine with its loop, or why there is none."""
        # Who waits for it may leave; the thread goes on, and has to be able to say so.
        self._started.set_running_or_notify_cancel()
        self._thread.start()
        return self._started

    def stop(self) -> Future[None]:
        """Ask the engine to close; the future is done when it has."""
        self._stop_wanted.set()
        if self._thread.ident is None:
            self._ended.set_result(None)
        elif self._wake is not None:
            with contextlib.suppress(RuntimeError):
                self._wake()
        return self._ended

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - what ends the thread is told, never lost
            self._tell_failure(error)
        else:
            self._ended.set_result(None)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        stop_asked = asyncio.Event()
        serving = asyncio.ensure_future(self._hold_open(loop, stop_asked))

        def wake() -> None:
            loop.call_soon_threadsafe(stop_asked.set if self._started.done() else serving.cancel)

        self._wake = wake
        if self._stop_wanted.is_set():
            serving.cancel()
        await serving

    async def _hold_open(self, loop: asyncio.AbstractEventLoop, stop_asked: asyncio.Event) -> None:
        async with self._compose() as engine:
            self._started.set_result((loop, engine))
            stops = {
                asyncio.ensure_future(stop_asked.wait()),
                asyncio.ensure_future(engine.until_stopped()),
            }
            _, left = await asyncio.wait(stops, return_when=asyncio.FIRST_COMPLETED)
            for each in left:
                each.cancel()

    def _tell_failure(self, error: BaseException) -> None:
        if self._started.done():
            _log.error("The engine ended with an error.", exc_info=error)
            self._ended.set_exception(error)
        else:
            self._started.set_exception(error)
            self._ended.set_result(None)


class EngineDoor(QObject):
    """The only way from Qt to the core; takes and gives frozen values.

    Signals:
        status_changed: a new `Status`, told on the Qt thread.
    """

    status_changed = Signal(object)
    _status_told = Signal(object)

    def __init__(self, browser: Browser, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._browser = browser
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._calls: set[Future[Any]] = set()
        self._status: Status | None = None
        self._status_told.connect(self._keep)

    @property
    def status(self) -> Status | None:
        """The last status told, or None before the first."""
        return self._status

    async def open(self, thread: EngineThread) -> None:
        """Start the engine and learn its status; raises what kept the engine from starting."""
        self._loop, self._engine = await asyncio.wrap_future(thread.start())
        self._keep(await self._across(self._watch(self._engine)))

    async def refresh(self) -> Status:
        """The status as it is now, told to all who watch it too."""
        if self._engine is None:
            raise EngineUnreachable("Keyfob's engine is not running.", "Start Keyfob again.")
        status = await self._across(self._engine.status())
        self._keep(status)
        return status

    async def close(self, thread: EngineThread, within: float) -> bool:
        """Withdraw what is under way and stop the engine; whether it ended in `within` seconds."""
        for call in tuple(self._calls):
            call.cancel()
        if self._loop and self._unsubscribe:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._unsubscribe)
        self._engine = None
        ended = asyncio.wrap_future(thread.stop())
        done, _ = await asyncio.wait({ended}, timeout=within)
        return ended in done and ended.exception() is None

    async def call(
        self,
        verb: str,
        args: Mapping[str, Any] | None = None,
        *,
        confirmed: bool = True,
        on_step: Callable[[Step], None] | None = None,
    ) -> object:
        """Have the engine do what the verb says.

        `on_step` is told on the Qt thread, each step before the answer. Cancelling cancels the
        work itself. Raises `keyfob_core.errors.Error`.
        """
        if self._engine is None:
            raise EngineUnreachable("Keyfob's engine is not running.", "Start Keyfob again.")
        here = asyncio.get_running_loop()

        def progress(step: Step) -> None:
            if on_step is not None:
                here.call_soon_threadsafe(on_step, step)

        work = self._engine.dispatch(verb, dict(args or {}), confirmed, progress)
        return await self._across(work)

    async def open_link(self, address: str) -> bool:
        """Open a page in the person's browser, who asked for it; False where that failed.

        Only https, and http on this computer: the address may come from a server.
        """
        return is_secure_url(address) and await self._browser(address)

    async def _watch(self, engine: Engine) -> Status:
        self._unsubscribe = engine.subscribe(self._status_told.emit)
        return await engine.status()

    async def _across(self, work: Coroutine[Any, Any, _T]) -> _T:
        if self._loop is None or self._loop.is_closed():
            work.close()
            raise EngineUnreachable("Keyfob's engine has stopped.", "Start Keyfob again.")
        call = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._calls.add(call)
        try:
            return await asyncio.wrap_future(call)
        finally:
            self._calls.discard(call)

    def _keep(self, status: Status) -> None:
        self._status = status
        self.status_changed.emit(status)
