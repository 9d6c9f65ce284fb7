"""The owner of tokens on real parts: a store, a token endpoint, and locks between processes."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from keyfob_core.accounts.owner import Accounts
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.ports import Clock
from keyfob_core.state.database import Database, open_database
from keyfob_core.state.file_writes import FileWrites
from keyfob_core.state.pauses import PauseRecords
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.encrypted_file import EncryptedFileStore
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.system.lock import AccountLocks, EngineLock
from keyfob_core.system.network import SystemNetwork
from keyfob_core.system.paths import make_private
from support.audit_log import RecordedAudit
from support.encrypted_files import CHEAP, PASSPHRASE
from support.engine import Home


@asynccontextmanager
async def opened_store(
    home: Home, kind: str = "keychain", timeout: float = 30.0, passphrase: str = PASSPHRASE
) -> AsyncGenerator[KeychainStore | EncryptedFileStore]:
    """A store of an installation; `timeout` is how long it may take, in seconds."""
    make_private(home.paths.data_folder)
    database = open_database(home.paths.database)
    store = _store(home, kind, timeout, passphrase, database)
    try:
        yield store
    finally:
        store.close()
        database.close()


@asynccontextmanager
async def token_owner(
    home: Home,
    *,
    clock: Clock,
    store: str = "keychain",
    timeout: float = 30.0,
    audit: RecordedAudit | None = None,
    patience: float = 5.0,
) -> AsyncGenerator[Accounts]:
    """As `compose` puts it together, but for the engine's lock: two processes may have one each."""
    async with opened_store(home, store, timeout) as kept:
        http = HttpClient(SystemNetwork())
        database = open_database(home.paths.database)
        accounts = Accounts(
            kept,
            TokenEndpoint(http, clock),
            audit or RecordedAudit(),
            clock,
            PauseRecords(database),
            AccountLocks(home.paths.data_folder),
            lambda: None,
            patience=patience,
        )
        try:
            yield accounts
        finally:
            await accounts.close()
            database.close()


def _store(
    home: Home, kind: str, timeout: float, passphrase: str, database: Database
) -> KeychainStore | EncryptedFileStore:
    if kind == "keychain":
        return KeychainStore(
            native_backend(sys.platform, home.bus),
            StoreItems(database),
            database.installation_id,
            timeout=timeout,
            probe_timeout=timeout,
        )

    async def given(_: bool) -> str:
        return passphrase

    return EncryptedFileStore(
        home.paths.secrets_file,
        database.installation_id,
        given,
        EngineLock(home.paths.secrets_file.with_suffix(".lock")),
        FileWrites(database),
        cost=CHEAP,
        timeout=timeout,
    )
