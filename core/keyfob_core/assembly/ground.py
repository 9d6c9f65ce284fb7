"""What everything else stands on, put together: the person's intent, the stores, the log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

from keyfob_core.audit.gate import AuditGate
from keyfob_core.audit.refusals import Refusals
from keyfob_core.audit.syslog import Syslog
from keyfob_core.config import Config
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.lock_watch import WatchScreen
from keyfob_core.control.store_choice import Passphrases
from keyfob_core.control.wake_watch import WatchSleep
from keyfob_core.control.workings import Listening
from keyfob_core.identity.signers import SignerOf
from keyfob_core.latch import Latch
from keyfob_core.ports import Browser, Clock, Prompter
from keyfob_core.questions import Questions
from keyfob_core.sessions.session_notes import SessionNotes
from keyfob_core.settings.config_file import ConfigFile
from keyfob_core.state.accepted_config import AcceptedRecord
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import Database
from keyfob_core.state.file_writes import FileWrites
from keyfob_core.state.latch import LatchRecords
from keyfob_core.state.sessions import SessionRecords
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import Backend
from keyfob_core.stores.chosen import ChosenStore
from keyfob_core.stores.encrypted_file import EncryptedFileStore
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.system.local_syslog import local_syslog
from keyfob_core.system.lock import EngineLock
from keyfob_core.system.paths import Paths
from keyfob_core.tools.approval_marks import ApprovalMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an engine is composed for."""

    paths: Paths
    port: int | None
    """The HTTP port, 0 for a free one, None for the configuration's."""
    kind: str
    """tray, serve, background or command."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the machine gives, and tests replace."""

    browser: Browser
    backend: Backend
    raise_window: Callable[[], None]
    clock: Clock
    watch_screen: WatchScreen
    watch_sleep: WatchSleep | None
    signer_of: SignerOf | None


class Running(Protocol):
    """As much of the engine as its own parts need."""

    listening: Listening

    def changed(self) -> None:
        """Tell the listeners soon."""
        ...

    def stop(self) -> None:
        """Ask the engine to end."""
        ...


@dataclass(frozen=True, slots=True)
class News:
    """Tells of changes whoever has asked for it since."""

    engine: Running
    listeners: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    of_tools: list[Callable[[str], None]] = field(default_factory=list[Callable[[str], None]])

    def changed(self) -> None:
        """Something that people see has changed."""
        self.engine.changed()
        for tell in self.listeners:
            tell()

    def tools_changed(self, server: str) -> None:
        """Other tools of a server are approved now."""
        for tell in self.of_tools:
            tell(server)
        self.engine.changed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The parts that know of no account and no server."""

    settings: Settings
    engine: Running
    outside: Outside
    database: Database
    news: News
    config: LiveConfig
    latch: Latch
    prompter: Prompter
    questions: Questions
    items: StoreItems
    passphrases: Passphrases
    encrypted: EncryptedFileStore
    store: ChosenStore
    audit: AuditGate
    refusals: Refusals
    marks: ApprovalMarks
    clients: ClientRecords
    session_records: SessionRecords
    session_notes: SessionNotes

    @property
    def clock(self) -> Clock:
        """The wall clock."""
        return self.outside.clock

    def base_url(self) -> str:
        """The address that clients reach Keyfob by."""
        port = port_of(self.settings, self.config())
        return self.engine.listening.url or f"http://127.0.0.1:{port}"

    def wait_url(self, wait_id: str) -> str | None:
        """The page that says what waits under an id."""
        url = self.engine.listening.url
        return f"{url}/wait/{wait_id}" if url else None


def port_of(settings: Settings, config: Config) -> int:
    """The HTTP port to listen on."""
    return config.relay.port if settings.port is None else settings.port


def lay_ground(
    settings: Settings,
    prompter: Prompter,
    database: Database,
    engine: Running,
    outside: Outside,
    stack: AsyncExitStack,
) -> Ground:
    """Build them; what they hold is given back when the stack closes."""
    clock, news = outside.clock, News(engine)
    file = ConfigFile(settings.paths.config_file)
    config = LiveConfig(file, news.changed, AcceptedRecord(database))
    latch = Latch(LatchRecords(database), clock, engine.changed)
    questions = Questions(prompter, clock, engine.changed)
    stack.push_async_callback(questions.close)
    items = StoreItems(database)
    keychain = KeychainStore(outside.backend, items, database.installation_id)
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
    marks = ApprovalMarks()
    clients = ClientRecords(database, marks)
    stack.callback(clients.close)
    session_records = SessionRecords(database, clock)
    stack.callback(session_records.close)
    return Ground(
        settings=settings,
        engine=engine,
        outside=outside,
        database=database,
        news=news,
        config=config,
        latch=latch,
        prompter=prompter,
        questions=questions,
        items=items,
        passphrases=passphrases,
        encrypted=encrypted,
        store=store,
        audit=audit,
        refusals=refusals,
        marks=marks,
        clients=clients,
        session_records=session_records,
        session_notes=SessionNotes(session_records),
    )
