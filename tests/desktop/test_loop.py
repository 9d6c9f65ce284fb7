from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from keyfob_core.errors import EngineUnreachable, StoreLocked, UnknownName
from keyfob_core.states import StoreCondition, StoreState
from keyfob_core.steps import Step
from keyfob_desktop.loop import EngineDoor, EngineThread
from support.desktop import PATIENCE, NotedBrowser, Running, until
from support.fake_engine import EMPTY, STEPS, FakeEngine, server


async def test_a_call_answers_what_the_engine_answered(running: Running) -> None:
    tools = await running.door.call("server.tools", {"server": "github"})

    assert isinstance(tools, list)
    assert running.engine.dispatched == [("server.tools", {"server": "github"}, True)]


async def test_a_failure_in_the_engine_is_raised_here_with_its_type(running: Running) -> None:
    with pytest.raises(UnknownName):
        await running.door.call("no.such.verb")


async def test_steps_are_told_on_this_thread_and_all_before_the_answer(running: Running) -> None:
    await running.tell(servers=(server("github"),))
    told: list[tuple[Step, int]] = []

    await running.door.call(
        "connect",
        {"server": "github"},
        on_step=lambda step: told.append((step, threading.get_ident())),
    )

    assert [step for step, _ in told] == list(STEPS)
    assert {thread for _, thread in told} == {threading.get_ident()}


async def test_a_new_status_arrives_on_this_thread(running: Running) -> None:
    seen: list[int] = []
    running.door.status_changed.connect(lambda _: seen.append(threading.get_ident()))

    await running.tell(store=StoreState("Keychain", StoreCondition.LOCKED))

    assert running.door.status is not None
    assert running.door.status.store.condition is StoreCondition.LOCKED
    assert seen == [threading.get_ident()]


async def test_cancelling_a_call_cancels_the_work_in_the_engine(running: Running) -> None:
    running.engine.held.add("server.call")
    call = asyncio.ensure_future(
        running.door.call("server.call", {"tool": "whoami", "arguments": {}})
    )
    await until(lambda: running.verbs() == ["server.call"])

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: running.engine.cancelled == ["server.call"])


async def test_the_engine_goes_on_while_this_thread_is_blocked(running: Running) -> None:
    turned = threading.Event()

    async def relay() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                writer.write(line)
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
            address = listening.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(*address)
            for _ in range(50):
                writer.write(b"ping\n")
                assert await reader.readline() == b"ping\n"
            writer.close()
            await writer.wait_closed()
        turned.set()

    work = running.start(relay())
    finished_while_blocked = turned.wait(PATIENCE)

    await work
    assert finished_while_blocked


async def test_closing_withdraws_what_is_under_way_and_closes_the_engine() -> None:
    engine, door = FakeEngine(), EngineDoor(NotedBrowser())
    engine.held.add("server.call")
    thread = EngineThread(engine.running)
    await door.open(thread)
    call = asyncio.ensure_future(door.call("server.call", {"tool": "whoami", "arguments": {}}))
    await until(lambda: engine.dispatched)

    assert await door.close(thread, PATIENCE)

    assert engine.closed
    assert engine.cancelled == ["server.call"]
    assert not engine.watched
    with pytest.raises(asyncio.CancelledError):
        await call
    with pytest.raises(EngineUnreachable):
        await door.call("status")


async def test_what_keeps_the_engine_from_starting_is_raised_when_the_door_opens() -> None:
    @asynccontextmanager
    async def compose() -> AsyncGenerator[FakeEngine]:
        raise StoreLocked("The keychain is locked.", "Unlock it.")
        yield FakeEngine()

    door, thread = EngineDoor(NotedBrowser()), EngineThread(compose)

    with pytest.raises(StoreLocked):
        await door.open(thread)

    assert door.status is None
    assert await door.close(thread, PATIENCE)


async def test_an_engine_that_is_still_starting_can_be_stopped() -> None:
    composing = threading.Event()

    @asynccontextmanager
    async def compose() -> AsyncGenerator[FakeEngine]:
        composing.set()
        await asyncio.Event().wait()
        yield FakeEngine()

    door, thread = EngineDoor(NotedBrowser()), EngineThread(compose)
    opening = asyncio.ensure_future(door.open(thread))
    await until(composing.is_set)

    assert await door.close(thread, PATIENCE)

    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_an_engine_that_nobody_waits_for_any_more_still_starts_and_closes_in_order() -> None:
    composing, go_on = threading.Event(), threading.Event()
    engine = FakeEngine()

    @asynccontextmanager
    async def compose() -> AsyncGenerator[FakeEngine]:
        composing.set()
        await asyncio.to_thread(go_on.wait, PATIENCE)
        async with engine.running(None) as running:
            yield running

    door, thread = EngineDoor(NotedBrowser()), EngineThread(compose)
    opening = asyncio.ensure_future(door.open(thread))
    await until(composing.is_set)

    opening.cancel()
    await asyncio.wait({opening})
    go_on.set()
    await until(thread.started.done)

    assert await door.close(thread, PATIENCE)
    assert engine.closed


async def test_an_engine_that_was_never_started_is_closed_at_once() -> None:
    door, thread = EngineDoor(NotedBrowser()), EngineThread(FakeEngine(EMPTY).running)

    assert await door.close(thread, PATIENCE)
