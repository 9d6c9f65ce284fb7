"""A flow that runs beside its answer: where it opens and closes, and how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from keyfob_core.answers.waiting import Handling, Pace
from keyfob_core.calls import Call
from keyfob_core.errors import AccessDenied
from keyfob_core.forwarding import Received
from keyfob_core.messages import rpc
from keyfob_core.model import Inbound, Listener, Outbound, UpstreamResponse
from support.audit_log import RecordedAudit

INBOUND = Inbound(listener=Listener.HTTP, http_method="POST", server="one", headers=())
BODY = rpc.parse_body(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}')
TAKES = {"accept": "application/json, text/event-stream"}
SOON, LATER = Pace(first=5), Pace(first=0.01, every=0.01)


class Way:
    """A way to a server that has to be left by the task that entered it."""

    def __init__(self) -> None:
        self.entered: asyncio.Task[Any] | None = None
        self.left: asyncio.Task[Any] | None = None
        self.error: BaseException | None = None

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[UpstreamResponse]:
        self.entered = asyncio.current_task()
        try:
            yield UpstreamResponse(status=200, headers=(), body=_body())
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.left = asyncio.current_task()


async def _body() -> AsyncIterator[bytes]:
    yield b"data: 1\n\n"
    yield b"data: 2\n\n"


EVENTS = (("Content-Type", "text/event-stream"),)


async def read(one: Handling, within: float) -> None:
    """Read the whole answer; raises TimeoutError where it takes longer."""
    async with asyncio.timeout(within), one as outbound:
        async for _ in outbound.body:
            pass


async def stay(one: Handling) -> None:
    """Read the whole answer, and then do not leave it for five seconds."""
    async with asyncio.timeout(5), one as outbound:
        async for _ in outbound.body:
            pass
        await asyncio.Event().wait()


def handling(
    way: Way, pace: Pace, answered: asyncio.Event, fail: Callable[[], None] = lambda: None
) -> Handling:
    async def flow(one: Handling) -> Outbound:
        one.request = Received(INBOUND, TAKES, BODY, None)
        wait = one.wait(45)
        wait.begin()
        await answered.wait()
        fail()
        response = await one.opened.open(way.open())
        return Outbound(status=200, headers=EVENTS, body=response.body)

    return Handling(flow, INBOUND, Call(RecordedAudit(), "q"), pace, set())


@pytest.mark.parametrize("pace", [SOON, LATER], ids=["soon", "later"])
@pytest.mark.parametrize("whole", [True, False])
async def test_a_way_is_left_by_the_task_that_entered_it(pace: Pace, whole: bool) -> None:
    way, answered = Way(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.03, answered.set)
    async with asyncio.timeout(5), handling(way, pace, answered) as outbound:
        async for chunk in outbound.body:
            if chunk.startswith(b"data: 1") and not whole:
                break
    assert way.entered is not None
    assert way.left is way.entered
    assert way.left is not asyncio.current_task()


async def test_a_way_learns_why_it_is_left_early() -> None:
    way, answered = Way(), asyncio.Event()
    answered.set()
    with pytest.raises(ZeroDivisionError):
        async with handling(way, SOON, answered):
            raise ZeroDivisionError
    assert isinstance(way.error, ZeroDivisionError)


@pytest.mark.parametrize("pace", [SOON, LATER], ids=["soon", "later"])
async def test_a_mistake_in_the_flow_is_raised_to_whom_it_concerns(pace: Pace) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    way, answered = Way(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.03, answered.set)
    with pytest.raises(ZeroDivisionError):
        await read(handling(way, pace, answered, fail), 5)
    assert way.entered is None


async def test_a_flow_that_nobody_waits_for_any_more_ends() -> None:
    way, answered = Way(), asyncio.Event()
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        await read(handling(way, LATER, answered), 0.05)
    assert asyncio.all_tasks() == before
    async with asyncio.timeout(5), handling(way, LATER, answered):
        pass
    assert asyncio.all_tasks() == before
    with pytest.raises(TimeoutError):
        await read(handling(way, SOON, answered), 0.02)
    assert asyncio.all_tasks() == before
    assert way.entered is None


@pytest.mark.parametrize("pace", [SOON, LATER], ids=["soon", "later"])
async def test_a_request_that_is_cut_ends_with_an_error_of_ours_and_spares_its_task(
    pace: Pace,
) -> None:
    way, answered = Way(), asyncio.Event()
    task = asyncio.current_task()
    assert task is not None
    for cut_late in (False, True):
        one = handling(way, pace, answered)
        asyncio.get_running_loop().call_later(0.05, one.cut)
        if cut_late:
            answered.set()
        with pytest.raises(AccessDenied, match="revoked"):
            await stay(one)
        assert task.cancelling() == 0
        assert way.entered is way.left


async def test_a_cancellation_from_outside_stays_one_though_the_request_was_cut() -> None:
    one = handling(Way(), LATER, asyncio.Event())

    async def wait() -> None:
        async with one:
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    one.cut()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
