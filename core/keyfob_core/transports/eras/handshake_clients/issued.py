"""A session that we issued, and what goes on in it."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob_core.model import UpstreamRequest
from keyfob_core.transports.eras.handshake_clients.issued_ear import IssuedEar
from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession
from keyfob_core.transports.eras.handshake_clients.offered_tasks import OfferedTasks


@dataclass(slots=True)
class Issued:
    """A session, where it was issued to, and what its client has of the server."""

    server: str
    address: str
    pool: str
    session: IssuedSession
    tasks: OfferedTasks | None
    """Those of a client that is offered some."""
    ear: IssuedEar | None = None

    @property
    def is_used(self) -> bool:
        """Whether something of its client is under way."""
        has_tasks = self.tasks is not None and bool(self.tasks.under_way)
        return bool(self.session.calls) or self.ear is not None or has_tasks

    def is_of(self, request: UpstreamRequest) -> bool:
        """Whether the request comes from where the session was issued to."""
        where = (request.server, request.url.partition("?")[0], request.pool)
        return where == (self.server, self.address, self.pool)

    async def end(self) -> None:
        """End what is under way."""
        if self.ear is not None:
            await self.ear.close()
        if self.tasks is not None:
            await self.tasks.close()
        await self.session.end()
