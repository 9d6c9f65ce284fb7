"""Tasks at a server of 2025-11-25, as clients of 2026-07-28 ask after them (SEP-2663)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.transports.eras.answer_stream import AnswerStream
from keyfob_core.transports.eras.asked import Asked
from keyfob_core.transports.eras.messages import Message, error_message, result_message
from keyfob_core.transports.eras.modern_clients.upstream_session import UpstreamSession
from keyfob_core.transports.eras.requests import Challenged, SessionLost
from keyfob_core.transports.eras.revisions import INTERNAL_ERROR, INVALID_PARAMS, mapping, text
from keyfob_core.transports.eras.tasks import (
    ended_task,
    has_ended,
    modern_task,
    of_task,
    related_task,
)
from keyfob_core.transports.eras.translation import (
    handshake_response,
    may_be_asked,
    modern_answer,
    modern_question,
    modern_result,
)

_LONGEST_SECONDS = 24 * 3600.0
"""How long a session stays for a task that its server keeps for longer, or for ever."""
_MOST = 256
_FIRST_SECONDS = 1.0
"""How long an answer waits for the first question of a task that says it has one."""
_GATHER_SECONDS = 0.02
_CANCELLED = "cancelled"


class HeldTasks:
    """The tasks of one client: what their server asks, and how long the session stays for them."""

    def __init__(self, session: UpstreamSession) -> None:
        self._session = session
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._answers: dict[str, Callable[[Asked, str], Awaitable[Message]]] = {
            "tasks/get": self._get,
            "tasks/update": self._update,
            "tasks/cancel": self._cancel,
        }

    def __len__(self) -> int:
        now = asyncio.get_running_loop().time()
        return sum(1 for held in self._held.values() if held.until > now)

    def begin(self, task: Message) -> None:
        """Note a task that has begun."""
        self._note(str(task["taskId"]), task)

    async def answer(self, asked: Asked) -> Message:
        """The answer to `tasks/get`, `tasks/update` or `tasks/cancel`.

        Raises Challenged, SessionLost and UpstreamUnreachable.
        """
        task_id = text(asked.params.get("taskId"))
        if task_id is None:
            return error_message(asked.id, INVALID_PARAMS, "A request after a task has a taskId.")
        return await self._answers[asked.method](asked, task_id)

    def give(self, question: Message) -> bool:
        """Take a question that came on the server's own stream; False for one of no task here."""
        held = self._held.get(related_task(mapping(question.get("params"))) or "")
        if held is None:
            return False
        return held.take(question)

    async def close(self) -> None:
        """Hold nothing any more; the server keeps the tasks."""
        for task_id in tuple(self._held):
            await self._drop(task_id)

    async def _get(self, asked: Asked, task_id: str) -> Message:
        answer = await self._asked("tasks/get", asked, task_id)
        if "result" not in answer:
            return modern_answer(answer, asked.id, asked.method, None)
        task = mapping(answer["result"])
        if has_ended(task):
            ended = ended_task(task, await self._asked("tasks/result", asked, task_id))
            await self._drop(task_id)
            return self._result(asked, ended)
        if task.get("status") == _CANCELLED:
            await self._drop(task_id)
            return self._result(asked, modern_task(task))
        held = self._note(task_id, task)
        told = modern_task(task)
        if task.get("status") == "input_required":
            questions = await held.gather(asked)
            # Without one that can be passed on, it is at work as far as the client can tell.
            told |= {"inputRequests": questions} if questions else {"status": "working"}
        return self._result(asked, told)

    async def _update(self, asked: Asked, task_id: str) -> Message:
        held = self._held.get(task_id)
        if held is None:
            known = await self._asked("tasks/get", asked, task_id)
            if "result" not in known:
                return modern_answer(known, asked.id, asked.method, None)
        else:
            await held.answer(asked, mapping(asked.params.get("inputResponses")))
        return self._result(asked, {})

    async def _cancel(self, asked: Asked, task_id: str) -> Message:
        answer = await self._asked("tasks/cancel", asked, task_id)
        if "result" not in answer:
            # One that has ended cannot be cancelled there; here that is no error.
            known = await self._asked("tasks/get", asked, task_id)
            if "result" not in known:
                return modern_answer(known, asked.id, asked.method, None)
        await self._drop(task_id)
        return self._result(asked, {})

    async def _asked(self, method: str, asked: Asked, task_id: str) -> Message:
        params = {"taskId": task_id}
        answer = await self._session.answer_of(asked.request, asked.way, method, params)
        return answer or error_message(None, INTERNAL_ERROR, f"The server left {method} open.")

    def _result(self, asked: Asked, told: Message) -> Message:
        result = modern_result(asked.method, told, self._session.server_info)
        return result_message(asked.id, result)

    def _note(self, task_id: str, task: Message) -> _Held:
        held = self._held.get(task_id)
        if held is None:
            held = self._held[task_id] = _Held(self._session, task_id)
            if len(self._held) > _MOST:
                self._session.errands.start(self._drop(next(iter(self._held))))
        held.keep(task.get("ttl"))
        return held

    async def _drop(self, task_id: str) -> None:
        held = self._held.pop(task_id, None)
        if held is not None:
            await held.close()


class _Held:
    """One task, and the questions that its server waits with."""

    def __init__(self, session: UpstreamSession, task_id: str) -> None:
        self.until = 0.0
        """The loop's time up to which the session stays for it."""
        self._session = session
        self._task_id = task_id
        self._stream: AnswerStream | None = None
        self._questions: dict[str, Message] = {}
        self._count = 0
        self._reading = asyncio.Lock()

    def keep(self, ttl: object) -> None:
        """Note how many milliseconds the server keeps the task; anything else is for ever."""
        seconds = ttl / 1000 if isinstance(ttl, int | float) else _LONGEST_SECONDS
        self.until = asyncio.get_running_loop().time() + min(max(seconds, 0), _LONGEST_SECONDS)

    async def gather(self, asked: Asked) -> Message:
        """What the server waits for, under names that stay the same; raises as `answer` does."""
        async with self._reading:
            stream = await self._opened(asked)
            patience = _GATHER_SECONDS if self._questions else _FIRST_SECONDS
            while True:
                try:
                    message = await stream.next(patience)
                except (TimeoutError, UpstreamUnreachable):
                    break
                if message is None or "method" not in message:
                    break
                if not self.take(message):
                    self._refuse(asked, message)
                patience = _GATHER_SECONDS if self._questions else _FIRST_SECONDS
        return {
            key: modern_question(text(one.get("method")) or "", mapping(one.get("params")))
            for key, one in self._questions.items()
        }

    async def _opened(self, asked: Asked) -> AnswerStream:
        """The answer on which the server asks: that to `tasks/result` (MCP 2025-11-25, tasks)."""
        stream = self._stream
        if stream is None or stream.is_over:
            params: Message = {"taskId": self._task_id}
            _, stream = self._session.ask(asked.request, asked.way, "tasks/result", params)
            self._stream = stream
            try:
                head = await stream.head(_FIRST_SECONDS)
            except TimeoutError:
                return stream
            if head.status in (401, 403):
                raise Challenged(head.status, head.headers)
            if head.status == 404 and self._session.has_id:
                raise SessionLost
        return stream

    def take(self, message: Message) -> bool:
        """Keep a question, or forget one that is withdrawn; what cannot be asked is refused."""
        method, params = text(message.get("method")) or "", mapping(message.get("params"))
        if "id" not in message:
            if method == "notifications/cancelled":
                self._withdraw(params.get("requestId"))
            return True
        if any(one.get("id") == message["id"] for one in self._questions.values()):
            return True
        if not may_be_asked(self._session.capabilities, method, params):
            return False
        self._count += 1
        self._questions[f"input-{self._count}"] = message
        return True

    def _withdraw(self, message_id: object) -> None:
        for key, question in tuple(self._questions.items()):
            if question.get("id") == message_id:
                del self._questions[key]

    def _refuse(self, asked: Asked, message: Message) -> None:
        reason = f"The client does not answer {message.get('method')}."
        session = self._session
        session.errands.start(session.refuse(asked.request, asked.way, message, reason))

    async def answer(self, asked: Asked, responses: Message) -> None:
        """Give the server what the client gathered; what it has taken is not given again."""
        session = self._session
        for key, question in tuple(self._questions.items()):
            if key in responses:
                response = handshake_response(
                    question.get("method"), responses[key], session.version
                )
                result = of_task(response, related_task(mapping(question.get("params"))))
                answer = result_message(question.get("id"), result)
                await session.reply(asked.request, asked.way, answer)
                self._questions.pop(key, None)

    async def close(self) -> None:
        """Leave the answer on which the server asks."""
        if self._stream is not None:
            await self._stream.close()
