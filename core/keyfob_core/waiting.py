"""Requests that wait for a person while their answer has begun: progress and signs of life."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from keyfob_core import rpc
from keyfob_core.answer_events import as_events, comment, event
from keyfob_core.forwarding import Opened, Received
from keyfob_core.model import Headers, Outbound

_SENTENCE = "Waiting for your answer in Keyfob."
_HEADERS: Headers = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache"),
    # MCP 2026-07-28, transports: no proxy is to hold the events back.
    ("X-Accel-Buffering", "no"),
)
_NEED_THEIR_STATUS = frozenset({"initialize", "server/discover"})
"""What is answered with a session, or where a status tells a client what the server speaks."""
_NOT_AT_ALL = re.compile(r"q=0(\.0*)?")
_STEP = 0.001

Flow = Callable[[], Awaitable[Outbound]]
"""Comes to an answer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When a client that waits is told so, in seconds."""

    first: float = 1.0
    every: float = 10.0


USUAL_PACE = Pace()


def takes_events(request: Received) -> bool:
    """Whether the answer may begin as a stream of events before anything is known of it."""
    body = request.body
    if body is None or not any(message.is_request for message in body.messages):
        return False
    if any(message.method in _NEED_THEIR_STATUS for message in body.messages):
        return False
    return any(_is_stream(one) for one in request.headers.get("accept", "").split(","))


def _is_stream(accepted: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in accepted.split(";"))
    return kind == "text/event-stream" and not any(map(_NOT_AT_ALL.fullmatch, parameters))


class Waiting:
    """A flow beside its answer, which begins before the flow has come to it.

    The flow's task also closes what the flow has opened: a way to a server may be left only
    where it was entered.
    """

    def __init__(
        self,
        flow: Flow,
        opened: Opened,
        body: rpc.Body,
        request_id: str,
        pace: Pace,
    ) -> None:
        self._opened = opened
        self._body = body
        self._request_id = request_id
        self._pace = pace
        self._known: asyncio.Future[Outbound] = asyncio.get_running_loop().create_future()
        self._left = asyncio.Event()
        self._error: BaseException | None = None
        self._task = asyncio.create_task(self._run(flow))

    async def outbound(self) -> Outbound:
        """The flow's answer where it comes soon, else the beginning of a stream.

        Raises what the flow raises.
        """
        if await self._knows_within(self._pace.first):
            return self._known.result()
        return Outbound(status=200, headers=_HEADERS, body=self._stream())

    async def end(self, error: BaseException | None) -> None:
        """Leave the answer, and with it the flow; `error` is why, if it was not read whole."""
        self._error = error
        self._left.set()
        if not self._known.done():
            self._task.cancel()
        await asyncio.wait({self._task})
        if self._known.done() and not self._known.cancelled():
            # Nobody may have come to read it.
            self._known.exception()
        if not self._task.cancelled():
            self._task.result()

    async def _run(self, flow: Flow) -> None:
        try:
            outbound = await flow()
        except BaseException as error:
            await self._opened.close(error)
            if isinstance(error, asyncio.CancelledError):
                self._known.cancel()
                raise
            if not self._left.is_set():
                self._known.set_exception(error)
            return
        try:
            self._known.set_result(outbound)
            await self._left.wait()
        finally:
            await self._opened.close(self._error)

    async def _knows_within(self, seconds: float) -> bool:
        await asyncio.wait({self._known}, timeout=seconds)
        return self._known.done()

    async def _stream(self) -> AsyncIterator[bytes]:
        told = 1
        yield self._sign(told)
        while not await self._knows_within(self._pace.every):
            told += 1
            yield self._sign(told)
        async for chunk in as_events(self._known.result(), self._body, self._request_id):
            yield chunk

    def _sign(self, times: int) -> bytes:
        """Progress where the client asked for it, else a sign of life."""
        message = self._body.messages[0]
        token = None if self._body.is_batch else message.progress_token
        if token is None:
            return comment(_SENTENCE)
        # Each has to be more than the one before, and the server's own are still to come.
        progress = {"progressToken": token, "progress": times * _STEP, "message": _SENTENCE}
        return event({"jsonrpc": "2.0", "method": "notifications/progress", "params": progress})
