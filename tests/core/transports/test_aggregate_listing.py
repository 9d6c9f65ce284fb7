"""Gathering lists, where the servers are played."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from keyfob_core.config import Config, Relay, Server
from keyfob_core.errors import SignInNeeded, UpstreamUnreachable
from keyfob_core.model import Inbound, Listener
from keyfob_core.states import AccountCondition, AccountState
from keyfob_core.transports.aggregate.items import TOOLS, Item, Kind
from keyfob_core.transports.aggregate.lister import Lister
from keyfob_core.transports.aggregate.listing import Gathered, Listings
from keyfob_core.transports.aggregate.requests import Asked
from keyfob_core.transports.aggregate.roster import Roster
from support.eventually import eventually

Play = Callable[[], Awaitable[tuple[tuple[Item, ...], float]]]


class Played(Lister):
    """Servers whose lists a test plays."""

    def __init__(self, **plays: Play) -> None:
        self.plays = plays
        self.asked: list[str] = []

    async def list(self, asked: Asked, kind: Kind, server: str) -> tuple[tuple[Item, ...], float]:
        self.asked.append(server)
        return await self.plays[server]()


def says(*names: str, fresh: float = 0.0) -> Play:
    async def play() -> tuple[tuple[Item, ...], float]:
        return tuple({"name": name} for name in names), fresh

    return play


def fails(error: Exception) -> Play:
    async def play() -> tuple[tuple[Item, ...], float]:
        raise error

    return play


class Gathering:
    """Listings over played servers named as the plays, and the clock of list_wait."""

    def __init__(self, wait: float = 0.05, **plays: Play) -> None:
        self.played = Played(**plays)
        servers = {name: Server(name, f"http://127.0.0.1/{name}") for name in plays}
        config = Config(servers=servers, relay=Relay(list_wait=wait))
        self.arrived: list[str] = []
        self.roster = Roster(lambda: config, lambda *_: None, _state, lambda: 0.0, lambda *_: None)
        self.listings = Listings(
            self.played, self.roster, lambda client, kind: self.arrived.append(client)
        )

    async def gather(self, client: str = "client", **options: Any) -> Gathered:
        inbound = Inbound(listener=Listener.HTTP, http_method="POST", server="", headers=())
        asked = Asked(
            inbound=inbound, client=client, id=1, method="tools/list", params={}, headers=()
        )
        return await self.listings.gather(asked, TOOLS, self.roster.members(client), **options)


def _state(name: str, method: str) -> AccountState:
    return AccountState(name=name, method=method, condition=AccountCondition.HEALTHY)


def named(gathered: Gathered) -> dict[str, list[str]]:
    return {server: [item["name"] for item in items] for server, items in gathered.parts}


async def test_two_who_ask_at_once_are_answered_by_one_question() -> None:
    go = asyncio.Event()

    async def play() -> tuple[tuple[Item, ...], float]:
        await go.wait()
        return ({"name": "t"},), 0.0

    at = Gathering(wait=5, one=play)
    both = asyncio.gather(at.gather(), at.gather())
    await eventually(lambda: bool(at.played.asked))
    go.set()
    assert [named(each) for each in await both] == [{"one": ["t"]}] * 2
    assert at.played.asked == ["one"]


async def test_who_gives_up_waiting_takes_the_answer_from_nobody() -> None:
    go = asyncio.Event()

    async def play() -> tuple[tuple[Item, ...], float]:
        await go.wait()
        return ({"name": "t"},), 0.0

    at = Gathering(wait=5, one=play)
    left, stays = asyncio.ensure_future(at.gather()), asyncio.ensure_future(at.gather())
    await eventually(lambda: bool(at.played.asked))
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    go.set()
    assert named(await stays) == {"one": ["t"]}


async def test_a_slow_server_is_listed_late_and_its_news_told_once() -> None:
    go = asyncio.Event()

    async def play() -> tuple[tuple[Item, ...], float]:
        await go.wait()
        return ({"name": "t"},), 0.0

    at = Gathering(one=says("a"), two=play)
    first = await at.gather()
    assert named(first) == {"one": ["a"]}
    assert [(server, absence.code) for server, absence in first.absent] == [("two", "slow")]
    assert first.fresh_for == 0
    go.set()
    await eventually(lambda: bool(at.arrived))
    second = await at.gather()
    assert (named(second), second.absent) == ({"one": ["a"], "two": ["t"]}, ())
    assert at.arrived == ["client"]


async def test_a_late_answer_that_says_nothing_new_is_not_told() -> None:
    go = asyncio.Event()
    at = Gathering(one=says("a"))
    await at.gather()

    async def play() -> tuple[tuple[Item, ...], float]:
        await go.wait()
        return ({"name": "a"},), 0.0

    at.played.plays["one"] = play
    assert named(await at.gather()) == {"one": ["a"]}
    go.set()
    assert (await at.gather(max_age=60)).absent == ()
    assert at.arrived == []


async def test_a_server_that_fails_keeps_its_last_list_unless_a_person_is_needed() -> None:
    at = Gathering(one=says("a"))
    await at.gather()
    at.played.plays["one"] = fails(UpstreamUnreachable("gone", "wait"))
    failed = await at.gather()
    assert named(failed) == {"one": ["a"]}
    assert [absence.reason for _, absence in failed.absent] == ["gone"]
    at.played.plays["one"] = fails(SignInNeeded("ended", "sign in"))
    ended = await at.gather()
    assert named(ended) == {}
    assert [absence.hint for _, absence in ended.absent] == ["sign in"]


@pytest.mark.expects_log("ZeroDivisionError at .*test_aggregate_listing.py")
async def test_a_mistake_of_ours_with_one_server_takes_no_other_with_it() -> None:
    at = Gathering(one=fails(ZeroDivisionError("with a secret")), two=says("b"))
    found = await at.gather()
    assert named(found) == {"two": ["b"]}
    assert [server for server, _ in found.absent] == ["one"]


async def test_a_fresh_list_is_asked_for_again_once_it_was_said_to_be_old() -> None:
    at = Gathering(one=says("a", fresh=600), two=says("b", fresh=600))
    first = await at.gather()
    assert 50 < first.fresh_for <= 60, "the list of all is no longer fresh than a minute"
    await at.gather()
    assert at.played.asked == ["one", "two"]
    at.listings.expire("client", "two", "notifications/tools/list_changed")
    at.listings.expire("other", "one", "notifications/tools/list_changed")
    at.listings.expire("client", "one", "notifications/prompts/list_changed")
    await at.gather()
    assert at.played.asked == ["one", "two", "two"]


async def test_no_client_is_shown_what_another_was_answered() -> None:
    at = Gathering(one=says("a", fresh=600))
    await at.gather("client")
    at.played.plays["one"] = says("b", fresh=600)
    assert named(await at.gather("other")) == {"one": ["b"]}
    assert named(await at.gather("client")) == {"one": ["a"]}
