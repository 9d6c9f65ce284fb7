"""What the verbs act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from keyfob_core.accounts.owner import Accounts
from keyfob_core.api_descriptions import ApiDocuments
from keyfob_core.config import Account
from keyfob_core.control.acceptance import Acceptance
from keyfob_core.control.arguments import Arguments
from keyfob_core.control.clients import Clients
from keyfob_core.control.connections import Connections
from keyfob_core.control.endings import Ends
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.locking import Locking
from keyfob_core.control.rules import Rules
from keyfob_core.control.settings import SettingsDesk
from keyfob_core.control.store_choice import StoreMoves
from keyfob_core.control.tool_access import ToolAccess
from keyfob_core.control.undo import Undos
from keyfob_core.control.widening import Widening
from keyfob_core.diagnosis.findings import Premises
from keyfob_core.ports import Audit, Clock, Progress, SecretStore
from keyfob_core.providers.catalogue import Catalogue
from keyfob_core.questions import Questions
from keyfob_core.sessions.upstream_sessions import Sessions
from keyfob_core.setups.client_imports import Imports
from keyfob_core.setups.client_setups import Setups, Surroundings
from keyfob_core.states import AccountState, Era
from keyfob_core.tools.pinning import Pinning


class AuditReader(Protocol):
    """The audit log's reading end."""

    def tail(self, count: int) -> tuple[Mapping[str, Any], ...]:
        """The last events, oldest first."""
        ...

    async def query(self, wanted: Mapping[str, Any], count: int) -> tuple[Mapping[str, Any], ...]:
        """The last events with these fields, oldest first; raises Error."""
        ...

    async def verify(self) -> object:
        """Check the whole chain; a frozen value with ok, count, problem and line."""
        ...

    async def page(self, wanted: Mapping[str, Any], count: int) -> object:
        """The newest events with these fields: a frozen value with events, before, is_full."""
        ...

    async def follow(self, after: int, seconds: float | None) -> int:
        """The number of the last event once it is above `after`, or after so many seconds."""
        ...

    async def counts(
        self, wanted: Mapping[str, Any], since: float, until: float, slices: int
    ) -> object:
        """A frozen value with calls and refusals, one number for each slice of that time."""
        ...

    async def export(self, wanted: Mapping[str, Any], form: str, to: Path) -> int:
        """Write the events with these fields to a file, and answer its size; raises Error."""
        ...


class Programs(Protocol):
    """Servers that are programs, as they run now."""

    def running(self, server: str) -> int:
        """How many processes of a server there are."""
        ...

    def problem(self, server: str) -> str | None:
        """Why a server's program did not stay, where none runs."""
        ...

    def tail(self, server: str, count: int) -> tuple[str, ...]:
        """The last lines that it complained with, oldest first."""
        ...


class TestCalls(Protocol):
    """Calls that the person makes from Keyfob's own window, through the relay."""

    async def tools(self, server: str) -> tuple[Mapping[str, Any], ...]:
        """The server's tools: name, description, input_schema."""
        ...

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer as text and is_error."""
        ...


class Autostart(Protocol):
    """The system's list of what starts at login, as far as it is about Keyfob."""

    @property
    def place(self) -> str:
        """Where it is written, for people."""
        ...

    def is_on(self) -> bool:
        """Whether Keyfob starts at login."""
        ...

    def turn(self, on: bool) -> None:
        """Have it start, or no longer; raises ConfigInvalid where that cannot be."""
        ...


class SeenEras(Protocol):
    """What servers were seen to speak."""

    def seen(self, server: str) -> frozenset[Era]:
        """The eras; empty before the server's first answer."""
        ...

    def bridges(self, server: str) -> bool:
        """Whether the server refuses one of them, so that its clients are translated for."""
        ...


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the relay listens, or why it does not."""

    url: str | None = None
    problem: str | None = None
    socket: str | None = None
    """The path of the unix socket, or the name of the pipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workings:
    """What the verbs act on."""

    config: LiveConfig
    catalogue: Catalogue
    documents: ApiDocuments
    accounts: Accounts
    connections: Connections
    rules: Rules
    undos: Undos
    settings: SettingsDesk
    tool_access: ToolAccess
    acceptance: Acceptance
    locking: Locking
    live_sessions: Sessions
    widening: Widening
    pinning: Pinning
    questions: Questions
    clients: Clients
    setups: Setups
    imports: Imports
    surroundings: Callable[[], Surroundings]
    """Where the person's files lie, as the engine's own environment says."""
    sessions: Ends
    programs: Programs
    store: SecretStore
    stores: StoreMoves
    audit: Audit
    log: AuditReader
    test_calls: TestCalls
    eras: SeenEras
    premises: Callable[[bool], Premises]
    """Looks at the machine, and at our port where that is wanted; takes a moment."""
    close_folders: Callable[[], None]
    """Closes Keyfob's folders to others; raises ConfigInvalid."""
    reach: Callable[[str], Awaitable[str | None]]
    """Why an address cannot be reached, None where it can."""
    autostart: Autostart
    listening: Callable[[], Listening]
    info: Callable[[], Mapping[str, object]]
    raise_window: Callable[[], None]
    stop: Callable[[], None]
    changed: Callable[[], None]
    clock: Clock


Verb = Callable[[Arguments, bool, Progress], Awaitable[object]]


def account_state(workings: Workings, account: Account) -> AccountState:
    """An account as people see it."""
    state = workings.accounts.state(account.name, account.method)
    return replace(state, provider=account.provider)
