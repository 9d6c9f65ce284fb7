"""One call to a server of 2026-07-28, made for a client of the handshake eras."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keyfob_core.errors import Error, SignInNeeded, UpstreamUnreachable
from keyfob_core.transports.eras.answer_stream import AnswerStream, Head
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.call import SILENCE_SECONDS, Asked
from keyfob_core.transports.eras.messages import Message, error_message
from keyfob_core.transports.eras.revisions import (
    CANCELLED,
    INVALID_REQUEST,
    mapping,
    text,
)
from keyfob_core.transports.eras.round import Round
from keyfob_core.transports.eras.translation import (
    handshake_answer,
    handshake_question,
    may_be_asked,
)

if TYPE_CHECKING:
    from keyfob_core.transports.eras.issued_session import IssuedSession

_MOST_ROUNDS = 32
_RENEWAL_SECONDS = 60.0
"""How long a refused retry waits for an answer with another credential."""
_FIRST_PAUSE_SECONDS = 0.05

Told = AsyncGenerator[Message | None, None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status above 300, with the message in it or, where there is none, its bytes."""

    status: int
    message: Message
    rest: bytes


class Forwarded:
    """A call on its way, through as many rounds of questions as it takes."""

    def __init__(self, session: IssuedSession, asked: Asked, bounds: Bounds) -> None:
        self.asked = asked
        self._session = session
        self._stream: AnswerStream | None = None
        self._bounds = bounds
        self._answer: Message = {}
        self._head: Head | None = None
        self._round: Round | None = None
        self._is_cancelled = False

    async def begin(self) -> Refusal | None:
        """Send the call; what a server says that does not take it.

        Raises Challenged and UpstreamUnreachable.
        """
        asked = self.asked
        stream = self._stream = self._session.ask(asked.request, asked.way, asked.message)
        try:
            head = await stream.accepted()
        except UpstreamUnreachable:
            if not self._is_cancelled:
                raise
            return None
        if head.status < 300:
            return None
        return Refusal(head.status, await stream.next() or {}, stream.rest)

    async def messages(self) -> Told:
        """What the client is told, the answer last; None for a while of silence."""
        for count in range(_MOST_ROUNDS):
            async for told in self._notices():
                yield told
            result = mapping(self._answer.get("result"))
            if result.get("resultType") != "input_required":
                yield self._final()
                return
            async for told in self._asked_back(result, count):
                yield told
            if self._answer:
                yield self._answer
                return
        yield self._refusal("The server asks again and again.")

    async def _notices(self) -> Told:
        """What comes before the answer, which is kept."""
        self._answer = {}
        while not self._answer and self._stream is not None:
            try:
                message = await self._stream.next(SILENCE_SECONDS)
            except TimeoutError:
                yield None
                continue
            except UpstreamUnreachable as error:
                self._answer = self._failed(error)
                return
            if message is None:
                self._answer = self._failed(_ended())
            elif "method" not in message:
                self._answer = message
            elif "id" not in message:
                yield message

    def _final(self) -> Message:
        if self._is_cancelled:
            return error_message(self.asked.id, CANCELLED, "Request cancelled")
        asked, session = self.asked, self._session
        answer = handshake_answer(
            self._answer, asked.id, asked.method, asked.params, session.version
        )
        if asked.method == "tools/list" and "result" in answer:
            answer["result"]["tools"] = session.tools.note(answer["result"].get("tools"))
        return answer

    async def _asked_back(self, result: Message, count: int) -> Told:
        """Ask the client, and retry with its answers; an answer is kept where that goes wrong."""
        self._answer = {}
        questions = mapping(result.get("inputRequests"))
        for key, question in questions.items():
            method, params = _question(question)
            if not may_be_asked(self._session.capabilities, method, params):
                self._answer = self._refusal(
                    f"The server asks for {key} by {method or 'nothing'}, which this client has "
                    "not said that it answers."
                )
                return
        if questions:
            async for told in self._questioned(questions):
                yield told
        else:
            self._round = Round(())
            await asyncio.sleep(min(self._bounds.pause, _FIRST_PAUSE_SECONDS * 2**count))
        if not self._answer and self._round is not None:
            async for told in self._retried(self._round, text(result.get("requestState"))):
                yield told

    async def _questioned(self, questions: Message) -> Told:
        session = self._session
        ids = [(session.new_id("question"), key) for key in questions]
        asking = self._round = Round(ids)
        for message_id, key in ids:
            session.rounds[message_id] = asking
            yield handshake_question(message_id, *_question(questions[key]), session.version)
        async for told in self._until_complete(asking, self._bounds.asking):
            yield told
        if self._is_cancelled:
            self._answer = self._final()
        elif asking.failure is not None:
            self._answer = {"jsonrpc": "2.0", "id": self.asked.id, "error": asking.failure}
        elif asking.carrier is None:
            self._answer = self._refusal("The client did not answer what the server asked.")

    async def _until_complete(self, asking: Round, seconds: float) -> Told:
        left = seconds
        while left > 0 and not self._is_cancelled:
            patience = min(left, SILENCE_SECONDS)
            if await asking.until_complete(patience):
                return
            left -= patience
            yield None

    async def _retried(self, asking: Round, state: str | None) -> Told:
        """Send the call again with the answers, by whoever carried the last of them."""
        while True:
            request, way = asking.carrier or (self.asked.request, self.asked.way)
            asking.carrier = None
            stream = self._stream = self._session.ask(request, way, self._retry(asking, state))
            async for told in self._until_begun(stream):
                yield told
            head = self._head
            if head is None or head.status not in (401, 403):
                break
            await stream.close()
            waits = asking.refuse(head)
            async for told in self._until_complete(asking, _RENEWAL_SECONDS if waits else 0):
                yield told
            if asking.carrier is None:
                self._answer = self._failed(_refused(head))
                break
        asking.accept()
        self._forget_round()

    async def _until_begun(self, stream: AnswerStream) -> Told:
        self._head = None
        while self._head is None and not self._answer:
            try:
                self._head = await stream.head(SILENCE_SECONDS)
            except TimeoutError:
                yield None
            except UpstreamUnreachable as error:
                self._answer = self._failed(error)

    def _retry(self, asking: Round, state: str | None) -> Message:
        params = {**self.asked.params}
        if asking.answers:
            params["inputResponses"] = asking.answers
        if state is not None:
            params["requestState"] = state
        message_id = self._session.new_id("retry")
        return {**self.asked.message, "id": message_id, "params": params}

    async def cancel(self) -> None:
        """End the call because the client wants it no more."""
        self._is_cancelled = True
        if self._round is not None:
            self._round.give_up()
        if self._stream is not None:
            await self._stream.close()

    async def left(self) -> None:
        """The client's exchange is over: closing the stream is the cancellation."""
        self._forget_round()
        if self._stream is not None:
            await self._stream.close()

    def _forget_round(self) -> None:
        asking, self._round = self._round, None
        for message_id in asking.ids if asking is not None else ():
            self._session.rounds.pop(message_id, None)

    def _failed(self, error: Error) -> Message:
        if self._is_cancelled:
            return error_message(self.asked.id, CANCELLED, "Request cancelled")
        return error_message(self.asked.id, error.rpc_code, str(error), {"code": error.code})

    def _refusal(self, reason: str) -> Message:
        return error_message(self.asked.id, INVALID_REQUEST, reason)


def _question(question: object) -> tuple[str, Message]:
    fields = mapping(question)
    return text(fields.get("method")) or "", mapping(fields.get("params"))


def _ended() -> UpstreamUnreachable:
    return UpstreamUnreachable("The server's answer ended before it was complete.", "Call again.")


def _refused(head: Head) -> SignInNeeded:
    return SignInNeeded(
        f"The server no longer takes the credential (HTTP {head.status}).", "Call again."
    )
