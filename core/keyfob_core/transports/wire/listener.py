"""The relay's HTTP listener on loopback, on bare protocols and httptools.

It does what `HttpListener` does, in a third of the time: no request or response objects, one
write an answer, and a timer a connection instead of several a request.
"""

from __future__ import annotations

import asyncio

from keyfob_core.model import Listener
from keyfob_core.transports.http.policy import HOST, Doors, Place, Policy, port_taken
from keyfob_core.transports.wire.connection import Admit, Patience, WireConnection

_GRACE = 0.5
"""Seconds that calls under way have to end."""


class WireListener:
    """Serves `/mcp`, `/s/`, `/k/`, `/wait/ID` and `/health` on 127.0.0.1, or at a place."""

    def __init__(self, doors: Doors, patience: Patience | None = None) -> None:
        self._doors = doors
        self._patience = patience or Patience()
        self._server: asyncio.Server | None = None
        self._place: Place | None = None
        self._port = 0
        self._policy = Policy(doors, 0)
        self._connections: set[WireConnection] = set()

    async def start(self, port: int) -> int:
        """Listen, on a free port for 0, and answer the port.

        Raises EngineUnreachable where another program holds the port.
        """
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(self._accept, HOST, port, reuse_address=True)
        except OSError as error:
            raise port_taken(port, error) from error
        self._server = server
        self._port = int(server.sockets[0].getsockname()[1])
        self._policy = Policy(self._doors, self._port)
        return self._port

    async def start_at(self, place: Place) -> None:
        """Listen at a place as well, behind the port; raises EngineUnreachable or ConfigInvalid."""
        policy = Policy(self._doors, self._port, Listener.SOCKET)
        await place.listen(lambda: self._connection(policy, place.admit))
        self._place = place

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        server, self._server = self._server, None
        place, self._place = self._place, None
        if server is not None:
            server.close()
        if place is not None:
            place.close()
        tasks = [task for one in self._connections if (task := one.finish()) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    def _accept(self) -> asyncio.Protocol:
        return self._connection(self._policy)

    def _connection(self, policy: Policy, admit: Admit | None = None) -> WireConnection:
        relay, others = self._doors.relay, self._connections
        return WireConnection(relay, policy, others, self._patience, admit)
