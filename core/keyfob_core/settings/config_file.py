"""Reading and editing config.toml, comments and order kept."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from keyfob_core.config import Account, Config, Rule, Server
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Verdict
from keyfob_core.settings.config_reading import PROFILE_KEYS, parse_config

Document = dict[str, Any]
"""A tomlkit document, which is a dict that remembers comments and order."""
Edit = Callable[[Document], None]


class ConfigFile:
    """One config.toml; a missing one reads as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Config:
        """The file as values; raises ConfigInvalid."""
        return parse_config(self.text())

    def stamp(self) -> tuple[int, int]:
        """What changes when the file does: its time of change and its size."""
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)

    def edit(self, change: Edit) -> Config:
        """Apply a change and replace the file atomically.

        Raises ConfigInvalid, and leaves the file as it is, when the result would not be valid.
        """
        return self.replace(edited(self.text(), change))

    def replace(self, text: str) -> Config:
        """Write this text in place of the file's; raises ConfigInvalid where it is not valid."""
        config = parse_config(text)
        self._write(text)
        return config

    def text(self) -> str:
        """The file's text, empty where there is none; raises ConfigInvalid."""
        try:
            return self._path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigInvalid(
                "config.toml", f"cannot be read: {error}", f"Look at {self._path}."
            ) from error

    def _write(self, text: str) -> None:
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            raise ConfigInvalid(
                "config.toml",
                "cannot hold a name that is not in UTF-8",
                "Rename the file or folder, or use another one.",
            ) from error
        # A symlink (dotfiles kept elsewhere) stays one: its target is replaced.
        target = Path(os.path.realpath(self._path))
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o600
            _replace(target, content, mode)
        except OSError as error:
            raise ConfigInvalid(
                "config.toml", f"cannot be written: {error.strerror}", f"Look at {target.parent}."
            ) from error


def _replace(target: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=".config-", suffix=".toml", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def edited(text: str, change: Edit) -> str:
    """The text of a config.toml after a change; raises ConfigInvalid for one that is no TOML."""
    try:
        document = cast("Document", tomlkit.parse(text))
    except TOMLKitError as error:
        raise ConfigInvalid("config.toml", str(error), "Correct the line it names.") from error
    change(document)
    return tomlkit.dumps(document).lstrip("\n")


def put_server(name: str, url: str, openapi: str | None = None) -> Edit:
    """Add a server, or change the address of one; `openapi` says where an API's document lies."""

    def change(document: Document) -> None:
        table = _table(document, "servers", name)
        if openapi is not None:
            table["openapi"] = openapi
        table["url"] = url

    return change


def put_program(server: Server) -> Edit:
    """Add a server that is a program."""

    def change(document: Document) -> None:
        table = _table(document, "servers", server.name)
        table["command"] = list(server.command)
        if server.env:
            variables = cast("Document", tomlkit.inline_table())
            for name, value in server.env.items():
                variables[name] = value
            table["env"] = variables
        if server.secret_fd:
            table["secret_fd"] = True

    return change


def drop_server(name: str) -> Edit:
    """Remove a server and what clients say of it."""

    def change(document: Document) -> None:
        _drop(document, "servers", name)
        for client in list(document.get("clients", {})):
            _drop(document, "clients", client, "servers", name)

    return change


def restore_server(text: str, name: str) -> Edit:
    """Put a server back as it stood in an earlier text, with what clients said of it there."""

    def change(document: Document) -> None:
        before = cast("Document", tomlkit.parse(text))
        _restore(document, before, "servers", name)
        for client in before.get("clients", {}):
            _restore(document, before, "clients", client, "servers", name)

    return change


def put_access(server: str, tool: str | None, client: str | None, access: Verdict | None) -> Edit:
    """Say what holds for a tool, or for a server where `tool` is None; None takes the word back."""
    path = ("clients", client, "servers", server) if client else ("servers", server)
    path = (*path, "tools", tool) if tool else path

    def change(document: Document) -> None:
        if access is not None:
            _table(document, *path)["access"] = access.value
            return
        _drop(document, *path, "access")
        if tool:
            _drop_empty(document, path, keep=2)

    return change


def put_settings(values: Mapping[str, bool | int | str | None]) -> Edit:
    """Write settings by their paths, like `relay.wait`; None leaves one to its default."""

    def change(document: Document) -> None:
        for path, value in values.items():
            *tables, key = path.split(".")
            if value is None:
                _drop(document, *tables, key)
            else:
                _table(document, *tables)[key] = value

    return change


def put_account(account: Account, server: str | None) -> Edit:
    """Add or change an account, and let a server use it."""

    def change(document: Document) -> None:
        table = _table(document, "accounts", account.name)
        table["method"] = account.method
        _set_or_drop(table, "scopes", list(account.scopes))
        _set_or_drop(table, "client_id", account.client_id)
        _set_or_drop(table, "provider", account.provider)
        keys = profile_keys(account.own_profile)
        for key in PROFILE_KEYS:
            _set_or_drop(table, key, _inline(keys.get(key)))
        if server is not None:
            _table(document, "servers", server)["account"] = account.name

    return change


def drop_account(name: str) -> Edit:
    """Remove an account's table."""

    def change(document: Document) -> None:
        _drop(document, "accounts", name)

    return change


def put_store(kind: str) -> Edit:
    """Choose where secrets lie."""

    def change(document: Document) -> None:
        _table(document, "store")["kind"] = kind

    return change


def put_rule(rule: Rule) -> Edit:
    """Add a rule at the end, replacing one of the same id."""

    def change(document: Document) -> None:
        drop_rule(rule.id)(document)
        if not isinstance(document.get("rules"), AoT):
            document["rules"] = tomlkit.aot()
        cast("list[Table]", document["rules"]).append(_rule_table(rule))

    return change


def drop_rule(rule_id: str) -> Edit:
    """Remove a rule."""

    def change(document: Document) -> None:
        if isinstance(document.get("rules"), AoT):
            rules = cast("list[dict[str, Any]]", document["rules"])
            for index in reversed(range(len(rules))):
                if rules[index].get("id") == rule_id:
                    del rules[index]
            if not rules:
                del document["rules"]

    return change


def profile_keys(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an account's table that set these fields of a Profile."""
    keys = {key: value for key, value in fields.items() if not key.startswith("callback_")}
    if "authorize_params" in keys:
        keys["authorize_params"] = dict(keys["authorize_params"])
    if "callback_host" in fields:
        host, port, path = (fields[f"callback_{part}"] for part in ("host", "port", "path"))
        host = f"[{host}]" if ":" in host else host
        keys["callback"] = f"http://{host}{f':{port}' if port else ''}{path}"
    return keys


def _inline(value: object) -> object:
    if not isinstance(value, dict):
        return value
    table = cast("Document", tomlkit.inline_table())
    table.update(cast("Document", value))
    return table


def _rule_table(rule: Rule) -> Table:
    table = _spaced()
    table["id"] = rule.id
    for key in ("client", "server", "group", "tool", "account"):
        _set_or_drop(table, key, getattr(rule, key))
    _set_or_drop(table, "annotations", [trait.value for trait in rule.annotations])
    table["access"] = rule.access.value
    if rule.until is not None:
        table["until"] = datetime.fromtimestamp(rule.until, UTC).replace(microsecond=0)
    _set_or_drop(table, "pin", rule.pin)
    return table


def _table(parent: Document, *path: str) -> Table:
    here = parent
    for depth, key in enumerate(path):
        if key not in here:
            here[key] = _spaced(is_super_table=depth < len(path) - 1)
        # A proxy stands for a table that the file has in several places.
        if not isinstance(here[key], Table | OutOfOrderTableProxy):
            raise ConfigInvalid(".".join(path[: depth + 1]), "must be a table")
        here = cast("Document", here[key])
    return cast("Table", here)


def _spaced(*, is_super_table: bool = False) -> Table:
    table = tomlkit.table(is_super_table=is_super_table)
    if not is_super_table:
        # tomlkit writes no empty line before a new header; its indent is the place for one.
        table.trivia.indent = "\n"
    return table


def _drop(document: Document, *path: str) -> None:
    here: Any = document
    for key in path[:-1]:
        here = here.get(key)
        if here is None:
            return
    here.pop(path[-1], None)


def _drop_empty(document: Document, path: tuple[str, ...], keep: int) -> None:
    """Remove the table there if nothing is left in it, and those around it but for `keep`."""
    for depth in range(len(path), keep, -1):
        here: Any = document
        for key in path[:depth]:
            here = here.get(key, {})
        if here:
            return
        _drop(document, *path[:depth])


def _restore(document: Document, before: Document, *path: str) -> None:
    found: Any = before
    for key in path:
        found = found.get(key, {})
    if not found:
        return
    *above, last = path
    here = document
    for key in above:
        if key not in here:
            here[key] = _spaced(is_super_table=True)
        here = cast("Document", here[key])
    # What stands in several places has no one item that could be taken over with its comments.
    here[last] = found.unwrap() if isinstance(found, OutOfOrderTableProxy) else deepcopy(found)


def _set_or_drop(table: Table, key: str, value: object) -> None:
    if value:
        table[key] = value
    elif key in table:
        del table[key]
