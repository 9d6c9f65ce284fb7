"""Which server a request to the aggregate is for, and what it is called there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from keyfob_core.transports.aggregate.items import PROMPTS, TOOLS, Kind, public_items
from keyfob_core.transports.aggregate.listing import LONGEST_FRESH, Listings
from keyfob_core.transports.aggregate.names import Names, is_shortened, may_be_of
from keyfob_core.transports.aggregate.requests import Asked, NotServed
from keyfob_core.transports.aggregate.roster import Roster
from keyfob_core.transports.aggregate.state import Seal
from keyfob_core.transports.aggregate.uris import find_task, find_uri
from keyfob_core.transports.eras.revisions import INVALID_PARAMS, mapping, text


@dataclass(frozen=True, slots=True)
class Route:
    """A server, and the params that it is sent."""

    server: str
    params: dict[str, Any]


class Router:
    """Reads the server off a request's name, address or id; lists anew only for a lost name."""

    def __init__(self, roster: Roster, listings: Listings, names: Names, seal: Seal) -> None:
        self._roster = roster
        self._listings = listings
        self._names = names
        self._seal = seal

    async def route(self, asked: Asked) -> Route:
        """Where a tools/call, prompts/get, resources/read, completion or tasks/* goes.

        Raises NotServed for what no server of the client has.
        """
        method, params = asked.method, dict(asked.params)
        if method == "completion/complete":
            return await self._completed(asked, params)
        if method == "resources/read":
            found = find_uri(text(params.get("uri")) or "")
            server, params["uri"] = self._checked(found, "resource")
        elif method.startswith("tasks/"):
            found = find_task(text(params.get("taskId")) or "")
            server, params["taskId"] = self._checked(found, "task")
        else:
            kind = TOOLS if method == "tools/call" else PROMPTS
            server, params["name"] = await self.named(asked, kind, text(params.get("name")) or "")
        self._unwrap(asked, server, params)
        return Route(server, params)

    async def named(self, asked: Asked, kind: Kind, public: str) -> tuple[str, str]:
        """The server and the own name of a tool or prompt; raises NotServed."""
        if is_shortened(public) and self._names.find(public) is None:
            await self._learn(asked, kind, public)
        what = "tool" if kind is TOOLS else "prompt"
        return self._checked(self._names.find(public), what)

    async def _learn(self, asked: Asked, kind: Kind, public: str) -> None:
        """Give the names of those servers anew that could have this one."""
        members = [
            member
            for member in self._roster.members(asked.client)
            if may_be_of(public, member.server)
        ]
        gathered = await self._listings.gather(asked, kind, members, max_age=LONGEST_FRESH)
        public_items(kind, gathered.parts, self._names)

    async def _completed(self, asked: Asked, params: dict[str, Any]) -> Route:
        ref = mapping(params.get("ref"))
        if ref.get("type") == "ref/prompt":
            server, own = await self.named(asked, PROMPTS, text(ref.get("name")) or "")
            key = "name"
        else:
            found = find_uri(text(ref.get("uri")) or "")
            server, own = self._checked(found, "resource")
            key = "uri"
        return Route(server, {**params, "ref": {**ref, key: own}})

    def _checked(self, found: tuple[str, str] | None, what: str) -> tuple[str, str]:
        # A server that the rules deny is the relay's to refuse, and to record.
        if found is None or found[0] not in self._roster.config().servers:
            raise NotServed(INVALID_PARAMS, f"There is no such {what} here; list them again.")
        return found

    def _unwrap(self, asked: Asked, server: str, params: dict[str, Any]) -> None:
        wrapped = params.get("requestState")
        if wrapped is None:
            return
        state = self._seal.unwrap(asked.client, server, text(wrapped) or "")
        if state is None:
            raise NotServed(INVALID_PARAMS, "requestState was not given to this request.")
        params["requestState"] = state


def as_call_of(asked: Asked, name: str, arguments: dict[str, Any]) -> Asked:
    """A call_tool as the call it stands for; what was asked of the client on the way stays."""
    return replace(asked, params={**asked.params, "name": name, "arguments": arguments})
