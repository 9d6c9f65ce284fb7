"""`/mcp`: a client's requests to all of its servers at once."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from keyfob_core.answers.waiting import Handling
from keyfob_core.calls import Call
from keyfob_core.errors import Error
from keyfob_core.forwarding import SESSION_HEADER, Received
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header, headers_up
from keyfob_core.model import Inbound, Outbound, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.reception import Reception, read
from keyfob_core.sessions.upstream_sessions import Sessions, session_digest
from keyfob_core.transports.aggregate.roster import Roster
from keyfob_core.transports.aggregate.server import AggregateServer, Exchange
from keyfob_core.transports.eras.revisions import is_handshake_revision

ALL = ""
"""The name of no server: it stands for all of them."""


class Bridging(Protocol):
    """As much of the bridge between the eras as clients of the older ones need."""

    def open(
        self, request: UpstreamRequest, way: Upstream
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send a request the way, in the era that is spoken there; raises UpstreamUnreachable."""
        ...


class Aggregate:
    """Takes a client's request to all servers, and answers it from theirs.

    What goes to a server goes through the relay as a request of this client to that server: it is
    judged, stamped and recorded there. Here a request is told whose it is, and nothing else.
    """

    def __init__(
        self,
        reception: Reception,
        server: AggregateServer,
        eras: Bridging,
        sessions: Sessions,
        roster: Roster,
    ) -> None:
        self._reception = reception
        self._server = server
        self._eras = eras
        self._sessions = sessions
        self._roster = roster

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request, to be read before it is left."""
        return self._reception.receive(inbound, self._flow)

    async def _flow(self, handling: Handling) -> Outbound:
        try:
            request = handling.request = handling.request or await read(handling.inbound)
            return await self._pass(request, handling.call, handling)
        except Error as error:
            return self._reception.turn_away(handling, error)

    async def _pass(self, request: Received, call: Call, handling: Handling) -> Outbound:
        wait = handling.wait(self._roster.config().relay.wait)
        call.context = context = await self._reception.identify(request, call, wait=wait)
        client, inbound = context.client.name, request.inbound
        if request.session is not None:
            self._sessions.check(request.session, client, ALL, None)
            inbound = inbound._replace(connection_id=session_digest(request.session)[:16])
        body = request.body
        upward = UpstreamRequest(
            http_method=inbound.http_method,
            url="",
            headers=headers_up(inbound.headers),
            body=inbound.body,
            pool="\n".join((client, ALL, "")),
            server=ALL,
            conversation=inbound.connection_id or "",
            method=None if body is None or body.is_batch else body.messages[0].method,
            revision=request.revision,
        )
        way = _Way(self._server, inbound, client)
        handshaken = _is_handshaken(request)
        response = await handling.opened.open(
            self._eras.open(upward, way) if handshaken else way.of(upward, body)
        )
        self._sessions.note(
            (client, ALL, None),
            request.session,
            header(response.headers, SESSION_HEADER),
            inbound.http_method,
            response.status,
        )
        return Outbound(status=response.status, headers=response.headers, body=response.body)


class _Way:
    """The way to the aggregate for one client's requests, as the bridge between the eras goes."""

    def __init__(self, server: AggregateServer, inbound: Inbound, client: str) -> None:
        self._server = server
        self._inbound = inbound
        self._client = client

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send a request that was translated; raises RequestRefused for what is no JSON-RPC."""
        return self.of(request, rpc.parse_body(request.body) if request.body else None)

    def of(
        self, request: UpstreamRequest, body: rpc.Body | None
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send a request that was read before."""
        return Exchange(
            lambda stack: self._server.answer(request, body, self._inbound, self._client, stack)
        )


def _is_handshaken(request: Received) -> bool:
    """Whether a request belongs to an era that begins with `initialize`, or does not say."""
    first = request.body.messages[0].method if request.body else None
    revision = request.revision
    return revision is None or first == "initialize" or is_handshake_revision(revision)
