"""Where requests come in: read once, told whose they are, and turned away with their reason."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType

from keyfob_core import rpc
from keyfob_core.calls import Call
from keyfob_core.errors import AnswerAwaited, Error, RequestRefused
from keyfob_core.forwarding import SESSION_HEADER, Opened, Received
from keyfob_core.identity import Identity
from keyfob_core.model import AuthContext, Headers, Inbound, Outbound
from keyfob_core.ports import Audit, Refusals

_BIG_BODY = 256 * 1024

AnswerTo = Callable[[Inbound, Call, Opened], Awaitable[Outbound]]
"""Answers one request, with the server's response held open; raises what is no `Error`."""


class Reception:
    """Step 1 of every request, whichever way it goes on, and the answer to one that ends early."""

    def __init__(
        self,
        identity: Identity,
        audit: Audit,
        refusals: Refusals,
        wait_url: Callable[[str], str | None],
    ) -> None:
        self._identity = identity
        self._audit = audit
        self._refusals = refusals
        self._wait_url = wait_url
        # Random once: asking the kernel for each request costs more than the rules do.
        self._run = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def admit(self, inbound: Inbound) -> None:
        """Refuse a wrong token before its body is read; raises RequestRefused."""
        try:
            self._identity.admit(inbound)
        except RequestRefused as error:
            self._note_refusal(inbound, Call(self._audit, ""), error)
            raise

    def receive(self, inbound: Inbound, answer: AnswerTo) -> Handling:
        """One request from its first step to the end of its answer, under a number of its own."""
        call = Call(self._audit, f"q_{self._run}{next(self._numbers):x}")
        return Handling(inbound, call, answer)

    async def identify(self, request: Received, call: Call, *, wait: float) -> AuthContext:
        """Whose request it is; raises RequestRefused, AnswerAwaited or AccessDenied."""
        claimed = rpc.claims(request.headers, request.body)
        return await self._identity.identify(request.inbound, claimed, call.request_id, wait=wait)

    def turn_away(
        self, inbound: Inbound, request: Received | None, call: Call, error: Error
    ) -> Outbound:
        """The answer that says why a request ended, and the record of it."""
        call.failed(error)
        if not call.forwarded:
            self._note_refusal(inbound, call, error)
        body = request.body if request else None
        owed = body is not None and any(message.is_request for message in body.messages)
        status = error.status if isinstance(error, RequestRefused) else 200 if owed else 502
        wait_id = error.wait_id if isinstance(error, AnswerAwaited) else None
        url = self._wait_url(wait_id) if wait_id else None
        data = rpc.error_body(error, body, call.request_id, url)
        headers: Headers = (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(data))),
        )
        return Outbound(status=status, headers=headers, body=once(data), refusal=error)

    def _note_refusal(self, inbound: Inbound, call: Call, error: Error) -> None:
        peer = inbound.peer.executable if inbound.peer else "unknown process"
        context = call.context
        source = context.client.name if context else peer
        event = call.refused(error, inbound.server, peer)
        self._refusals.refuse(source, f"{error.code} {event.server} {event.tool}", event)


class Handling:
    """One request from its first step to the end of its answer.

    The body must be read inside the `async with`; leaving it ends the upstream's stream.
    """

    __slots__ = ("_answer", "_call", "_inbound", "_opened")

    def __init__(self, inbound: Inbound, call: Call, answer: AnswerTo) -> None:
        self._inbound = inbound
        self._call = call
        self._answer = answer
        self._opened = Opened()

    async def __aenter__(self) -> Outbound:
        try:
            return await self._answer(self._inbound, self._call, self._opened)
        except BaseException as error:
            await self._leave(error)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave(error)

    async def _leave(self, error: BaseException | None) -> None:
        try:
            await self._opened.close(error)
        finally:
            self._call.finish()


async def read(inbound: Inbound) -> Received:
    """Read a request once, to decide; raises RequestRefused."""
    headers = rpc.lower_names(inbound.headers)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefused(415, "The body has a content coding.", "Send it plain.")
    body: rpc.Body | None = None
    if inbound.http_method == "POST":
        if len(inbound.body) > _BIG_BODY:
            body = await asyncio.to_thread(rpc.parse_body, inbound.body)
        else:
            body = rpc.parse_body(inbound.body)
        rpc.check_headers(headers, body)
    elif inbound.body:
        # Nobody has judged it, and a server might read it all the same.
        raise RequestRefused(400, f"A {inbound.http_method} has no body.", "Send it by POST.")
    return Received(inbound, headers, body, headers.get(SESSION_HEADER.lower()))


async def once(data: bytes) -> AsyncIterator[bytes]:
    """A body of one piece."""
    yield data
