"""config.toml read into its values; what is not understood is refused by its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, cast
from urllib.parse import urlsplit

from keyfob_core.addresses.origins import is_loopback_url, origin_of
from keyfob_core.config import (
    METHODS,
    Account,
    Config,
    Group,
    Levels,
    Rule,
    Server,
    ToolLevel,
    Transport,
    check_client_name,
    check_name,
)
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ToolView, Verdict
from keyfob_core.settings.settings_reading import settings_fields
from keyfob_core.tables import T, Table, nearest, parse_toml
from keyfob_core.traits import Trait
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
    "window",
    "audit",
    "network",
    "lock",
    "sessions",
)
PROFILE_KEYS = ("resource", "authorize_params", "assume_s256", "callback", "token_auth", "dpop")
_TOKEN_AUTHS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
_SERVER_KEYS = ("url", "command", "env", "secret_fd", "openapi", "transport", "pinning")
_RULE_KEYS = tuple(one.name for one in fields(Rule))
READ_ONLY = "read-only"
_LEVEL_KEYS = ("account", "access", "groups", "tools")


def parse_config(text: str) -> Config:
    """Read config.toml.

    Raises ConfigInvalid that names the field, for anything it does not understand: a key that is
    silently ignored could be a deny.
    """
    top = Table(parse_toml("config.toml", text)).only(_TOP)
    defaults = top.table("defaults").only(("access", "pinning"))
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
        read_only_clients=frozenset(
            name for name, one in top.named("clients").items() if _is_read_only(one)
        ),
        default_access=_access(defaults) or Verdict.ASK,
        pinning=_pinning(defaults) is not False,
        rules=tuple(_rule(one) for one in top.tables("rules")),
        **settings_fields(top),
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
    return Server(
        name,
        url,
        _levels(table),
        openapi=openapi,
        transport=_transport(table),
        pinning=_pinning(table),
    )


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
        pinning=_pinning(table),
    )


def _transport(table: Table) -> Transport:
    hint = "Use auto, streamable or sse."
    return _one_of(table, "transport", Transport, "transport", hint) or Transport.AUTO


def _client(table: Table) -> dict[str, Levels]:
    servers = table.only(("servers", "tools", "preset")).named("servers")
    return {name: _levels(one.only(_LEVEL_KEYS)) for name, one in servers.items()}


def _is_read_only(table: Table) -> bool:
    value = table.text("preset")
    if value not in (None, READ_ONLY):
        raise table.wrong("preset", f"{value!r} is no preset", f"Use {READ_ONLY}.")
    return value is not None


def _pinning(table: Table) -> bool | None:
    value = table.text("pinning")
    if value not in (None, "ask", "off"):
        raise table.wrong("pinning", f"{value!r} is no way to pin", "Use ask or off.")
    return None if value is None else value == "ask"


def _tool_view(table: Table) -> ToolView | None:
    return _one_of(table, "tools", ToolView, "way to show tools", "Use list or search.")


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
    table.only(("tools", "annotations", "access", "account"))
    annotations = table.choices("annotations", Trait, Trait)
    tools = table.texts("tools") or (("*",) if annotations and "tools" not in table else ())
    if annotations and "account" in table:
        # Which account a tool list goes by must not hang on what is in the list.
        raise table.wrong("account", "does not go with annotations", "Make two groups of it.")
    if not tools:
        raise table.wrong("tools", "names no tool", 'List tools or globs, like ["delete_*"].')
    return Group(name, tools, _access(table), table.text("account"), annotations)


def _access(table: Table) -> Verdict | None:
    return _one_of(table, "access", Verdict, "access", "Use allow, ask or deny.")


def _one_of(table: Table, key: str, of: Callable[[str], T], what: str, hint: str) -> T | None:
    value = table.text(key)
    try:
        return None if value is None else of(value)
    except ValueError as error:
        raise table.wrong(key, f"{value!r} is no {what}", hint) from error


def _rule(table: Table) -> Rule:
    table.only(_RULE_KEYS)
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
        table.choices("annotations", Trait, Trait),
        table.text("pin"),
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
