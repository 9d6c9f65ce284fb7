"""The lists of all servers: asked together, waited for a moment, and remembered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from keyfob_core.config import Config
from keyfob_core.errors import Error
from keyfob_core.mistakes import log_mistake
from keyfob_core.transports.aggregate.items import TOOLS, Item, Kind
from keyfob_core.transports.aggregate.lister import Lister
from keyfob_core.transports.aggregate.requests import Asked
from keyfob_core.transports.aggregate.roster import Absence, Member, Roster

_log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds after which a server's list is given up, however few wait for it."""
LONGEST_FRESH = 60.0
"""Seconds: what makes up the list of all changes more often than one server's list."""
_BRIEFLY = 0.25
"""Seconds that a server gets which was too slow the last time."""
_MOST_PARTS = 4096

Key = tuple[str, str, str | None, Kind]
"""Client, server, account and what is listed: nobody is shown what another was answered."""
Arrived = Callable[[str, Kind], None]
"""Told a client and the kind of a list that came after it had been left out of an answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one server listed last, and why it did not the last time it was asked."""

    items: tuple[Item, ...] | None
    """None where it has never listed anything."""
    config: Config
    """In force when the items were cut to what the rules show."""
    asked_at: float
    fresh_until: float
    absence: Absence | None = None
    approvals: int = 0
    """How often approved tools had become others before it was asked for."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lists of all servers that answered in time, and the rest by its reason."""

    servers: tuple[str, ...]
    parts: tuple[tuple[str, Sequence[Item]], ...]
    absent: tuple[tuple[str, Absence], ...]
    """Also a server whose last good list stands among the parts."""
    fresh_for: float
    """Seconds."""


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[Part]
    since: float
    is_missed: bool = False
    """Whether an answer went out without it."""


class Listings:
    """Asks every server of a client for its list at once, and waits for the slow ones once."""

    def __init__(self, lister: Lister, roster: Roster, arrived: Arrived) -> None:
        self._lister = lister
        self._roster = roster
        self._arrived = arrived
        self._parts: dict[Key, Part] = {}
        self._running: dict[Key, _Running] = {}
        self._slow: set[Key] = set()
        self._approvals = 0

    async def gather(
        self, asked: Asked, kind: Kind, members: Sequence[Member], *, max_age: float = 0.0
    ) -> Gathered:
        """The lists of these servers.

        One that does not answer within the configuration's `list_wait`, or at once if it did not
        the last time, is left out, or stands there with its last good list; what it answers later
        is told to `arrived`. A list of at most `max_age` seconds counts as fresh.
        """
        keys = {one.server: (asked.client, one.server, one.account, kind) for one in members}
        able = [member for member in members if member.absence is None]
        for member in able:
            key = keys[member.server]
            if key not in self._running and not self._is_fresh(key, max_age):
                self._start(asked, kind, member, key)
        await self._wait([keys[member.server] for member in able])
        parts: list[tuple[str, Sequence[Item]]] = []
        absent: list[tuple[str, Absence]] = []
        fresh_for = LONGEST_FRESH
        for member in members:
            absence, items, fresh = self._found(asked.client, member, keys[member.server], kind)
            if items is not None:
                parts.append((member.server, items))
            if absence is not None:
                absent.append((member.server, absence))
            fresh_for = min(fresh_for, fresh)
        servers = tuple(member.server for member in members)
        return Gathered(servers, tuple(parts), tuple(absent), max(0.0, fresh_for))

    def expire(self, client: str, server: str, changed: str) -> None:
        """Trust no list of the server any more of which this notification speaks."""
        for key, part in self._parts.items():
            if key[:2] == (client, server) and key[3].changed == changed:
                self._parts[key] = replace(part, asked_at=float("-inf"), fresh_until=0.0)

    def approved(self) -> None:
        """Trust no list of tools any more: other tools may be shown now."""
        self._approvals += 1

    async def close(self) -> None:
        """End what is asked."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_fresh(self, key: Key, max_age: float) -> bool:
        part = self._parts.get(key)
        if part is None or part.config is not self._roster.config():
            return False
        if key[3] is TOOLS and part.approvals != self._approvals:
            return False
        now = asyncio.get_running_loop().time()
        return now < part.fresh_until or now <= part.asked_at + max_age

    def _start(self, asked: Asked, kind: Kind, member: Member, key: Key) -> None:
        task = asyncio.create_task(self._ask(asked, kind, member, self._parts.get(key)))
        self._running[key] = _Running(task, asyncio.get_running_loop().time())
        task.add_done_callback(partial(self._done, key, kind))

    async def _wait(self, keys: Sequence[Key]) -> None:
        """Wait for those that may still come in time."""
        now = asyncio.get_running_loop().time()
        limit = self._roster.config().relay.list_wait
        waited = {
            running.task: running.since + (_BRIEFLY if key in self._slow else limit) - now
            for key in keys
            if (running := self._running.get(key)) is not None
        }
        timely = {task: left for task, left in waited.items() if left > 0}
        if timely:
            await asyncio.wait(timely, timeout=max(timely.values()))
        for key in keys:
            if (running := self._running.get(key)) is not None and not running.task.done():
                running.is_missed = True
                self._slow.add(key)

    def _found(
        self, client: str, member: Member, key: Key, kind: Kind
    ) -> tuple[Absence | None, Sequence[Item] | None, float]:
        """Why a server is absent, its items where there are some, and for how long they hold."""
        if member.absence is not None:
            return member.absence, None, LONGEST_FRESH
        part = self._parts.get(key)
        absence = part.absence if part is not None else None
        if key in self._running and not self._running[key].task.done():
            absence = _slow(member.server)
        if part is None or part.items is None or (absence is not None and absence.needs_person):
            return absence or _slow(member.server), None, 0.0
        items = part.items
        if kind is TOOLS and part.config is not self._roster.config():
            shows = self._roster.shows
            items = tuple(one for one in items if shows(client, member.server, one["name"]))
        fresh = part.fresh_until - asyncio.get_running_loop().time()
        return absence, items, 0.0 if absence is not None else fresh

    async def _ask(self, asked: Asked, kind: Kind, member: Member, before: Part | None) -> Part:
        loop = asyncio.get_running_loop()
        config, begun, approvals = self._roster.config(), loop.time(), self._approvals
        try:
            async with asyncio.timeout(PATIENCE):
                items, fresh_for = await self._lister.list(asked, kind, member.server)
        except TimeoutError:
            absence = _slow(member.server)
        except Error as error:
            absence = Absence(error.code, error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - the guard of one server: the others go on
            log_mistake(_log, error)
            absence = Absence(Error.code, "Keyfob failed at this list.", "Its log says why.")
        else:
            fresh_until = begun + min(fresh_for, LONGEST_FRESH)
            return Part(items, config, begun, fresh_until, approvals=approvals)
        if before is None:
            return Part(None, config, begun, begun, absence)
        return replace(before, asked_at=begun, fresh_until=begun, absence=absence)

    def _done(self, key: Key, kind: Kind, task: asyncio.Task[Part]) -> None:
        running = self._running.pop(key)
        if task.cancelled():
            return
        before, part = self._parts.get(key), task.result()
        if len(self._parts) >= _MOST_PARTS and key not in self._parts:
            self._parts.pop(next(iter(self._parts)))
        self._parts[key] = part
        took = asyncio.get_running_loop().time() - running.since
        if took < self._roster.config().relay.list_wait:
            self._slow.discard(key)
        is_news = before is None or before.items != part.items
        if running.is_missed and part.absence is None and is_news:
            self._arrived(key[0], kind)


def _slow(server: str) -> Absence:
    hint = "Its tools appear once it answers; see that it runs."
    return Absence("slow", f"The server {server} has not answered yet.", hint)
