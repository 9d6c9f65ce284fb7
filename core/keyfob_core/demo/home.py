"""The demo's own Keyfob: a folder and a keychain that leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from keyfob_core.demo.secret_service import PrivateSecretService, secret_service_present
from keyfob_core.state.database import open_database
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import Backend, native_backend
from keyfob_core.stores.keychain import KeychainStore
from keyfob_core.system.paths import Paths, paths

_ERASE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DemoHome:
    """Where the demo's Keyfob lives."""

    folder: Path
    paths: Paths
    environ: Mapping[str, str]
    """For child processes, so that they find it and no other."""
    backend: Backend
    private_keychain: bool
    """Whether the keychain was started for the demo, since the machine has none."""


@contextmanager
def demo_home(port: int | None = None) -> Generator[DemoHome]:
    """Make the folder, find a keychain, and remove both at the end.

    `port` is the one that the demo's engine shall listen on. Raises StoreUnavailable where there
    is no keychain and none can be started.
    """
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="keyfob-demo-", ignore_cleanup_errors=True)
            )
        )
        environ = {**os.environ, "KEYFOB_HOME": str(folder), "KEYFOB_DEMO": "1"}
        environ.pop("KEYFOB_TOKEN", None)
        if port is not None:
            environ["KEYFOB_PORT"] = str(port)
        private = sys.platform == "linux" and not secret_service_present(os.environ)
        if private:
            environ |= stack.enter_context(PrivateSecretService()).environment
        bus = environ.get("DBUS_SESSION_BUS_ADDRESS")
        home = DemoHome(
            folder,
            paths(environ, sys.platform),
            environ,
            native_backend(sys.platform, bus),
            private,
        )
        if not private:
            stack.callback(_erase_secrets, home)
        yield home


def _erase_secrets(home: DemoHome) -> None:
    if home.paths.database.exists():
        asyncio.run(_erase(home))


async def _erase(home: DemoHome) -> None:
    database = open_database(home.paths.database)
    try:
        index = StoreItems(database)
        store = KeychainStore(home.backend, index, database.installation_id, timeout=_ERASE_SECONDS)
        try:
            keys = index.keys()
            for key in keys:
                await store.erase(key)
            await store.sweep()
        finally:
            store.close()
    finally:
        database.close()
