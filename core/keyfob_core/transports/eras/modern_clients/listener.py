"""A client of 2026-07-28 that listens to a server of the handshake eras."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from keyfob_core.transports.eras.asked import SILENCE_SECONDS, Asked
from keyfob_core.transports.eras.later import later
from keyfob_core.transports.eras.messages import Message, result_message
from keyfob_core.transports.eras.modern_clients.upstream_session import UpstreamSession
from keyfob_core.transports.eras.revisions import (
    LIST_CHANGES,
    SUBSCRIPTION_KEY,
    UPDATED,
    listing,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import (
    STATUS_TOLD,
    TOLD,
    takes_task_calls,
    wanted_tasks,
)

_OF_A_RESULT = frozenset({"resultType", "_meta"})
_MOST_WAITING = 1024
_MOST_FAILURES = 6


class Listener:
    """One `subscriptions/listen` and what is said on it."""

    def __init__(self, session: UpstreamSession, asked: Asked) -> None:
        self._session = session
        self._asked = asked
        self._honored: Message = {}
        self._uris: list[str] = []
        self._waiting = deque[Message]()
        self._news = asyncio.Event()
        self._ended = False
        self._listening: asyncio.Task[None] | None = None
        self._news_of: dict[str, bool] = {}
        """The tasks that are being asked for, and whether there was news since that began."""

    async def begin(self) -> None:
        """Find out what the server will tell of; raises Challenged, SessionLost, Unreachable."""
        asked, session = self._asked, self._session
        filter_ = mapping(asked.params.get("notifications"))
        for name, (capability, _) in LIST_CHANGES.items():
            offered = mapping(session.server_capabilities.get(capability))
            if filter_.get(name) is True and offered.get("listChanged") is True:
                self._honored[name] = True
        resources = mapping(session.server_capabilities.get("resources"))
        if resources.get("subscribe") is True:
            for uri in dict.fromkeys(filter(text, listing(filter_.get("resourceSubscriptions")))):
                if await session.subscribe(asked.request, asked.way, uri):
                    self._uris.append(uri)
        if self._uris:
            self._honored["resourceSubscriptions"] = self._uris
        tasks = wanted_tasks(asked.params)
        if tasks and takes_task_calls(session.server_capabilities):
            self._honored["taskIds"] = tasks
        session.listeners.add(self)
        self._listening = asyncio.create_task(self._keep_listening())

    def take(self, message: Message) -> None:
        """Keep a notification that was asked for; a client that does not read loses its stream."""
        method, params = message.get("method"), mapping(message.get("params"))
        told = any(
            name in self._honored and method == notification
            for name, (_, notification) in LIST_CHANGES.items()
        )
        if method == UPDATED:
            # The resource may be a part of the one that was subscribed to.
            uri = text(params.get("uri")) or ""
            told = any(uri.startswith(subscribed) for subscribed in self._uris)
        if method == STATUS_TOLD and params.get("taskId") in self._honored.get("taskIds", ()):
            task_id = str(params["taskId"])
            if task_id not in self._news_of:
                self._session.errands.start(self._tell_of(task_id))
            self._news_of[task_id] = True
        if told:
            self._keep(message)

    async def _tell_of(self, task_id: str) -> None:
        """Keep what a task's state is now: the server's word of it lacks questions and result."""
        try:
            while self._news_of.get(task_id):
                self._news_of[task_id] = False
                await self._ask_for(task_id)
        finally:
            del self._news_of[task_id]

    async def _ask_for(self, task_id: str) -> None:
        request, way = later(self._asked.sent)
        question = {"method": "tasks/get", "params": {"taskId": task_id}}
        answer = await self._session.tasks.answer(Asked(request, way, question))
        task = mapping(answer.get("result"))
        if task:
            params = {key: value for key, value in task.items() if key not in _OF_A_RESULT}
            self._keep({"jsonrpc": "2.0", "method": TOLD, "params": params})

    def _keep(self, message: Message) -> None:
        self._waiting.append(self._tagged(message, mapping(message.get("params"))))
        if len(self._waiting) > _MOST_WAITING:
            self.end()
        self._news.set()

    def end(self) -> None:
        """Say no more."""
        self._ended = True
        self._news.set()

    async def messages(self) -> AsyncGenerator[Message | None, None]:
        """The acknowledgement, then what the server says; None for a while of silence."""
        acknowledged = "notifications/subscriptions/acknowledged"
        fields: Message = {"notifications": self._honored}
        yield self._tagged({"jsonrpc": "2.0", "method": acknowledged}, fields)
        while self._waiting or not self._ended:
            if self._waiting:
                yield self._waiting.popleft()
                continue
            self._news.clear()
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                yield None
        tag = {SUBSCRIPTION_KEY: self._asked.id}
        yield result_message(self._asked.id, {"resultType": "complete", "_meta": tag})

    async def leave(self) -> None:
        """Listen no more, and let the server know of the resources."""
        self._session.listeners.discard(self)
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        request, way = later(self._asked.sent, ends=True)
        uris, self._uris = self._uris, []
        for uri in uris:
            self._session.errands.start(self._session.unsubscribe(request, way, uri))

    async def _keep_listening(self) -> None:
        """Open the server's stream again whenever it ends, as long as that leads anywhere."""
        ear = self._session.ear
        failures = 0
        while failures < _MOST_FAILURES and not ear.is_deaf:
            before = ear.last_event
            await ear.until_closed()
            if ear.refusal in (401, 403, 404):
                break
            failures = 0 if ear.last_event != before else failures + 1
            await asyncio.sleep(ear.retry_seconds * 2**failures)
            self._session.listen(*later(self._asked.sent))
        if not ear.is_deaf:
            # Without a stream there is nothing to hear: the client listens anew.
            self.end()

    def _tagged(self, message: Message, params: Message) -> Message:
        meta = {**mapping(params.get("_meta")), SUBSCRIPTION_KEY: self._asked.id}
        return {**message, "params": {**params, "_meta": meta}}
