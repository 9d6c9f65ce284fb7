"""Servers that are programs, as one that speaks streamable HTTP."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from keyfob_core.config import Config, Server, ServerKind
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.programs import ProgramStart, StartProgram
from keyfob_core.sessions.upstream_sessions import is_of
from keyfob_core.transports.programs.conversation import Conversation
from keyfob_core.transports.programs.exchange import ProgramExchange
from keyfob_core.transports.programs.handshake import Handshake
from keyfob_core.transports.programs.launches import Launches
from keyfob_core.transports.programs.limits import ProgramLimits
from keyfob_core.transports.programs.messages import ProgramMessage
from keyfob_core.transports.programs.records import ProgramRecords

Clock = Callable[[], float]
"""Seconds since some moment."""


class ProgramUpstream:
    """Gives each session a program of its own (handshake eras), others one a pool (2026-07-28).

    A program belongs to one client, server and account, never to two. It is started by the first
    request, ended after a while without one, and started anew where its secret has changed.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        start_program: StartProgram,
        records: ProgramRecords,
        changed: Callable[[], None] = lambda: None,
        limits: ProgramLimits | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`changed` is called when `running` or `problem` may answer something else."""
        self._config = config
        self._records = records
        self._clock = clock
        self.limits = limits or ProgramLimits()
        self._launches = Launches(start_program, records, self.limits, changed, clock)
        self._sessions: dict[str, Conversation] = {}
        self._shared: dict[tuple[str, str], list[Conversation]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Pass the request on and answer as an MCP server over HTTP does.

        Raises UpstreamUnreachable, CredentialMissing where the program wants a secret that the
        account does not have, ConfigInvalid where its command cannot be started.
        """
        return ProgramExchange(self, request)

    def running(self, server: str) -> int:
        """How many processes of a server there are."""
        return self._launches.running(server)

    def problem(self, server: str) -> str | None:
        """Why a server's program did not stay, if it did not."""
        return self._launches.problem(server)

    def tail(self, server: str, count: int) -> tuple[str, ...]:
        """The last lines that a server's programs complained with."""
        return self._records.tail(server, count)

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> None:
        """End the programs of a client, a server or an account: none keeps a secret after that."""
        for conversation in list(self._all()):
            if is_of(conversation.pool, client=client, server=server, account=account):
                self.forget(conversation, "you ended what it was for")

    async def close(self) -> None:
        """End every program."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for conversation in self._all():
            conversation.unasked.hush()
        await self._launches.close()
        await asyncio.gather(*self._ending)
        self._records.close()

    def server(self, request: UpstreamRequest) -> Server:
        """The program's server; raises UpstreamUnreachable where it is one no longer."""
        server = self._config().servers.get(request.server)
        if server is None or server.kind is not ServerKind.PROGRAM:
            raise UpstreamUnreachable(f"There is no program {request.server!r} any more.")
        return server

    def session(self, session_id: str, pool: str) -> Conversation | None:
        """The session of that id, where it is this client's, server's and account's."""
        found = self._sessions.get(session_id)
        return found if found is not None and found.pool == pool else None

    def begin_session(
        self, request: UpstreamRequest, start: ProgramStart
    ) -> tuple[str, Conversation]:
        """A new session with its id.

        A program that was only asked which era it is of, and had no answer, serves it.
        """
        self._rest_the_idlest(request.pool)
        session = Conversation(request.pool, self._launches, self.limits, self._clock, Handshake())
        key = (request.pool, request.conversation)
        for probed in self._shared.get(key, ()):
            dialogue = probed.dialogue
            fresh = dialogue is not None and dialogue.start == start and not dialogue.answers
            if fresh and probed.is_quiet:
                session.adopt(probed)
                self._shared[key].remove(probed)
                break
        session_id = secrets.token_urlsafe(24)
        self._sessions[session_id] = session
        self._look_after()
        return session_id, session

    def shared(
        self, request: UpstreamRequest, start: ProgramStart, messages: tuple[ProgramMessage, ...]
    ) -> Conversation:
        """What takes requests that stand for themselves; raises UpstreamUnreachable."""
        known = self._shared.setdefault((request.pool, request.conversation), [])
        for conversation in known:
            if conversation.works_at(messages):
                return conversation
        for conversation in known:
            if conversation.fits(start, messages):
                return conversation
            dialogue = conversation.dialogue
            # With another secret now: it ends as soon as it owes nothing.
            conversation.is_retiring |= dialogue is not None and dialogue.start != start
        if len(known) >= self.limits.most_shared:
            raise UpstreamUnreachable(
                f"The program {request.server} is asked too much at once under the same ids.",
                "Try again in a moment.",
            )
        known.append(Conversation(request.pool, self._launches, self.limits, self._clock))
        self._look_after()
        return known[-1]

    def forget(self, conversation: Conversation, why: str) -> None:
        """End a conversation for good, behind the caller's back."""
        for session_id, one in list(self._sessions.items()):
            if one is conversation:
                del self._sessions[session_id]
        for key, known in list(self._shared.items()):
            if conversation in known:
                known.remove(conversation)
            if not known:
                del self._shared[key]
        self.in_background(conversation.end(why))

    def _all(self) -> Iterator[Conversation]:
        yield from tuple(self._sessions.values())
        for known in tuple(self._shared.values()):
            yield from tuple(known)

    def _rest_the_idlest(self, pool: str) -> None:
        """Make room for one more session, by one that nobody waits for or listens to."""
        running = [s for s in self._sessions.values() if s.pool == pool and s.dialogue is not None]
        if len(running) < self.limits.most_sessions:
            return
        idlest = max(running, key=Conversation.idle_for)
        if not idlest.is_quiet:
            raise UpstreamUnreachable(
                f"There are {len(running)} sessions with this program already.", "End some."
            )
        self.in_background(idlest.rest("other sessions need its place"))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do work that its caller does not wait for; `close` does."""
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _look_after(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """End what nobody uses, as long as there is anything."""
        while self._sessions or self._shared:
            await asyncio.sleep(self.limits.turn)
            for conversation in self._all():
                self._look_at(conversation)

    def _look_at(self, conversation: Conversation) -> None:
        server = self._config().servers.get(conversation.pool.split("\n")[1])
        dialogue, idle = conversation.dialogue, conversation.idle_for()
        if server is None or server.kind is not ServerKind.PROGRAM:
            self.forget(conversation, "its server is gone")
        elif not conversation.is_quiet:
            return
        elif conversation.is_retiring or idle > self.limits.abandoned:
            self.forget(conversation, "it is not needed any more")
        elif idle > self.limits.idle and conversation.handshake is None:
            self.forget(conversation, "nobody used it")
        elif dialogue is not None and (
            idle > self.limits.idle or dialogue.start.command != server.command
        ):
            self.in_background(conversation.rest("nobody used it"))
