"""The relay's HTTP listener on loopback, on bare protocols and httptools.

It does what `HttpListener` does, in a third of the time: no request or response objects, one
write an answer, and a timer a connection instead of several a request.
"""

from __future__ import annotations

import asyncio

from keyfob_core.transports.http_policy import HOST, Doors, Policy, port_taken
from keyfob_core.transports.wire_connection import Patience, WireConnection

_GRACE = 0.5
"""Seconds that calls under way have to end."""


class WireListener:
    """Serves `/mcp`, `/s/SERVER/mcp`, `/k/TOKEN/mcp`, `/wait/ID` and `/health` on 127.0.0.1."""

    def __init__(self, doors: Doors, patience: Patience | None = None) -> None:
        self._doors = doors
        self._patience = patience or Patience()
        self._server: asyncio.Server | None = None
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
        bound = int(server.sockets[0].getsockname()[1])
        self._policy = Policy(self._doors, bound)
        return bound

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        tasks = [task for one in self._connections if (task := one.finish()) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()

    def _accept(self) -> asyncio.Protocol:
        return WireConnection(self._doors.relay, self._policy, self._connections, self._patience)
