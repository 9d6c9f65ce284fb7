"""The engine's life: brought up under the installation's lock, and taken down in good order."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from keyfob_core.assembly.ground import Outside, Settings, port_of
from keyfob_core.assembly.stage import COMMAND, Stage, assemble
from keyfob_core.config import Config
from keyfob_core.control.lock_watch import WatchScreen
from keyfob_core.control.socket_server import ControlServer
from keyfob_core.control.verbs import Verbs
from keyfob_core.control.wake_watch import WatchSleep
from keyfob_core.control.workings import Listening
from keyfob_core.errors import EngineUnreachable, Error
from keyfob_core.identity.signers import SignerOf
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Browser, Clock, Progress, Prompter
from keyfob_core.state.database import open_database
from keyfob_core.states import Status
from keyfob_core.stores.backends import Backend, native_backend
from keyfob_core.system.browser import SystemBrowser
from keyfob_core.system.lock import EngineLock
from keyfob_core.system.open_files import allow_many
from keyfob_core.system.paths import make_private
from keyfob_core.system.peers import parent_of, peer_of
from keyfob_core.system.places import relay_place
from keyfob_core.system.screen_lock import screen_watch
from keyfob_core.system.signatures import signers
from keyfob_core.system.sleep_bus import sleep_watch
from keyfob_core.system.sockets import endpoint, serve
from keyfob_core.transports.stdio.listener import StdioListener


class Engine:
    """The running core: the desktop's and the commands' one door to it."""

    def __init__(self) -> None:
        self.listening = Listening()
        self._stopped = asyncio.Event()
        self._listeners: set[Callable[[Status], None]] = set()
        self._telling: asyncio.Task[None] | None = None
        self._verbs: Verbs | None = None

    def attach(self, verbs: Verbs) -> None:
        """Give the engine its verbs; called once, by `compose`."""
        self._verbs = verbs

    async def dispatch(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do a verb for the person; `confirmed` says that they have said yes. Raises Error."""
        return await self._known_verbs().dispatch(verb, args, confirmed, progress)

    async def status(self) -> Status:
        """Everything people are shown, as it is now."""
        return await self._known_verbs().status()

    def subscribe(self, listener: Callable[[Status], None]) -> Callable[[], None]:
        """Tell the listener each new status, on the engine's loop; answers what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def until_stopped(self) -> None:
        """Return when somebody asked the engine to end."""
        await self._stopped.wait()

    def stop(self) -> None:
        """Ask the engine to end."""
        self._stopped.set()

    def changed(self) -> None:
        """Tell the listeners soon; many changes at once are told as one."""
        if self._listeners and (self._telling is None or self._telling.done()):
            self._telling = asyncio.ensure_future(self._tell())

    async def close(self) -> None:
        """Tell nobody any more."""
        self._listeners.clear()
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell(self) -> None:
        await asyncio.sleep(0.05)
        status = await self.status()
        # A change during this turn begins the next one.
        self._telling = None
        for listener in tuple(self._listeners):
            listener(status)

    def _known_verbs(self) -> Verbs:
        if self._verbs is None:
            raise EngineUnreachable("Keyfob is still starting.", "Try again in a moment.")
        return self._verbs


@asynccontextmanager
async def compose(
    settings: Settings,
    prompter: Prompter,
    *,
    browser: Browser | None = None,
    backend: Backend | None = None,
    raise_window: Callable[[], None] = lambda: None,
    clock: Clock = time.time,
    watch_screen: WatchScreen | None = None,
    watch_sleep: WatchSleep | None = None,
    signer_of: SignerOf | None = None,
) -> AsyncGenerator[Engine]:
    """Bring an engine up under the installation's lock, and take it down in good order.

    Raises EngineUnreachable where another engine holds the installation, ConfigInvalid and
    StateUnavailable for files that cannot be used. A locked or missing keychain and a taken port
    are states of a running engine, not errors.
    """
    async with AsyncExitStack() as stack:
        make_private(settings.paths.data_folder)
        _take_lock(settings, stack)
        database = open_database(settings.paths.database)
        stack.callback(database.close)
        engine = Engine()
        stack.push_async_callback(engine.close)
        browser = browser or SystemBrowser(os.environ, sys.platform)
        outside = Outside(
            browser,
            backend or native_backend(sys.platform),
            raise_window,
            clock,
            watch_screen or _screen(),
            watch_sleep or sleep_watch(sys.platform),
            signer_of or signers(sys.platform, os.environ),
        )
        stage = await assemble(settings, prompter, database, engine, outside, stack)
        engine.attach(stage.verbs)
        await _begin(stage, engine, stack)
        yield engine


def _screen() -> WatchScreen:
    bus = None
    if sys.platform not in ("win32", "darwin"):
        # It needs what is installed on Linux alone.
        from keyfob_core.stores.session_bus import session_bus_address

        bus = session_bus_address(os.environ)
    return screen_watch(sys.platform, bus)


def _take_lock(settings: Settings, stack: AsyncExitStack) -> None:
    lock = EngineLock(settings.paths.lock_file)
    if not lock.acquire():
        raise EngineUnreachable(
            f"Another Keyfob (process {lock.holder() or 'unknown'}) holds this installation.",
            "Use that one, or end it first.",
        )
    stack.callback(lock.release)


async def _begin(stage: Stage, engine: Engine, stack: AsyncExitStack) -> None:
    if stage.settings.kind == COMMAND:
        await stage.upkeep.open_if_ready()
        return
    allow_many()
    stack.push_async_callback(stage.upkeep.close)
    await stage.upkeep.begin()
    stage.upkeep.record(AuditEvent(event="engine_started", details={"kind": stage.settings.kind}))
    # Called after the doors are shut, so that no outcome follows it in the log.
    stack.callback(stage.upkeep.record, AuditEvent(event="engine_stopped"))
    engine.listening = await _listen(stage, stage.config())
    stack.push_async_callback(stage.http.close)
    await _serve_sockets(stage, stack)
    stage.upkeep.start()
    stack.push_async_callback(stage.lock_watch.close)
    stage.lock_watch.start()
    stack.push_async_callback(stage.wake_watch.close)
    stage.wake_watch.start()


async def _listen(stage: Stage, config: Config) -> Listening:
    url: str | None = None
    problems: list[str] = []
    try:
        url = f"http://127.0.0.1:{await stage.http.start(port_of(stage.settings, config))}"
    except Error as error:
        problems.append(str(error))
    place = relay_place(stage.settings.paths.relay_socket, sys.platform)
    try:
        await stage.http.start_at(place)
    except Error as error:
        return Listening(url, " ".join((*problems, str(error))))
    return Listening(url, " ".join(problems) or None, place.name)


async def _serve_sockets(stage: Stage, stack: AsyncExitStack) -> None:
    paths = stage.settings.paths
    stdio = StdioListener(stage.front, stage.config().relay.max_body, stage.connection_ended)

    async def serve_bridge(reader: StreamReader, writer: StreamWriter) -> None:
        bridge = peer_of(writer.get_extra_info("socket"))
        await stdio.serve_connection(reader, writer, parent_of(bridge) if bridge else None)

    commands = ControlServer(stage.verbs.dispatch_command)
    for path, handler in (
        (paths.bridge_socket, serve_bridge),
        (paths.control_socket, commands.serve),
    ):
        server = await serve(endpoint(path, sys.platform), handler)
        stack.push_async_callback(server.close)
