"""Tasks at a server of 2026-07-28, for the client of 2025-11-25 that has begun them."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from keyfob_core.errors import Error
from keyfob_core.ports import Clock
from keyfob_core.transports.eras.answers import Told
from keyfob_core.transports.eras.asked import Asked, ended
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.errands import Errands
from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession
from keyfob_core.transports.eras.handshake_clients.questions import closed, posed, unanswerable
from keyfob_core.transports.eras.handshake_clients.round import RENEWAL_SECONDS, Round
from keyfob_core.transports.eras.later import Sent, later
from keyfob_core.transports.eras.messages import (
    Message,
    encoded,
    error_message,
    result_message,
)
from keyfob_core.transports.eras.requests import Challenged
from keyfob_core.transports.eras.revisions import INVALID_PARAMS, INVALID_REQUEST, mapping, text
from keyfob_core.transports.eras.tasks import CANCELLED, handshake_task, is_over
from keyfob_core.transports.eras.translation import handshake_answer

_MOST = 256
_MOST_BYTES = 16 * 1024 * 1024
"""Of answers that came at once, all of a session's together; the latest is kept in any case."""
_SHORTEST_MS = 60_000
_USUAL_MS = 300_000
_LONGEST_MS = 3_600_000
"""How long such an answer is kept, by what its client asked for."""

_LONGEST_SECONDS = 24 * 3600.0
"""How long a session stays for a task that its server keeps for longer, or for ever."""


@dataclass(slots=True)
class OfferedTask:
    """One task, and what of its questions the client was asked."""

    id: str
    state: Message
    """What was last known of it, in the extension's words."""
    end: Message = field(default_factory=dict[str, Any])
    """Its end, where that is known here; the server is not asked for it any more."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as its end is known here."""
    asked: set[str] = field(default_factory=set[str])
    """The names of the questions that the client has, or has answered."""
    until: float = 0.0
    """The loop's time up to which it is kept here, or the session stays for it."""
    size: int = 0
    """The bytes of an answer that is kept here."""

    @property
    def is_gone(self) -> bool:
        """Whether its end was known here, and its time is over."""
        return bool(self.end) and self.until <= _now()


class OfferedTasks:
    """The tasks of one session: who asks after another one is told that there is none.

    An answer that came at once, although a task was asked for, is one that has ended. What a task
    asks is asked of the client once, by whoever of its requests comes upon it, and the answers go
    up with the last of them.
    """

    def __init__(
        self, session: IssuedSession, errands: Errands, bounds: Bounds, clock: Clock
    ) -> None:
        self.begun: Callable[[], None] = lambda: None
        """Told of each task that the server has begun."""
        self._session = session
        self._errands = errands
        self._bounds = bounds
        self._clock = clock
        self._held: OrderedDict[str, OfferedTask] = OrderedDict()
        for task_id in session.task_ids:
            state: Message = {"taskId": task_id}
            self._held[task_id] = OfferedTask(task_id, state, until=_now() + _LONGEST_SECONDS)
        self._asking: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> list[str]:
        """The ids of those that have not ended as far as is known."""
        now = _now()
        return [one.id for one in self._held.values() if one.until > now and not is_over(one.state)]

    def find(self, task_id: object) -> OfferedTask | None:
        """The task of that id; None where the session has none."""
        task = self._held.get(task_id) if isinstance(task_id, str) else None
        if task is None or not task.is_gone:
            return task
        del self._held[task.id]
        return None

    def begin(self, created: Message) -> Message:
        """Note a task that the server has begun, and say so to the client."""
        ttl = created.get("ttlMs")
        lasts = min(ttl / 1000, _LONGEST_SECONDS) if isinstance(ttl, int) else _LONGEST_SECONDS
        task = OfferedTask(text(created.get("taskId")) or "", created, until=_now() + lasts)
        self._hold(task)
        self._session.task_ids = self.under_way
        self.begun()
        return {"task": handshake_task(created)}

    def keep(self, result: Message, ttl: object) -> Message:
        """Keep an answer that came at once, for as long as the client wanted its task."""
        lasts = min(max(ttl, _SHORTEST_MS), _LONGEST_MS) if isinstance(ttl, int) else _USUAL_MS
        moment = self._moment()
        task = OfferedTask(f"keyfob-{secrets.token_hex(16)}", {}, until=_now() + lasts / 1000)
        state = {"taskId": task.id, "createdAt": moment, "ttlMs": lasts, "result": result}
        _settle(task, {**state, "status": "completed", "lastUpdatedAt": moment})
        task.size = len(encoded(result))
        self._hold(task)
        return {"task": handshake_task(task.end)}

    async def look(self, task: OfferedTask, sent: Sent) -> Message:
        """The answer to `tasks/get`; raises Challenged and UpstreamUnreachable."""
        if not task.end:
            answer = await self._answered(task, sent, "tasks/get")
            if not task.end:
                if "error" in answer:
                    return answer
                task.state = mapping(answer.get("result"))
        return result_message(None, task.state)

    async def state(self, task: OfferedTask, asked: Asked, looked: Message) -> Told:
        """The answer to the client's own `tasks/get`, behind what it is asked for the task."""
        for question in self.ask(task, asked.sent):
            yield question
        if "error" in looked and not task.end:
            yield self._refused(asked, looked)
        else:
            yield result_message(asked.id, handshake_task(task.state))

    def told(self, state: Message) -> Message | None:
        """A task that the server tells of, for its client; None for one that is not here."""
        task = self.find(state.get("taskId"))
        if task is None:
            return None
        if not task.end:
            task.state = state
        return handshake_task(task.state)

    async def cancel(self, task: OfferedTask, asked: Asked) -> Message:
        """The answer to `tasks/cancel`; raises Challenged and UpstreamUnreachable.

        From then on it is cancelled for the client, whatever becomes of it at the server
        (MCP 2025-11-25, tasks, Task Cancellation).
        """
        looked = await self.look(task, asked.sent)
        if "error" not in looked:
            if is_over(task.state):
                status = handshake_task(task.state)["status"]
                said = f"Cannot cancel a task that is {status}."
                return error_message(asked.id, INVALID_PARAMS, said)
            looked = await self._answered(task, asked.sent, "tasks/cancel")
        if "error" in looked:
            return self._refused(asked, looked)
        self._end(task, status=CANCELLED)
        return result_message(asked.id, handshake_task(task.end))

    def ask(self, task: OfferedTask, sent: Sent) -> list[Message]:
        """What the client is to be asked for a task now; nothing that it was asked before."""
        waiting = mapping(task.state.get("inputRequests"))
        new = {key: one for key, one in waiting.items() if key not in task.asked}
        if task.end or not new:
            return []
        reason = unanswerable(self._session, new)
        if reason is not None:
            self._fail(task, {"code": INVALID_REQUEST, "message": reason}, sent)
            return []
        task.asked.update(new)
        asking, questions = posed(self._session, new, task.id)
        gathering = asyncio.create_task(self._gather(task, asking, frozenset(new), sent))
        self._asking.add(gathering)
        gathering.add_done_callback(self._asking.discard)
        return questions

    async def close(self) -> None:
        """Hold nothing any more; the server keeps the tasks."""
        for gathering in self._asking:
            gathering.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        self._held.clear()

    async def _gather(
        self, task: OfferedTask, asking: Round, keys: frozenset[str], sent: Sent
    ) -> None:
        """Wait for the client's answers, and give them to the server."""
        given = False
        try:
            # What could not be given is asked again by who looks next.
            with suppress(Error, Challenged):
                if await asking.until_complete(self._bounds.asking):
                    given = await self._give(task, asking, sent)
        finally:
            closed(self._session, asking)
            if not given:
                task.asked -= keys

    async def _give(self, task: OfferedTask, asking: Round, sent: Sent) -> bool:
        """Whether the questions are done with; raises Challenged and UpstreamUnreachable."""
        if asking.failure is not None:
            self._fail(task, asking.failure, sent)
            return True
        while asking.carrier is not None and not task.end:
            request, way = asking.carrier
            asking.carrier = None
            message = self._message(task, "tasks/update", inputResponses=asking.answers)
            stream = self._session.ask(request, way, message, tasks=True)
            try:
                head = await stream.head()
                if head.status in (401, 403):
                    waits = asking.refuse(head)
                    await asking.until_complete(RENEWAL_SECONDS if waits else 0)
                    continue
                asking.accept()
                answer = await stream.next() or {}
            finally:
                await stream.close()
            if "error" in answer:
                await self.look(task, later(sent))
                if not is_over(task.state):
                    self._fail(task, mapping(answer["error"]), sent)
            return bool(answer)
        asking.accept()
        return False

    def _fail(self, task: OfferedTask, error: Message, sent: Sent) -> None:
        """End a task that cannot go on; a server has no other way to be told of it."""
        if task.end:
            return
        self._end(task, status="failed", error=error)
        ending = self._answered(task, later(sent, ends=True), "tasks/cancel")
        self._errands.start(ending)

    def _end(self, task: OfferedTask, **fields: object) -> None:
        known = {key: one for key, one in task.state.items() if key != "statusMessage"}
        _settle(task, {**known, "lastUpdatedAt": self._moment(), **fields})

    async def _answered(self, task: OfferedTask, sent: Sent, method: str) -> Message:
        message = self._message(task, method)
        answer = await self._session.answered(*sent, message, tasks=True)
        if not answer:
            raise ended()
        return answer

    def _message(self, task: OfferedTask, method: str, **params: object) -> Message:
        message_id = self._session.new_id("task")
        told = {"taskId": task.id, **params}
        return {"jsonrpc": "2.0", "id": message_id, "method": method, "params": told}

    def _refused(self, asked: Asked, answer: Message) -> Message:
        return handshake_answer(answer, asked.id, asked.method, asked.params, self._session.version)

    def _hold(self, task: OfferedTask) -> None:
        self._held[task.id] = task
        for one in tuple(self._held.values()):
            if one.is_gone:
                del self._held[one.id]
        while len(self._held) > _MOST:
            over = (one.id for one in self._held.values() if is_over(one.state))
            del self._held[next(over, next(iter(self._held)))]
        kept = [one for one in self._held.values() if one.size]
        size = sum(one.size for one in kept)
        for one in kept[:-1]:
            if size > _MOST_BYTES:
                size -= one.size
                del self._held[one.id]

    def _moment(self) -> str:
        now = datetime.fromtimestamp(self._clock(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _settle(task: OfferedTask, end: Message) -> None:
    task.end = task.state = end
    task.over.set()


def _now() -> float:
    return asyncio.get_running_loop().time()
