"""How things are, as people see them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from keyfob_core.api_descriptions import ApiDescription
from keyfob_core.conditions import AccountCondition, LatchCondition, StoreCondition
from keyfob_core.model import KnownBy
from keyfob_core.prompts import PendingPrompt


@dataclass(frozen=True, slots=True)
class StoreState:
    """The credential store's name and condition, with what the person can do about it."""

    name: str
    condition: StoreCondition
    reason: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account as people see it."""

    name: str
    method: str
    condition: AccountCondition
    label: str | None = None
    """Whose it is at the provider, where that says so."""
    provider: str | None = None
    reason: str | None = None
    issuer: str | None = None
    scope: str | None = None
    expires_at: float | None = None
    renews: bool = False
    """Whether Keyfob renews it by itself before it expires."""
    remind_at: float | None = None
    """When to remind the person of making a new API key, in seconds since the epoch."""


class LockedBy(StrEnum):
    """What locked Keyfob."""

    PERSON = "person"
    SCREEN = "screen"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatchState:
    """Whether calls pass, since when, and until when if that is known; seconds since the epoch."""

    condition: LatchCondition = LatchCondition.OPEN
    since: float | None = None
    until: float | None = None
    """When a pause ends by itself."""
    locked_by: LockedBy | None = None


class Era(StrEnum):
    """One of the two shapes that MCP has had."""

    HANDSHAKE = "handshake"
    """2024-11-05 to 2025-11-25: a session that begins with `initialize`."""
    MODERN = "2026-07-28"
    """Since then: each request stands for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """A server as people see it."""

    name: str
    url: str
    account: str | None
    account_condition: AccountCondition | None
    reason: str | None = None
    provider: str | None = None
    """The catalogue's entry for its address."""
    openapi: str | None = None
    """Where the description of an HTTP API lies; None for a server that speaks MCP."""
    api: ApiDescription | None = None
    """What it says; told once, when the server is added."""
    eras: tuple[Era, ...] = ()
    """What it was seen to speak since Keyfob started; empty before its first answer."""
    bridged: bool = False
    """Whether clients of the other era reach it all the same, because Keyfob translates."""
    kind: str = "http"
    """http, program or openapi."""
    command: tuple[str, ...] = ()
    """A program's words; its `url` is empty."""
    variables: tuple[str, ...] = ()
    """The names of a program's own variables."""
    secrets_wanted: int = 0
    """How many secrets of its account a program is given; one that wants none needs no account."""
    running: int = 0
    """How many processes of a program there are."""

    @property
    def needs_account(self) -> bool:
        """Whether it is of use only with an account, as far as that is known."""
        return self.kind != "program" or self.secrets_wanted > 0 or self.account is not None

    @property
    def address(self) -> str:
        """Where it is, as people read it: its URL, or a program's command as a shell writes it."""
        return shlex.join(self.command) if self.command else self.url


class Need(StrEnum):
    """What a server wants of who calls it."""

    NOTHING = "nothing"
    SIGN_IN = "sign-in"
    OWN_APP = "own-app"
    """A sign-in by an OAuth app of the person's own: nobody is registered by itself."""
    KEY = "key"
    """It refuses who comes without a credential, and names nobody who signs people in."""
    UNKNOWN = "unknown"
    """It answers in a way of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerNeeds:
    """What a look at a server has shown."""

    need: Need
    issuer: str | None = None
    """Who signs people in."""
    by_code: bool = False
    """Whether a code on another device serves as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientState:
    """A client as people see it."""

    name: str
    known_by: KnownBy
    created_at: float
    last_used_at: float | None
    server: str | None = None
    """Set for a token that serves one server only."""
    token_id: str | None = None
    executable: str | None = None
    signer: str | None = None
    """Who had signed the executable when the person named it."""
    expires_at: float | None = None
    """When its token ends; only those of pairing do."""
    ends_at: float | None = None
    """When a pairing ends, unless the client renews its token before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything the window and `keyfob status` show, at one moment."""

    version: str
    url: str | None
    """`http://127.0.0.1:PORT`, or None while nothing listens."""
    problem: str | None
    """Why nothing listens, in a sentence with its hint."""
    store: StoreState
    servers: tuple[ServerState, ...]
    accounts: tuple[AccountState, ...]
    clients: tuple[ClientState, ...]
    waiting: tuple[PendingPrompt, ...]
    socket: str | None = None
    """The unix socket or named pipe where the relay listens as well."""
    latch: LatchState = LatchState()
    sessions: int = 0
    """How many sessions with servers there are."""
    unaccepted: tuple[str, ...] = ()
    """What was edited by hand in config.toml, allows more and waits for a yes."""
