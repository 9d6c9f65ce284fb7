"""One call to a server of 2026-07-28, made for a client of the handshake eras."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.answer_stream import AnswerStream, Head
from keyfob_core.transports.eras.asked import SILENCE_SECONDS, Asked, ended, refused
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.errands import Errands
from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession
from keyfob_core.transports.eras.handshake_clients.offered_tasks import OfferedTasks
from keyfob_core.transports.eras.handshake_clients.questions import closed, posed, unanswerable
from keyfob_core.transports.eras.handshake_clients.round import RENEWAL_SECONDS, Round
from keyfob_core.transports.eras.later import HOPELESS, SHUT, later
from keyfob_core.transports.eras.messages import Message, error_message, result_message
from keyfob_core.transports.eras.revisions import (
    CANCELLED,
    INVALID_REQUEST,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import (
    answer_of_task,
    is_over,
    pause_of,
    wants_tasks,
    with_task_support,
)
from keyfob_core.transports.eras.translation import handshake_answer

_MOST_ROUNDS = 32
_FIRST_PAUSE_SECONDS = 0.05
_MOST_FAILURES = 6

Told = AsyncGenerator[Message | None, None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status above 300, with the message in it or, where there is none, its bytes."""

    status: int
    message: Message
    rest: bytes


class Forwarded:
    """A call on its way, through as many rounds of questions as it takes."""

    def __init__(
        self,
        session: IssuedSession,
        asked: Asked,
        bounds: Bounds,
        errands: Errands,
        offered: OfferedTasks | None = None,
    ) -> None:
        """`offered` takes the task that the client wants of the call; None where it wants none."""
        self.asked = asked
        self._offered = offered
        self._session = session
        self._stream: AnswerStream | None = None
        self._bounds = bounds
        self._errands = errands
        self._tasks = False
        """Whether the server was told that the answer may be a task."""
        self._task_id: str | None = None
        """The task that is waited for here, for a client that knows of none."""
        self._answer: Message = {}
        self._head: Head | None = None
        self._failure: Error | None = None
        """What kept the last answer from coming."""
        self._round: Round | None = None
        self._is_cancelled = False
        self._cancelled = asyncio.Event()

    async def begin(self, *, tasks: bool = False) -> Refusal | None:
        """Send the call; what a server says that does not take it.

        With `tasks` its answer may be a task, whose end is the client's answer. Raises
        Challenged and UpstreamUnreachable.
        """
        asked, self._tasks = self.asked, tasks or self._offered is not None
        stream = self._stream = self._session.ask(
            asked.request, asked.way, asked.message, tasks=self._tasks
        )
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
            if wants_tasks(self._answer) and not self._tasks:
                async for told in self._begun_with_tasks():
                    yield told
            result = mapping(self._answer.get("result"))
            if result.get("resultType") == "task" and self._tasks and self._offered is None:
                async for told in self._followed(result):
                    yield told
                yield self._final()
                return
            if result.get("resultType") != "input_required":
                yield self._final()
                return
            async for told in self._asked_back(result, count):
                yield told
            if self._answer:
                yield self._answer
                return
        yield self._refusal("The server asks again and again.")

    async def _begun_with_tasks(self) -> Told:
        """Call again after a refusal that came late; its answer may be a task now."""
        self._answer, self._tasks = {}, True
        asked = self.asked
        async for told in self._begun(asked.request, asked.way, asked.message):
            yield told

    async def _notices(self) -> Told:
        """What comes before the answer, which is kept."""
        self._answer = {}
        while not self._answer and self._stream is not None:
            try:
                message = await self._stream.next(SILENCE_SECONDS)
            except TimeoutError:
                yield None
                continue
            except Error as error:
                self._answer = self._failed(error)
                return
            if message is None:
                self._answer = self._failed(ended())
            elif "method" not in message:
                self._answer = message
            elif "id" not in message:
                yield message

    def _final(self) -> Message:
        if self._is_cancelled:
            return error_message(self.asked.id, CANCELLED, "Request cancelled")
        asked, session = self.asked, self._session
        if self._offered is not None and "result" in self._answer:
            created = _created(self._offered, asked, mapping(self._answer["result"]))
            return result_message(asked.id, created)
        answer = handshake_answer(
            self._answer, asked.id, asked.method, asked.params, session.version
        )
        if asked.method == "tools/list" and "result" in answer:
            tools = session.tools.note(answer["result"].get("tools"))
            if session.offers_tasks:
                # Of all servers together, which have no name, not each makes tasks.
                unsaid = "optional" if asked.request.server else None
                tools = [with_task_support(tool, unsaid=unsaid) for tool in tools]
            answer["result"]["tools"] = tools
        return answer

    async def _asked_back(self, result: Message, count: int) -> Told:
        """Ask the client, and retry with its answers; an answer is kept where that goes wrong."""
        self._answer = {}
        questions = mapping(result.get("inputRequests"))
        if questions:
            async for told in self._questioned(questions):
                yield told
        else:
            self._round = Round(())
            await asyncio.sleep(min(self._bounds.pause, _FIRST_PAUSE_SECONDS * 2**count))
        if not self._answer and self._round is not None:
            state = text(result.get("requestState"))
            async for told in self._retried(self._round, lambda asking: self._retry(asking, state)):
                yield told

    async def _followed(self, task: Message) -> Told:
        """Wait for the end of a task, which becomes the answer (SEP-2663, Task Polling)."""
        task_id = self._task_id = text(task.get("taskId")) or ""
        answered: set[str] = set()
        failures = 0
        while not is_over(task):
            self._answer = {}
            questions = mapping(task.get("inputRequests"))
            new = {key: one for key, one in questions.items() if key not in answered}
            answered.update(new)
            async for told in self._updated(task_id, new) if new else self._paused(task):
                yield told
            if self._answer or self._is_cancelled:
                return
            self._failure = None
            async for told in self._looked(task_id):
                yield told
            failures = self._failures_after(failures)
            if self._failure is not None and failures < _MOST_FAILURES:
                continue
            if "error" in self._answer:
                return
            task = mapping(self._answer.get("result"))
        self._task_id = None
        self._answer = answer_of_task(task, self.asked.id)

    def _failures_after(self, failures: int) -> int:
        """How many looks in a row have failed now; a hopeless one counts as all."""
        if self._failure is None:
            return 0
        if isinstance(self._failure, HOPELESS):
            return _MOST_FAILURES
        return failures if isinstance(self._failure, SHUT) else failures + 1

    async def _updated(self, task_id: str, questions: Message) -> Told:
        """Ask the client, and give the task its answers; an answer is kept where that fails."""
        async for told in self._questioned(questions):
            yield told
        if self._answer or self._round is None:
            return
        async for told in self._retried(
            self._round,
            lambda asking: self._of_task(
                "tasks/update", {"taskId": task_id, "inputResponses": asking.answers}
            ),
        ):
            yield told
        if not self._answer:
            async for told in self._notices():
                yield told
            self._answer = self._answer if "error" in self._answer else {}

    async def _paused(self, task: Message) -> Told:
        left = pause_of(task)
        while left > 0 and not self._is_cancelled:
            step = min(left, SILENCE_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(step):
                    await self._cancelled.wait()
            left -= step
            if left > 0 and not self._is_cancelled:
                yield None

    async def _looked(self, task_id: str) -> Told:
        """Look at the task once; what comes of it is kept as the answer."""
        request, way = later(self.asked.sent)
        look = self._of_task("tasks/get", {"taskId": task_id})
        async for told in self._begun(request, way, look):
            yield told

    async def _begun(self, request: UpstreamRequest, way: Upstream, message: Message) -> Told:
        """What a request beside the client's own is answered, kept as the answer."""
        stream = self._stream = self._session.ask(request, way, message, tasks=True)
        async for told in self._until_begun(stream):
            yield told
        if self._head is not None and self._head.status in (401, 403):
            self._answer = self._failed(refused(self._head.status))
        elif not self._answer:
            async for told in self._notices():
                yield told

    def _of_task(self, method: str, params: Message) -> Message:
        message_id = self._session.new_id("task")
        return {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}

    async def _questioned(self, questions: Message) -> Told:
        reason = unanswerable(self._session, questions)
        if reason is not None:
            self._answer = self._refusal(reason)
            return
        asking, asked = posed(self._session, questions)
        self._round = asking
        for question in asked:
            yield question
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

    async def _retried(self, asking: Round, message: Callable[[Round], Message]) -> Told:
        """Send the message that has the answers, by whoever carried the last of them."""
        while True:
            request, way = asking.carrier or (self.asked.request, self.asked.way)
            asking.carrier = None
            stream = self._stream = self._session.ask(
                request, way, message(asking), tasks=self._tasks
            )
            async for told in self._until_begun(stream):
                yield told
            head = self._head
            if head is None or head.status not in (401, 403):
                break
            await stream.close()
            waits = asking.refuse(head)
            async for told in self._until_complete(asking, RENEWAL_SECONDS if waits else 0):
                yield told
            if asking.carrier is None:
                self._answer = self._failed(refused(head.status))
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
            except Error as error:
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
        self._cancelled.set()
        if self._round is not None:
            self._round.give_up()
        if self._stream is not None:
            await self._stream.close()

    async def left(self) -> None:
        """The client's exchange is over: closing the stream is the cancellation.

        A task that nobody waits for any more is cancelled by its own message.
        """
        self._forget_round()
        task_id, self._task_id = self._task_id, None
        if task_id is not None:
            self._errands.start(self._end_task(task_id))
        if self._stream is not None:
            await self._stream.close()

    async def _end_task(self, task_id: str) -> None:
        request, way = later(self.asked.sent, ends=True)
        told = self._of_task("tasks/cancel", {"taskId": task_id})
        await self._session.answer_of(request, way, told, tasks=True)

    def _forget_round(self) -> None:
        asking, self._round = self._round, None
        if asking is not None:
            closed(self._session, asking)

    def _failed(self, error: Error) -> Message:
        self._failure = error
        if self._is_cancelled:
            return error_message(self.asked.id, CANCELLED, "Request cancelled")
        return error_message(self.asked.id, error.rpc_code, str(error), {"code": error.code})

    def _refusal(self, reason: str) -> Message:
        return error_message(self.asked.id, INVALID_REQUEST, reason)


def _created(offered: OfferedTasks, asked: Asked, result: Message) -> Message:
    """The task that a client has asked for, also where its server has answered at once."""
    if result.get("resultType") == "task":
        return offered.begin(result)
    return offered.keep(result, mapping(asked.params.get("task")).get("ttl"))
