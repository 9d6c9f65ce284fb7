"""What a server answers over HTTP, as a client's lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.messages.bodies import whole
from keyfob_core.messages.event_stream import Event, EventStream
from keyfob_core.messages.headers import media_type
from keyfob_core.model import Outbound
from keyfob_core.transports.stdio.message import (
    INTERNAL_ERROR,
    METHOD_NOT_FOUND,
    Id,
    Key,
    StdioMessage,
    error_line,
    error_of,
    key_of,
    one_line,
    parsed,
)

_BIG = 256 * 1024
_AFTER_ANSWER_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0

Send = Callable[[bytes], Awaitable[None]]
"""Writes one line to the client."""


class Watch(Protocol):
    """Is shown each response before the client sees it."""

    def __call__(self, response: Mapping[str, Any], /) -> None:
        """Take note."""
        ...


class Answers:
    """The way down of one message, or of a stream that belongs to none.

    Knows which ids are still owed an answer, and where a broken stream can be taken up.
    """

    def __init__(self, send: Send, owed: tuple[Id, ...] = (), watch: Watch | None = None) -> None:
        self._send = send
        self._watch = watch
        self._owed: dict[Key, Id] = {key_of(message_id): message_id for message_id in owed}
        self._one_exchange = bool(owed)
        self._broken: Error | None = None
        """Why the last stream broke off, if it did not end in order."""
        self.last_id: str | None = None
        self.retry_seconds = 1.0

    @property
    def owed(self) -> bool:
        """Whether an answer is still owed."""
        return bool(self._owed)

    @property
    def is_broken(self) -> bool:
        """Whether the last stream did not end in order."""
        return self._broken is not None

    async def pass_down(self, outbound: Outbound, message: StdioMessage) -> None:
        """Pass on what was answered to a POST."""
        kind = media_type(outbound.headers)
        if outbound.status >= 300:
            await self._pass_refusal(outbound, message)
        elif kind == "text/event-stream":
            await self.pass_events(outbound.body)
        elif kind == "application/json":
            await self._pass_whole(await whole(outbound.body))
        elif self._owed:
            said = f"HTTP {outbound.status} of type {kind}" if kind else f"HTTP {outbound.status}"
            await self.fail(_unexpected(said))

    async def pass_events(self, body: AsyncIterator[bytes]) -> None:
        """Pass on a stream of events until it ends or breaks.

        A server that keeps a stream open after its last answer is left soon after.
        """
        self._broken = None
        stream = EventStream()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                async for chunk in body:
                    for event in stream.feed(chunk):
                        await self._pass_event(event)
                    if self._one_exchange and not self._owed and limit.when() is None:
                        limit.reschedule(loop.time() + _AFTER_ANSWER_SECONDS)
        except TimeoutError:
            return
        except UpstreamUnreachable as error:
            self._broken = error

    async def fail(self, error: Error) -> None:
        """Answer what is still owed with an error."""
        await self._fail_with(error_of(error))

    async def fail_as_broken(self) -> None:
        """Answer what is still owed after the stream has ended for good."""
        if not self._owed:
            return
        lost = "The server's answer broke off before it was complete."
        await self.fail(self._broken or UpstreamUnreachable(lost, "Call again."))

    async def _pass_event(self, event: Event) -> None:
        if event.id is not None:
            self.last_id = event.id or None
        if event.retry is not None:
            self.retry_seconds = min(max(event.retry / 1000, 0.01), _LONGEST_WAIT_SECONDS)
        if not event.data or event.event not in ("", "message"):
            return
        begins = event.data.lstrip()[:1]
        if begins not in ("{", "["):
            # Some servers send signs of life as data; no line of a client's may be one.
            return
        big = len(event.data) > _BIG
        message = await asyncio.to_thread(parsed, event.data) if big else parsed(event.data)
        if begins == "[":
            # The answer to a batch.
            self._owed.clear()
        elif "method" not in message:
            self._settle(message)
        await self._send(one_line(event.data.encode()))

    def _settle(self, message: Mapping[str, Any]) -> None:
        message_id = message.get("id")
        if isinstance(message_id, str | int | float):
            self._owed.pop(key_of(message_id), None)
        if self._watch is not None:
            self._watch(message)

    async def _pass_whole(self, data: bytes) -> None:
        line = one_line(data)
        if not self._owed:
            return
        if (line[:1], line[-1:]) not in ((b"{", b"}"), (b"[", b"]")):
            await self.fail(_unexpected("something that is no JSON-RPC"))
            return
        self._owed.clear()
        if self._watch is not None:
            self._watch(parsed(line))
        await self._send(line)

    async def _pass_refusal(self, outbound: Outbound, message: StdioMessage) -> None:
        if not self._owed:
            return
        data = b""
        if media_type(outbound.headers) != "text/event-stream":
            data = await whole(outbound.body)
        if data.lstrip()[:1] == b"[":
            await self._pass_whole(data)
            return
        answer = parsed(data)
        error, message_id = answer.get("error"), answer.get("id")
        if not isinstance(error, dict):
            await self._fail_with(_refusal(outbound.status, message))
        elif isinstance(message_id, str | int | float) and key_of(message_id) in self._owed:
            self._owed.pop(key_of(message_id))
            await self._send(one_line(data))
        else:
            # An id of null is lost on a client that must find its request by it.
            await self._fail_with(cast("Mapping[str, Any]", error))

    async def _fail_with(self, error: Mapping[str, Any]) -> None:
        owed, self._owed = self._owed, {}
        for message_id in owed.values():
            await self._send(error_line(message_id, error))


def _refusal(status: int, message: StdioMessage) -> Mapping[str, Any]:
    if status == 404 and message.version is not None:
        return {"code": METHOD_NOT_FOUND, "message": "The server does not know this method."}
    code = UpstreamUnreachable.rpc_code if status >= 500 else INTERNAL_ERROR
    return {"code": code, "message": f"The server answered HTTP {status} and did not say why."}


def _unexpected(what: str) -> UpstreamUnreachable:
    return UpstreamUnreachable(
        f"The server answered with {what}.", "See that its address is that of an MCP server."
    )
