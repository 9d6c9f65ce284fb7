"""Clients' entries as TOML, ours and the person's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from keyfob_core.clients.known import SYSTEMS, Format, KnownClient, PerSystem
from keyfob_core.errors import ConfigInvalid
from keyfob_core.setups.client_setups import Form
from keyfob_core.tables import Table, catalogue

_ID = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,62}")
_PATH = re.compile(r"(?:~|@config|\$\{\w+)[^\0\n]*")
_SLOT = re.compile(r"\{(\w+)\}")
_SLOTS: Mapping[Form, frozenset[str]] = {
    Form.SOCKET: frozenset({"socket", "token", "name"}),
    Form.HTTP: frozenset({"url", "token", "name"}),
    Form.STDIO: frozenset({"command", "args", "command_line", "env", "name"}),
}
_NEEDED: Mapping[Form, tuple[frozenset[str], ...]] = {
    Form.SOCKET: (frozenset({"socket"}),),
    Form.HTTP: (frozenset({"url"}), frozenset({"token"})),
    Form.STDIO: (frozenset({"command", "command_line"}), frozenset({"env"})),
}
"""In each form, one of each set."""
_SOURCES = ("vendor", "issue", "guide", "list", "tried")
_ENTRY = (
    "label",
    "format",
    "key",
    "name_key",
    "files",
    "profiles",
    "signs",
    "programs",
    *Form,
    "notes",
    "sources",
)


def read_entries(
    builtin: Mapping[str, bytes], user: str | None, user_file: str
) -> tuple[KnownClient, ...]:
    """All entries, the person's laid over ours; raises ConfigInvalid with file and field."""
    return tuple(
        _client(
            one.name,
            Table(one.value, one.file, one.name),
            cast("Mapping[str, object]", one.value),
            one.own,
        )
        for one in catalogue(builtin, user, user_file)
    )


def _client(name: str, table: Table, raw: Mapping[str, object], own: bool) -> KnownClient:
    if not _ID.fullmatch(name) or name == "keyfob":
        raise table.wrong("", "cannot be an id", "Use small letters, digits and single '-'.")
    table.only(_ENTRY)
    format_name = table.need("format")
    if format_name not in tuple(Format):
        raise table.wrong("format", f"{format_name!r} is none", f"Use {', '.join(Format)}.")
    client = KnownClient(
        id=name,
        label=table.need("label"),
        format=Format(format_name),
        key=table.texts("key"),
        name_key=table.text("name_key"),
        files=_per_system(table, "files"),
        profiles=_per_system(table, "profiles"),
        signs=_per_system(table, "signs"),
        programs=table.texts("programs"),
        entries={form: _entry(table, raw, form) for form in Form if form in table},
        notes=table.texts("notes"),
        own=own,
    )
    for source in table.tables("sources"):
        _check_source(source)
    _check(client, table)
    return client


def _check(client: KnownClient, table: Table) -> None:
    if not client.key:
        raise table.wrong("key", "is missing or empty", 'Use one like ["mcpServers"].')
    if not client.files:
        raise table.wrong("files", "is missing", "Say where its configuration lies.")
    if not client.entries:
        raise table.wrong("", "has no form", f"Say what an entry is in {', '.join(Form)}.")
    is_list = client.name_key is not None
    if is_list and client.format in (Format.JSON, Format.JSONC):
        raise table.wrong("name_key", "means a list, which Keyfob writes in TOML and YAML only")
    if is_list and len(client.key) != 1:
        raise table.wrong("key", "must be one key where the servers are a list")
    for form, entry in client.entries.items():
        if is_list and entry.get(client.name_key or "") != "{name}":
            raise table.wrong(form, f"does not say {client.name_key} = '{{name}}'")


def _per_system(table: Table, key: str) -> PerSystem:
    found: dict[str, tuple[str, ...]] = {}
    if key not in table:
        return found
    try:
        everywhere = table.texts(key)
    except ConfigInvalid:
        inner = table.table(key).only(SYSTEMS)
        found = {system: inner.texts(system) for system in SYSTEMS if system in inner}
    else:
        found = {system: everywhere for system in SYSTEMS}
    for paths in found.values():
        for path in paths:
            if not _PATH.fullmatch(path) or ".." in path.split("/"):
                hint = "Begin it with ~, @config or ${NAME:-~/folder}."
                raise table.wrong(key, f"{path!r} is no such path", hint)
    return found


def _entry(table: Table, raw: Mapping[str, object], form: Form) -> Mapping[str, object]:
    table.table(form)
    entry = cast("Mapping[str, object]", raw[form])
    slots = set(_slots(entry))
    for slot in sorted(slots - _SLOTS[form]):
        hint = f"Use {', '.join(f'{{{one}}}' for one in sorted(_SLOTS[form]))}."
        raise table.wrong(form, f"has the slot {{{slot}}}, which means nothing there", hint)
    for needed in _NEEDED[form]:
        if not needed & slots:
            names = " or ".join(f"{{{one}}}" for one in sorted(needed))
            raise table.wrong(form, f"has no {names}")
    return entry


def _slots(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _SLOT.findall(value)
    elif isinstance(value, dict):
        for one in cast("Mapping[str, object]", value).values():
            yield from _slots(one)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _slots(one)


def _check_source(table: Table) -> None:
    table.only(("kind", "text", "seen"))
    kind = table.need("kind")
    if kind not in _SOURCES:
        raise table.wrong("kind", f"{kind!r} is none of them", f"Use {', '.join(_SOURCES)}.")
    table.need("text")
    table.day("seen")
