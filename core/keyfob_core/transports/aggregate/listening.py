"""One subscription of a client, fed by those at all of its servers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from keyfob_core.config import Config
from keyfob_core.errors import Error
from keyfob_core.mistakes import log_mistake
from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.aggregate.items import KINDS, TOOLS, Kind
from keyfob_core.transports.aggregate.listing import Listings
from keyfob_core.transports.aggregate.requests import Asked, Inner, NotServed
from keyfob_core.transports.aggregate.results import Results
from keyfob_core.transports.aggregate.roster import Member, Roster
from keyfob_core.transports.aggregate.subscription import (
    ACKNOWLEDGED,
    notification,
    public_notification,
    wanted_in,
)
from keyfob_core.transports.eras.messages import PING, event_of, messages_in, stream_answer
from keyfob_core.transports.eras.revisions import INTERNAL_ERROR

_log = logging.getLogger(__name__)

PING_SECONDS = 15.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_MOST_PENDING = 1024
_MOST_OPEN = 32
"""Subscriptions of one client: each holds an exchange with every server."""
_SETTLE = 0.05
"""Seconds in which several changes count as one."""
_FOR_GOOD = frozenset(
    {"access_denied", "credential_missing", "sign_in_needed", "store_locked", "upstream_refused"}
)
"""Refusals that last until the rules or the accounts change, which is told by `look`."""


class Listeners:
    """The subscriptions that are open, told of what changed on our side."""

    def __init__(
        self,
        inner: Inner,
        roster: Roster,
        listings: Callable[[], Listings],
        results: Results,
    ) -> None:
        self._inner = inner
        self._roster = roster
        self._listings = listings
        self._results = results
        self._open: set[Subscription] = set()

    @contextlib.asynccontextmanager
    async def listen(self, asked: Asked) -> AsyncGenerator[UpstreamResponse]:
        """The stream of one subscription, open as long as the client reads it.

        Raises NotServed for one too many.
        """
        if sum(one.client == asked.client for one in self._open) >= _MOST_OPEN:
            raise NotServed(INTERNAL_ERROR, f"More than {_MOST_OPEN} subscriptions are open.")
        subscription = Subscription(
            asked, self._inner, self._roster, self._listings(), self._results
        )
        self._open.add(subscription)
        try:
            async with subscription:
                yield stream_answer(subscription.events())
        finally:
            self._open.discard(subscription)

    def arrived(self, client: str, kind: Kind) -> None:
        """Tell a client that a list has come which was left out of an answer."""
        for subscription in self._open:
            if subscription.client == client:
                subscription.tell(kind.changed)

    def approved(self) -> None:
        """Tell every client that other tools may be shown now."""
        for subscription in self._open:
            subscription.tell(TOOLS.changed)

    async def close(self) -> None:
        """End what is open at the servers: a client that has just gone may not have yet."""
        for subscription in tuple(self._open):
            await subscription.end()

    def changed(self) -> None:
        """Look, soon, whether the rules or the accounts make another list of it."""
        for subscription in self._open:
            subscription.look()


class Subscription:
    """One `subscriptions/listen` (MCP 2026-07-28) and, under it, one at each server."""

    def __init__(
        self,
        asked: Asked,
        inner: Inner,
        roster: Roster,
        listings: Listings,
        results: Results,
    ) -> None:
        self.client = asked.client
        self._asked = asked
        self._inner = inner
        self._roster = roster
        self._listings = listings
        self._results = results
        self._wanted = wanted_in(asked.params, roster.config().servers)
        self._seen = self._now()
        self._pending: dict[str, bytes] = {}
        self._news = asyncio.Event()
        self._looks = asyncio.Event()
        self._is_full = False
        self._feeds: dict[Member, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Subscription:
        self._begin(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.end()

    async def end(self) -> None:
        """Listen to no server any more, and see each exchange to its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def events(self) -> AsyncIterator[bytes]:
        """The acknowledgement at once, then what happens, and a sign of life in between.

        Ends where a client does not keep up: it begins anew then, and reads what it needs.
        """
        honoured = {"notifications": self._wanted.acknowledged()}
        yield event_of(notification(ACKNOWLEDGED, self._asked.id, honoured))
        while not self._is_full:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await self._news.wait()
            self._news.clear()
            pending, self._pending = self._pending, {}
            yield b"".join(pending.values()) or PING

    def tell(self, changed: str) -> None:
        """Pass a list_changed on, where the client wants to know of it."""
        if changed in self._wanted.notifications:
            self._put(changed, notification(changed, self._asked.id))

    def look(self) -> None:
        """Look, soon, whether the client has other servers now."""
        self._looks.set()

    def _put(self, key: str, message: Mapping[str, Any]) -> None:
        # Each says that something is another now: twice says no more than once.
        if key in self._pending or len(self._pending) < _MOST_PENDING:
            self._pending[key] = event_of(message)
        else:
            self._is_full = True
        self._news.set()

    def _now(self) -> tuple[tuple[Member, ...], Config]:
        return self._roster.members(self.client), self._roster.config()

    async def _watch(self) -> None:
        """Keep a feed for each server, and tell when the rules or the servers are others."""
        self._feed(self._seen[0])
        while True:
            await self._looks.wait()
            await asyncio.sleep(_SETTLE)
            self._looks.clear()
            seen, self._seen = self._seen, self._now()
            if seen[0] == self._seen[0] and _same_rules(seen[1], self._seen[1]):
                continue
            self._feed(self._seen[0])
            for changed in self._wanted.notifications:
                self.tell(changed)

    def _feed(self, members: tuple[Member, ...]) -> None:
        wanted = {one for one in members if one.absence is None and self._wanted.of(one.server)}
        for member in [*self._feeds]:
            if member not in wanted or self._feeds[member].done():
                self._feeds.pop(member).cancel()
        for member in wanted - self._feeds.keys():
            self._feeds[member] = self._begin(self._hear(member.server))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _hear(self, server: str) -> None:
        """Pass on what a server tells, as long as it offers to tell anything."""
        loop = asyncio.get_running_loop()
        pause, again = _FIRST_PAUSE, False
        while True:
            begun = loop.time()
            try:
                if await self._hear_to_the_end(server, again=again):
                    return
            except Error:
                # It passes by itself; the log has each attempt.
                pass
            except Exception as error:  # noqa: BLE001 - the guard of one server: the others go on
                log_mistake(_log, error)
                return
            if loop.time() - begun > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            await asyncio.sleep(pause)
            pause, again = min(pause * 2, _LONGEST_PAUSE), True

    async def _hear_to_the_end(self, server: str, *, again: bool) -> bool:
        """Pass on one stream of a server; whether it said that it will never tell anything."""
        params = {"_meta": self._asked.meta, "notifications": self._wanted.of(server)}
        async with self._inner.open(self._asked, server, params, unasked=True) as outbound:
            answer = UpstreamResponse(
                status=outbound.status, headers=outbound.headers, body=outbound.body
            )
            async for message in messages_in(answer):
                if message.get("method") == ACKNOWLEDGED:
                    if again:
                        self._changed_meanwhile(server)
                elif "method" in message:
                    self._pass_on(server, message)
                elif "error" in message and outbound.refusal is None:
                    return True
        return outbound.refusal is not None and outbound.refusal.code in _FOR_GOOD

    def _pass_on(self, server: str, message: Mapping[str, Any]) -> None:
        change = self._results.change(self.client, server)
        told = public_notification(server, message, self._asked.id, change)
        if told is None:
            return
        method, params = told["method"], told["params"]
        self._listings.expire(self.client, server, method)
        if method in _CHANGES and method not in self._wanted.notifications:
            return
        what = params.get("uri") or params.get("taskId") or ""
        self._put(f"{method} {what}", told)

    def _changed_meanwhile(self, server: str) -> None:
        """Say that everything may be another: nothing tells what was missed."""
        for changed in self._wanted.notifications:
            self._listings.expire(self.client, server, changed)
            self.tell(changed)


_CHANGES = frozenset(kind.changed for kind in KINDS.values())


def _same_rules(one: Config, other: Config) -> bool:
    return one is other or replace(one, accounts={}) == replace(other, accounts={})
