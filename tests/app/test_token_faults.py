"""Deaths in the middle of a refresh, and two processes at one token."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from support.crashes import Crashing, crashing
from support.engine import Home
from support.rotating_server import RotatingServer, rotating_server

LONG = bool(os.environ.get("PROVE_LONG"))
"""Set by `make prove`: a hundred deaths and more instead of a dozen."""
LAST_STEPS = 8
"""Two runs differ by a few steps, and a death has to come before the end."""

STORES = ["keychain", "encrypted-file"]


@dataclass
class Deaths:
    """One installation whose refreshes are killed, one after another."""

    program: Crashing
    server: RotatingServer
    client: str
    places: list[str]
    """The steps of a refresh that nobody killed."""
    killed: int = 0
    sign_ins: list[str] = field(default_factory=list[str])
    """Where a death cost one."""

    async def kill_at_step(self, number: int) -> None:
        """Have the process kill itself at a step of its refresh, and see what comes of it."""
        await self._kill(self.places[number], number)

    async def kill_at_moment(self, moment: str) -> None:
        """Kill the process while the issuer is at a moment of its answer."""

        async def kill(now: str) -> None:
            if now == moment and self.server.moment is kill:
                os.kill(self.program.last_pid, signal.SIGKILL)
                self.server.moment = at_once
                if moment == "asked":
                    raise web.HTTPServiceUnavailable

        self.server.moment = kill
        await self._kill(f"the issuer has {moment}", None)

    async def _kill(self, place: str, kill_at: int | None) -> None:
        before = self.server.current
        end = await self.program.ended("refresh", kill_at=kill_at)
        assert end.get("signal") == signal.SIGKILL, f"{place}: it was not killed"
        self.killed += 1
        stored = await self.program.said("look")
        assert stored in (before, self.server.current), f"{place}: {stored}"
        lost = stored != self.server.current
        cost = int(lost and not self.server.lenient)
        self.sign_ins += [place] * cost
        await self._use(place, cost)

    async def _use(self, place: str, cost: int) -> None:
        sign_ins, reused = self.server.sign_ins, self.server.count("reused")
        used: dict[str, Any] = await self.program.said("use", token=self.client)
        assert used["answers"] == ["ok"] * 4, f"{place}: {used}"
        assert (used["prompts"], used["browser"]) == (cost, cost), place
        assert self.server.sign_ins - sign_ins == cost, place
        # A dead refresh token is tried once, by however many calls: nothing loops.
        assert self.server.count("reused") - reused == cost, place
        assert used["condition"] == "healthy", place
        assert used["audit"], place


def told(figures: str) -> None:
    """For the report of `make prove`."""
    print(f"figures: {figures}")


async def at_once(_: str) -> None:
    pass


def between(places: list[str], few: int, many: int) -> list[int]:
    """Steps to die at: mostly between the token's answer and its write, some of all others."""
    ends = [number for number, place in enumerate(places) if place.startswith("Accounts._write")]
    answers = [
        number for number, place in enumerate(places[: ends[0]])
        if place == "TokenEndpoint.refresh return"
    ]  # fmt: skip
    last = len(places) - LAST_STEPS
    count = (many if LONG else few) - 1
    inside = (answers[-1], min(ends[-1], last))
    before, after = (0, inside[0] - 1), (inside[1] + 1, last)
    others = count // 8 or count // 3
    parts = ((before, others), (inside, count - 2 * others), (after, others))
    steps = [number for (first, end), share in parts for number in spread(first, end, share)]
    return [*steps, in_the_write(places, answers[-1])]


def in_the_write(places: list[str], answer: int) -> int:
    """The step at which a store is in the middle of writing the new token."""
    in_stores = ("KeychainStore._write call", "StoreItems.switch call", "_write line")
    writes = [n for n, place in enumerate(places) if n > answer and place in in_stores]
    return writes[len(writes) // 2]


def spread(first: int, end: int, count: int) -> list[int]:
    return [first + (end - first) * (2 * number + 1) // (2 * count) for number in range(count)]


@pytest.mark.timeout(900 if LONG else 120)
@pytest.mark.parametrize("store", STORES)
async def test_a_death_between_a_token_s_answer_and_its_write_costs_one_sign_in_at_most(
    home: Home, store: str
) -> None:
    async with rotating_server() as server, crashing(home, store) as program:
        client = await program.said("connect", url=server.url)
        deaths = Deaths(program, server, client, await program.said("refresh", kill_at=None))
        assert server.count("rotated") == 1
        for number in between(deaths.places, 4, 45):
            await deaths.kill_at_step(number)
        for moment in ("asked", "rotated") if LONG or store == "keychain" else ():
            await deaths.kill_at_moment(moment)
        # Without one of these the loop above would have shown nothing.
        assert deaths.sign_ins
        strict = deaths.killed
        server.lenient = True
        for number in between(deaths.places, 2, 20):
            await deaths.kill_at_step(number)
        await deaths.kill_at_moment("rotated")
        assert server.count("again") >= 1
        assert server.sign_ins == 1 + len(deaths.sign_ins)
        left = await program.said("count")
        assert left["known"] == left["there"]
        assert not left["left"]
    lenient = deaths.killed - strict
    told(f"{store}: {strict} deaths of {len(deaths.places)} steps, {len(deaths.sign_ins)} sign-ins")
    told(f"{store}, lenient issuer: {lenient} deaths, no sign-in")


@pytest.mark.timeout(300 if LONG else 120)
@pytest.mark.parametrize("store", STORES)
async def test_ten_clients_in_each_of_two_processes_meet_an_expired_token_and_cause_one_refresh(
    home: Home, tmp_path: Path, store: str
) -> None:
    rounds = 25 if LONG else 4
    async with rotating_server() as server, crashing(home, store) as program:
        await program.said("connect", url=server.url)
        order = {
            "rounds": rounds,
            "ahead": program.ahead,
            "meeting": str(tmp_path),
            "origin": server.origin,
        }
        found = await asyncio.gather(*(program.said("share", **order) for _ in range(2)))
        assert found[0] == found[1] == [[2 + number] * 10 for number in range(rounds)]
        assert server.count("rotated") == rounds
        assert server.count("reused") == 0
        assert server.sign_ins == 1
