import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from keyfob_core.stores.worker import NoAnswer, Worker
from support.eventually import eventually

LONG = 5.0
"""Seconds that no test waits for unless it fails."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("test-keychain")
    yield worker
    worker.close()


async def test_calls_run_in_order_on_one_thread_of_their_own(worker: Worker) -> None:
    ran: list[int] = []

    def call(n: int) -> int:
        ran.append(n)
        return threading.get_ident()

    threads = await asyncio.gather(*(worker.run(lambda n=n: call(n), LONG) for n in range(20)))
    assert ran == list(range(20))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_an_error_reaches_the_one_who_waits_and_the_worker_goes_on(worker: Worker) -> None:
    class Stopped(BaseException):
        pass

    def fail() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await worker.run(fail, LONG)
    assert await worker.run(lambda: "on", LONG) == "on"


async def test_a_time_out_of_the_call_itself_is_its_own_error(worker: Worker) -> None:
    def fail() -> None:
        raise TimeoutError("of the socket")

    with pytest.raises(TimeoutError, match="of the socket"):
        await worker.run(fail, LONG)
    assert not worker.stuck


async def test_a_held_thread_fails_later_calls_at_once_until_it_is_free(worker: Worker) -> None:
    free = threading.Event()
    try:
        with pytest.raises(NoAnswer):
            await worker.run(free.wait, 0.05)
        assert worker.stuck
        began = time.monotonic()
        with pytest.raises(NoAnswer):
            await worker.run(lambda: "never", LONG)
        assert time.monotonic() - began < LONG / 2
    finally:
        free.set()
    await eventually(lambda: not worker.stuck)
    assert await worker.run(lambda: "again", LONG) == "again"


async def test_what_waits_behind_a_held_thread_fails_with_it_and_never_runs(
    worker: Worker,
) -> None:
    free = threading.Event()
    ran: list[str] = []
    try:
        first = asyncio.create_task(worker.run(free.wait, 0.05))
        behind = asyncio.create_task(worker.run(lambda: ran.append("behind"), LONG))
        async with asyncio.timeout(LONG / 2):
            assert all(
                isinstance(error, NoAnswer)
                for error in await asyncio.gather(first, behind, return_exceptions=True)
            )
    finally:
        free.set()
    await eventually(lambda: not worker.stuck)
    await worker.run(lambda: ran.append("later"), LONG)
    assert ran == ["later"]


async def test_a_call_whose_caller_gave_up_before_it_began_never_runs(worker: Worker) -> None:
    free = threading.Event()
    ran: list[str] = []
    holding = asyncio.create_task(worker.run(free.wait, LONG))
    given_up = asyncio.create_task(worker.run(lambda: ran.append("given up"), LONG))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    free.set()
    assert await holding
    await worker.run(lambda: ran.append("later"), LONG)
    assert ran == ["later"]


async def test_running_out_of_time_in_the_queue_does_not_hold_the_thread(worker: Worker) -> None:
    free = threading.Event()
    holding = asyncio.create_task(worker.run(free.wait, LONG))
    await asyncio.sleep(0)
    with pytest.raises(NoAnswer):
        await worker.run(lambda: None, 0.05)
    assert not worker.stuck
    free.set()
    assert await holding


async def test_closing_ends_the_thread() -> None:
    worker = Worker("closing-keychain")
    thread = await worker.run(threading.current_thread, LONG)
    worker.close()
    assert not thread.is_alive()
