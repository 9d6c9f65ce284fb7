"""What a client wants to be told of, split by server, and put together again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keyfob_core.transports.aggregate.items import KINDS
from keyfob_core.transports.aggregate.results import Change
from keyfob_core.transports.aggregate.uris import find_task, find_uri, public_task, public_uri
from keyfob_core.transports.eras.revisions import SUBSCRIPTION_KEY, listing, mapping, text

ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_UPDATED = "notifications/resources/updated"
_TASKS = "notifications/tasks"
_CHANGED_BY = {kind.wanted_by: kind.changed for kind in KINDS.values()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter of a subscription, as far as there are servers for it."""

    changes: frozenset[str]
    """The fields of the filter that ask for list_changed."""
    uris: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By server, as the server knows them."""
    tasks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def of(self, server: str) -> dict[str, Any]:
        """The filter for one server; empty where nothing of it is wanted."""
        found: dict[str, Any] = dict.fromkeys(sorted(self.changes), True)
        if uris := self.uris.get(server):
            found["resourceSubscriptions"] = list(uris)
        if tasks := self.tasks.get(server):
            found["taskIds"] = list(tasks)
        return found

    def acknowledged(self) -> dict[str, Any]:
        """The filter as it is honoured, for the client."""
        found: dict[str, Any] = dict.fromkeys(sorted(self.changes), True)
        uris = [public_uri(server, uri) for server, some in self.uris.items() for uri in some]
        tasks = [public_task(server, task) for server, some in self.tasks.items() for task in some]
        if uris:
            found["resourceSubscriptions"] = uris
        if tasks:
            found["taskIds"] = tasks
        return found

    @property
    def notifications(self) -> frozenset[str]:
        """The list_changed notifications that are wanted."""
        return frozenset(_CHANGED_BY[name] for name in self.changes)


def wanted_in(params: Mapping[str, Any], servers: Iterable[str]) -> Wanted:
    """Read a filter; what belongs to none of the servers is left out."""
    asked = mapping(params.get("notifications"))
    known = frozenset(servers)
    found_uris = [find_uri(text(one) or "") for one in listing(asked.get("resourceSubscriptions"))]
    found_tasks = [find_task(text(one) or "") for one in listing(asked.get("taskIds"))]
    return Wanted(
        frozenset(name for name in _CHANGED_BY if asked.get(name) is True),
        _by_server(found_uris, known),
        _by_server(found_tasks, known),
    )


def public_notification(
    server: str, message: Mapping[str, Any], subscription: object, change: Change
) -> dict[str, Any] | None:
    """A server's notification as this subscription tells it; None for one that it never does."""
    method = text(message.get("method")) or ""
    params = dict(mapping(message.get("params")))
    if method == _UPDATED:
        params["uri"] = public_uri(server, text(params.get("uri")) or "")
    elif method == _TASKS:
        change.result(params)
    elif method not in _CHANGED_BY.values():
        return None
    return notification(method, subscription, params)


def notification(
    method: str, subscription: object, params: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A notification that bears the subscription's id."""
    said = dict(params or {})
    said["_meta"] = {**mapping(said.get("_meta")), SUBSCRIPTION_KEY: subscription}
    return {"jsonrpc": "2.0", "method": method, "params": said}


def _by_server(
    found: Iterable[tuple[str, str] | None], known: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    split: dict[str, dict[str, None]] = {}
    for one in found:
        if one is not None and one[0] in known:
            split.setdefault(one[0], {})[one[1]] = None
    return {server: tuple(some) for server, some in split.items()}
