"""The composition root of the core: every concrete class is chosen here."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from keyfob_core.accounts import Accounts
from keyfob_core.audit.gate import AuditGate
from keyfob_core.audit.refusals import Refusals
from keyfob_core.config import STORES, Config
from keyfob_core.config_file import ConfigFile
from keyfob_core.consent import Consent
from keyfob_core.control.clients import Clients
from keyfob_core.control.connections import Connections, WaysIn
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.rules import Rules
from keyfob_core.control.socket_server import ControlServer
from keyfob_core.control.store_choice import Passphrases, StoreMoves
from keyfob_core.control.timers import RenewalTimers
from keyfob_core.control.upkeep import Upkeep
from keyfob_core.control.verbs import Verbs
from keyfob_core.control.wait_page import WaitPage
from keyfob_core.control.widening import Widening
from keyfob_core.control.workings import Listening, Workings
from keyfob_core.errors import EngineUnreachable, Error
from keyfob_core.forwarding import Forwarding
from keyfob_core.identity import Identity, WithOwnClient, new_token, token_digest
from keyfob_core.key_check import require_key
from keyfob_core.model import AuditEvent
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.challenge import challenge_scope
from keyfob_core.oauth.device_code import DeviceGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.renewal_reading import read_renewal
from keyfob_core.oauth.revocation import Revocation
from keyfob_core.oauth.service_accounts import Renewer, ServiceAccounts
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.oauth.userinfo import account_label
from keyfob_core.ports import Browser, Clock, Progress, Prompter
from keyfob_core.questions import Questions
from keyfob_core.relay import Parts, Relay
from keyfob_core.sessions import Sessions
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import Database, open_database
from keyfob_core.state.pauses import PauseRecords
from keyfob_core.state.sessions import SessionRecords
from keyfob_core.state.store_items import StoreItems
from keyfob_core.states import Status
from keyfob_core.stores.backends import Backend, native_backend
from keyfob_core.stores.chosen import ChosenStore
from keyfob_core.stores.encrypted_file import EncryptedFileStore
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.stores.move import erase_moved, move_secrets
from keyfob_core.system.browser import SystemBrowser
from keyfob_core.system.catalogue import load_catalogue
from keyfob_core.system.lock import AccountLocks, EngineLock
from keyfob_core.system.paths import Paths, make_private
from keyfob_core.system.peers import parent_of, peer_of, person
from keyfob_core.system.sockets import endpoint, serve
from keyfob_core.transports.forms import HttpDoor, fastest_form
from keyfob_core.transports.http_policy import Doors
from keyfob_core.transports.own_client import OwnClient
from keyfob_core.transports.stdio_listener import StdioListener
from keyfob_core.version import __version__

COMMAND = "command"
"""The kind of an engine that lives for one command and listens nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an engine is composed for."""

    paths: Paths
    port: int | None
    """The HTTP port, 0 for a free one, None for the configuration's."""
    kind: str
    """tray, serve, background or command."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """The engine's inner parts, once all of them stand."""

    settings: Settings
    config: LiveConfig
    upkeep: Upkeep
    verbs: Verbs
    relay: Relay
    http: HttpDoor


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
        outside = (browser, backend or native_backend(sys.platform), raise_window, clock)
        stage = await _assemble(settings, prompter, database, engine, outside, stack)
        engine.attach(stage.verbs)
        await _begin(stage, engine, stack)
        yield engine


def _take_lock(settings: Settings, stack: AsyncExitStack) -> None:
    lock = EngineLock(settings.paths.lock_file)
    if not lock.acquire():
        raise EngineUnreachable(
            f"Another Keyfob (process {lock.holder() or 'unknown'}) holds this installation.",
            "Use that one, or end it first.",
        )
    stack.callback(lock.release)


_Outside = tuple[Browser, Backend, Callable[[], None], Clock]


async def _assemble(
    settings: Settings,
    prompter: Prompter,
    database: Database,
    engine: Engine,
    outside: _Outside,
    stack: AsyncExitStack,
) -> _Stage:
    browser, backend, raise_window, clock = outside
    config = LiveConfig(ConfigFile(settings.paths.config_file), engine.changed)
    questions = Questions(prompter, clock, engine.changed)
    stack.push_async_callback(questions.close)
    items = StoreItems(database)
    keychain = KeychainStore(backend, items, database.installation_id)
    stack.callback(keychain.close)
    passphrases = Passphrases(questions)
    encrypted = EncryptedFileStore(
        settings.paths.secrets_file,
        database.installation_id,
        passphrases,
        EngineLock(settings.paths.secrets_file.with_suffix(".lock")),
    )
    stack.callback(encrypted.close)
    store = ChosenStore({"keychain": keychain, "encrypted-file": encrypted}, config().store)
    audit = AuditGate(settings.paths.audit_folder, store, clock)
    stack.push_async_callback(audit.close)
    refusals = Refusals(audit, clock)
    stack.callback(refusals.close)
    clients = ClientRecords(database)
    stack.callback(clients.close)
    session_records = SessionRecords(database, clock)
    http_client = HttpClient()
    stack.push_async_callback(http_client.aclose)
    services = ServiceAccounts(http_client, clock)
    accounts = Accounts(
        store,
        Renewer(TokenEndpoint(http_client, clock), services),
        audit,
        clock,
        PauseRecords(database),
        AccountLocks(settings.paths.data_folder),
        engine.changed,
    )
    stack.push_async_callback(accounts.close)
    form = fastest_form()
    upstream = form.upstream()
    stack.push_async_callback(upstream.close)
    catalogue = load_catalogue(settings.paths.providers_file)
    ways = WaysIn(
        code=CodeGrant(http_client, browser=browser, clock=clock, pages=CallbackPages.load()),
        device=DeviceGrant(http_client, clock=clock),
        service=services,
        read_renewal=read_renewal,
        check_key=partial(require_key, upstream),
        labels=partial(account_label, http_client),
        farewell=Revocation(http_client, clock),
        challenge_scope=challenge_scope,
    )
    connections = Connections(config, catalogue, accounts, ways, store, questions, audit)
    stack.push_async_callback(connections.close)
    timers = RenewalTimers(accounts, lambda: config().accounts, clock)
    stack.push_async_callback(timers.close)
    upkeep = Upkeep(config, store, audit, refusals, accounts, timers, engine.changed)
    widening = Widening(prompter, questions, audit, upkeep.open_store)
    rules = Rules(config, widening, audit, clock)
    own_token = new_token()
    sessions = Sessions(session_records, clock)
    relay = Relay(
        Parts(
            config=config,
            identity=Identity(
                WithOwnClient(clients, token_digest(own_token)), questions, audit, clock, person()
            ),
            sessions=sessions,
            consent=Consent(questions, audit, rules.keep_answer),
            forwarding=Forwarding(accounts, sessions, upstream, connections.for_call, clock),
            audit=audit,
            refusals=refusals,
            clock=clock,
            wait_url=lambda wait_id: _wait_url(engine.listening, wait_id),
        )
    )

    async def keys(kind: str) -> tuple[str, ...]:
        return items.keys() if kind == "keychain" else await encrypted.keys()

    verbs = Verbs(
        Workings(
            config=config,
            catalogue=catalogue,
            accounts=accounts,
            connections=connections,
            rules=rules,
            widening=widening,
            questions=questions,
            clients=Clients(
                config,
                clients,
                session_records,
                widening,
                audit,
                clock,
                lambda: engine.listening.url or f"http://127.0.0.1:{_port(settings, config())}",
                engine.changed,
            ),
            sessions=session_records,
            store=store,
            stores=StoreMoves(
                config,
                store,
                passphrases,
                keys,
                move_secrets,
                erase_moved,
                STORES,
                upkeep.open_store,
                audit,
            ),
            audit=audit,
            log=audit,
            test_calls=OwnClient(lambda: engine.listening.url, own_token),
            listening=lambda: engine.listening,
            info=lambda: {"pid": os.getpid(), "kind": settings.kind, "version": __version__},
            raise_window=raise_window,
            stop=engine.stop,
            changed=engine.changed,
            clock=clock,
        )
    )

    def token_server(token: str) -> str | None:
        found = clients.by_digest(token_digest(token))
        return found.server if found else None

    http = form.listener(
        Doors(
            relay=relay,
            refusals=refusals,
            token_server=token_server,
            wait_page=WaitPage(questions),
            max_body=lambda: config().relay.max_body,
        )
    )
    return _Stage(settings, config, upkeep, verbs, relay, http)


async def _begin(stage: _Stage, engine: Engine, stack: AsyncExitStack) -> None:
    if stage.settings.kind == COMMAND:
        await stage.upkeep.open_if_ready()
        return
    stack.push_async_callback(stage.upkeep.close)
    await stage.upkeep.begin()
    stage.upkeep.record(AuditEvent(event="engine_started", details={"kind": stage.settings.kind}))
    # Called after the doors are shut, so that no outcome follows it in the log.
    stack.callback(stage.upkeep.record, AuditEvent(event="engine_stopped"))
    engine.listening = await _listen(stage, stage.config())
    stack.push_async_callback(stage.http.close)
    await _serve_sockets(stage, stack)
    stage.upkeep.start()


def _port(settings: Settings, config: Config) -> int:
    return config.relay.port if settings.port is None else settings.port


async def _listen(stage: _Stage, config: Config) -> Listening:
    try:
        bound = await stage.http.start(_port(stage.settings, config))
    except Error as error:
        return Listening(problem=str(error))
    return Listening(url=f"http://127.0.0.1:{bound}")


async def _serve_sockets(stage: _Stage, stack: AsyncExitStack) -> None:
    paths = stage.settings.paths
    stdio = StdioListener(stage.relay, stage.config().relay.max_body)

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


def _wait_url(listening: Listening, wait_id: str) -> str | None:
    return f"{listening.url}/wait/{wait_id}" if listening.url else None
