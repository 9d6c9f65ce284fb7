"""What follows when a session ends: its answers go, it is recorded, and its server is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from keyfob_core.accounts.credentials import is_bound, stamp, wanted_nonce
from keyfob_core.accounts.owner import Accounts
from keyfob_core.accounts.placements import Stamp, with_query
from keyfob_core.config import Config, ServerKind
from keyfob_core.control.notes import note
from keyfob_core.errors import Error
from keyfob_core.forwarding import SESSION_HEADER
from keyfob_core.messages.headers import headers_up
from keyfob_core.model import AuditEvent, Credential, Headers, UpstreamRequest
from keyfob_core.ports import Audit, Clock, Upstream
from keyfob_core.sessions.session_life import Ending
from keyfob_core.sessions.upstream_sessions import NAME_LENGTH, Ended

_SECONDS = 5.0
"""What telling a server may take, its turn included: the engine's end waits for it."""
_AT_ONCE = 20


class SessionEnds:
    """Told of each session that ends."""

    def __init__(
        self,
        config: Callable[[], Config],
        accounts: Accounts,
        upstream: Upstream,
        forget_answers: Callable[[str], None],
        forget_issued: Callable[[str], None],
        audit: Audit,
        clock: Clock,
    ) -> None:
        """`forget_answers` takes a session's short name, `forget_issued` an id that we issued."""
        self._config = config
        self._accounts = accounts
        self._upstream = upstream
        self._forget_answers = forget_answers
        self._forget_issued = forget_issued
        self._audit = audit
        self._clock = clock
        self._telling: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def ended(self, digest: str, ended: Ended) -> None:
        """Forget what was answered for it; where not its client ended it, tell its server."""
        name = digest[:NAME_LENGTH]
        self._forget_answers(name)
        if ended.session is not None:
            self._forget_issued(ended.session)
        client, server, account = ended.owner
        note(
            self._audit,
            AuditEvent(
                event="session_ended",
                client=client,
                server=server or None,
                account=account or None,
                details={"session": name, "by": ended.why.value},
            ),
        )
        if ended.session is not None and ended.why is not Ending.CLIENT and server:
            task = asyncio.ensure_future(self._tell(ended, ended.session))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        """Wait for what is being told."""
        while self._telling:
            await asyncio.wait(self._telling)

    async def _tell(self, ended: Ended, session: str) -> None:
        """Send a DELETE (MCP 2025-11-25, transports); a server that cannot be told is left."""
        try:
            async with asyncio.timeout(_SECONDS), self._turns:
                nonce = await self._send(ended, session, None)
                if nonce is not None:
                    await self._send(ended, session, nonce)
        except (Error, TimeoutError):
            # It ends there by itself, as it does when a client just goes away.
            pass

    async def _send(self, ended: Ended, session: str, nonce: str | None) -> str | None:
        """Answers the nonce that the server wants in the proof."""
        request = await self._request(ended, session, nonce)
        async with self._upstream.open(request) as response:
            if is_bound(request.credential):
                return wanted_nonce(response.status, response.headers)
        return None

    async def _request(self, ended: Ended, session: str, nonce: str | None) -> UpstreamRequest:
        client, name, account = ended.owner
        server = self._config().server(name)
        credential: Credential | None = None
        stamped = Stamp()
        if account:
            credential = await self._accounts.credential(account, server.origin)
        if credential is not None and server.kind is not ServerKind.PROGRAM:
            stamped = stamp(credential, "DELETE", server.url, now=self._clock(), nonce=nonce)
        own: Headers = ((SESSION_HEADER, session),)
        return UpstreamRequest(
            http_method="DELETE",
            url=with_query(server.url, stamped.query) if stamped.query else server.url,
            headers=headers_up(own, stamped.headers),
            pool="\n".join((client, name, account)),
            server=name,
            credential=credential,
        )
