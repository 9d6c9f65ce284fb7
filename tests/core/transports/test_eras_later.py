"""Requests that are made long after the client's: with the credential of then, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from keyfob_core.errors import (
    AccessDenied,
    Error,
    Locked,
    Paused,
    SignInNeeded,
    UpstreamRefused,
)
from keyfob_core.model import UpstreamRequest
from keyfob_core.transports.eras.later import LaterWay, later, later_way
from keyfob_core.transports.eras.way import Eras
from support.era_way import (
    Answer,
    EraClient,
    Met,
    ScriptedStamps,
    ScriptedWay,
    Stream,
    both_eras,
    complete,
    error_of,
    handshake_server,
    modern_server,
    result_of,
)
from support.eventually import eventually

EXTENSION = "io.modelcontextprotocol/tasks"
REFUSED = Answer(b"", 401, (("WWW-Authenticate", 'Bearer error="invalid_token"'),))
TASK = {"taskId": "t1", "status": "working", "pollIntervalMs": 10}
DONE = {"content": [{"type": "text", "text": "done"}], "isError": False}
FORBIDDEN = AccessDenied("cursor may not call long.", "Change it in Keyfob.")
LIST_CHANGED = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}


@pytest.fixture
async def eras() -> AsyncGenerator[Eras]:
    async with both_eras() as eras:
        yield eras


@pytest.fixture
def stamps() -> ScriptedStamps:
    return ScriptedStamps()


@pytest.fixture
def new() -> ScriptedWay:
    """A server of 2026-07-28 whose one tool is a task."""
    way = modern_server(extensions={EXTENSION: {}}, tools={"listChanged": True})

    def called(met: Met) -> Answer:
        client = met.meta["io.modelcontextprotocol/clientCapabilities"]
        if EXTENSION not in client.get("extensions", {}):
            data = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
            return Answer(error_of(met, -32021, "Missing capability", data), 400)
        return Answer(result_of(met, {"resultType": "task", **TASK}))

    way.replies["tools/call"] = called
    return way


@pytest.fixture
async def before(eras: Eras, new: ScriptedWay, stamps: ScriptedStamps) -> EraClient:
    """A client of 2025-11-25 at it."""
    client = EraClient(eras, new, revision="2025-11-25", restamp=stamps)
    await client.initialize()
    new.met.clear()
    return client


@pytest.fixture
def old() -> ScriptedWay:
    """A server of 2025-11-25 whose one tool is a task."""
    tasks = {"requests": {"tools": {"call": {}}}, "cancel": {}}
    way = handshake_server(tasks=tasks, tools={"listChanged": True})
    tool = {"name": "long", "inputSchema": {}, "execution": {"taskSupport": "required"}}
    way.replies["tools/list"] = lambda met: Answer(result_of(met, {"tools": [tool]}))
    way.replies["tools/call"] = lambda met: Answer(result_of(met, {"task": TASK}))
    way.replies["tasks/result"] = lambda met: Answer(result_of(met, DONE))
    return way


@pytest.fixture
async def modern(eras: Eras, old: ScriptedWay, stamps: ScriptedStamps) -> EraClient:
    """A client of 2026-07-28 at it, that knows of no tasks."""
    client = EraClient(eras, old, restamp=stamps)
    await client.ask("server/discover")
    old.met.clear()
    return client


def bearers(way: ScriptedWay, method: str) -> list[str]:
    """With what the requests of a method came, one after the other."""
    found = [(met.header("Authorization") or "").removeprefix("Bearer ") for met in way.of(method)]
    return [one for index, one in enumerate(found) if found[index - 1 : index] != [one]]


def knows(way: ScriptedWay, method: str, secret: str, answer: Any) -> None:
    """Have the server refuse requests of a method with another secret."""

    def answered(met: Met) -> Answer:
        good = met.header("Authorization") == f"Bearer {secret}"
        return Answer(answer(met)) if good else REFUSED

    way.replies[method] = answered


async def test_a_task_is_looked_at_with_the_credential_of_the_moment(
    before: EraClient, new: ScriptedWay, stamps: ScriptedStamps
) -> None:
    new.replies["tasks/get"] = lambda met: Answer(complete(met, **TASK))
    waiting = asyncio.create_task(before.ask("tools/call", 5, name="long"))
    await new.until("tasks/get", 2)
    stamps.secret = "next"
    ended = {**TASK, "status": "completed", "result": DONE}
    knows(new, "tasks/get", "next", lambda met: complete(met, **ended))
    assert (await waiting)["result"] == DONE
    assert bearers(new, "tasks/get") == ["good", "next"]
    assert stamps.renewed is None


async def test_a_credential_that_is_refused_on_the_way_is_renewed_and_the_look_repeated(
    before: EraClient, new: ScriptedWay, stamps: ScriptedStamps
) -> None:
    stamps.renewed = "next"
    ended = {**TASK, "status": "completed", "result": DONE}
    knows(new, "tasks/get", "next", lambda met: complete(met, **ended))
    answer = await before.ask("tools/call", 5, name="long")
    assert answer["result"] == DONE
    assert [met.header("Authorization") for met in new.of("tasks/get")] == [
        "Bearer good",
        "Bearer next",
    ]


async def test_a_task_is_looked_at_no_more_once_the_call_may_pass_no_more(
    before: EraClient, new: ScriptedWay, stamps: ScriptedStamps
) -> None:
    new.replies["tasks/get"] = lambda met: Answer(complete(met, **TASK))
    waiting = asyncio.create_task(before.ask("tools/call", 5, name="long"))
    await new.until("tasks/get")
    stamps.forbidden = FORBIDDEN
    answer = await waiting
    assert answer["error"]["code"] == FORBIDDEN.rpc_code
    assert "cursor may not call long." in answer["error"]["message"]
    looked = len(new.of("tasks/get"))
    assert (await new.until("tasks/cancel")).params["taskId"] == "t1"
    assert len(new.of("tasks/get")) == looked
    assert stamps.stamped[-1] == ("good", True)


@pytest.mark.parametrize("shut", [Locked("Keyfob is locked."), Paused("Keyfob is paused.")])
async def test_a_task_waits_while_keyfob_is_shut_and_is_looked_at_again_after_that(
    before: EraClient, new: ScriptedWay, stamps: ScriptedStamps, shut: Error
) -> None:
    new.replies["tasks/get"] = lambda met: Answer(complete(met, **TASK))
    waiting = asyncio.create_task(before.ask("tools/call", 5, name="long"))
    await new.until("tasks/get")
    stamps.forbidden = shut
    await eventually(lambda: stamps.refused > 7)
    looked = len(new.of("tasks/get"))
    ended = {**TASK, "status": "completed", "result": DONE}
    new.replies["tasks/get"] = lambda met: Answer(complete(met, **ended))
    stamps.forbidden = None
    assert (await waiting)["result"] == DONE
    assert len(new.of("tasks/get")) == looked + 1


@pytest.mark.parametrize("breaks", ["result", "stream"])
async def test_an_answer_that_breaks_off_while_keyfob_is_shut_is_taken_up_after_that(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps, breaks: str
) -> None:
    first = Stream()
    called, name = ("tasks/result", "long") if breaks == "result" else ("tools/call", "plain")
    old.replies[called] = Answer(first)
    waiting = asyncio.create_task(modern.ask("tools/call", 1, name=name))
    number = (await old.until(called)).message["id"]
    stamps.forbidden = Locked("Keyfob is locked.")
    if breaks == "stream":
        first.say(None, id="e7", retry=10)
    first.break_off()
    await eventually(lambda: stamps.refused > 1)
    second = Stream()
    second.say({"jsonrpc": "2.0", "id": number, "result": DONE})
    old.replies["GET"] = Answer(second)
    old.replies["tasks/result"] = lambda met: Answer(result_of(met, DONE))
    stamps.forbidden = None
    assert (await waiting)["result"]["content"] == DONE["content"]


async def test_the_stream_of_a_client_of_old_is_listened_to_again_with_the_newest_credential(
    before: EraClient, new: ScriptedWay, stamps: ScriptedStamps
) -> None:
    streams = [Stream(), Stream()]
    left = list(streams)
    new.replies["subscriptions/listen"] = lambda _: Answer(left.pop(0))
    async with before.exchange(None, http_method="GET") as got:
        await new.until("subscriptions/listen")
        stamps.secret = "next"
        streams[0].end()
        streams[1].say(LIST_CHANGED)
        assert (await got.next())["method"] == LIST_CHANGED["method"]
    assert bearers(new, "subscriptions/listen") == ["good", "next"]


async def test_a_result_whose_answer_breaks_off_is_asked_for_with_the_credential_of_then(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps
) -> None:
    first = Stream()
    answers = [Answer(first), REFUSED]
    old.replies["tasks/result"] = lambda met: (
        answers.pop(0) if answers else Answer(result_of(met, DONE))
    )
    waiting = asyncio.create_task(modern.ask("tools/call", 1, name="long"))
    await old.until("tasks/result")
    stamps.secret, stamps.renewed = "next", "renewed"
    first.break_off()
    assert (await waiting)["result"]["content"] == DONE["content"]
    assert bearers(old, "tasks/result") == ["good", "next", "renewed"]
    assert len(old.of("tools/call")) == 1


@pytest.mark.parametrize("why", [FORBIDDEN, SignInNeeded("Sign in."), UpstreamRefused("No.")])
async def test_a_result_that_nobody_may_ask_for_any_more_is_an_error_at_once(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps, why: Any
) -> None:
    first = Stream()
    old.replies["tasks/result"] = Answer(first)
    waiting = asyncio.create_task(modern.ask("tools/call", 1, name="long"))
    await old.until("tasks/result")
    stamps.forbidden = why
    first.break_off()
    answer = await waiting
    assert answer["error"]["code"] == why.rpc_code
    assert len(old.of("tasks/result")) == 1


@pytest.mark.parametrize(
    ("call", "told"), [("long", "tasks/cancel"), ("plain", "notifications/cancelled")]
)
async def test_a_client_that_leaves_ends_its_call_even_where_it_may_make_none_any_more(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps, call: str, told: str
) -> None:
    old.replies["tasks/result"] = Answer(Stream())
    if call == "plain":
        old.replies["tools/call"] = Answer(Stream())
    waiting = asyncio.create_task(modern.ask("tools/call", 1, name=call))
    await old.until("tasks/result" if call == "long" else "tools/call")
    stamps.secret, stamps.forbidden = "next", FORBIDDEN
    waiting.cancel()
    assert (await old.until(told)).header("Authorization") == "Bearer next"
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_broken_answer_is_taken_up_with_the_credential_of_then(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps
) -> None:
    first = Stream()
    old.replies["tools/call"] = Answer(first)
    waiting = asyncio.create_task(modern.ask("tools/call", 1, name="plain"))
    number = (await old.until("tools/call")).message["id"]

    def take_up(_: Met) -> Answer:
        second = Stream()
        second.say({"jsonrpc": "2.0", "id": number, "result": DONE})
        return Answer(second)

    old.replies["GET"] = take_up
    stamps.secret = "next"
    first.say(None, id="e7", retry=10)
    first.end()
    assert (await waiting)["result"]["content"] == DONE["content"]
    taken_up = [met for met in old.of("GET") if met.header("Last-Event-ID") == "e7"]
    assert [met.header("Authorization") for met in taken_up] == ["Bearer next"]


async def test_a_question_that_cannot_be_asked_is_refused_with_the_credential_of_then(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps
) -> None:
    stream = Stream()
    old.replies["tools/call"] = Answer(stream)
    waiting = asyncio.create_task(modern.ask("tools/call", 1, name="plain"))
    number = (await old.until("tools/call")).message["id"]
    stamps.secret = "next"
    stream.say({"jsonrpc": "2.0", "id": "q", "method": "roots/list"})
    assert (await old.until("response")).header("Authorization") == "Bearer next"
    stream.say({"jsonrpc": "2.0", "id": number, "result": DONE})
    assert (await waiting)["result"]["content"] == DONE["content"]


async def test_a_listener_keeps_hearing_a_server_of_old_when_its_credential_has_changed(
    eras: Eras, old: ScriptedWay, stamps: ScriptedStamps
) -> None:
    streams = [Stream(), Stream()]
    left = list(streams)
    old.replies["GET"] = lambda _: Answer(left.pop(0))
    client = EraClient(eras, old, restamp=stamps)
    wanted = {"toolsListChanged": True}
    message = client.message("subscriptions/listen", 1, notifications=wanted)
    async with client.exchange(message) as got:
        await got.next()
        await old.until("GET")
        stamps.secret = "next"
        streams[0].say(None, id="e1", retry=10)
        streams[0].end()
        streams[1].say(LIST_CHANGED)
        assert (await got.next())["method"] == LIST_CHANGED["method"]
    assert old.of("GET")[-1].header("Authorization") == "Bearer next"


async def test_the_end_of_a_session_is_told_with_the_credential_of_then(
    modern: EraClient, old: ScriptedWay, stamps: ScriptedStamps
) -> None:
    stamps.secret, stamps.forbidden = "next", FORBIDDEN
    await modern.eras.close()
    assert (await old.until("DELETE")).header("Authorization") == "Bearer next"


def request_of(stamps: ScriptedStamps | None) -> UpstreamRequest:
    headers = (("Authorization", "Bearer good"),)
    restamp = stamps.made if stamps is not None else None
    return UpstreamRequest("POST", "http://server.example/mcp", headers, restamp=restamp)


async def test_a_server_that_refuses_every_credential_is_not_asked_for_ever(
    new: ScriptedWay,
) -> None:
    class Endless(ScriptedStamps):
        async def __call__(self, request: UpstreamRequest, refusal: Any, *, ends: bool) -> Any:
            self.renewed = f"{self.secret}+"
            return await super().__call__(request, refusal, ends=ends)

    new.usual = lambda _: REFUSED
    with pytest.raises(UpstreamRefused, match="again and again"):
        async with LaterWay(new).open(request_of(Endless())):
            pass
    assert len(new.met) == 4


async def test_what_bears_no_stamp_goes_as_it_is(new: ScriptedWay) -> None:
    request, way = later((request_of(None), new))
    async with way.open(request) as response:
        assert response.status == 400
    assert new.met[-1].request is request


async def test_a_later_way_is_not_gone_twice(new: ScriptedWay, stamps: ScriptedStamps) -> None:
    request, way = later((request_of(stamps), new))
    async with later_way(way).open(request):
        pass
    assert stamps.stamped == [("good", False)]
