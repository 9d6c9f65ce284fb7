"""The aggregate's own tools at work: the status, the search, and calls by way of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.aggregate.discovery import stamped
from keyfob_core.transports.aggregate.items import TOOLS, public_items
from keyfob_core.transports.aggregate.listing import LONGEST_FRESH, Listings
from keyfob_core.transports.aggregate.names import Names
from keyfob_core.transports.aggregate.requests import Asked, NotServed
from keyfob_core.transports.aggregate.roster import Roster
from keyfob_core.transports.aggregate.routing import Router, as_call_of
from keyfob_core.transports.aggregate.search import ranked
from keyfob_core.transports.aggregate.status import StatusReport, missing
from keyfob_core.transports.aggregate.tools import (
    CALL,
    FIND,
    MOST_FOUND,
    OWN,
    STATUS,
    USUALLY_FOUND,
    mistaken,
    structured,
)
from keyfob_core.transports.eras.messages import json_answer, result_message
from keyfob_core.transports.eras.revisions import mapping, text
from keyfob_core.transports.tool_headers import annotated, parameter_headers

Forward = Callable[[Asked, AsyncExitStack], Awaitable[UpstreamResponse]]
"""Sends a request on to the server that its params name."""

_SHOWN = ("name", "title", "description", "inputSchema", "annotations")
_MANY = 200
_UNBOUNDED = float("inf")


class OwnTools:
    """Answers calls of `keyfob_status`, `find_tools` and `call_tool`."""

    def __init__(
        self,
        roster: Roster,
        listings: Listings,
        names: Names,
        router: Router,
        report: StatusReport,
        forward: Forward,
    ) -> None:
        self._roster = roster
        self._listings = listings
        self._names = names
        self._router = router
        self._report = report
        self._forward = forward

    async def call(self, asked: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        """The answer to a tools/call of one of them; raises NotServed for another name."""
        name, arguments = asked.params.get("name"), mapping(asked.params.get("arguments"))
        if name == STATUS:
            return _answer(asked, await self._status(asked))
        if name == FIND:
            return _answer(asked, await self._found(asked, arguments))
        return await self._called(asked, arguments, stack)

    async def _status(self, asked: Asked) -> dict[str, Any]:
        members = self._roster.members(asked.client)
        gathered = await self._listings.gather(asked, TOOLS, members)
        return self._report.of(asked.client, gathered)

    async def _found(self, asked: Asked, arguments: Mapping[str, Any]) -> dict[str, Any]:
        query, limit = arguments.get("query"), arguments.get("limit")
        limit = USUALLY_FOUND if limit is None else limit
        if not isinstance(query, str):
            return mistaken(f"{FIND} needs a query: a few words on what the tool should do.")
        if not isinstance(limit, int) or not 1 <= limit <= MOST_FOUND:
            return mistaken(f"The limit of {FIND} is a number from 1 to {MOST_FOUND}.")
        members = self._roster.members(asked.client)
        gathered = await self._listings.gather(asked, TOOLS, members, max_age=LONGEST_FRESH)
        tools = public_items(TOOLS, gathered.parts, self._names)
        if len(tools) > _MANY:
            found = await asyncio.to_thread(ranked, query, tools)
        else:
            found = ranked(query, tools)
        shown = [{key: tool[key] for key in _SHOWN if key in tool} for tool in found[:limit]]
        said = {"tools": shown, "found": len(found), "missing": missing(gathered.absent)}
        return structured(said)

    async def _called(
        self, asked: Asked, arguments: Mapping[str, Any], stack: AsyncExitStack
    ) -> UpstreamResponse:
        name, own = text(arguments.get("name")), arguments.get("arguments")
        # Some programs send null for what a model leaves out.
        if name is None or name in OWN or not isinstance(own, dict | None):
            said = (
                f"{CALL} needs the name of a tool that {FIND} answered, and its arguments as an "
                "object."
            )
            return _answer(asked, mistaken(said))
        try:
            server, tool = await self._router.named(asked, TOOLS, name)
        except NotServed:
            said = f"There is no tool named {name}. Look for it with {FIND}."
            return _answer(asked, mistaken(said))
        call = as_call_of(asked, name, mapping(arguments.get("arguments")))
        schema = await self._schema(call, server, tool)
        headers = parameter_headers(annotated(schema) or {}, call.params["arguments"])
        return await self._forward(call.with_parameters(headers), stack)

    async def _schema(self, asked: Asked, server: str, tool: str) -> object:
        """What the tool says that it takes, as the server listed it last."""
        members = [one for one in self._roster.members(asked.client) if one.server == server]
        gathered = await self._listings.gather(asked, TOOLS, members, max_age=_UNBOUNDED)
        items = (item for _, some in gathered.parts for item in some)
        return next((item.get("inputSchema") for item in items if item["name"] == tool), None)


def _answer(asked: Asked, result: dict[str, Any]) -> UpstreamResponse:
    return json_answer(result_message(asked.id, stamped(result)))
