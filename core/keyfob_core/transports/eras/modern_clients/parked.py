"""Calls that stay open at the server while their client gathers what it asks for."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Protocol

from keyfob_core.transports.eras.answers import Told
from keyfob_core.transports.eras.asked import Asked
from keyfob_core.transports.eras.errands import Errands
from keyfob_core.transports.eras.messages import Message

_MOST = 64


class Gathering(Protocol):
    """A call that waits for its client, and goes on with what that gathers."""

    asked: Asked
    questions: dict[str, Message]
    """What the server still waits for."""

    async def answer_with(self, asked: Asked, responses: Mapping[str, Any]) -> None:
        """Give the server what was gathered; raises Challenged, SessionLost, Unreachable."""
        ...

    def parked(self) -> Message:
        """The answer that asks for the rest."""
        ...

    def messages(self) -> Told:
        """What the client is told, the answer last."""
        ...

    async def left(self) -> None:
        """The client's exchange is over."""
        ...

    async def give_up(self) -> None:
        """End it: its client does not come back."""
        ...


class Parked:
    """The parked calls of one session, each under a `requestState` that nobody can guess."""

    def __init__(self, errands: Errands, seconds: float) -> None:
        self._errands = errands
        self._seconds = seconds
        self._calls: OrderedDict[str, tuple[Gathering, asyncio.TimerHandle]] = OrderedDict()

    def __contains__(self, call: Gathering) -> bool:
        return any(kept is call for kept, _ in self._calls.values())

    def __len__(self) -> int:
        return len(self._calls)

    def keep(self, call: Gathering, state: str | None = None) -> str:
        """Park a call and answer its state; the oldest gives way where there are too many."""
        state = state or secrets.token_urlsafe(24)
        timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up, state)
        self._calls[state] = (call, timer)
        if len(self._calls) > _MOST:
            self._give_up(next(iter(self._calls)))
        return state

    def take(self, state: str, subject: tuple[str, object]) -> Gathering | None:
        """The call that a retry is of, for this retry alone; None where there is none of it."""
        found = self._calls.get(state)
        if found is None or found[0].asked.subject != subject:
            return None
        call, timer = self._calls.pop(state)
        timer.cancel()
        return call

    def clear(self) -> None:
        """Park nothing any more; the calls are their owner's to end."""
        for _, timer in self._calls.values():
            timer.cancel()
        self._calls.clear()

    def _give_up(self, state: str) -> None:
        call, timer = self._calls.pop(state)
        timer.cancel()
        self._errands.start(call.give_up())
