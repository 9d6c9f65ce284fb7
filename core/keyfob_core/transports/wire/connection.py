"""One client's connection: its requests in turn, its answers as they come."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import cast

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.mistakes import log_mistake
from keyfob_core.model import Headers, Inbound, Peer, Whole
from keyfob_core.ports import Handler
from keyfob_core.transports.http.page import Page, answer_headers, mistake, refused
from keyfob_core.transports.http.policy import Policy, remote_port
from keyfob_core.transports.wire.answer import WireAnswer, Writer
from keyfob_core.transports.wire.framing import BadFraming
from keyfob_core.transports.wire.requests import RequestHead, RequestParser

_log = logging.getLogger(__name__)

_MAX_AHEAD = 64 * 1024
"""Bytes of further requests that are read while one is answered."""
_MAX_SKIPPED = 1024 * 1024
"""Bytes of a refused body that are read over so that the connection stays."""
_HEAD_COST = 512
Admit = Callable[[asyncio.BaseTransport], Peer | None]
"""The process that connected; raises PermissionError where it may not."""
_NO_REQUEST = RequestHead("", "", (), True, False, 0, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a connection waits for its client, in seconds."""

    request: float = 30.0
    """For a whole head, and for the next piece of a body."""
    idle: float = 75.0
    linger: float = 2.0
    """For the client to close, once it has its last answer."""


class _Request:
    """A request as far as it has come."""

    __slots__ = ("answered", "chunks", "complete", "found", "head", "size")

    def __init__(self, head: RequestHead, body: bytes | None = None) -> None:
        self.head = head
        self.found: Inbound | Page | None = None
        """What the policy said of its head, once it is its turn."""
        self.answered = False
        self.chunks: list[bytes] = [body] if body else []
        self.size = len(body) if body else 0
        self.complete = body is not None

    def body(self) -> bytes:
        """The body, taken once."""
        chunks, self.chunks = self.chunks, []
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class WireConnection(asyncio.Protocol):
    """Parses requests, has each judged and relayed, and writes the answers in their order."""

    def __init__(
        self,
        relay: Handler,
        policy: Policy,
        others: set[WireConnection],
        patience: Patience,
        admit: Admit | None = None,
    ) -> None:
        self._relay = relay
        self._policy = policy
        self._others = others
        self._patience = patience
        self._admit = admit
        self._peer: Peer | None = None
        self._remote_port: int | None = None
        self._loop = asyncio.get_running_loop()
        self._parser = RequestParser(self)
        self._requests: deque[_Request] = deque()
        self._task: asyncio.Task[None] | None = None
        """Relays one request after the other; one for each request would cost more than parsing."""
        self._work: tuple[_Request, Inbound] | None = None
        self._known: tuple[tuple[str, str, Headers], Inbound] | None = None
        """The last request that was recognized."""
        self._admitted: Inbound | None = None
        """The last whose token was good."""
        self._news: asyncio.Future[None] | None = None
        self._deaf = False
        """Whether what still arrives is read over."""
        self._bad: BadFraming | None = None
        """Why nothing can be read behind the requests that are here."""
        self._closing = False
        self._paused = False
        self._since = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client has connected."""
        self._transport = cast("asyncio.Transport", transport)
        # What is written goes to the system at once, not at the end of the loop's turn.
        self._transport.set_write_buffer_limits(0)
        self._remote_port = remote_port(transport) if self._admit is None else None
        self._writer = Writer(self._loop, self._transport)
        self._others.add(self)
        try:
            self._peer = self._admit(transport) if self._admit is not None else None
        except PermissionError:
            self._deaf = True
            self._transport.abort()
            return
        self._timer = self._loop.call_later(self._patience.request, self._check_time)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: nobody waits for what is under way."""
        self._others.discard(self)
        self._deaf = True
        self._requests.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self._writer.full = True

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._writer.resume()

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        if self._deaf:
            return
        in_head = self._parser.in_head
        try:
            self._parser.feed(data)
        except BadFraming as bad:
            self._deaf, self._bad = True, bad
        if not (in_head and self._parser.in_head):
            # A head that comes in drops does not earn itself more time.
            self._since = self._loop.time()
        if self._work is None:
            self._advance()
        if len(self._requests) > 1:
            self._hold_back()

    def on_request(self, head: RequestHead) -> None:
        """The parser has a head."""
        self._requests.append(_Request(head))

    def on_data(self, data: bytes) -> None:
        """The parser has a piece of a body."""
        request = self._requests[-1]
        request.size += len(data)
        request.chunks.append(data)

    def on_end(self) -> None:
        """The parser has a whole request."""
        self._requests[-1].complete = True

    def on_whole(self, head: RequestHead, body: bytes) -> None:
        """The parser has a whole request."""
        self._requests.append(_Request(head, body))

    def finish(self) -> asyncio.Task[None] | None:
        """Take no more requests; answers what is under way."""
        self._deaf = self._closing = True
        if self._work is None:
            self.abort()
        return self._task

    def abort(self) -> None:
        """Cut the connection."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _advance(self) -> None:
        """Answer what can be answered; a request that goes up is the task's work."""
        while self._requests and self._done(self._requests[0]):
            self._requests.popleft()
        if self._bad is None or self._work is not None:
            return
        if not (self._requests and self._requests[0].answered):
            error = RequestRefused(400, self._bad.reason, "Send HTTP/1.1.")
            self._answer(_NO_REQUEST, refused(error), last=True)
        self._end()

    def _done(self, request: _Request) -> bool:
        """Do what can be done for a request whose turn it is; whether nothing is left to do."""
        found = self._judged(request)
        if isinstance(found, Page):
            return self._turned_away(request, found)
        if request.complete:
            self._work = request, found
            if self._task is None:
                self._task = self._loop.create_task(self._serve())
            elif self._news is not None and not self._news.done():
                self._news.set_result(None)
        return False

    def _judged(self, request: _Request) -> Inbound | Page:
        head, found = request.head, request.found
        if found is None:
            found = self._recognized(head)
            if isinstance(found, Inbound):
                found = self._let_in(found, request)
            if isinstance(found, Inbound) and head.waits and not request.complete:
                self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif isinstance(found, Inbound):
            found = self._policy.refuse_longer(found, request.size) or found
        if isinstance(found, Inbound) and request.complete and request.chunks:
            found = found.with_body(request.body())
        request.found = found
        return found

    def _recognized(self, head: RequestHead) -> Inbound | Page:
        """What the head asks for; mostly a client's next request has the head of its last."""
        asked = head[:3]
        if self._known is not None and self._known[0] == asked:
            return self._known[1]
        found = self._policy.recognize(*asked, peer=self._peer, remote_port=self._remote_port)
        self._known = None if isinstance(found, Page) else (asked, found)
        return found

    def _let_in(self, found: Inbound, request: _Request) -> Inbound | Page:
        """Refuse a token that is not good before its body is read, and a body too long.

        A request that is here whole, with the head of one that was let in on this connection, is
        not asked for its token twice: the relay does so in its first step.
        """
        if request.complete and found is self._admitted:
            return self._policy.refuse_longer(found, request.size) or found
        page = self._policy.refuse(found, max(request.size, request.head.length or 0))
        self._admitted = found if page is None else None
        return page or found

    def _turned_away(self, request: _Request, page: Page) -> bool:
        """Answer the page, and read over a body that nobody wants."""
        if not request.answered:
            request.answered = True
            head, unread = request.head, not request.complete
            long = unread and (head.waits or (head.length or 0) > _MAX_SKIPPED)
            if not self._answer(head, page, last=long):
                self._end()
                return False
        request.chunks.clear()
        if request.size > _MAX_SKIPPED and not request.complete:
            self._end()
            return False
        return request.complete

    def _answer(self, head: RequestHead, page: Page, *, last: bool) -> bool:
        """Write a page; whether the connection stays."""
        headers = (*page.headers, ("Content-Length", str(len(page.body))))
        answer = WireAnswer(self._writer, head, page.status, headers, last=last)
        answer.write_whole(page.body)
        return answer.keep_alive

    async def _serve(self) -> None:
        """Do the work there is, until the client is gone."""
        try:
            while True:
                if self._work is not None:
                    await self._relayed(*self._work)
                else:
                    self._news = self._loop.create_future()
                    await self._news
        finally:
            self._transport.abort()

    async def _relayed(self, request: _Request, inbound: Inbound) -> None:
        """Have a request relayed, and go on with the next."""
        stays = False
        try:
            stays = await self._passed(request, inbound)
        except Error as error:
            # It was cut: what was begun must not look whole.
            if request.answered:
                self._transport.abort()
            else:
                page = refused(RequestRefused(401, error.message, error.hint))
                stays = self._answer(request.head, page, last=self._closing)
        except Exception as error:  # noqa: BLE001 - the per-request guard
            request_id = log_mistake(_log, error)
            if request.answered:
                self._transport.abort()
            else:
                stays = self._answer(request.head, mistake(request_id), last=self._closing)
        self._work = None
        if self._requests:
            self._requests.popleft()
        self._since = self._loop.time()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if stays:
            self._advance()
        else:
            self._end()

    async def _passed(self, request: _Request, inbound: Inbound) -> bool:
        """Relay a request and write its answer; whether the connection stays."""
        async with self._relay.handle(inbound) as outbound:
            head, headers = request.head, answer_headers(inbound, outbound)
            last, body = self._closing, outbound.body
            answer = WireAnswer(self._writer, head, outbound.status, headers, last=last)
            request.answered = True
            if isinstance(body, Whole):
                whole = answer.write_whole(body.data)
                if self._writer.full:
                    await self._writer.room()
            else:
                answer.begin()
                whole = await self._streamed(answer, body)
            if not whole:
                # The server died in the middle: the client must see that the answer is not whole.
                self._writer.flush()
                self._transport.abort()
        return whole and answer.keep_alive

    async def _streamed(self, answer: WireAnswer, body: AsyncIterator[bytes]) -> bool:
        """Write a body as it comes; whether it came to its end."""
        try:
            async for chunk in body:
                answer.write(chunk)
                if self._writer.full:
                    await self._writer.room()
        except Error:
            return False
        return answer.end()

    def _hold_back(self) -> None:
        """Read no further while a client sends many requests ahead of their answers."""
        ahead = sum(one.size + _HEAD_COST for one in self._requests) - self._requests[0].size
        if self._work is not None and ahead > _MAX_AHEAD and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _end(self) -> None:
        """Take no more, and close when the client has read its last answer.

        Closing at once, with bytes of the client unread, would reset the connection and might
        take the answer away from it.
        """
        self._deaf, self._bad = True, None
        self._requests.clear()
        self._writer.flush()
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._patience.linger, self._transport.abort)

    def _check_time(self) -> None:
        """Close on a client that keeps us waiting."""
        reading = bool(self._requests) or self._parser.in_head
        limit = self._patience.request if reading else self._patience.idle
        spent = 0.0 if self._work is not None else self._loop.time() - self._since
        if spent < limit:
            self._timer = self._loop.call_later(min(limit, limit - spent), self._check_time)
            return
        if reading and not (self._requests and self._requests[0].answered):
            error = RequestRefused(408, "The request did not come to its end.", "Send it again.")
            self._answer(_NO_REQUEST, refused(error), last=True)
        self._end()
