"""A session with a server of the handshake eras, held for a client that knows of none."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.answer_stream import AnswerStream
from keyfob_core.transports.eras.ear import Ear
from keyfob_core.transports.eras.errands import Errands
from keyfob_core.transports.eras.evidence import check_reached
from keyfob_core.transports.eras.later import later
from keyfob_core.transports.eras.messages import (
    Message,
    answer_in,
    error_message,
    result_message,
)
from keyfob_core.transports.eras.modern_clients.parked import Parked
from keyfob_core.transports.eras.modern_clients.session_ports import Listening, Tasks, Underway
from keyfob_core.transports.eras.requests import Requests, SessionLost, check_credential
from keyfob_core.transports.eras.revisions import (
    LATEST_HANDSHAKE,
    METHOD_NOT_FOUND,
    NAMED_BY,
    SESSION_HEADER,
    listing,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import related_task, takes_task_calls
from keyfob_core.transports.eras.translation import handshake_client
from keyfob_core.version import __version__

_INITIALIZE_SECONDS = 60.0
_MOST_PAGES = 20


class HandshakeRefused(Exception):
    """The server does not take an `initialize` after all."""


class UpstreamSession:
    """One client's session with one server, as far as the server can tell.

    Its requests go up with ids of their own: several exchanges of the client share it, and each of
    them may count from one.
    """

    def __init__(
        self,
        requests: Requests,
        errands: Errands,
        parked: Parked,
        tasks: Callable[[UpstreamSession], Tasks],
        info: object,
        capabilities: Mapping[str, Any],
    ) -> None:
        self.capabilities = capabilities
        """What the client can be asked, in the words of 2026-07-28."""
        self.initialized: Message = {}
        """The server's answer to `initialize`."""
        self.calls: dict[int, Underway] = {}
        """What is under way, by the id it went up with."""
        self.parked = parked
        """Calls that wait for what their client gathers."""
        self.tasks = tasks(self)
        self.listeners: set[Listening] = set()
        self.errands = errands
        self.users = 0
        """How many exchanges of the client are on it now."""
        self.ear = Ear(self._hear)
        self._requests = requests
        self._info = info
        self._ids = itertools.count(1)
        self._beginning = asyncio.Lock()
        self._id: str | None = None
        self.version: str | None = None
        """The revision that the server chose; None before the handshake."""
        self._ready = False
        self._level: str | None = None
        self._leveling = asyncio.Lock()
        self._subscribed = Counter[str]()
        self.latest: tuple[UpstreamRequest, Upstream] | None = None
        """The client's last request, which its end is told with."""
        self._tasks_only: frozenset[str] | None = None
        self._listing = asyncio.Lock()

    @property
    def has_id(self) -> bool:
        """Whether the server has given it an id, which it may forget."""
        return self._id is not None

    @property
    def server_info(self) -> object:
        """What the server says it is."""
        return self.initialized.get("serverInfo")

    @property
    def server_capabilities(self) -> Message:
        """What the server says it can do."""
        return mapping(self.initialized.get("capabilities"))

    async def begin(self, request: UpstreamRequest, way: Upstream) -> bool:
        """Shake hands unless that is done; whether it had to be.

        What was done of it before a refused credential is not done again. Raises
        HandshakeRefused, Challenged, SessionLost and UpstreamUnreachable.
        """
        self.latest = (request, way)
        begins = not self._ready
        if begins:
            async with self._beginning:
                if not self.initialized:
                    await self._initialize_soon(request, way)
                if not self._ready:
                    await self.tell(request, way, "notifications/initialized")
                    self._ready = True
        self.listen(request, way)
        return begins

    def listen(self, request: UpstreamRequest, way: Upstream) -> None:
        """Open the server's own stream unless it is open; nothing is waited for."""
        self.ear.open(
            lambda last: self._requests.bodiless("GET", request, self._id, self.version, last), way
        )

    async def _initialize_soon(self, request: UpstreamRequest, way: Upstream) -> None:
        try:
            async with asyncio.timeout(_INITIALIZE_SECONDS):
                await self._initialize(request, way)
        except TimeoutError:
            raise UpstreamUnreachable(
                "The server does not answer `initialize`.", "Look whether it runs."
            ) from None

    async def _initialize(self, request: UpstreamRequest, way: Upstream) -> None:
        message_id = next(self._ids)
        asked: Message = {
            "jsonrpc": "2.0",
            "id": message_id,
            "method": "initialize",
            "params": {
                "protocolVersion": LATEST_HANDSHAKE,
                "capabilities": handshake_client(self.capabilities),
                "clientInfo": self._info or {"name": "keyfob", "version": __version__},
            },
        }
        async with way.open(self._requests.handshake(request, asked)) as response:
            check_credential(response)
            check_reached(response)
            answer = await answer_in(response, message_id) if response.status < 300 else {}
            result = mapping(answer.get("result"))
            version = text(result.get("protocolVersion"))
            if version is None:
                raise HandshakeRefused(f"HTTP {response.status}")
            self._id = header(response.headers, SESSION_HEADER)
        self.version, self.initialized = version, result

    def ask(
        self, request: UpstreamRequest, way: Upstream, method: str, params: Message
    ) -> tuple[int, AnswerStream]:
        """Send a request; its id and its answer, which is read apart."""
        message_id = next(self._ids)
        asked: Message = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
        meta = mapping(params.get("_meta"))
        if "progressToken" in meta:
            params["_meta"] = {**meta, "progressToken": message_id}
        sent = self._requests.handshake(request, asked, self._id, self.version)
        return message_id, AnswerStream(
            way,
            sent,
            lambda last: self._requests.bodiless("GET", request, self._id, self.version, last),
        )

    async def answer_of(
        self, request: UpstreamRequest, way: Upstream, method: str, params: Message
    ) -> Message:
        """Send a request and wait for its answer; empty where there is none.

        Raises Challenged, SessionLost and UpstreamUnreachable.
        """
        message_id = next(self._ids)
        asked: Message = {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}
        return await self._post(request, way, asked, message_id)

    async def tell(
        self, request: UpstreamRequest, way: Upstream, method: str, params: Message | None = None
    ) -> None:
        """Send a notification; raises as `answer_of` does."""
        told: Message = {"jsonrpc": "2.0", "method": method}
        await self._post(request, way, {**told, "params": params} if params else told)

    async def reply(self, request: UpstreamRequest, way: Upstream, message: Message) -> None:
        """Send the answer to a request of the server's; raises as `answer_of` does."""
        await self._post(request, way, message)

    async def refuse(
        self, request: UpstreamRequest, way: Upstream, question: Message, reason: str
    ) -> None:
        """Answer a request of the server's that the client cannot be asked; raises as above."""
        if question.get("method") == "ping":
            await self.reply(request, way, result_message(question.get("id"), {}))
        else:
            refusal = error_message(question.get("id"), METHOD_NOT_FOUND, reason)
            await self.reply(request, way, refusal)

    async def _post(
        self,
        request: UpstreamRequest,
        way: Upstream,
        message: Message,
        message_id: int | None = None,
    ) -> Message:
        sent = self._requests.handshake(request, message, self._id, self.version)
        async with way.open(sent) as response:
            check_credential(response)
            if response.status == 404 and self._id is not None:
                raise SessionLost
            if message_id is None:
                return {}
            return await answer_in(response, message_id)

    async def set_level(self, request: UpstreamRequest, way: Upstream, level: str) -> None:
        """Ask for the log at this level; raises as `answer_of` does."""
        if "logging" not in self.server_capabilities:
            return
        async with self._leveling:
            if level != self._level:
                await self.answer_of(request, way, "logging/setLevel", {"level": level})
                self._level = level

    async def is_for_tasks_only(
        self, request: UpstreamRequest, way: Upstream, tool: object
    ) -> bool:
        """Whether a tool is called as a task or not at all; raises as `answer_of` does.

        The server's list says so (MCP 2025-11-25, tasks, Tool-Level Negotiation).
        """
        if not takes_task_calls(self.server_capabilities):
            return False
        async with self._listing:
            if self._tasks_only is None:
                self._tasks_only = frozenset(await self._listed_for_tasks(request, way))
        return tool in self._tasks_only

    async def _listed_for_tasks(self, request: UpstreamRequest, way: Upstream) -> list[str]:
        names: list[str] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params: Message = {} if cursor is None else {"cursor": cursor}
            answer = await self.answer_of(request, way, "tools/list", params)
            result = mapping(answer.get("result"))
            names += [
                str(tool.get("name"))
                for tool in map(mapping, listing(result.get("tools")))
                if mapping(tool.get("execution")).get("taskSupport") == "required"
            ]
            cursor = text(result.get("nextCursor"))
            if cursor is None:
                break
        return names

    async def subscribe(self, request: UpstreamRequest, way: Upstream, uri: str) -> bool:
        """Ask for word of a resource, once for all who listen; False where that is refused."""
        if not self._subscribed[uri]:
            answer = await self.answer_of(request, way, "resources/subscribe", {"uri": uri})
            if "result" not in answer:
                return False
        self._subscribed[uri] += 1
        return True

    async def unsubscribe(self, request: UpstreamRequest, way: Upstream, uri: str) -> None:
        """Take one who listens away; raises as `answer_of` does."""
        self._subscribed[uri] -= 1
        if not self._subscribed[uri]:
            await self.answer_of(request, way, "resources/unsubscribe", {"uri": uri})

    def pass_on(self, message: Message) -> None:
        """Give a notification to those who listen for it."""
        if message.get("method") == "notifications/tools/list_changed":
            self._tasks_only = None
        for listener in tuple(self.listeners):
            listener.take(message)

    def hand_over(self, question: Message, taker: Underway | None = None) -> bool:
        """Give a question to the task that it is marked with; False for one of `taker`'s own.

        A program says everything on one line: what it asks may come in the midst of another call.
        """
        if self.tasks.give(question):
            return True
        task_id = related_task(mapping(question.get("params")))
        if task_id is not None:
            for call in self.calls.values():
                if call.task_id == task_id and call is not taker:
                    return call.give(question)
        return False

    async def _hear(self, message: Message) -> None:
        """Take what the server says on the stream that belongs to no request."""
        method, params = message.get("method"), mapping(message.get("params"))
        if "id" in message and method is not None:
            await self._relate(message)
        elif method == "notifications/progress":
            token = params.get("progressToken")
            call = self.calls.get(token) if isinstance(token, int) else None
            if call is not None:
                call.give(message)
        elif method == "notifications/message":
            wanting = [call for call in self.calls.values() if call.wants_log]
            if len(wanting) == 1:
                wanting[0].give(message)
        elif method is not None:
            self.pass_on(message)

    async def _relate(self, question: Message) -> None:
        """Give a question to its task or to the one call that it can belong to, or refuse it."""
        if self.hand_over(question):
            return
        calls = [call for call in self.calls.values() if call.method in NAMED_BY]
        asks = question.get("method") != "ping"
        if asks and len(calls) == 1 and calls[0].give(question):
            return
        request, way = self.ear.request, self.ear.way
        if request is not None and way is not None:
            reason = "The client can be asked only while one call of it is under way."
            sent = later((request, way))
            self.errands.start(self.refuse(*sent, question, reason))

    async def end(self) -> None:
        """End the session, and tell the server."""
        latest, session = self.latest, self._id
        self.parked.clear()
        await self.tasks.close()
        for call in tuple(self.calls.values()):
            await call.give_up()
        for listener in tuple(self.listeners):
            listener.end()
        await self.ear.close()
        if latest is not None and session is not None:
            self.errands.start(self._delete(*later(latest, ends=True), session))

    async def _delete(self, request: UpstreamRequest, way: Upstream, session: str) -> None:
        asked = self._requests.bodiless("DELETE", request, session, self.version)
        async with way.open(asked):
            pass
