"""The one thread on which a keychain is asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple[Callable[[], Any], "Future[Any]"]


class NoAnswer(Exception):
    """The thread did not answer within the limit, or is still held by an earlier call."""


class Worker:
    """Runs blocking calls one after another on a thread of its own, each with a time limit.

    A call that never returns holds the thread, not the program: the thread is a daemon, what waits
    behind it fails at once, and when the call returns after all the worker goes on.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting: set[Future[Any]] = set()
        self._held_by: Future[Any] | None = None
        self._thread: threading.Thread | None = None

    @property
    def stuck(self) -> bool:
        """Whether a call that ran out of time still holds the thread."""
        if self._held_by is not None and self._held_by.done():
            self._held_by = None
        return self._held_by is not None

    async def run(self, call: Callable[[], T], limit: float) -> T:
        """Answer what the call answers, or raise what it raises.

        `limit` is in seconds, waiting for earlier calls included. Raises NoAnswer; a call that had
        not begun by then never will.
        """
        if self.stuck:
            raise NoAnswer
        job: Future[T] = Future()
        self._start()
        self._waiting.add(job)
        self._jobs.put((call, job))
        answer = asyncio.wrap_future(job)
        try:
            done, _ = await asyncio.wait([answer], timeout=limit)
            if not done and job.running():
                self._give_up_on(job)
            if not done or answer.cancelled():
                raise NoAnswer
            return answer.result()
        finally:
            self._waiting.discard(job)
            answer.cancel()

    def close(self, last: Callable[[], None] | None = None) -> None:
        """End the thread once it is free, after `last`; a stuck one ends with the program."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if last is not None:
            self._jobs.put((last, Future()))
        self._jobs.put(None)
        if not self.stuck:
            thread.join(timeout=1)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=_serve, args=(self._jobs,), name=self._name, daemon=True
            )
            self._thread.start()

    def _give_up_on(self, job: Future[Any]) -> None:
        self._held_by = job
        for other in self._waiting - {job}:
            other.cancel()


def _serve(jobs: SimpleQueue[_Job | None]) -> None:
    while (item := jobs.get()) is not None:
        call, job = item
        if not job.set_running_or_notify_cancel():
            continue
        try:
            answer = call()
        except BaseException as error:  # noqa: BLE001 - carried to the one who waits
            job.set_exception(error)
        else:
            job.set_result(answer)
        # A secret must not stay alive in an idle thread's frame.
        del item, call, job
        answer = None
