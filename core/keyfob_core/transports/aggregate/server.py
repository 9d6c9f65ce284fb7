"""All servers of a client as one, which speaks MCP 2026-07-28 and nothing older."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from keyfob_core.messages import rpc
from keyfob_core.model import Inbound, ToolView, UpstreamRequest, UpstreamResponse
from keyfob_core.transports.aggregate.discovery import discovered, stamped
from keyfob_core.transports.aggregate.items import KINDS, TOOLS, Kind, page_of, public_items
from keyfob_core.transports.aggregate.listening import Listeners
from keyfob_core.transports.aggregate.lister import Lister
from keyfob_core.transports.aggregate.listing import LONGEST_FRESH, Gathered, Listings
from keyfob_core.transports.aggregate.names import Names
from keyfob_core.transports.aggregate.own_tools import OwnTools
from keyfob_core.transports.aggregate.requests import Asked, Handle, Inner, NotServed, asked
from keyfob_core.transports.aggregate.results import Results
from keyfob_core.transports.aggregate.roster import Roster
from keyfob_core.transports.aggregate.routing import Router
from keyfob_core.transports.aggregate.state import Seal
from keyfob_core.transports.aggregate.status import StatusReport
from keyfob_core.transports.aggregate.tools import CALL_TOOL, FIND_TOOL, OWN, STATUS_TOOL
from keyfob_core.transports.eras.messages import (
    empty_answer,
    error_message,
    json_answer,
    result_message,
)
from keyfob_core.transports.eras.revisions import (
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MODERN,
    OF_TASKS,
    UNSUPPORTED_VERSION,
)

Answer = Callable[[Asked, AsyncExitStack], Awaitable[UpstreamResponse]]
"""Answers one request; what has to stay open until the answer is read is put on the stack."""

_ROUTED = (
    "prompts/get",
    "resources/read",
    "completion/complete",
    *OF_TASKS,
)
_MANY = 500
_SEARCH = (FIND_TOOL, CALL_TOOL, STATUS_TOOL)


class AggregateServer:
    """Answers what a client asks of all its servers, and sends on what is for one of them."""

    def __init__(self, handle: Handle, roster: Roster, report: StatusReport) -> None:
        self._roster = roster
        self._inner = inner = Inner(handle)
        seal, self._names = Seal(), Names()
        self._results = Results(seal)
        self._listeners = Listeners(inner, roster, lambda: self._listings, self._results)
        self._listings = Listings(Lister(inner), roster, self._listeners.arrived)
        self._router = Router(roster, self._listings, self._names, seal)
        self._own_tools = OwnTools(
            roster, self._listings, self._names, self._router, report, self._forward
        )
        self._answers: Mapping[str, Answer] = {
            "server/discover": self._discover,
            "tools/list": self._list_tools,
            **dict.fromkeys((method for method in KINDS if method != TOOLS.method), self._list),
            "tools/call": self._call,
            "subscriptions/listen": self._listen,
            **dict.fromkeys(_ROUTED, self._forward),
        }

    async def answer(
        self,
        request: UpstreamRequest,
        body: rpc.Body | None,
        inbound: Inbound,
        client: str,
        stack: AsyncExitStack,
    ) -> UpstreamResponse:
        """The answer to a client's request, open as long as the stack; raises Error."""
        if body is None:
            return empty_answer(405, (("Allow", "POST"),))
        message = body.messages[0]
        if not body.is_batch and not message.is_request:
            # No notification of this revision has to be acted on: closing the stream cancels.
            return empty_answer(202)
        try:
            _check_form(body)
            wanted = asked(request, message, inbound, client)
            answer = self._answers.get(wanted.method)
            if answer is None:
                raise NotServed(METHOD_NOT_FOUND, f"There is no method {wanted.method} here.")
            return await answer(wanted, stack)
        except NotServed as error:
            said = error_message(message.id, error.code, error.message, error.data)
            return json_answer(said, error.status)

    def changed(self) -> None:
        """Look, soon, whether rules, servers or accounts are others, and tell who listens."""
        self._listeners.changed()

    def tools_changed(self, server: str) -> None:
        """List anew, and tell who listens: a server has other approved tools."""
        self._listings.approved()
        self._listeners.approved()

    async def close(self) -> None:
        """End what was begun on our own."""
        await self._listeners.close()
        await self._listings.close()

    async def _discover(self, wanted: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        servers = [member.server for member in self._roster.members(wanted.client)]
        searches = self._view(wanted) is ToolView.SEARCH
        return await _result(wanted, discovered(servers, searches=searches))

    async def _list_tools(self, wanted: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        view = self._view(wanted)
        if view is ToolView.SEARCH:
            return await _result(wanted, _listed(TOOLS, _SEARCH, LONGEST_FRESH))
        gathered = await self._gather(wanted, TOOLS)
        tools = public_items(TOOLS, gathered.parts, self._names)
        most = self._roster.config().relay.search_above
        if view is None and most is not None and len(tools) > most:
            return await _result(wanted, _listed(TOOLS, _SEARCH, gathered.fresh_for))
        return await _result(wanted, _page(wanted, TOOLS, [*tools, STATUS_TOOL], gathered))

    async def _list(self, wanted: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        kind = KINDS[wanted.method]
        gathered = await self._gather(wanted, kind)
        items = public_items(kind, gathered.parts, self._names)
        return await _result(wanted, _page(wanted, kind, items, gathered))

    async def _gather(self, wanted: Asked, kind: Kind) -> Gathered:
        # A further page is of the same list, as far as it is remembered.
        max_age = 0.0 if wanted.params.get("cursor") is None else LONGEST_FRESH
        members = self._roster.members(wanted.client)
        return await self._listings.gather(wanted, kind, members, max_age=max_age)

    async def _call(self, wanted: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        if wanted.params.get("name") in OWN:
            return await self._own_tools.call(wanted, stack)
        return await self._forward(wanted, stack)

    async def _forward(self, wanted: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        route = await self._router.route(wanted)
        outbound = await stack.enter_async_context(
            self._inner.open(wanted, route.server, route.params, parameters=wanted.parameters)
        )
        return await self._results.pass_down(outbound, wanted.client, route.server)

    async def _listen(self, wanted: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        return await stack.enter_async_context(self._listeners.listen(wanted))

    def _view(self, wanted: Asked) -> ToolView | None:
        return wanted.inbound.tools or self._roster.config().tool_views.get(wanted.client)


class Exchange:
    """One request to the aggregate, open as long as its answer is read."""

    __slots__ = ("_answer", "_stack")

    def __init__(self, answer: Callable[[AsyncExitStack], Awaitable[UpstreamResponse]]) -> None:
        self._answer = answer
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> UpstreamResponse:
        try:
            return await self._answer(self._stack)
        except BaseException:
            await self._stack.aclose()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)


def _check_form(body: rpc.Body) -> None:
    if body.is_batch:
        raise NotServed(INVALID_REQUEST, "Batches are not of this revision; send them one by one.")
    message = body.messages[0]
    if message.method == "initialize":
        # What a server without a handshake says to one (MCP 2026-07-28, versioning).
        data = {"supported": [MODERN], "requested": message.params.get("protocolVersion")}
        raise NotServed(UNSUPPORTED_VERSION, "Unsupported protocol version", data)


def _page(
    wanted: Asked, kind: Kind, items: list[dict[str, Any]], gathered: Gathered
) -> dict[str, Any]:
    page, cursor = page_of(kind, items, wanted.params.get("cursor"))
    listed = _listed(kind, page, gathered.fresh_for)
    return listed if cursor is None else {**listed, "nextCursor": cursor}


def _listed(kind: Kind, items: object, fresh_for: float) -> dict[str, Any]:
    return stamped(
        {
            "resultType": "complete",
            kind.key: items,
            "ttlMs": int(fresh_for * 1000),
            "cacheScope": "private",
        }
    )


async def _result(wanted: Asked, result: dict[str, Any]) -> UpstreamResponse:
    message = result_message(wanted.id, result)
    listed = KINDS.get(wanted.method)
    if listed is not None and len(result[listed.key]) > _MANY:
        # So long a list takes longer to write than others should wait.
        return await asyncio.to_thread(json_answer, message)
    return json_answer(message)
