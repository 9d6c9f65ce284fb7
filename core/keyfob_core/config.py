"""config.toml as frozen values: a person's intent, and no secret."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from keyfob_core.addresses.network import SYSTEM_PROXY
from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.model import Profile, ToolView, Verdict
from keyfob_core.sessions.session_life import USUAL_LIMITS, SessionLimits
from keyfob_core.tables import nearest
from keyfob_core.traits import Trait
from keyfob_core.variables import secrets_wanted

METHODS = ("oauth", "device-code", "api-key", "service-account")
STORES = ("keychain", "encrypted-file")
LANGUAGES = ("system", "en", "de", "zh_CN")
DEFAULT_PORT = 7332
MEBIBYTE = 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]|_(?!_)){0,62}")
_CLIENT_NAME = re.compile(r"[^\W_](?:[\w .()+-]){0,62}")


@dataclass(frozen=True, slots=True)
class Account:
    """How one account signs in; its secret lies in the store under its name."""

    name: str
    method: str
    scopes: tuple[str, ...] = ()
    client_id: str | None = None
    provider: str | None = None
    """An entry of the catalogue, whose profile this account's own keys override."""
    own_profile: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields of a Profile that this account sets itself."""

    def profile(self, base: Profile) -> Profile:
        """The provider's profile with this account's own fields over it."""
        return replace(base, **self.own_profile)


@dataclass(frozen=True, slots=True)
class Group:
    """Tools of one server that share a rule, by name and by what they say of themselves.

    The first group that matches wins.
    """

    name: str
    tools: tuple[str, ...]
    access: Verdict | None = None
    account: str | None = None
    annotations: tuple[Trait, ...] = ()
    """What a tool has to say of itself, all of it; such a group names no account."""

    def has(self, tool: str, traits: Collection[Trait] | None) -> bool:
        """Whether the tool is of the group; `traits` are what it says of itself, if known."""
        if self.annotations and (traits is None or not set(self.annotations) <= set(traits)):
            return False
        return any(fnmatchcase(tool, pattern) for pattern in self.tools)


@dataclass(frozen=True, slots=True)
class ToolLevel:
    """What one tool's own table says."""

    access: Verdict | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """What one server table says, plainly or for one client."""

    account: str | None = None
    access: Verdict | None = None
    groups: tuple[Group, ...] = ()
    tools: Mapping[str, ToolLevel] = field(default_factory=dict[str, ToolLevel])

    def group_of(self, tool: str, traits: Collection[Trait] | None = None) -> Group | None:
        """The first group, in the order of the file, that has the tool.

        Where `traits` are not known, groups that ask for some are passed over.
        """
        return next((group for group in self.groups if group.has(tool, traits)), None)


class ServerKind(StrEnum):
    """What a server is, which says how it is reached."""

    HTTP = "http"
    """An address that speaks MCP over HTTP."""
    PROGRAM = "program"
    """A program of this machine that speaks MCP over its standard input and output."""
    OPENAPI = "openapi"
    """An HTTP API whose description becomes tools."""


class Transport(StrEnum):
    """Which of MCP's HTTP transports an address speaks."""

    AUTO = "auto"
    """The streamable one, or the older one where that is refused."""
    STREAMABLE = "streamable"
    SSE = "sse"
    """HTTP+SSE (MCP 2024-11-05)."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server requests are forwarded to."""

    name: str
    url: str = ""
    """The MCP server's address, or an API's base; empty for a program."""
    levels: Levels = Levels()
    command: tuple[str, ...] = ()
    """A program and its arguments; no shell reads them."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables of a program, `{secret}` in a value stands for the account's."""
    openapi: str | None = None
    """Where the API's description lies: a file or an address."""
    transport: Transport = Transport.AUTO
    secret_fd: bool = False
    """Whether a program reads its secrets from a file descriptor (POSIX)."""
    pinning: bool | None = None
    """Whether its tools wait for approval; None leaves it to the defaults."""
    target: str = field(init=False)
    """A digest of where it is: its address, or the words of its command."""
    kind: ServerKind = field(init=False)
    origin: str = field(init=False)
    """The URL's origin; worked out once, since every call needs it. `program:NAME` for a program,
    which no address can be."""

    def __post_init__(self) -> None:
        kind = ServerKind.HTTP
        if self.command:
            kind = ServerKind.PROGRAM
        elif self.openapi is not None:
            kind = ServerKind.OPENAPI
        object.__setattr__(self, "kind", kind)
        said = "\0".join((kind, self.url, self.openapi or "", *self.command))
        digest = hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()
        object.__setattr__(self, "target", digest[:32])
        program = kind is ServerKind.PROGRAM
        object.__setattr__(
            self, "origin", f"program:{self.name}" if program else origin_of(self.url)
        )

    @property
    def secrets_wanted(self) -> int:
        """How many of an account's secrets a program is given."""
        return max(secrets_wanted(self.env), int(self.secret_fd))

    @property
    def address(self) -> str:
        """Where it is, as people read it: its URL, or a program's command as a shell writes it."""
        return shlex.join(self.command) if self.command else self.url


@dataclass(frozen=True, slots=True)
class Rule:
    """A remembered answer; None in a field means any. `tool` may be a glob."""

    id: str
    access: Verdict
    client: str | None = None
    server: str | None = None
    tool: str | None = None
    account: str | None = None
    until: float | None = None
    """Seconds since the epoch; the rule holds before that."""
    group: str | None = None
    """A group of the server, or of the client's own table for it."""
    annotations: tuple[Trait, ...] = ()
    """What a tool has to say of itself, all of it, to be meant."""
    pin: str | None = None
    """The digest of the tool's approved text that an allowing answer was given for."""


@dataclass(frozen=True, slots=True)
class Relay:
    """The `[relay]` table."""

    port: int = DEFAULT_PORT
    wait: float = 45.0
    """Seconds a call waits for a person."""
    max_body: int = 64 * MEBIBYTE
    """Bytes of a request body."""
    list_wait: float = 3.0
    """Seconds that a list of all servers waits for the slow ones."""
    search_above: int | None = None
    """With more tools than that, `/mcp` lists the search in their place; None for never."""


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """The `[audit]` table."""

    keep_days: int = 400
    keep_mib: int = 1024
    syslog: str | None = None
    """Where copies go: `local`, `udp://HOST:PORT` or `tcp://HOST:PORT`."""


@dataclass(frozen=True, slots=True)
class LockSettings:
    """The `[lock]` table: what locks Keyfob by itself."""

    screen: bool = True
    """Whether the screen's lock does."""
    idle: int | None = None
    """Minutes without a call after which it does; None for never."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of config.toml."""

    accounts: Mapping[str, Account] = field(default_factory=dict[str, Account])
    servers: Mapping[str, Server] = field(default_factory=dict[str, Server])
    clients: Mapping[str, Mapping[str, Levels]] = field(
        default_factory=dict[str, Mapping[str, Levels]]
    )
    """Client name to server name to what holds for that client alone."""
    tool_views: Mapping[str, ToolView] = field(default_factory=dict[str, ToolView])
    """Client name to how it is shown the tools of all servers."""
    read_only_clients: frozenset[str] = frozenset()
    """Clients whose preset leaves them the tools alone that are said to change nothing."""
    default_access: Verdict = Verdict.ASK
    pinning: bool = True
    """Whether tools wait for approval where their server does not say otherwise."""
    rules: tuple[Rule, ...] = ()
    relay: Relay = Relay()
    audit: AuditSettings = AuditSettings()
    lock: LockSettings = LockSettings()
    sessions: SessionLimits = USUAL_LIMITS
    language: str = LANGUAGES[0]
    """The window's: one of LANGUAGES."""
    store: str = "keychain"
    """Where secrets lie: one of STORES."""
    proxy: str = SYSTEM_PROXY
    """How others are reached: system, none or a proxy's URL."""
    client_metadata_url: str | None = None
    """Our client ID metadata document, where a person publishes one."""
    _rules_of: Mapping[str | None, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    """By server, under None those that name none; sorted once, since every call needs them."""

    def __post_init__(self) -> None:
        ordered = sorted(self.rules, key=lambda rule: rule.client is None)
        found: dict[str | None, tuple[Rule, ...]] = {
            name: tuple(rule for rule in ordered if rule.server in (None, name))
            for name in {None, *(rule.server for rule in ordered)}
        }
        object.__setattr__(self, "_rules_of", found)

    def rules_for(self, server: str) -> tuple[Rule, ...]:
        """The rules that name the server or none, those for one client first."""
        return self._rules_of.get(server) or self._rules_of[None]

    def server(self, name: str) -> Server:
        """The server of that name; raises UnknownName with near names."""
        found = self.servers.get(name)
        if found is None:
            raise UnknownName(
                f"There is no server named {name!r}.",
                nearest(name, self.servers) or "Add it with `keyfob server add NAME URL`.",
            )
        return found

    def pins(self, server: Server) -> bool:
        """Whether the server's tools wait for approval."""
        return self.pinning if server.pinning is None else server.pinning

    def levels(self, client: str, server: str) -> tuple[tuple[Levels, str], ...]:
        """What holds for a client at a server, its own table first, each with its path."""
        own = self.clients.get(client, {}).get(server)
        found = [(own, f"clients.{client}.servers.{server}")] if own is not None else []
        if server in self.servers:
            found.append((self.servers[server].levels, f"servers.{server}"))
        return tuple(found)


def check_name(field_name: str, name: str) -> str:
    """A server's or account's name; raises ConfigInvalid for one that cannot stand in a URL."""
    if not _NAME.fullmatch(name):
        raise ConfigInvalid(
            field_name,
            f"{name!r} cannot be a name",
            "Use letters, digits, '.', '-' and single '_', at most 63, a letter or digit first.",
        )
    return name


def check_client_name(field_name: str, name: str) -> str:
    """A client's name as people see it; raises ConfigInvalid."""
    if name.casefold() == "keyfob":
        raise ConfigInvalid(field_name, f"{name!r} is Keyfob's own name", "Choose another.")
    if not _CLIENT_NAME.fullmatch(name) or name != name.strip():
        raise ConfigInvalid(
            field_name,
            f"{name!r} cannot be a client's name",
            "Use letters, digits, spaces and . ( ) + - _, at most 63, a letter or digit first.",
        )
    return name
