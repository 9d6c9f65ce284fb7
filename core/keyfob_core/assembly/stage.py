"""The engine's parts, put together: every concrete class is chosen here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from keyfob_core.accounts import Accounts
from keyfob_core.assembly.aggregate import Behind, join_servers
from keyfob_core.assembly.servers import reach_servers
from keyfob_core.assembly.sessions import SessionParts, live_sessions
from keyfob_core.audit.gate import AuditGate
from keyfob_core.audit.refusals import Refusals
from keyfob_core.audit.syslog import Syslog
from keyfob_core.config import STORES, Config
from keyfob_core.config_file import ConfigFile
from keyfob_core.consent import Consent
from keyfob_core.control.acceptance import Acceptance
from keyfob_core.control.clients import Clients
from keyfob_core.control.connections import Connections, WaysIn
from keyfob_core.control.endings import Endings
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.lock_watch import LockWatch, WatchScreen
from keyfob_core.control.locking import Locking
from keyfob_core.control.rules import Rules
from keyfob_core.control.store_choice import Passphrases, StoreMoves
from keyfob_core.control.timers import RenewalTimers
from keyfob_core.control.upkeep import Upkeep
from keyfob_core.control.verbs import Verbs
from keyfob_core.control.wait_page import WaitPage
from keyfob_core.control.widening import Widening
from keyfob_core.control.workings import Listening, Workings
from keyfob_core.forwarding import Forwarding
from keyfob_core.identity import Identity, WithOwnClient, new_token, token_digest
from keyfob_core.key_check import require_key
from keyfob_core.latch import Latch
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
from keyfob_core.own_keys import CONFIG, SESSIONS, own_key
from keyfob_core.ports import Browser, Clock, Prompter
from keyfob_core.questions import Questions
from keyfob_core.relay import Parts, Relay
from keyfob_core.session_notes import Seal, SessionNotes
from keyfob_core.state.accepted_config import AcceptedRecord
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import Database
from keyfob_core.state.file_writes import FileWrites
from keyfob_core.state.latch import LatchRecords
from keyfob_core.state.pauses import PauseRecords
from keyfob_core.state.sessions import SessionRecords
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import Backend
from keyfob_core.stores.chosen import ChosenStore
from keyfob_core.stores.encrypted_file import EncryptedFileStore
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.stores.latched import LatchedStore
from keyfob_core.stores.move import erase_moved, move_secrets
from keyfob_core.system.catalogue import load_catalogue
from keyfob_core.system.local_syslog import local_syslog
from keyfob_core.system.lock import AccountLocks, EngineLock
from keyfob_core.system.network import SystemNetwork
from keyfob_core.system.paths import Paths
from keyfob_core.system.peers import person
from keyfob_core.transports.forms import HttpDoor, fastest_form
from keyfob_core.transports.front import Front
from keyfob_core.transports.http.policy import Doors
from keyfob_core.transports.own_client import OwnClient
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
class Stage:
    """The engine's inner parts, once all of them stand."""

    settings: Settings
    config: LiveConfig
    upkeep: Upkeep
    verbs: Verbs
    front: Front
    http: HttpDoor
    lock_watch: LockWatch
    connection_ended: Callable[[str], None]
    """Told the id of each bridge connection that is over."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the machine gives, and tests replace."""

    browser: Browser
    backend: Backend
    raise_window: Callable[[], None]
    clock: Clock
    watch_screen: WatchScreen


class Running(Protocol):
    """As much of the engine as its own parts need."""

    listening: Listening

    def changed(self) -> None:
        """Tell the listeners soon."""
        ...

    def stop(self) -> None:
        """Ask the engine to end."""
        ...


def port_of(settings: Settings, config: Config) -> int:
    """The HTTP port to listen on."""
    return config.relay.port if settings.port is None else settings.port


async def assemble(
    settings: Settings,
    prompter: Prompter,
    database: Database,
    engine: Running,
    outside: Outside,
    stack: AsyncExitStack,
) -> Stage:
    """Build the parts; what they hold is given back when the stack closes."""
    browser, backend, clock = outside.browser, outside.backend, outside.clock
    told = [engine.changed]

    def changed() -> None:
        for tell in told:
            tell()

    config = LiveConfig(ConfigFile(settings.paths.config_file), changed, AcceptedRecord(database))
    latch = Latch(LatchRecords(database), clock, engine.changed)
    questions = Questions(prompter, clock, engine.changed)
    stack.push_async_callback(questions.close)
    items = StoreItems(database)
    keychain = KeychainStore(backend, items, database.installation_id)
    stack.callback(keychain.close)
    passphrases = Passphrases(questions, lambda: latch.is_locked)
    encrypted = EncryptedFileStore(
        settings.paths.secrets_file,
        database.installation_id,
        passphrases,
        EngineLock(settings.paths.secrets_file.with_suffix(".lock")),
        FileWrites(database),
    )
    stack.callback(encrypted.close)
    store = ChosenStore({"keychain": keychain, "encrypted-file": encrypted}, config().store)
    syslog = Syslog(lambda: config().audit.syslog, local_syslog(sys.platform))
    stack.callback(syslog.close)
    audit = AuditGate(settings.paths.audit_folder, store, clock, copy=syslog)
    stack.push_async_callback(audit.close)
    refusals = Refusals(audit, clock)
    stack.callback(refusals.close)
    clients = ClientRecords(database)
    stack.callback(clients.close)
    session_records = SessionRecords(database, clock)
    stack.callback(session_records.close)
    session_notes = SessionNotes(session_records)
    network = SystemNetwork(lambda: config().proxy)
    http_client = HttpClient(network)
    services = ServiceAccounts(http_client, clock)
    accounts = Accounts(
        LatchedStore(store, latch.check_unlocked),
        Renewer(TokenEndpoint(http_client, clock), services),
        audit,
        clock,
        PauseRecords(database),
        AccountLocks(settings.paths.data_folder),
        changed,
    )
    stack.push_async_callback(accounts.close)
    form = fastest_form()
    paths = settings.paths
    reach = await reach_servers(
        config,
        form,
        network,
        paths.data_folder,
        paths.program_logs,
        audit,
        clock,
        engine.changed,
        session_notes,
        stack,
    )
    upstream = reach.upstream
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

    async def open_keys() -> None:
        session_notes.open(Seal(await own_key(store, SESSIONS), person()))
        is_new = await store.get(CONFIG) is None
        config.open(await own_key(store, CONFIG), is_new=is_new)

    def sweep_sessions() -> None:
        sessions.sweep()

    upkeep = Upkeep(
        config,
        store,
        audit,
        refusals,
        accounts,
        timers,
        latch,
        open_keys,
        sweep_sessions,
        engine.changed,
        clock,
    )
    widening = Widening(prompter, questions, audit, upkeep.open_store)
    rules = Rules(config, widening, audit, clock)
    consent = Consent(questions, audit, rules.keep_answer)
    sessions = live_sessions(
        SessionParts(
            config=config,
            records=session_records,
            notes=session_notes,
            accounts=accounts,
            reach=reach,
            forget_answers=consent.end_session,
            audit=audit,
            clock=clock,
        ),
        stack,
    )

    def on_lock() -> None:
        consent.lock()
        sessions.suspend()
        session_notes.shut()

    async def keys(kind: str) -> tuple[str, ...]:
        return items.keys() if kind == "keychain" else await encrypted.keys()

    stores = StoreMoves(
        config,
        store,
        passphrases,
        keys,
        move_secrets,
        erase_moved,
        STORES,
        upkeep.open_store,
        encrypted.accept_older,
        audit,
    )
    locking = Locking(
        latch,
        questions,
        widening,
        store,
        stores.unlock,
        accounts,
        upkeep.reopen,
        on_lock,
        audit,
        clock,
    )
    stack.push_async_callback(locking.close)
    lock_watch = LockWatch(
        lambda: config().lock,
        latch,
        locking.lock,
        outside.watch_screen,
    )
    own_token = new_token()
    endings = Endings(sessions, reach.upstream, reach.programs)

    def wait_url(wait_id: str) -> str | None:
        url = engine.listening.url
        return f"{url}/wait/{wait_id}" if url else None

    relay = Relay(
        Parts(
            config=config,
            identity=Identity(
                WithOwnClient(clients, token_digest(own_token)), questions, audit, clock, person()
            ),
            sessions=sessions,
            consent=consent,
            forwarding=Forwarding(accounts, sessions, upstream, connections.for_call, clock),
            audit=audit,
            refusals=refusals,
            clock=clock,
            wait_url=wait_url,
            admission=locking,
        )
    )
    front, rules_changed = join_servers(
        Behind(
            relay=relay,
            eras=reach.eras,
            config=config,
            accounts=accounts,
            questions=questions,
            sessions=sessions,
            wait_url=wait_url,
            clock=clock,
        ),
        stack,
    )
    told.append(rules_changed)

    verbs = Verbs(
        Workings(
            config=config,
            catalogue=catalogue,
            documents=reach.documents,
            accounts=accounts,
            connections=connections,
            rules=rules,
            acceptance=Acceptance(config, widening, audit),
            locking=locking,
            live_sessions=sessions,
            widening=widening,
            questions=questions,
            clients=Clients(
                config,
                clients,
                endings,
                widening,
                audit,
                clock,
                lambda: engine.listening.url or f"http://127.0.0.1:{port_of(settings, config())}",
                engine.changed,
            ),
            sessions=endings,
            programs=reach.programs,
            store=store,
            stores=stores,
            audit=audit,
            log=audit,
            test_calls=OwnClient(lambda: engine.listening.url, own_token),
            eras=reach.eras,
            listening=lambda: engine.listening,
            info=lambda: {"pid": os.getpid(), "kind": settings.kind, "version": __version__},
            raise_window=outside.raise_window,
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
            relay=front,
            refusals=refusals,
            token_server=token_server,
            wait_page=WaitPage(questions),
            max_body=lambda: config().relay.max_body,
        )
    )
    return Stage(settings, config, upkeep, verbs, front, http, lock_watch, consent.end_session)
