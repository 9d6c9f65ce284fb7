"""The requests that a program owes an answer, and which of its messages belong to which."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from keyfob_core.errors import Error
from keyfob_core.transports.programs.messages import LISTEN, ProgramMessage
from keyfob_core.transports.programs.streams import Stream
from keyfob_core.transports.stdio.message import Id, Key


@dataclass(slots=True)
class Asked:
    """One request under way."""

    key: Key
    id: Id
    method: str
    stream: Stream
    progress: Key | None
    ours: bool
    """Asked by ourselves, while a session is taken up again."""
    written: bool = False

    @property
    def keeps_busy(self) -> bool:
        """Whether the program must not be ended now; a client listens again by itself."""
        return self.method != LISTEN


class Owed:
    """The requests under way, by id."""

    def __init__(self) -> None:
        self._asked: dict[Key, Asked] = {}
        self._fewer = asyncio.Event()

    @property
    def is_quiet(self) -> bool:
        """Whether there is none that keeps the program busy."""
        return not any(one.keeps_busy for one in self._asked.values())

    @property
    def listens(self) -> bool:
        """Whether one of them only listens."""
        return any(not one.keeps_busy for one in self._asked.values())

    def repeats(self, messages: tuple[ProgramMessage, ...]) -> bool:
        """Whether one of these bears the id or the progress token of a request under way."""
        tokens = {one.progress for one in self._asked.values()} - {None}
        return any(
            m.is_request and (m.key in self._asked or m.progress in tokens) for m in messages
        )

    def add(
        self, messages: tuple[ProgramMessage, ...], stream: Stream, *, ours: bool
    ) -> list[Asked]:
        """Note the requests among these, whose answers go to the stream."""
        added: list[Asked] = []
        for one in messages:
            if one.id is not None and one.key is not None and one.method is not None:
                asked = Asked(one.key, one.id, one.method, stream, one.progress, ours)
                self._asked[one.key] = asked
                added.append(asked)
        return added

    def get(self, key: Key | None) -> Asked | None:
        """The request of that id."""
        return None if key is None else self._asked.get(key)

    def take(self, key: Key | None) -> Asked | None:
        """The request of that id, which is owed nothing from now on."""
        asked = None if key is None else self._asked.pop(key, None)
        self._fewer.set()
        return asked

    def of(self, stream: Stream) -> list[Asked]:
        """The requests whose answers go to the stream."""
        return [one for one in self._asked.values() if one.stream is stream]

    def streams(self) -> Iterator[Stream]:
        """Where an answer to a client's call is on its way."""
        for one in tuple(self._asked.values()):
            if one.keeps_busy and one.stream.is_open and not one.ours:
                yield one.stream

    def stream_of(self, message: ProgramMessage) -> Stream | None:
        """Where a notification or a request of the program's belongs, if that is known.

        A progress token and a subscription name their request. Else, while a single request is
        under way, it is taken to be about that one.
        """
        if message.method == "notifications/progress" and message.progress is not None:
            tokens = (o.stream for o in self._asked.values() if o.progress == message.progress)
            return next(tokens, None)
        if message.subscription is not None:
            listening = self.get(message.subscription)
            return listening.stream if listening else None
        streams = list(self.streams())
        return streams[0] if len(streams) == 1 and not message.is_of_no_request else None

    async def falls_quiet(self, patience: float) -> bool:
        """Whether none keeps the program busy, within so many seconds."""
        try:
            async with asyncio.timeout(patience):
                while not self.is_quiet:
                    self._fewer.clear()
                    await self._fewer.wait()
        except TimeoutError:
            return False
        return True

    def fail(self, error: Error) -> None:
        """Nobody answers any of them any more."""
        asked, self._asked = self._asked, {}
        for one in asked.values():
            one.stream.end(error)
        self._fewer.set()
