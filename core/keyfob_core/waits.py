"""How long one request waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class PersonAwaited(Exception):
    """A flow that holds its client's answer back has come to where a person is needed."""


class Wait:
    """The time that one request has for all that it needs a person for.

    While `held` says so, nothing is asked: where a person is needed, PersonAwaited says that before
    anything was asked or taken, so that the flow can be begun again beside an answer that is
    under way.
    """

    def __init__(self, seconds: float, held: Callable[[], bool] = lambda: False) -> None:
        self._left = seconds
        self._held = held

    @property
    def left(self) -> float:
        """Seconds that are left, as far as is known while none of them pass."""
        return self._left

    def begin(self) -> None:
        """To be called before a person is asked; raises PersonAwaited."""
        if self._held():
            raise PersonAwaited

    async def until(self, answered: asyncio.Future[_T], *, least: float = 0.0) -> _T:
        """What was answered, for `least` seconds though the time be up; raises TimeoutError.

        What waits to be answered goes on, whether this ends by time or by a cancellation.
        """
        now = asyncio.get_running_loop().time
        begun = now()
        try:
            async with asyncio.timeout(max(least, self._left)):
                return await asyncio.shield(answered)
        finally:
            self._left = max(0.0, self._left - (now() - begun))
