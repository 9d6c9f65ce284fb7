"""The pages' door to the real engine, on its own thread and an installation of the test's own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from keyfob_core.audit.anchor import audit_key
from keyfob_core.audit.log import AuditLog
from keyfob_core.launch import window_engine_command
from keyfob_core.model import AuditEvent
from keyfob_core.state.database import open_database
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.keychain import KeychainStore
from keyfob_desktop.engine_process import engine_process
from keyfob_desktop.loop import EngineDoor, EngineThread
from keyfob_desktop.prompts.prompter import DesktopPrompter
from support.desktop import PATIENCE, NotedBrowser
from support.engine import Home

T = TypeVar("T")


@dataclass
class RealEngine:
    """A running engine, and what reaches it."""

    door: EngineDoor
    home: Home
    failures: list[BaseException] = field(default_factory=list)

    async def do(self, verb: str, **args: object) -> Any:
        """A verb that the person has said yes to."""
        return await self.door.call(verb, args)

    async def elsewhere(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the work on a thread and a loop of its own, as a client would."""
        return await asyncio.to_thread(lambda: asyncio.run(work()))

    def config(self) -> str:
        """What config.toml says now."""
        return self.home.paths.config_file.read_text()


@asynccontextmanager
async def real_engine(home: Home) -> AsyncGenerator[RealEngine]:
    """The engine as the tray app has it, in a process of its own, on a free port."""
    prompter, browser = DesktopPrompter(), NotedBrowser()
    command = window_engine_command()
    thread = EngineThread(
        lambda: engine_process(command, prompter, lambda: None, home.environ),
        asyncio.new_event_loop,
    )
    door = EngineDoor(browser)
    await door.open(thread)
    running = RealEngine(door, home)
    try:
        yield running
    finally:
        assert await door.close(thread, PATIENCE)
    for failure in running.failures:
        raise failure


async def fill_log(home: Home, calls: int) -> None:
    """Put so many calls into the log of an engine that has run and does not now."""
    database = open_database(home.paths.database)
    store = KeychainStore(
        native_backend(sys.platform, home.bus), StoreItems(database), database.installation_id
    )
    try:
        key = await audit_key(store)
    finally:
        store.close()
        database.close()
    now = time.time()
    moments = iter(range(calls * 2))
    log = AuditLog(home.paths.audit_folder, key, lambda: now - calls * 2 + next(moments))
    for event in call_events(calls):
        log.record(event)
    log.close()


def call_events(number: int, *, client: str = "cursor", server: str = "notes") -> list[AuditEvent]:
    """What the log says of so many calls."""
    events: list[AuditEvent] = []
    for i in range(number):
        told = {"request_id": f"q{i}", "client": client, "server": server, "tool": f"tool_{i % 9}"}
        events.append(AuditEvent(event="forwarding", details={"method": "tools/call"}, **told))
        events.append(AuditEvent(event="outcome", outcome="ok", details={"status": 200}, **told))
    return events
