"""Sign-ins that are under way: one an account, joined by all who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from keyfob_core.errors import UnknownName
from keyfob_core.ports import PastedAnswers, Progress
from keyfob_core.steps import Step

Work = Callable[[Progress], Coroutine[Any, Any, None]]


class SignIns:
    """Runs each account's sign-in as a task of its own."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}
        self._listeners: dict[str, list[Progress]] = {}
        self._pasted: dict[str, asyncio.Queue[str]] = {}

    async def join(self, name: str, work: Work, progress: Progress) -> None:
        """Wait for the account's sign-in, begun now if none runs; raises what it raises.

        Cancelling the last one that waits ends it.
        """
        listeners = self._listeners.setdefault(name, [])
        listeners.append(progress)
        task = self.start(name, work)
        try:
            await asyncio.shield(task)
        finally:
            listeners.remove(progress)
            if not listeners and not task.done():
                task.cancel()

    def start(self, name: str, work: Work) -> asyncio.Task[None]:
        """The account's sign-in, begun now if none runs."""
        task = self._running.get(name)
        if task is None:
            self._pasted[name] = asyncio.Queue()
            task = self._running[name] = asyncio.ensure_future(work(self._teller(name)))
            task.add_done_callback(lambda finished: self._done(name, finished))
        return task

    def pasted(self, name: str) -> PastedAnswers:
        """Waits for what is pasted into the account's sign-in."""
        queue = self._pasted[name]

        def next_one() -> Awaitable[str]:
            return queue.get()

        return next_one

    def paste(self, name: str, address: str) -> None:
        """Paste an address into a sign-in; raises UnknownName where none waits for one."""
        if name not in self._running:
            raise UnknownName(
                f"No sign-in of the account {name!r} waits for an address.",
                "Begin it with `keyfob connect`, then paste while it waits.",
            )
        self._pasted[name].put_nowait(address)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, name: str, finished: asyncio.Task[None]) -> None:
        self._running.pop(name, None)
        self._pasted.pop(name, None)
        if not finished.cancelled():
            # A call that stopped waiting must not leave its error unread.
            finished.exception()

    def _teller(self, name: str) -> Progress:
        def tell(step: Step) -> None:
            for listener in tuple(self._listeners.get(name, ())):
                listener(step)

        return tell
