"""config.toml as frozen values: a person's intent, and no secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError

from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.model import Profile, Verdict
from keyfob_core.origins import is_loopback_url, is_secure_url, origin_of

METHODS = ("oauth", "device-code", "api-key", "service-account")
STORES = ("keychain", "encrypted-file")
DEFAULT_PORT = 7332
MEBIBYTE = 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]|_(?!_)){0,62}")
_CLIENT_NAME = re.compile(r"[^\W_](?:[\w .()+-]){0,62}")

T = TypeVar("T")


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
    """Tools of one server that share a rule: globs, the first group that matches wins."""

    name: str
    tools: tuple[str, ...]
    access: Verdict | None


@dataclass(frozen=True, slots=True)
class Levels:
    """What one server table says, plainly or for one client."""

    account: str | None = None
    access: Verdict | None = None
    groups: tuple[Group, ...] = ()
    tools: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])


@dataclass(frozen=True, slots=True)
class Server:
    """A server requests are forwarded to."""

    name: str
    url: str
    levels: Levels = Levels()
    origin: str = field(init=False)
    """The URL's origin; worked out once, since every call needs it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", origin_of(self.url))


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


@dataclass(frozen=True, slots=True)
class Relay:
    """The `[relay]` table."""

    port: int = DEFAULT_PORT
    wait: float = 45.0
    """Seconds a call waits for a person."""
    max_body: int = 64 * MEBIBYTE
    """Bytes of a request body."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of config.toml."""

    accounts: Mapping[str, Account] = field(default_factory=dict[str, Account])
    servers: Mapping[str, Server] = field(default_factory=dict[str, Server])
    clients: Mapping[str, Mapping[str, Levels]] = field(
        default_factory=dict[str, Mapping[str, Levels]]
    )
    """Client name to server name to what holds for that client alone."""
    default_access: Verdict = Verdict.ASK
    rules: tuple[Rule, ...] = ()
    relay: Relay = Relay()
    store: str = "keychain"
    """Where secrets lie: one of STORES."""
    client_metadata_url: str | None = None
    """Our client ID metadata document, where a person publishes one."""

    def server(self, name: str) -> Server:
        """The server of that name; raises UnknownName with near names."""
        found = self.servers.get(name)
        if found is None:
            raise UnknownName(
                f"There is no server named {name!r}.",
                _nearest(name, self.servers) or "Add it with `keyfob server add NAME URL`.",
            )
        return found

    def account_for(self, client: str, server: str) -> str | None:
        """The account a client uses at a server: its own choice first, then the server's."""
        own = self.clients.get(client, {}).get(server)
        if own is not None and own.account is not None:
            return own.account
        return self.server(server).levels.account


def parse_config(text: str) -> Config:
    """Read config.toml.

    Raises ConfigInvalid that names the field, for anything it does not understand: a key that is
    silently ignored could be a deny.
    """
    try:
        document = cast("dict[str, object]", tomlkit.parse(text).unwrap())
    except TOMLKitError as error:
        raise ConfigInvalid("config.toml", str(error), "Correct the line it names.") from error
    top = _Table(
        document,
        "",
        ("accounts", "servers", "clients", "defaults", "rules", "relay", "store", "oauth"),
    )
    servers = top.tables("servers", _server)
    accounts = top.tables("accounts", _account)
    clients = top.tables("clients", _client, check=check_client_name)
    config = Config(
        accounts=accounts,
        servers=servers,
        clients=clients,
        default_access=_defaults(top.table("defaults")),
        rules=tuple(_rule(table) for table in top.array("rules")),
        relay=_relay(top.table("relay")),
        store=_store(top.table("store")),
        client_metadata_url=_https(top.table("oauth").only("client_metadata_url")),
    )
    _check_references(config)
    return config


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


class _Table:
    """A TOML table that knows its path and refuses keys it was not told of."""

    def __init__(self, value: object, path: str, keys: tuple[str, ...] | None) -> None:
        if not isinstance(value, dict):
            raise ConfigInvalid(path, "must be a table", f"Write it as [{path}].")
        self.values = cast("dict[str, object]", value)
        self.path = path
        for key in self.values:
            if keys is not None and key not in keys:
                raise ConfigInvalid(
                    self.at(key), "is not a key Keyfob knows", _nearest(key, keys) or "Remove it."
                )

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str, kind: type[T], default: T) -> T:
        value = self.values.get(key, default)
        # A bool is an int to Python, but "port = true" is no port.
        if isinstance(value, bool) is not (kind is bool) or not isinstance(value, kind):
            raise ConfigInvalid(self.at(key), f"must be a {_KIND_NAMES.get(kind, kind.__name__)}")
        return value

    def text(self, key: str) -> str | None:
        return self.get(key, str, "") if key in self.values else None

    def texts(self, key: str) -> tuple[str, ...]:
        values = cast("list[object]", self.get(key, list, []))
        if not all(isinstance(value, str) for value in values):
            raise ConfigInvalid(self.at(key), "must be a list of texts")
        return tuple(cast("list[str]", values))

    def verdict(self, key: str = "access") -> Verdict | None:
        value = self.text(key)
        if value is None:
            return None
        try:
            return Verdict(value)
        except ValueError as error:
            raise ConfigInvalid(
                self.at(key), f"{value!r} is no access", "Use allow, ask or deny."
            ) from error

    def table(self, key: str, keys: tuple[str, ...] | None = None) -> _Table:
        return _Table(self.values.get(key, {}), self.at(key), keys)

    def tables(
        self,
        key: str,
        read: Callable[[str, _Table], T],
        *,
        check: Callable[[str, str], str] = check_name,
    ) -> dict[str, T]:
        table = self.table(key)
        return {
            check(table.at(name), name): read(name, _Table(value, table.at(name), None))
            for name, value in table.values.items()
        }

    def array(self, key: str) -> tuple[_Table, ...]:
        values = cast("list[object]", self.get(key, list, []))
        return tuple(
            _Table(value, f"{self.at(key)}[{index}]", None) for index, value in enumerate(values)
        )

    def only(self, *keys: str) -> _Table:
        return _Table(self.values, self.path, keys)


_KIND_NAMES: Mapping[type, str] = {
    bool: "true or false",
    str: "text",
    list: "list",
    int: "whole number",
    dict: "table",
}


def _account(name: str, table: _Table) -> Account:
    table = table.only("method", "scopes", "client_id", "provider", *_PROFILE_KEYS)
    method = table.text("method") or "oauth"
    if method not in METHODS:
        raise ConfigInvalid(
            table.at("method"), f"{method!r} is no method", f"Use one of {', '.join(METHODS)}."
        )
    return Account(
        name,
        method,
        table.texts("scopes"),
        table.text("client_id"),
        table.text("provider"),
        profile_fields(table),
    )


_PROFILE_KEYS = (
    "resource",
    "authorize_params",
    "assume_s256",
    "callback",
    "token_auth",
    "dpop",
)
_TOKEN_AUTHS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")


def profile_fields(table: _Table) -> dict[str, Any]:
    """The fields of a Profile that a table sets; raises ConfigInvalid."""
    fields: dict[str, Any] = {}
    if (resource := table.text("resource")) is not None:
        fields["resource"] = resource
    for key in ("assume_s256", "dpop"):
        if key in table.values:
            fields[key] = table.get(key, bool, False)
    if (auth := table.text("token_auth")) is not None:
        if auth not in _TOKEN_AUTHS:
            raise ConfigInvalid(
                table.at("token_auth"), f"{auth!r} is none", f"Use {', '.join(_TOKEN_AUTHS)}."
            )
        fields["token_auth"] = auth
    if "authorize_params" in table.values:
        params = table.table("authorize_params")
        fields["authorize_params"] = tuple((key, params.text(key) or "") for key in params.values)
    if (callback := table.text("callback")) is not None:
        fields |= _callback(table.at("callback"), callback)
    return fields


def profile_fields_of(value: object, path: str) -> dict[str, Any]:
    """The fields of a Profile that an object sets, as an account's table would."""
    return profile_fields(_Table(value if value is not None else {}, path, _PROFILE_KEYS))


def _callback(where: str, address: str) -> dict[str, Any]:
    try:
        good = is_loopback_url(address)
        parts = urlsplit(address)
    except (ConfigInvalid, ValueError):
        good, parts = False, urlsplit("")
    if not good or parts.scheme != "http" or parts.query or parts.fragment:
        raise ConfigInvalid(
            where,
            f"{address!r} is no callback address",
            "Use one like http://localhost:3118/callback.",
        )
    return {
        "callback_host": parts.hostname or "",
        "callback_port": parts.port or 0,
        "callback_path": parts.path or "/",
    }


def _store(table: _Table) -> str:
    kind = table.only("kind").text("kind") or "keychain"
    if kind not in STORES:
        raise ConfigInvalid(
            table.at("kind"), f"{kind!r} is no store", f"Use {' or '.join(STORES)}."
        )
    return kind


def _https(table: _Table) -> str | None:
    url = table.text("client_metadata_url")
    if url is not None and not (is_secure_url(url) and urlsplit(url).path.strip("/")):
        raise ConfigInvalid(
            table.at("client_metadata_url"),
            f"{url!r} is no https address with a path",
            "Give the address at which your client ID metadata document lies.",
        )
    return url


def _server(name: str, table: _Table) -> Server:
    table = table.only("url", "account", "access", "groups", "tools")
    url = table.text("url")
    if url is None:
        raise ConfigInvalid(table.at("url"), "is missing", "Give the server's address.")
    try:
        origin_of(url)
    except ConfigInvalid as error:
        raise ConfigInvalid(table.at("url"), error.message, error.hint) from error
    return Server(name, url, _levels(table))


def _client(_name: str, table: _Table) -> dict[str, Levels]:
    return table.only("servers").tables(
        "servers", lambda _, one: _levels(one.only("account", "access", "groups", "tools"))
    )


def _levels(table: _Table) -> Levels:
    tools = {
        name: _tool(_Table(value, table.table("tools").at(name), None))
        for name, value in table.table("tools").values.items()
    }
    groups = tuple(
        _group(name, _Table(value, table.table("groups").at(name), None))
        for name, value in table.table("groups").values.items()
    )
    return Levels(table.text("account"), table.verdict(), groups, tools)


def _tool(table: _Table) -> Verdict:
    access = _without_account(table).only("access").verdict()
    if access is None:
        raise ConfigInvalid(table.at("access"), "is missing", "Use allow, ask or deny.")
    return access


def _group(name: str, table: _Table) -> Group:
    table = _without_account(table).only("tools", "access")
    return Group(name, table.texts("tools"), table.verdict())


def _without_account(table: _Table) -> _Table:
    if "account" in table.values:
        raise ConfigInvalid(
            table.at("account"),
            "this version chooses accounts by server and by client, not yet by tool",
            "Set it at [servers.NAME] or [clients.CLIENT.servers.NAME].",
        )
    return table


def _defaults(table: _Table) -> Verdict:
    return table.only("access").verdict() or Verdict.ASK


def _relay(table: _Table) -> Relay:
    table = table.only("port", "wait", "max_body_mib")
    port = table.get("port", int, DEFAULT_PORT)
    if not 0 <= port <= 65535:
        raise ConfigInvalid(table.at("port"), f"{port} is no port", "Use 1 to 65535.")
    wait = table.get("wait", int, 45)
    if not 1 <= wait <= 3600:
        raise ConfigInvalid(table.at("wait"), f"{wait} is out of range", "Use 1 to 3600 seconds.")
    body = table.get("max_body_mib", int, 64)
    if not 1 <= body <= 4096:
        raise ConfigInvalid(table.at("max_body_mib"), f"{body} is out of range", "Use 1 to 4096.")
    return Relay(port, float(wait), body * MEBIBYTE)


def _rule(table: _Table) -> Rule:
    table = table.only("id", "client", "server", "tool", "account", "access", "until")
    rule_id, access = table.text("id"), table.verdict()
    if not rule_id:
        raise ConfigInvalid(table.at("id"), "is missing", "Give the rule an id of its own.")
    if access is None:
        raise ConfigInvalid(table.at("access"), "is missing", "Use allow, ask or deny.")
    until: float | None = None
    if "until" in table.values:
        moment = table.get("until", datetime, datetime.now(UTC))
        if moment.tzinfo is None:
            raise ConfigInvalid(table.at("until"), "has no time zone", "End it with Z for UTC.")
        until = moment.timestamp()
    return Rule(
        rule_id,
        access,
        table.text("client"),
        table.text("server"),
        table.text("tool"),
        table.text("account"),
        until,
    )


def _check_references(config: Config) -> None:
    for name, server in config.servers.items():
        _check_account(config, f"servers.{name}.account", server.levels.account)
    for client, servers in config.clients.items():
        for name, levels in servers.items():
            where = f"clients.{client}.servers.{name}"
            if name not in config.servers:
                raise ConfigInvalid(
                    where, "there is no such server", _nearest(name, config.servers)
                )
            _check_account(config, f"{where}.account", levels.account)
    ids = [rule.id for rule in config.rules]
    for index, rule_id in enumerate(ids):
        if rule_id in ids[:index]:
            raise ConfigInvalid(f"rules[{index}].id", f"{rule_id!r} stands twice", "Change one.")


def _check_account(config: Config, where: str, account: str | None) -> None:
    if account is not None and account not in config.accounts:
        raise ConfigInvalid(
            where,
            f"there is no account {account!r}",
            _nearest(account, config.accounts) or f"Add [accounts.{account}] or `keyfob connect`.",
        )


def _nearest(name: str, names: Mapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
