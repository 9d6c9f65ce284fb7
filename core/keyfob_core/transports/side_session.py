"""One session beside a client's own, and what its server asks of the client."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

from keyfob_core.messages.event_stream import Event, EventStream, with_data
from keyfob_core.model import Headers, UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.ear import Ear
from keyfob_core.transports.eras.messages import Id, Message, encoded, message_of
from keyfob_core.transports.eras.revisions import SESSION_HEADER, VERSION_HEADER, mapping

_FIRST = "2025-03-26"
"""The revision of who names none (MCP 2025-06-18, transports)."""
_OF_A_SESSION = frozenset({SESSION_HEADER.lower(), VERSION_HEADER.lower()})

_PREFIX = "keyfob-beside-"


class SideSession:
    """A session with a server for another account than that of the client's own."""

    def __init__(
        self,
        request: UpstreamRequest,
        way: Upstream,
        client: Message,
        hear: Callable[[SideSession, Message], Awaitable[None]],
    ) -> None:
        """`hear` is given what the server says outside of answers."""
        self.lock = asyncio.Lock()
        self.begun = False
        self.id: str | None = None
        self.version = request.revision or _FIRST
        self.last, self.way = request, way
        """What ends it is made from."""
        self.calls: dict[object, int] = {}
        """Ids of what is under way, and how often each is."""
        self.client = client
        """What the client has said of itself when it began its own session."""
        self.ear = Ear(lambda message: hear(self, message))
        self._questions: dict[str, Id] = {}

    def headers(self, headers: Headers) -> Headers:
        """Those of a request, in this session instead of another."""
        kept = tuple(pair for pair in headers if pair[0].lower() not in _OF_A_SESSION)
        own = ((SESSION_HEADER, self.id),) if self.id is not None else ()
        named = ((VERSION_HEADER, self.version),) if self.version > _FIRST else ()
        return (*kept, *own, *named)

    async def passed(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The events of an answer, with ids of our own for what is asked in it.

        Those of the server would be taken for what it asks in the client's own session.
        """
        stream = EventStream()
        async for chunk in body:
            for event in stream.feed(chunk):
                yield await self._renamed(event)
        if stream.rest:
            yield stream.rest

    async def _renamed(self, event: Event) -> bytes:
        if "method" not in event.data:
            return event.raw
        message = await message_of(event.data)
        if "method" in message and "id" in message:
            asked = f"{_PREFIX}{secrets.token_hex(8)}"
            self._questions[asked] = message["id"]
            return with_data(event, encoded({**message, "id": asked}))
        params = mapping(message.get("params"))
        if message.get("method") == "notifications/cancelled":
            for asked, its in tuple(self._questions.items()):
                if its == params.get("requestId"):
                    del self._questions[asked]
                    told = {**message, "params": {**params, "requestId": asked}}
                    return with_data(event, encoded(told))
        return event.raw

    def answer(self, message: Message) -> Message | None:
        """An answer under the server's own id; None for one to what was not asked here."""
        its = self._questions.get(str(message.get("id")))
        return None if its is None else {**message, "id": its}

    def answered(self, message: Message) -> None:
        """Forget what was asked; the server has taken the answer."""
        self._questions.pop(str(message.get("id")), None)
