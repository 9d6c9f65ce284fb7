"""Requests that wait for a person while their answer has begun: progress and signs of life."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from types import TracebackType

from keyfob_core.answers.answer_events import as_events, comment, event
from keyfob_core.calls import Call
from keyfob_core.errors import AccessDenied
from keyfob_core.forwarding import Opened, Received
from keyfob_core.messages import rpc
from keyfob_core.mistakes import belongs_to
from keyfob_core.model import Headers, Inbound, Outbound
from keyfob_core.waits import PersonAwaited, Wait

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


class Handling:
    """One request from its first step to the end of its answer."""

    __slots__ = (
        "_beside",
        "_cancelling",
        "_cut",
        "_flow",
        "_others",
        "_pace",
        "_task",
        "call",
        "inbound",
        "opened",
        "request",
    )

    def __init__(
        self, flow: Flow, inbound: Inbound, call: Call, pace: Pace, others: set[Handling]
    ) -> None:
        """`others` holds the requests that are under way, and this one while it is."""
        self._flow = flow
        self._pace = pace
        self._others = others
        self._beside: Waiting | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._cut = False
        self.inbound = inbound
        self.call = call
        self.opened = Opened()
        self.request: Received | None = None
        """Once it was read."""

    def wait(self, seconds: float) -> Wait:
        """What the request that was read has for all that it needs a person for.

        It is held at first where the client can be told of it: begun again beside an answer that
        is under way, the flow waits. Who did not want to be sent to the question does not wait.
        """
        declined = self.request is not None and self.request.declined
        return Wait(0 if declined else seconds, self._holds)

    def _holds(self) -> bool:
        return self._beside is None and self.request is not None and takes_events(self.request)

    def cut(self) -> None:
        """End the request where it is, with AccessDenied for whoever reads its answer."""
        if not self._cut and self._task is not None:
            self._cut = True
            self._task.cancel()

    async def __aenter__(self) -> Outbound:
        self._task = task = asyncio.current_task()
        self._cancelling = task.cancelling() if task is not None else 0
        self._others.add(self)
        try:
            try:
                return await self._flow(self)
            except PersonAwaited:
                self._beside = waiting = Waiting(self._flow, self, self._pace)
                return await waiting.outbound()
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._others.discard(self)
        if error is not None:
            belongs_to(error, self.call.request_id)
        cut = self._was_cut(error) if self._cut else None
        if cut is not None:
            self.call.failed(cut)
        try:
            await (self._beside.end(error) if self._beside else self.opened.close(error))
        finally:
            self.call.finish()
        if cut is not None:
            raise cut from None

    def _was_cut(self, error: BaseException | None) -> AccessDenied | None:
        """What to raise in the place of a cancellation that was ours, as asyncio.timeout does."""
        task = self._task
        if task is None or task.uncancel() > self._cancelling:
            return None
        if not isinstance(error, asyncio.CancelledError):
            return None
        return AccessDenied("This client was revoked.", "Let it in again in Keyfob.")


Flow = Callable[[Handling], Awaitable[Outbound]]
"""Comes to a request's answer, with the server's response held open.

Raises PersonAwaited where the request's wait is held, and what is no `Error`.
"""


class Waiting:
    """A flow beside its answer, which begins before the flow has come to it.

    The flow's task also closes what the flow has opened: a way to a server may be left only
    where it was entered.
    """

    def __init__(self, flow: Flow, handling: Handling, pace: Pace) -> None:
        self._handling = handling
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
        opened = self._handling.opened
        try:
            outbound = await flow(self._handling)
        except BaseException as error:
            await opened.close(error)
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
            await opened.close(self._error)

    async def _knows_within(self, seconds: float) -> bool:
        await asyncio.wait({self._known}, timeout=seconds)
        return self._known.done()

    async def _stream(self) -> AsyncIterator[bytes]:
        body = self._handling.request.body if self._handling.request else None
        for told in count(1):
            yield _sign(body, told)
            if await self._knows_within(self._pace.every):
                break
        async for chunk in as_events(self._known.result(), body, self._handling.call.request_id):
            yield chunk


def _sign(body: rpc.Body | None, times: int) -> bytes:
    """Progress where the client asked for it, else a sign of life."""
    token = None if body is None or body.is_batch else body.messages[0].progress_token
    if token is None:
        return comment(_SENTENCE)
    # Each has to be more than the one before, and the server's own are still to come.
    progress = {"progressToken": token, "progress": times * _STEP, "message": _SENTENCE}
    return event({"jsonrpc": "2.0", "method": "notifications/progress", "params": progress})
