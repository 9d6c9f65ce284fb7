"""What servers list, and each item as it stands in the list of all."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyfob_core.transports.aggregate.names import Names
from keyfob_core.transports.aggregate.requests import NotServed
from keyfob_core.transports.aggregate.uris import public_uri
from keyfob_core.transports.eras.revisions import INVALID_PARAMS, listing, mapping, text

Item = Mapping[str, Any]
"""A tool, prompt, resource or template as JSON has it."""

PAGE = 2000
"""Items of one page: far more than most people have, for not every client asks for a second."""
_APP_KEYS = ("ui/resourceUri",)


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that servers list."""

    method: str
    key: str
    """Under which the result has the items."""
    named_by: str
    """The field that tells two items of one server apart."""
    changed: str
    """The notification that says that the list is another now."""
    wanted_by: str
    """The field of a subscription's filter that asks for it."""


TOOLS = Kind("tools/list", "tools", "name", "notifications/tools/list_changed", "toolsListChanged")
PROMPTS = Kind(
    "prompts/list", "prompts", "name", "notifications/prompts/list_changed", "promptsListChanged"
)
RESOURCES = Kind(
    "resources/list",
    "resources",
    "uri",
    "notifications/resources/list_changed",
    "resourcesListChanged",
)
TEMPLATES = Kind(
    "resources/templates/list",
    "resourceTemplates",
    "uriTemplate",
    RESOURCES.changed,
    RESOURCES.wanted_by,
)
KINDS = {kind.method: kind for kind in (TOOLS, PROMPTS, RESOURCES, TEMPLATES)}


def items_in(kind: Kind, result: Mapping[str, Any]) -> tuple[Item, ...]:
    """The items of a page that can be told apart; others could not be used by anybody."""
    return tuple(
        mapping(item)
        for item in listing(result.get(kind.key))
        if text(mapping(item).get(kind.named_by)) is not None
    )


def public_items(
    kind: Kind, parts: Iterable[tuple[str, Sequence[Item]]], names: Names
) -> list[dict[str, Any]]:
    """The items of all servers in their order, each under the name that is its alone.

    Of two that one server lists under one name, the first stays.
    """
    public: Callable[[str, str], str] = names.give if kind.named_by == "name" else public_uri
    found: dict[str, dict[str, Any]] = {}
    for server, items in parts:
        for item in items:
            name = public(server, item[kind.named_by])
            if name not in found:
                found[name] = {**_with_public_app(server, item), kind.named_by: name}
    return list(found.values())


def page_of(
    kind: Kind, items: Sequence[dict[str, Any]], cursor: object, size: int = PAGE
) -> tuple[Sequence[dict[str, Any]], str | None]:
    """The items behind a cursor, and the next cursor where some are left.

    A cursor names the last item of the page before it. Raises NotServed for one that names none,
    at which a client begins anew.
    """
    start = 0
    if cursor is not None:
        last = _last_of(cursor)
        names = [item[kind.named_by] for item in items]
        if last not in names:
            raise NotServed(INVALID_PARAMS, "The cursor belongs to a list that has changed.")
        start = names.index(last) + 1
    page = items[start : start + size]
    if start + size >= len(items):
        return page, None
    last_name: str = page[-1][kind.named_by]
    return page, base64.urlsafe_b64encode(last_name.encode(errors="surrogatepass")).decode()


def _last_of(cursor: object) -> str | None:
    try:
        return base64.urlsafe_b64decode(text(cursor) or "").decode(errors="surrogatepass")
    except (binascii.Error, ValueError):
        return None


def _with_public_app(server: str, item: Item) -> Item:
    """A tool whose app (io.modelcontextprotocol/ui) is read at the address that it has here."""
    meta = mapping(item.get("_meta"))
    ui = mapping(meta.get("ui"))
    own = {key: meta[key] for key in _APP_KEYS if isinstance(meta.get(key), str)}
    if "resourceUri" not in ui and not own:
        return item
    meta = {**meta, **{key: public_uri(server, uri) for key, uri in own.items()}}
    if isinstance(ui.get("resourceUri"), str):
        meta["ui"] = {**ui, "resourceUri": public_uri(server, ui["resourceUri"])}
    return {**item, "_meta": meta}
