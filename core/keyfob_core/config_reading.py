"""config.toml read into its values; what is not understood is refused by its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from keyfob_core.config import (
    DEFAULT_PORT,
    MEBIBYTE,
    METHODS,
    STORES,
    Account,
    AuditSettings,
    Config,
    Group,
    Levels,
    LockSettings,
    Relay,
    Rule,
    Server,
    ToolLevel,
    Transport,
    check_client_name,
    check_name,
)
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ToolView, Verdict
from keyfob_core.network import SYSTEM_PROXY, check_proxy_setting
from keyfob_core.origins import is_loopback_url, is_secure_url, origin_of
from keyfob_core.session_life import USUAL_LIMITS, SessionLimits
from keyfob_core.tables import Table, nearest, parse_toml
from keyfob_core.variables import check_variables

_TOP = (
    "accounts",
    "servers",
    "clients",
    "defaults",
    "rules",
    "relay",
    "store",
    "oauth",
    "audit",
    "network",
    "lock",
    "sessions",
)
PROFILE_KEYS = ("resource", "authorize_params", "assume_s256", "callback", "token_auth", "dpop")
_TOKEN_AUTHS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
_SERVER_KEYS = ("url", "command", "env", "secret_fd", "openapi", "transport")
_LEVEL_KEYS = ("account", "access", "groups", "tools")


def parse_config(text: str) -> Config:
    """Read config.toml.

    Raises ConfigInvalid that names the field, for anything it does not understand: a key that is
    silently ignored could be a deny.
    """
    top = Table(parse_toml("config.toml", text)).only(_TOP)
    config = Config(
        accounts={
            check_name(one.at(""), name): _account(name, one)
            for name, one in top.named("accounts").items()
        },
        servers={
            check_name(one.at(""), name): _server(name, one)
            for name, one in top.named("servers").items()
        },
        clients={
            check_client_name(one.at(""), name): _client(one)
            for name, one in top.named("clients").items()
        },
        tool_views={
            name: view
            for name, one in top.named("clients").items()
            if (view := _tool_view(one)) is not None
        },
        default_access=_access(top.table("defaults").only(("access",))) or Verdict.ASK,
        rules=tuple(_rule(one) for one in top.tables("rules")),
        relay=_relay(top.table("relay")),
        audit=_audit(top.table("audit")),
        lock=_lock(top.table("lock")),
        sessions=_sessions(top.table("sessions")),
        store=_store(top.table("store")),
        proxy=_proxy(top.table("network")),
        client_metadata_url=_metadata_url(top.table("oauth")),
    )
    _check_references(config)
    return config


def profile_fields_of(value: object, path: str) -> dict[str, Any]:
    """The fields of a Profile that an object sets, as an account's table would."""
    return _profile_fields(Table(value if value is not None else {}, path=path).only(PROFILE_KEYS))


def changed_profile(known: Mapping[str, Any], change: object, path: str) -> dict[str, Any]:
    """The fields of a Profile after a change: key by key, and null takes one away.

    Raises ConfigInvalid as an account's table would.
    """
    keys = cast("dict[str, object]", change) if isinstance(change, dict) else {}
    Table(cast("object", change) if change is not None else {}, path=path).only(PROFILE_KEYS)
    kept = {field: value for field, value in known.items() if _key_of(field) not in keys}
    given = {key: value for key, value in keys.items() if value is not None}
    return kept | profile_fields_of(given, path)


def _key_of(field: str) -> str:
    """The key of an account's table that a Profile's field comes from."""
    return "callback" if field.startswith("callback_") else field


def _account(name: str, table: Table) -> Account:
    table.only(("method", "scopes", "client_id", "provider", *PROFILE_KEYS))
    method = table.text("method") or "oauth"
    if method not in METHODS:
        raise table.wrong("method", f"{method!r} is no method", f"Use one of {', '.join(METHODS)}.")
    return Account(
        name,
        method,
        table.texts("scopes"),
        table.text("client_id"),
        table.text("provider"),
        _profile_fields(table),
    )


def _profile_fields(table: Table) -> dict[str, Any]:
    fields: dict[str, Any] = {
        key: table.flag(key, False) for key in ("assume_s256", "dpop") if key in table
    }
    if "resource" in table:
        fields["resource"] = table.need("resource")
    if "token_auth" in table:
        auth = table.need("token_auth")
        if auth not in _TOKEN_AUTHS:
            raise table.wrong("token_auth", f"{auth!r} is none", f"Use {', '.join(_TOKEN_AUTHS)}.")
        fields["token_auth"] = auth
    if "authorize_params" in table:
        fields["authorize_params"] = table.pairs("authorize_params")
    if "callback" in table:
        fields |= _callback(table)
    return fields


def _callback(table: Table) -> dict[str, Any]:
    address = table.need("callback")
    try:
        good = is_loopback_url(address)
        parts = urlsplit(address)
    except (ConfigInvalid, ValueError):
        good, parts = False, urlsplit("")
    if not good or parts.scheme != "http" or parts.query or parts.fragment:
        hint = "Use one like http://localhost:3118/callback."
        raise table.wrong("callback", f"{address!r} is no callback address", hint)
    return {
        "callback_host": parts.hostname or "",
        "callback_port": parts.port or 0,
        "callback_path": parts.path or "/",
    }


def _server(name: str, table: Table) -> Server:
    table.only((*_SERVER_KEYS, *_LEVEL_KEYS))
    command, openapi = table.texts("command"), table.text("openapi")
    if command:
        for key in ("url", "openapi", "transport"):
            if key in table:
                hint = "Keep command, or make two servers of it."
                raise table.wrong(key, "does not go with command", hint)
        return _program(name, command, table)
    for key in ("env", "secret_fd"):
        if key in table:
            raise table.wrong(key, "is for a server with a command", "Remove it.")
    url = table.need("url")
    try:
        origin_of(url)
    except ConfigInvalid as error:
        raise ConfigInvalid(table.at("url"), error.message, error.hint) from error
    if openapi is not None and not openapi.startswith(("https://", "http://")):
        _check_file(table, openapi)
    return Server(name, url, _levels(table), openapi=openapi, transport=_transport(table))


def _check_file(table: Table, path: str) -> None:
    if not os.path.isabs(path):
        hint = "Give the whole path from the root, or an address."
        raise table.wrong("openapi", f"{path!r} could be in any folder", hint)


def _program(name: str, command: tuple[str, ...], table: Table) -> Server:
    if any("\0" in word for word in command):
        raise table.wrong("command", "has a character that no command line can hold")
    env = dict(table.pairs("env")) if "env" in table else {}
    check_variables(env, table.at("env"))
    return Server(
        name,
        levels=_levels(table),
        command=command,
        env=env,
        secret_fd=table.flag("secret_fd", False),
    )


def _transport(table: Table) -> Transport:
    value = table.text("transport") or "auto"
    try:
        return Transport(value)
    except ValueError as error:
        hint = "Use auto, streamable or sse."
        raise table.wrong("transport", f"{value!r} is no transport", hint) from error


def _client(table: Table) -> dict[str, Levels]:
    servers = table.only(("servers", "tools")).named("servers")
    return {name: _levels(one.only(_LEVEL_KEYS)) for name, one in servers.items()}


def _tool_view(table: Table) -> ToolView | None:
    value = table.text("tools")
    if value is None:
        return None
    try:
        return ToolView(value)
    except ValueError as error:
        hint = "Use list or search."
        raise table.wrong("tools", f"{value!r} is no way to show tools", hint) from error


def _levels(table: Table) -> Levels:
    return Levels(
        table.text("account"),
        _access(table),
        tuple(_group(name, one) for name, one in table.named("groups").items()),
        {name: _tool(one) for name, one in table.named("tools").items()},
    )


def _tool(table: Table) -> ToolLevel:
    table.only(("access", "account"))
    return ToolLevel(_access(table), table.text("account"))


def _group(name: str, table: Table) -> Group:
    table.only(("tools", "access", "account"))
    tools = table.texts("tools")
    if not tools:
        raise table.wrong("tools", "names no tool", 'List tools or globs, like ["delete_*"].')
    return Group(name, tools, _access(table), table.text("account"))


def _access(table: Table) -> Verdict | None:
    value = table.text("access")
    if value is None:
        return None
    try:
        return Verdict(value)
    except ValueError as error:
        raise table.wrong("access", f"{value!r} is no access", "Use allow, ask or deny.") from error


def _relay(table: Table) -> Relay:
    table.only(("port", "wait", "max_body_mib", "list_wait", "search_above"))
    return Relay(
        _within(table, "port", DEFAULT_PORT, 0, 65535),
        float(_within(table, "wait", 45, 1, 3600)),
        _within(table, "max_body_mib", 64, 1, 4096) * MEBIBYTE,
        float(_within(table, "list_wait", 3, 1, 60)),
        _within(table, "search_above", 0, 0, 100_000) if "search_above" in table else None,
    )


def _audit(table: Table) -> AuditSettings:
    table.only(("keep_days", "keep_mib", "syslog"))
    return AuditSettings(
        _within(table, "keep_days", 400, 1, 36_500),
        _within(table, "keep_mib", 1024, 64, 1 << 20),
        _syslog(table),
    )


def _lock(table: Table) -> LockSettings:
    table.only(("screen", "idle"))
    idle = _within(table, "idle", 0, 1, 100_000) if "idle" in table else None
    return LockSettings(table.flag("screen", True), idle)


def _sessions(table: Table) -> SessionLimits:
    table.only(("max_age_days", "max_idle_hours", "per_client"))
    return SessionLimits(
        _within(table, "max_age_days", 30, 1, 365) * 86400.0,
        _within(table, "max_idle_hours", 168, 1, 8760) * 3600.0,
        _within(table, "per_client", USUAL_LIMITS.per_client, 1, 10_000),
    )


def _syslog(table: Table) -> str | None:
    target = table.text("syslog")
    if target is None or target == "local":
        return target
    try:
        parts = urlsplit(target)
        good = parts.scheme in ("udp", "tcp") and parts.hostname and (parts.port or 514)
    except ValueError:
        good, parts = False, urlsplit("")
    if not good or parts.path or parts.query or "@" in parts.netloc:
        hint = "Use local, udp://HOST:PORT or tcp://HOST:PORT."
        raise table.wrong("syslog", f"{target!r} is no syslog server", hint)
    return target


def _within(table: Table, key: str, default: int, least: int, most: int) -> int:
    number = table.number(key, default)
    if not least <= number <= most:
        raise table.wrong(key, f"{number} is out of range", f"Use {least} to {most}.")
    return number


def _store(table: Table) -> str:
    kind = table.only(("kind",)).text("kind") or "keychain"
    if kind not in STORES:
        raise table.wrong("kind", f"{kind!r} is no store", f"Use {' or '.join(STORES)}.")
    return kind


def _proxy(table: Table) -> str:
    return check_proxy_setting(table.only(("proxy",)).text("proxy") or SYSTEM_PROXY)


def _metadata_url(table: Table) -> str | None:
    url = table.only(("client_metadata_url",)).text("client_metadata_url")
    if url is not None and not (is_secure_url(url) and urlsplit(url).path.strip("/")):
        raise table.wrong(
            "client_metadata_url",
            f"{url!r} is no https address with a path",
            "Give the address at which your client ID metadata document lies.",
        )
    return url


def _rule(table: Table) -> Rule:
    table.only(("id", "client", "server", "group", "tool", "account", "access", "until"))
    rule_id, access = table.need("id"), _access(table)
    if access is None:
        raise table.wrong("access", "is missing", "Use allow, ask or deny.")
    return Rule(
        rule_id,
        access,
        table.text("client"),
        table.text("server"),
        table.text("tool"),
        table.text("account"),
        table.moment("until"),
        table.text("group"),
    )


def _check_references(config: Config) -> None:
    for name, server in config.servers.items():
        _check_levels(config, f"servers.{name}", server.levels)
    for client, servers in config.clients.items():
        for name, levels in servers.items():
            where = f"clients.{client}.servers.{name}"
            if name not in config.servers:
                raise ConfigInvalid(where, "there is no such server", nearest(name, config.servers))
            _check_levels(config, where, levels)
    ids = [rule.id for rule in config.rules]
    for index, rule_id in enumerate(ids):
        if rule_id in ids[:index]:
            raise ConfigInvalid(f"rules[{index}].id", f"{rule_id!r} stands twice", "Change one.")


def _check_levels(config: Config, where: str, levels: Levels) -> None:
    _check_account(config, f"{where}.account", levels.account)
    for group in levels.groups:
        _check_account(config, f"{where}.groups.{group.name}.account", group.account)
    for tool, level in levels.tools.items():
        _check_account(config, f"{where}.tools.{tool}.account", level.account)


def _check_account(config: Config, where: str, account: str | None) -> None:
    if account is not None and account not in config.accounts:
        raise ConfigInvalid(
            where,
            f"there is no account {account!r}",
            nearest(account, config.accounts) or f"Add [accounts.{account}] or `keyfob connect`.",
        )
