"""Serves clients of 2026-07-28 at servers of the handshake eras."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.answers import answer_of
from keyfob_core.transports.eras.asked import Asked, refused_method
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.errands import Errands
from keyfob_core.transports.eras.messages import (
    Message,
    decoded,
    empty_answer,
    error_message,
    json_answer,
    result_message,
)
from keyfob_core.transports.eras.modern_clients.call import Call
from keyfob_core.transports.eras.modern_clients.held_tasks import HeldTasks
from keyfob_core.transports.eras.modern_clients.listener import Listener
from keyfob_core.transports.eras.modern_clients.parked import Parked
from keyfob_core.transports.eras.modern_clients.upstream_session import UpstreamSession
from keyfob_core.transports.eras.requests import Requests, SessionLost
from keyfob_core.transports.eras.revisions import (
    CAPABILITIES_KEY,
    CLIENT_KEY,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    LOG_LEVEL_KEY,
    MODERN,
    OF_TASKS,
    UNSUPPORTED_VERSION,
    VERSION_KEY,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import (
    declares_tasks,
    takes_task_calls,
    undeclared,
    wanted_tasks,
)
from keyfob_core.transports.eras.translation import VISITED, discovered, modern_status

_REMOVED = frozenset(
    {"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"}
)
_OF_THE_ERA = frozenset({VERSION_KEY, CAPABILITIES_KEY, CLIENT_KEY, LOG_LEVEL_KEY})
_KEPT_BACK = frozenset({"inputResponses", "requestState", "_meta", "task"})
_MOST_SESSIONS = 256

Key = tuple[str, ...]
"""Server, address, pool, conversation, and what the client says of itself."""


class ModernClients:
    """Holds a session with the server for each of them, and answers from it."""

    def __init__(
        self,
        requests: Requests,
        proven: Callable[[UpstreamRequest], None],
        bounds: Bounds,
    ) -> None:
        self._requests = requests
        self._proven = proven
        """Told of each server that has shaken hands."""
        self._bounds = bounds
        self._errands = Errands()
        self._sessions: OrderedDict[Key, UpstreamSession] = OrderedDict()
        self._idle: dict[Key, asyncio.TimerHandle] = {}

    async def answer(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """The answer to a modern request; raises HandshakeRefused where there is no such server.

        Raises Challenged where the server refuses the credential: it has carried nothing out then.
        """
        if request.http_method != "POST":
            return empty_answer(405, (("Allow", "POST"),))
        value = await decoded(request.body)
        message = mapping(value)
        asked = Asked(request, way, message)
        refusal = _refusal(asked, value)
        if refusal is not None:
            return refusal
        for _ in range(2):
            key = _key(asked)
            session = await stack.enter_async_context(self._used(key, asked))
            try:
                if await session.begin(request, way):
                    self._proven(request)
                return await self._ask(session, asked, stack)
            except SessionLost:
                await self._end(key, session)
        return json_answer(
            error_message(asked.id, INTERNAL_ERROR, "The server ends each session at once.")
        )

    async def close(self) -> None:
        """End every session."""
        for key, session in tuple(self._sessions.items()):
            await self._end(key, session)
        await self._errands.close()

    def forget(self, server: str) -> None:
        """Use no session with a server any more, and end those there are soon."""
        self._end_where(lambda key: key[0] == server)

    def end_of(self, chosen: Callable[[str], bool]) -> None:
        """The same for the sessions of pools that are chosen."""
        self._end_where(lambda key: chosen(key[2]))

    def _end_where(self, chosen: Callable[[Key], bool]) -> None:
        for key, session in tuple(self._sessions.items()):
            if chosen(key):
                self._drop(key, session)
                self._errands.start(session.end())

    @asynccontextmanager
    async def _used(self, key: Key, asked: Asked) -> AsyncGenerator[UpstreamSession]:
        """The session of a client, which stays while it is used and a while longer."""
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = UpstreamSession(
                self._requests,
                self._errands,
                Parked(self._errands, self._bounds.asking),
                HeldTasks,
                asked.meta.get(CLIENT_KEY),
                mapping(asked.meta.get(CAPABILITIES_KEY)),
            )
        self._sessions.move_to_end(key)
        session.users += 1
        self._end_surplus()
        try:
            yield session
        finally:
            session.users -= 1
            self._begin_idling(key, session)

    def _end_surplus(self) -> None:
        surplus = len(self._sessions) - _MOST_SESSIONS
        unused = [
            (key, one)
            for key, one in self._sessions.items()
            if not one.users and not len(one.parked) and not len(one.tasks)
        ]
        for key, session in unused[: max(0, surplus)]:
            self._drop(key, session)
            self._errands.start(session.end())

    def _begin_idling(self, key: Key, session: UpstreamSession) -> None:
        timer = self._idle.pop(key, None)
        if timer is not None:
            timer.cancel()
        if self._sessions.get(key) is session:
            loop = asyncio.get_running_loop()
            self._idle[key] = loop.call_later(self._bounds.idle, self._end_idle, key, session)

    def _end_idle(self, key: Key, session: UpstreamSession) -> None:
        if session.users or len(session.parked) or len(session.tasks):
            self._begin_idling(key, session)
        else:
            self._errands.start(self._end(key, session))

    async def _end(self, key: Key, session: UpstreamSession) -> None:
        self._drop(key, session)
        await session.end()

    def _drop(self, key: Key, session: UpstreamSession) -> None:
        if self._sessions.get(key) is session:
            del self._sessions[key]
            timer = self._idle.pop(key, None)
            if timer is not None:
                timer.cancel()

    async def _ask(
        self, session: UpstreamSession, asked: Asked, stack: AsyncExitStack
    ) -> UpstreamResponse:
        if asked.method == "server/discover":
            return json_answer(result_message(asked.id, discovered(session.initialized)))
        if asked.method == "subscriptions/listen":
            if wanted_tasks(asked.params) and not declares_tasks(session.capabilities):
                return json_answer(undeclared(asked.id), 400)
            listener = Listener(session, asked)
            stack.push_async_callback(listener.leave)
            await listener.begin()
            return await answer_of(listener.messages(), modern_status, stack)
        if asked.method in OF_TASKS:
            return await self._ask_after_task(session, asked)
        level = text(asked.meta.get(LOG_LEVEL_KEY))
        if level is not None:
            await session.set_level(asked.request, asked.way, level)
        state = text(asked.params.get("requestState"))
        if state is not None and state != VISITED:
            return await self._resume(session, asked, state, stack)
        if state == VISITED and not _all_accepted(asked):
            declined = "The address that the server asked to be opened was not visited."
            return json_answer(error_message(asked.id, INVALID_PARAMS, declined))
        return await self._call(session, asked, stack)

    async def _ask_after_task(self, session: UpstreamSession, asked: Asked) -> UpstreamResponse:
        if not takes_task_calls(session.server_capabilities):
            return json_answer(refused_method(asked.id, asked.method), 404)
        if not declares_tasks(session.capabilities):
            return json_answer(undeclared(asked.id), 400)
        answer = await session.tasks.answer(asked)
        return json_answer(answer, modern_status(answer))

    async def _call(
        self, session: UpstreamSession, asked: Asked, stack: AsyncExitStack
    ) -> UpstreamResponse:
        params = _handshake_params(asked)
        if asked.method == "tools/call" and await session.is_for_tasks_only(
            asked.request, asked.way, params.get("name")
        ):
            params["task"] = {}
        up = session.ask(asked.request, asked.way, asked.method, params)
        call = Call(session, asked, up, as_task="task" in params)
        stack.push_async_callback(call.left)
        head = await call.stream.accepted()
        if head.status == 404 and session.has_id:
            raise SessionLost
        if head.status >= 300:
            return await _passed(call, asked, head.status)
        return await answer_of(call.messages(), modern_status, stack)

    async def _resume(
        self, session: UpstreamSession, asked: Asked, state: str, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """Go on with a call whose client has gathered what the server asked for."""
        call = session.parked.take(state, asked.subject)
        if call is None:
            text_ = "This call is no longer open at the server; call again from the start."
            return json_answer(error_message(asked.id, INVALID_PARAMS, text_))
        stack.push_async_callback(call.left)
        try:
            await call.answer_with(asked, mapping(asked.params.get("inputResponses")))
        except SessionLost:
            gone = "The server has ended the session in which it asked; call again."
            return json_answer(error_message(asked.id, INTERNAL_ERROR, gone))
        except BaseException:
            # Not carried out: the same retry comes again, with another credential perhaps.
            session.parked.keep(call, state)
            raise
        if call.questions:
            return json_answer(call.parked())
        return await answer_of(call.messages(), modern_status, stack)


def _refusal(asked: Asked, value: object) -> UpstreamResponse | None:
    """The answer to what is refused before any server hears of it."""
    if not isinstance(value, dict) or "method" not in asked.message:
        reason = "Since 2026-07-28 a body is one request or one notification."
        return json_answer(error_message(None, INVALID_REQUEST, reason), 400)
    if asked.id is None:
        # This revision has no notifications from clients over HTTP; those there are, are dropped.
        return empty_answer(202)
    revision = asked.request.revision
    if revision != MODERN:
        data = {"supported": [MODERN], "requested": revision}
        reason = "Unsupported protocol version"
        return json_answer(error_message(asked.id, UNSUPPORTED_VERSION, reason, data), 400)
    of_old_tasks = asked.method.startswith("tasks/") and asked.method not in OF_TASKS
    if asked.method in _REMOVED or of_old_tasks:
        return json_answer(refused_method(asked.id, asked.method), 404)
    return None


def _all_accepted(asked: Asked) -> bool:
    responses = mapping(asked.params.get("inputResponses")).values()
    return all(mapping(one).get("action") == "accept" for one in responses)


async def _passed(call: Call, asked: Asked, status: int) -> UpstreamResponse:
    """What a server refused, in the same words where they are JSON-RPC."""
    message = await call.stream.next() or {}
    error = mapping(message.get("error"))
    if not error:
        error = {"code": INTERNAL_ERROR, "message": f"The server answered HTTP {status}."}
    answer: Message = {"jsonrpc": "2.0", "id": asked.id, "error": error}
    return json_answer(answer, status if status >= 500 else modern_status(answer))


def _handshake_params(asked: Asked) -> Message:
    params = {key: value for key, value in asked.params.items() if key not in _KEPT_BACK}
    meta = {key: value for key, value in asked.meta.items() if key not in _OF_THE_ERA}
    return {**params, "_meta": meta} if meta else params


def _key(asked: Asked) -> Key:
    request = asked.request
    # A session has one name and one set of capabilities, and two windows of one client may differ.
    says = [asked.meta.get(CLIENT_KEY), asked.meta.get(CAPABILITIES_KEY)]
    digest = hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()
    return (
        request.server,
        request.url.partition("?")[0],
        request.pool,
        request.conversation,
        digest,
    )
