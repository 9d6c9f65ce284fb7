"""Where requests come in: read once, told whose they are, and turned away with their reason."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from keyfob_core.answers.elicitation import answers_ours, declined, without_answer
from keyfob_core.answers.own_answers import OwnAnswers
from keyfob_core.answers.waiting import Flow, Handling, Pace
from keyfob_core.calls import Call
from keyfob_core.errors import Error, RequestRefused
from keyfob_core.forwarding import SESSION_HEADER, Received
from keyfob_core.identity.recognition import Identity
from keyfob_core.messages import rpc
from keyfob_core.model import AuthContext, Headers, Inbound, Outbound
from keyfob_core.ports import Audit, Refusals
from keyfob_core.tuples import made
from keyfob_core.waits import Wait

_log = logging.getLogger(__name__)

_BIG_BODY = 256 * 1024
_SESSION = SESSION_HEADER.lower()


class Admission(Protocol):
    """Whether calls pass at all, and the way to ask the person for that."""

    @property
    def is_open(self) -> bool:
        """Whether calls pass."""
        ...

    def used(self) -> None:
        """Note that one passes."""
        ...

    def check(self) -> None:
        """Raise Locked or Paused where none passes."""
        ...

    async def opened(self, context: AuthContext, *, asks: bool, wait: Wait) -> None:
        """Return once calls pass; raises Locked, Paused, AnswerAwaited or PersonAwaited.

        `asks` says that the request is worth a question to the person.
        """
        ...


class Reception:
    """Step 1 of every request, whichever way it goes on, and the answer to one that ends early."""

    def __init__(
        self,
        identity: Identity,
        audit: Audit,
        refusals: Refusals,
        own: OwnAnswers,
        pace: Pace,
        admission: Admission,
    ) -> None:
        self._identity = identity
        self._audit = audit
        self._refusals = refusals
        self._own = own
        self._pace = pace
        self._under_way = set[Handling]()
        self._admission = admission
        # Random once: asking the kernel for each request costs more than the rules do.
        self._run = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def admit(self, inbound: Inbound) -> None:
        """Refuse a wrong token before its body is read; raises RequestRefused."""
        try:
            self._identity.admit(inbound)
        except RequestRefused as error:
            self.refuse(inbound, error)
            raise

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note what a listener refuses by itself: a body that it will not read."""
        self._note_refusal(inbound, Call(self._audit, ""), error)

    def receive(self, inbound: Inbound, flow: Flow) -> Handling:
        """One request from its first step to the end of its answer, under a number of its own."""
        call = Call(self._audit, f"q_{self._run}{next(self._numbers):x}")
        return Handling(flow, inbound, call, self._pace, self._under_way)

    def end_of(
        self,
        *,
        client: str | None = None,
        server: str | None = None,
        account: str | None = None,
        token: str | None = None,
    ) -> None:
        """Cut what is under way for a client, or by the token of this id; nothing for others.

        What runs for a server or an account is not cut: no one has to be kept from its answer.
        """
        for handling in tuple(self._under_way):
            found = handling.call.context
            if found is None:
                continue
            named = client is not None and found.client.name == client
            if (named and server is None and account is None) or (
                token is not None and found.client.token_id == token
            ):
                handling.cut()

    async def identify(self, request: Received, call: Call, *, wait: Wait) -> AuthContext:
        """Whose request it is, once calls pass at all.

        Raises RequestRefused, AnswerAwaited, AccessDenied, Locked or Paused.
        """
        claimed = rpc.claims(request.headers, request.body)
        identity, inbound = self._identity, request.inbound
        context = await identity.identify(inbound, claimed, call.request_id, wait=wait)
        if self._admission.is_open:
            self._admission.used()
        else:
            call.context = context
            await self._admission.opened(context, asks=_asks(request), wait=wait)
            # An answer takes a while, and the client may have been sent away meanwhile.
            identity.admit(inbound)
        return context

    def turn_away(self, handling: Handling, error: Error) -> Outbound:
        """The answer that says why a request ended, and the record of it."""
        call = handling.call
        call.failed(error)
        _log.info("%s ended early: %s", call.request_id, error.code)
        if not call.forwarded:
            self._note_refusal(handling.inbound, call, error)
        return self._own.refusal(handling.request, call.request_id, error)

    def _note_refusal(self, inbound: Inbound, call: Call, error: Error) -> None:
        peer = inbound.peer.executable if inbound.peer else "unknown process"
        client = self._identity.known_name(inbound)
        event = call.refused(error, inbound.server, peer, client)
        kind = f"{error.code} {event.details.get('rule', '')} {event.server} {event.tool}"
        self._refusals.refuse(event.client or peer, kind, event)


@lru_cache(maxsize=256)
def _read_headers(headers: Headers) -> Mapping[str, str]:
    """Headers by lower-case name, which a client's next request mostly has as well."""
    found = rpc.lower_names(headers)
    if found.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefused(
            415, "The body has a content coding.", "Send it plain.", rule="content-coding"
        )
    return found


async def read(inbound: Inbound) -> Received:
    """Read a request once, to decide; raises RequestRefused."""
    headers = _read_headers(inbound.headers)
    body: rpc.Body | None = None
    declines = False
    if inbound.http_method == "POST":
        if len(inbound.body) > _BIG_BODY:
            body = await asyncio.to_thread(rpc.parse_body, inbound.body)
        else:
            body = rpc.parse_body(inbound.body)
        rpc.check_headers(headers, body)
        if answers_ours(body):
            inbound = inbound._replace(body=await asyncio.to_thread(without_answer, inbound.body))
            declines, body = declined(body), rpc.parse_body(inbound.body)
    elif inbound.body:
        # Nobody has judged it, and a server might read it all the same.
        raise RequestRefused(
            400, f"A {inbound.http_method} has no body.", "Send it by POST.", rule="body-method"
        )
    return made(Received, (inbound, headers, body, headers.get(_SESSION), declines))


def _asks(request: Received) -> bool:
    """Whether somebody waits for an answer: streams and notices disturb no person."""
    body = request.body
    return (
        not request.inbound.unasked
        and body is not None
        and any(message.is_request for message in body.messages)
    )
