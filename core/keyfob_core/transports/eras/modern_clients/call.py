"""One call to a server of the handshake eras, made for a client of 2026-07-28."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, NoReturn

from keyfob_core.errors import Error, SignInNeeded, UpstreamUnreachable
from keyfob_core.transports.eras.answer_stream import AnswerStream
from keyfob_core.transports.eras.asked import SILENCE_SECONDS, Asked, ended, refused
from keyfob_core.transports.eras.later import HOPELESS, SHUT, later
from keyfob_core.transports.eras.messages import (
    Message,
    error_message,
    result_message,
)
from keyfob_core.transports.eras.modern_clients.upstream_session import UpstreamSession
from keyfob_core.transports.eras.revisions import (
    LOG_LEVEL_KEY,
    NAMED_BY,
    URL_ELICITATION,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import (
    created_task,
    declares_tasks,
    modern_task,
    of_task,
    related_task,
    unrelated,
)
from keyfob_core.transports.eras.translation import (
    handshake_response,
    may_be_asked,
    modern_answer,
    modern_question,
    modern_result,
    visits,
)

_GATHER_SECONDS = 0.02
"""How long more questions are waited for, so that one round carries them all."""
_MOST_FAILURES = 6
_FIRST_PAUSE_SECONDS = 0.25
_LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class Call:
    """A call on its way; while its client gathers what the server asks for, it stays open."""

    def __init__(
        self,
        session: UpstreamSession,
        asked: Asked,
        up: tuple[int, AnswerStream],
        *,
        as_task: bool = False,
    ) -> None:
        """`up` is what went to the server; `as_task` is whether it asked for a task."""
        self.asked = asked
        """The request that waits for it now: the first, or a retry of it."""
        self.method = asked.method
        self.questions: dict[str, Message] = {}
        """What the server waits for, by the names that the client was given."""
        self._session = session
        self._id, self._stream = up
        self._first_id = self._id
        """What progress is told of by; the result of a task is asked for under another id."""
        self._as_task = as_task
        self.task_id: str | None = None
        """The task that is waited for here, for a client that knows of none."""
        self._failures = 0
        self._count = 0
        self._settled = False
        session.calls[self._first_id] = self

    @property
    def stream(self) -> AnswerStream:
        """The server's answer."""
        return self._stream

    @property
    def wants_log(self) -> bool:
        """Whether the client has asked for the log."""
        return LOG_LEVEL_KEY in self.asked.meta

    def give(self, message: Message) -> bool:
        """Take a message that came on another stream; False where there are too many."""
        return self._stream.give(message)

    async def messages(self) -> AsyncGenerator[Message | None, None]:
        """What the client is told, the answer last; None for a while of silence."""
        while True:
            try:
                message = await self._stream.next(SILENCE_SECONDS) or await self._why()
            except TimeoutError:
                yield None
                continue
            except Error as error:
                if await self._asks_again(error):
                    continue
                yield self._failed(error)
                return
            self._failures = 0
            async for told in self._told(message):
                yield told
                if "method" not in told:
                    return

    async def _told(self, message: Message) -> AsyncIterator[Message]:
        if "method" not in message:
            if message.get("id") in (self._id, None) and not await self._is_begun(message):
                self._settled = True
                yield self._final(message)
        elif "id" not in message:
            notice = self._notice(message)
            if notice is not None:
                yield notice
        elif self._is_question(message):
            async for told in self._gathered():
                yield told

    async def _gathered(self) -> AsyncIterator[Message]:
        """What comes right behind a question, then the question as an answer of its own."""
        while not self._stream.is_over:
            try:
                message = await self._stream.next(_GATHER_SECONDS)
            except (TimeoutError, UpstreamUnreachable):
                break
            if message is None:
                if self.task_id is not None:
                    break
                yield self._failed(ended())
                return
            if "method" not in message:
                # It has answered without waiting: there is no question any more.
                self.questions.clear()
                async for told in self._told(message):
                    yield told
                return
            if "id" in message:
                self._is_question(message)
            elif (notice := self._notice(message)) is not None:
                yield notice
        if self.questions:
            yield self.parked()

    def _final(self, message: Message) -> Message:
        asked, session = self.asked, self._session
        if mapping(message.get("error")).get("code") == URL_ELICITATION:
            return visits(asked.id, mapping(message["error"]), session.capabilities)
        if self._as_task and "result" in message:
            return self._final_of_task(mapping(message["result"]))
        return modern_answer(message, asked.id, self.method, session.server_info)

    def _final_of_task(self, result: Message) -> Message:
        task, server = created_task(result), self._session.server_info
        told = {"resultType": "task", **modern_task(task)} if task else unrelated(result)
        return result_message(self.asked.id, modern_result(self.method, told, server))

    async def _is_begun(self, message: Message) -> bool:
        """Whether a task has begun whose end is waited for here: its client knows of none."""
        task = created_task(mapping(message.get("result"))) if self._as_task else {}
        if not task:
            return False
        if declares_tasks(self._session.capabilities):
            self._session.tasks.begin(task)
            return False
        self.task_id = str(task["taskId"])
        await self._ask_for_result(self.task_id)
        return True

    async def _ask_for_result(self, task_id: str) -> None:
        """Ask for a task's result, which comes at its end (MCP 2025-11-25, tasks)."""
        await self._stream.close()
        request, way = later(self.asked.sent)
        self._id, self._stream = self._session.ask(
            request, way, "tasks/result", {"taskId": task_id}
        )

    async def _asks_again(self, error: Error) -> bool:
        """Ask for a task's result once more; False where there is none, or no hope."""
        if self.task_id is None or self._failures >= _MOST_FAILURES:
            return False
        if isinstance(error, (SignInNeeded, *HOPELESS)):
            return False
        await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**self._failures)
        self._failures += not isinstance(error, SHUT)
        await self._ask_for_result(self.task_id)
        return True

    async def _why(self) -> NoReturn:
        """Raise why an answer has ended without its message."""
        head = await self._stream.head()
        if head.status in (401, 403):
            raise refused(head.status)
        raise ended()

    def parked(self) -> Message:
        """The answer that asks the client for what the server waits for."""
        questions = {
            key: modern_question(text(asked.get("method")) or "", mapping(asked.get("params")))
            for key, asked in self.questions.items()
        }
        state = self._session.parked.keep(self)
        result = {"inputRequests": questions, "requestState": state, "resultType": "input_required"}
        return result_message(self.asked.id, result)

    def _is_question(self, message: Message) -> bool:
        """Keep a question for the client; what it cannot be asked is refused."""
        asked = self.asked
        if self._session.hand_over(message, self):
            return False
        method, params = text(message.get("method")) or "", mapping(message.get("params"))
        if self.method in NAMED_BY and may_be_asked(self._session.capabilities, method, params):
            self._count += 1
            self.questions[f"input-{self._count}"] = message
            return True
        reason = f"The client does not answer {method}."
        request, way = later(asked.sent)
        refusing = self._session.refuse(request, way, message, reason)
        # Not waited for: the call is on its way, and nothing may make it start over.
        self._session.errands.start(refusing)
        return False

    def _notice(self, message: Message) -> Message | None:
        """A notification for this client, or None for one that is not for it, or not here."""
        method, params = message.get("method"), mapping(message.get("params"))
        if method == "notifications/progress":
            token = self.asked.meta.get("progressToken")
            if token is None or params.get("progressToken") != self._first_id:
                return None
            return {**message, "params": {**params, "progressToken": token}}
        if method == "notifications/message":
            return message if self._is_loud_enough(params.get("level")) else None
        if method == "notifications/cancelled":
            self._withdraw(params.get("requestId"))
            return None
        self._session.pass_on(message)
        return None

    def _is_loud_enough(self, level: object) -> bool:
        wanted = self.asked.meta.get(LOG_LEVEL_KEY)
        if wanted not in _LEVELS or level not in _LEVELS:
            return wanted is not None
        return _LEVELS.index(str(level)) >= _LEVELS.index(str(wanted))

    def _withdraw(self, message_id: object) -> None:
        """Forget a question that the server no longer asks."""
        for key, asked in tuple(self.questions.items()):
            if asked.get("id") == message_id:
                del self.questions[key]

    async def answer_with(self, asked: Asked, responses: Mapping[str, Any]) -> None:
        """Give the server what the client gathered; raises Challenged, SessionLost, Unreachable.

        What it has taken is not given again.
        """
        self.asked = asked
        for key, question in tuple(self.questions.items()):
            if key in responses:
                given = handshake_response(
                    question.get("method"), responses[key], self._session.version
                )
                task_id = related_task(mapping(question.get("params")))
                answer = result_message(question.get("id"), of_task(given, task_id))
                await self._session.reply(asked.request, asked.way, answer)
                self.questions.pop(key, None)

    async def left(self) -> None:
        """The client's exchange is over: cancel what nobody waits for any more."""
        if self in self._session.parked:
            return
        if self._is_done:
            await self._forget()
        else:
            self._session.errands.start(self._cancel())

    async def give_up(self) -> None:
        """End a call whose client does not come back."""
        if not self._is_done:
            self._session.errands.start(self._cancel())
        else:
            await self._forget()

    @property
    def _is_done(self) -> bool:
        return self._settled or (self._stream.is_over and self.task_id is None)

    async def _cancel(self) -> None:
        session = self._session
        request, way = later(self.asked.sent, ends=True)
        params: Message = {"requestId": self._id, "reason": "The client left."}
        try:
            if self.task_id is not None:
                await session.answer_of(request, way, "tasks/cancel", {"taskId": self.task_id})
            else:
                await session.tell(request, way, "notifications/cancelled", params)
        finally:
            await self._forget()

    async def _forget(self) -> None:
        self._session.calls.pop(self._first_id, None)
        await self._stream.close()

    def _failed(self, error: Error) -> Message:
        self._settled = True
        return error_message(self.asked.id, error.rpc_code, str(error), {"code": error.code})
