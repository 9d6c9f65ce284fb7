"""Those who use a session with a server, as far as the session knows them."""

from __future__ import annotations

from typing import Protocol

from keyfob_core.transports.eras.asked import Asked
from keyfob_core.transports.eras.messages import Message


class Underway(Protocol):
    """A call on its way."""

    method: str
    task_id: str | None
    """The task that it waits for, if it does."""

    @property
    def wants_log(self) -> bool:
        """Whether its client has asked for the log."""
        ...

    def give(self, message: Message) -> bool:
        """Take a message that came on another stream; False where there are too many."""
        ...

    async def give_up(self) -> None:
        """End it: its client does not come back."""
        ...


class Listening(Protocol):
    """A client that listens to what the server says unasked."""

    def take(self, message: Message) -> None:
        """Keep a notification if it was asked for."""
        ...

    def end(self) -> None:
        """Say no more."""
        ...


class Tasks(Protocol):
    """The tasks that a client asks after."""

    def __len__(self) -> int:
        """How many have not ended."""
        ...

    def begin(self, task: Message) -> None:
        """Note a task that has begun."""
        ...

    async def answer(self, asked: Asked) -> Message:
        """The answer to a request after one; raises Challenged, SessionLost and Unreachable."""
        ...

    def give(self, question: Message) -> bool:
        """Take a question that is marked with one; False for one of no task here."""
        ...

    async def close(self) -> None:
        """Hold nothing any more."""
        ...
