"""Serves clients of the handshake eras at servers of 2026-07-28."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, suppress
from functools import partial

from keyfob_core.errors import StateUnavailable, UpstreamUnreachable
from keyfob_core.messages.bodies import whole
from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest, UpstreamResponse, Whole
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.eras.answers import ahead, answer_of
from keyfob_core.transports.eras.asked import Asked, refused
from keyfob_core.transports.eras.bounds import Bounds
from keyfob_core.transports.eras.errands import Errands
from keyfob_core.transports.eras.evidence import REFUSALS, discover, error_code, names_modern
from keyfob_core.transports.eras.handshake_clients.forwarded import Forwarded, Refusal
from keyfob_core.transports.eras.handshake_clients.issued import Issued
from keyfob_core.transports.eras.handshake_clients.issued_ear import IssuedEar
from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession, Underway
from keyfob_core.transports.eras.handshake_clients.offered_tasks import OfferedTasks
from keyfob_core.transports.eras.handshake_clients.recovery import Recovery
from keyfob_core.transports.eras.handshake_clients.task_result import TaskResult
from keyfob_core.transports.eras.messages import (
    Message,
    decoded,
    empty_answer,
    error_message,
    event_of,
    is_stream,
    json_answer,
    message_of,
    result_message,
    stream_answer,
)
from keyfob_core.transports.eras.requests import Challenged, Requests
from keyfob_core.transports.eras.revisions import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    SESSION_HEADER,
    listing,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import wants_tasks
from keyfob_core.transports.eras.translation import (
    agreed_version,
    handshake_answer,
    initialized,
    modern_client,
)

_MOST_SESSIONS = 512
_OF_TASKS = frozenset({"tasks/get", "tasks/result", "tasks/cancel"})
_NO_SESSION = "There is no such session. Initialize a new one."


class ModernRefused(Exception):
    """The server does not speak 2026-07-28 after all; nothing was carried out."""


class HandshakeClients:
    """Issues sessions, and says with each request what the client has said once."""

    def __init__(
        self, requests: Requests, bounds: Bounds, recovery: Recovery, clock: Clock
    ) -> None:
        self._requests = requests
        self._clock = clock
        self._recovery = recovery
        self._bounds = bounds
        self._errands = Errands()
        self._issued: OrderedDict[str, Issued] = OrderedDict()

    async def answer(
        self, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        """The answer to a handshake request; raises ModernRefused where there is no such server.

        Raises Challenged where the server refuses the credential: it has carried nothing out then.
        """
        value = await decoded(request.body)
        message = mapping(value)
        if request.method == "initialize":
            return await self._initialize(Asked(request, way, message))
        session_id = header(request.headers, SESSION_HEADER)
        if session_id is None and request.http_method != "POST":
            return empty_answer(405, (("Allow", "POST"),))
        if session_id is None:
            said = error_message(None, INVALID_REQUEST, "Bad Request: Initialize a session first.")
            return json_answer(said, 400)
        issued = self._issued.get(session_id) or self._found_again(session_id, request)
        if issued is None or not issued.is_of(request):
            return gone()
        self._issued.move_to_end(session_id)
        if request.http_method == "GET":
            return await self._open_ear(issued, request, way, stack)
        if request.http_method == "DELETE":
            await self._end(issued)
            return empty_answer(200)
        if not message:
            asked = [Asked(request, way, mapping(one)) for one in listing(value)]
            return await self._batch(issued, asked, stack)
        return await self._ask(issued, Asked(request, way, message), stack)

    async def close(self) -> None:
        """End every session."""
        for issued in tuple(self._issued.values()):
            await self._end(issued)
        await self._errands.close()

    def forget_session(self, session_id: str) -> None:
        """End one session soon; nothing happens where it is not ours."""
        issued = self._issued.pop(session_id, None)
        if issued is not None:
            self._errands.start(self._end(issued))

    def forget(self, server: str) -> None:
        """Honour no session for a server any more, and end those there are soon."""
        for issued in tuple(self._issued.values()):
            if issued.server == server:
                del self._issued[issued.session.id]
                self._errands.start(self._end(issued))

    def _found_again(self, session_id: str, request: UpstreamRequest) -> Issued | None:
        """A session from before the engine was started, or from before it was forgotten here."""
        session = self._recovery.find(session_id, request)
        if session is None:
            return None
        return self._take_in(session, request)

    def _take_in(self, session: IssuedSession, request: UpstreamRequest) -> Issued:
        address = request.url.partition("?")[0]
        tasks = None
        if session.offers_tasks:
            tasks = OfferedTasks(session, self._errands, self._bounds, self._clock)
        issued = Issued(request.server, address, request.pool, session, tasks)
        if tasks is not None:
            tasks.begun = partial(self._note_task, issued, request)
        self._issued[session.id] = issued
        return issued

    def _note_task(self, issued: Issued, request: UpstreamRequest) -> None:
        """Let a task that has begun be found after a restart, and listen for it."""
        with suppress(StateUnavailable):
            self._recovery.keep(issued.session, request)
        if issued.ear is not None:
            self._errands.start(issued.ear.listen_anew())

    async def _initialize(self, asked: Asked) -> UpstreamResponse:
        client = asked.params
        info, capabilities = client.get("clientInfo"), mapping(client.get("capabilities"))
        server = await discover(
            self._requests, asked.request, asked.way, info, modern_client(capabilities)
        )
        if not names_modern(server):
            raise ModernRefused
        version = agreed_version(client.get("protocolVersion"))
        session = IssuedSession(self._requests, server, client, version)
        request = asked.request
        self._take_in(session, request)
        self._recovery.keep(session, request)
        await self._end_surplus()
        result = initialized(server, version, request.server)
        return json_answer(
            result_message(asked.id, result), headers=((SESSION_HEADER, session.id),)
        )

    async def _end_surplus(self) -> None:
        """End the session that was used least lately where there are too many."""
        surplus = len(self._issued) - _MOST_SESSIONS
        unused = [one for one in self._issued.values() if not one.is_used]
        for issued in unused[: max(0, surplus)]:
            await self._end(issued)

    async def _end(self, issued: Issued) -> None:
        self._issued.pop(issued.session.id, None)
        await issued.end()

    async def _open_ear(
        self, issued: Issued, request: UpstreamRequest, way: Upstream, stack: AsyncExitStack
    ) -> UpstreamResponse:
        ear = IssuedEar(issued.session, issued.tasks, request, way)
        stack.push_async_callback(ear.close)
        if not issued.session.filter or not await ear.begin():
            return empty_answer(405, (("Allow", "POST, DELETE"),))
        before, issued.ear = issued.ear, ear
        if before is not None:
            await before.close()

        async def leave() -> None:
            if issued.ear is ear:
                issued.ear = None

        stack.push_async_callback(leave)
        return await answer_of(ear.messages(), _always_ok, stack)

    async def _batch(
        self, issued: Issued, members: list[Asked], stack: AsyncExitStack
    ) -> UpstreamResponse:
        """Take a batch (MCP 2025-03-26) one by one; what is owed an answer gets it in a stream."""
        owed = [one for one in members if "method" in one.message and one.id is not None]
        for one in members:
            if one not in owed:
                await self._take(issued.session, one)
        if not owed:
            return empty_answer(202)
        first = await self._ask(issued, owed[0], stack)
        body = self._answers(issued, first, owed[1:], stack)
        stack.push_async_callback(body.aclose)
        return stream_answer(body)

    async def _answers(
        self, issued: Issued, first: UpstreamResponse, rest: list[Asked], stack: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        """The answers to a batch, one behind the other.

        Where the credential is refused to a later one, that one fails: the batch as a whole cannot
        come again, for some of it is done.
        """
        async for data in _as_events(first):
            yield data
        for asked in rest:
            try:
                answer = await self._ask(issued, asked, stack)
            except (Challenged, ModernRefused, UpstreamUnreachable) as error:
                yield event_of(_failed(asked, error))
                continue
            async for data in _as_events(answer):
                yield data

    async def _ask(self, issued: Issued, asked: Asked, stack: AsyncExitStack) -> UpstreamResponse:
        if "method" not in asked.message or asked.id is None:
            await self._take(issued.session, asked)
            return empty_answer(202)
        if issued.tasks is not None and asked.method in _OF_TASKS:
            return await self._ask_after_task(issued.session, issued.tasks, asked, stack)
        own = await self._own_answer(issued, asked)
        if own is not None:
            return json_answer(own)
        return await self._forward(issued, asked, stack)

    async def _take(self, session: IssuedSession, asked: Asked) -> None:
        """Take what no answer is owed for; raises Challenged for an answer that is not taken."""
        if "method" not in asked.message:
            waiting = session.rounds.get(str(asked.id))
            if waiting is not None:
                await waiting.take(asked.message, asked.request, asked.way)
        elif asked.method == "notifications/cancelled":
            cancelled = asked.params.get("requestId")
            if isinstance(cancelled, str | int | float):
                call = session.calls.get((isinstance(cancelled, str), cancelled))
                if call is not None:
                    await call.cancel()

    async def _own_answer(self, issued: Issued, asked: Asked) -> Message | None:
        """The answer to what the server has no method for; None for everything else."""
        session = issued.session
        if asked.method == "logging/setLevel":
            session.level = text(asked.params.get("level"))
            self._recovery.keep(session, asked.request)
        elif asked.method in ("resources/subscribe", "resources/unsubscribe"):
            return await self._subscribe(issued, asked)
        elif asked.method.startswith("tasks/"):
            return error_message(asked.id, METHOD_NOT_FOUND, f"There is no method {asked.method}.")
        elif asked.method != "ping":
            return None
        return result_message(asked.id, {})

    async def _subscribe(self, issued: Issued, asked: Asked) -> Message:
        session, uri = issued.session, text(asked.params.get("uri"))
        if not session.takes_subscriptions:
            reason = "The server tells of no single resources."
            return error_message(asked.id, METHOD_NOT_FOUND, reason)
        if uri is None:
            return error_message(asked.id, INVALID_PARAMS, "A subscription names a uri.")
        before = dict(session.uris)
        if asked.method == "resources/subscribe":
            session.uris[uri] = None
        else:
            session.uris.pop(uri, None)
        if issued.ear is not None and before != session.uris:
            try:
                await issued.ear.listen(asked.request, asked.way)
            except BaseException:
                session.uris = before
                raise
        self._recovery.keep(session, asked.request)
        return result_message(asked.id, {})

    async def _ask_after_task(
        self, session: IssuedSession, tasks: OfferedTasks, asked: Asked, stack: AsyncExitStack
    ) -> UpstreamResponse:
        task = tasks.find(asked.params.get("taskId"))
        if task is None:
            said = "This session has no such task, or has it no more."
            return json_answer(error_message(asked.id, INVALID_PARAMS, said))
        if asked.method == "tasks/cancel":
            return json_answer(await tasks.cancel(task, asked))
        if asked.method == "tasks/get":
            looked = await tasks.look(task, asked.sent)
            return await answer_of(tasks.state(task, asked, looked), _always_ok, stack)
        result = TaskResult(tasks, task, asked, session.version)
        _keep(session, asked, result, stack)
        looked = await tasks.look(task, asked.sent)
        return await answer_of(ahead(result.messages(looked)), _always_ok, stack)

    async def _forward(
        self, issued: Issued, asked: Asked, stack: AsyncExitStack
    ) -> UpstreamResponse:
        session = issued.session
        wants_task = asked.method == "tools/call" and isinstance(asked.params.get("task"), dict)
        offered = issued.tasks if wants_task else None
        call = Forwarded(session, asked, self._bounds, self._errands, offered)
        _keep(session, asked, call, stack)
        refusal = await call.begin()
        if refusal is not None and error_code(refusal.message) == HEADER_MISMATCH:
            # It was refused for headers that only the list of tools tells of.
            await session.learn_tools(asked.request, asked.way)
            refusal = await call.begin()
        if refusal is not None and wants_tasks(refusal.message):
            refusal = await call.begin(tasks=True)
        if refusal is not None:
            return await self._refused(session, asked, refusal)
        return await answer_of(ahead(call.messages()), _always_ok, stack)

    async def _refused(
        self, session: IssuedSession, asked: Asked, refusal: Refusal
    ) -> UpstreamResponse:
        """A server's refusal; an error stands in an answer of its own in the handshake eras."""
        if refusal.status not in REFUSALS and "error" not in refusal.message:
            return UpstreamResponse(
                status=refusal.status,
                headers=(("Content-Length", str(len(refusal.rest))),),
                body=Whole(refusal.rest),
            )
        answer = refusal.message
        if "error" not in answer:
            # No server of 2026-07-28 refuses so; or something before it does.
            if not names_modern(await discover(self._requests, asked.request, asked.way)):
                raise ModernRefused
            said = f"The server answered HTTP {refusal.status} and did not say why."
            answer = error_message(asked.id, INTERNAL_ERROR, said)
        return json_answer(
            handshake_answer(answer, asked.id, asked.method, asked.params, session.version)
        )


def _keep(session: IssuedSession, asked: Asked, call: Underway, stack: AsyncExitStack) -> None:
    """Have a call under its id for as long as its client's exchange lasts."""
    key = (isinstance(asked.id, str), asked.message["id"])
    session.calls[key] = call

    async def leave() -> None:
        if session.calls.get(key) is call:
            del session.calls[key]
        await call.left()

    stack.push_async_callback(leave)


async def _as_events(answer: UpstreamResponse) -> AsyncIterator[bytes]:
    if is_stream(answer.headers):
        async for data in answer.body:
            yield data
    else:
        yield event_of(await message_of(await whole(answer.body)))


def _failed(asked: Asked, error: Exception) -> Message:
    if isinstance(error, Challenged):
        error = refused(error.status)
    elif not isinstance(error, UpstreamUnreachable):
        error = UpstreamUnreachable("The server does not speak 2026-07-28 any more.", "Try again.")
    return error_message(asked.id, error.rpc_code, str(error), {"code": error.code})


def gone() -> UpstreamResponse:
    """The answer for a session that is not there, or another's."""
    return json_answer(error_message(None, INVALID_REQUEST, _NO_SESSION), 404)


def _always_ok(_: Message) -> int:
    return 200
