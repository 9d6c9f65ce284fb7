"""The way of one request, in eight steps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from keyfob_core.access import Judge, Ruling, may_deny_a_tool
from keyfob_core.answers.elicitation import Elicitations
from keyfob_core.answers.listing_requests import continues_a_list, list_until
from keyfob_core.answers.own_answers import OwnAnswers, WaitUrl
from keyfob_core.answers.waiting import USUAL_PACE, Handling, Pace
from keyfob_core.calls import Call
from keyfob_core.config import Config, Server
from keyfob_core.consent import Consent
from keyfob_core.errors import AccessDenied, Error, RequestRefused, UnknownName
from keyfob_core.forwarding import Forwarding, Passage, Received
from keyfob_core.identity.recognition import Identity
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import headers_down
from keyfob_core.model import (
    AuthContext,
    Inbound,
    KnownBy,
    Outbound,
    UpstreamResponse,
    Verdict,
)
from keyfob_core.ports import Audit, Clock, Refusals
from keyfob_core.prompts import SeenTool
from keyfob_core.reception import Admission, Reception, read
from keyfob_core.resolver import Resolver
from keyfob_core.sessions.upstream_sessions import Sessions, session_digest
from keyfob_core.tools.begun_tasks import BegunTasks, may_begin
from keyfob_core.tools.pinning import Pinning
from keyfob_core.tools.pins import Facts, seen_tool
from keyfob_core.tools.stray_lists import Looks, without_strays
from keyfob_core.tools.tool_lists import Tool, cut
from keyfob_core.tuples import made
from keyfob_core.waits import Wait

_SESSION_ID = AuthContext._fields.index("session_id")
_VERDICT = AuthContext._fields.index("verdict")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the relay works with."""

    config: Callable[[], Config]
    identity: Identity
    sessions: Sessions
    consent: Consent
    forwarding: Forwarding
    pinning: Pinning
    audit: Audit
    refusals: Refusals
    clock: Clock
    wait_url: WaitUrl
    admission: Admission
    pace: Pace = USUAL_PACE


class Relay:
    """Takes a client's request, answers the server's response."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._resolver = Resolver(parts.config)
        self._judge = Judge(parts.config, parts.clock)
        self._begun_tasks = BegunTasks()
        self._elicitations = Elicitations()
        own = OwnAnswers(parts.wait_url, self._elicitations)
        self.reception = Reception(
            parts.identity, parts.audit, parts.refusals, own, parts.pace, parts.admission
        )

    def admit(self, inbound: Inbound) -> None:
        """Refuse a wrong token before its body is read; raises RequestRefused."""
        self.reception.admit(inbound)

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note what a listener refuses by itself: a body that it will not read."""
        self.reception.refuse(inbound, error)

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request, ours where the flow ends before the server's.

        The body must be read inside the `async with`; leaving it ends the upstream's stream.
        """
        return self.reception.receive(inbound, self._flow)

    async def _flow(self, handling: Handling) -> Outbound:
        try:
            request = handling.request = handling.request or await read(handling.inbound)
            return await self._pass(request, handling.call, handling)
        except Error as error:
            return self.reception.turn_away(handling, error)

    async def _pass(self, request: Received, call: Call, handling: Handling) -> Outbound:
        config = self._parts.config()
        forwarding = self._parts.forwarding
        wait = handling.wait(config.relay.wait)
        # 1 identify
        call.context = context = await self.reception.identify(request, call, wait=wait)
        # 2 route
        server = self._server(request, config)
        # 3 resolve
        account = self._account(request, context.client.name, server.name)
        call.context = context = _routed(request, context, server, account)
        beside = self._beside(request, context)
        # 4 authorize
        call.context = context = await self._authorize(request, context, server, wait)
        lists = request.body is not None and request.body.lists_tools
        waits = self._foresee(request, server, wait) if lists else None
        # 5 credential
        way = server, self._check_again, handling.opened, wait, beside
        passage = made(Passage, (request, call, *way))
        context, credential = await forwarding.credential(passage, context)
        # 6 stamp, 7 forward, and 8 record: before the first byte here, the outcome in Call
        response = await forwarding.response(passage, context, credential)
        self._elicitations.heard(request, response.headers)
        return await self._passed(request, handling, response, server, waits)

    def _server(self, request: Received, config: Config) -> Server:
        try:
            return config.server(request.inbound.server)
        except UnknownName as error:
            raise RequestRefused(404, error.message, error.hint, rule="server-unknown") from error

    def _account(self, request: Received, client: str, server: str) -> str | None:
        """The account of all that the request calls; raises RequestRefused for two of them."""
        calls = request.body.calls if request.body else ()
        if len(calls) < 2:
            tool = self._tool(calls[0], client, server) if calls else None
            return self._resolver.account(client, server, tool)
        tools = [self._tool(one, client, server) for one in calls]
        found = {self._resolver.account(client, server, tool) for tool in tools}
        if len(found) > 1:
            named = ", ".join(sorted(account or "none" for account in found))
            raise RequestRefused(
                400,
                f"The batch needs several accounts ({named}).",
                "Send its calls one by one.",
                rule="batch-accounts",
            )
        return found.pop()

    def _tool(self, message: rpc.Message, client: str, server: str) -> str | None:
        """What a message calls, or what began the task that it follows."""
        if message.tool is None and (task := message.task) is not None:
            return self._begun_tasks.tool(client, server, task)
        return message.tool

    def _beside(self, request: Received, context: AuthContext) -> str:
        """Refuse a session that is not theirs; the session beside which a call stands."""
        if request.session is None:
            return ""
        client, server = context.client.name, context.server or ""
        return self._parts.sessions.check(
            request.session,
            client,
            server,
            context.account,
            lambda: self._resolver.account(client, server, None),
        )

    async def _authorize(
        self, request: Received, context: AuthContext, server: Server, wait: Wait
    ) -> AuthContext:
        rulings = self._rulings(request, context, server)
        asked = await self._approve(request, context, server, wait)
        if asked:
            # What is known of a tool may be what a rule asks for.
            rulings = self._rulings(request, context, self._server(request, self._parts.config()))
        ruling = rulings[-1][1]
        for message, ruling in rulings:
            if ruling.verdict is Verdict.ASK and message is not None and message.tool is not None:
                ruling = await self._ask(message, context, ruling, server, wait)
                asked = True
        context = _allowed(context, ruling.decided_by)
        if asked:
            self._check_again(request, context)
        return context

    def _check_again(self, request: Received, context: AuthContext) -> None:
        """Raise what forbids the request now: an answer takes a while, and rules may change."""
        self._parts.admission.check()
        self._parts.identity.admit(request.inbound)
        server = self._server(request, self._parts.config())
        self._rulings(request, context, server)
        for tool in request.body.tools if request.body else ():
            self._parts.pinning.check(server, tool)

    async def _approve(
        self, request: Received, context: AuthContext, server: Server, wait: Wait
    ) -> bool:
        """Have the person approve what is called and was not yet; whether there was any of it."""
        pinning, asked = self._parts.pinning, False
        for tool in request.body.tools if request.body else ():
            if pinning.passes(server, tool):
                continue
            wait.begin()
            asked = True
            if not pinning.knows(server, tool):
                is_known = partial(pinning.knows, server, tool)
                await list_until(self.handle, request, context.request_id, is_known)
            await pinning.admit(server, tool, wait)
        return asked

    def _foresee(self, request: Received, server: Server, wait: Wait) -> Wait | None:
        """The wait of a list that is held back until the person has seen it; None for others.

        Raises PersonAwaited where the wait is held: before the server is asked, not after.
        """
        continued = continues_a_list(request.body)
        if request.inbound.unasked or not self._parts.pinning.will_ask(server, continued=continued):
            return None
        wait.begin()
        return wait

    def _rulings(
        self, request: Received, context: AuthContext, server: Server
    ) -> list[tuple[rpc.Message | None, Ruling]]:
        """The ruling on each message; raises AccessDenied where one of them is denied."""
        rulings: list[tuple[rpc.Message | None, Ruling]] = []
        client, account = context.client.name, context.account
        for message in request.body.messages if request.body else (None,):
            tool, facts = message.tool if message else None, self._facts(message, server)
            ruling = self._judge.ruling(client, server.name, tool, account, facts)
            if ruling.verdict is Verdict.DENY:
                raise _denied(message, ruling, context)
            rulings.append((message, ruling))
        return rulings

    def _facts(self, message: rpc.Message | None, server: Server) -> Facts | None:
        """What is known of a called tool; a method may bear the name of one and is none."""
        if message is None or message.tool is None or message.method != "tools/call":
            return None
        return self._parts.pinning.facts(server, message.tool)

    async def _ask(
        self,
        message: rpc.Message,
        context: AuthContext,
        ruling: Ruling,
        server: Server,
        wait: Wait,
    ) -> Ruling:
        if context.client.known_by is KnownBy.KEYFOB:
            # The person pressed the button of a test call: that is the answer.
            return ruling
        facts = self._facts(message, server)
        pin = facts.digest if facts is not None and self._parts.pinning.watches(server) else None
        asked = context._replace(tool=message.tool, method=message.method, pin=pin)
        says = self._says(message.tool, server)
        answered = await self._parts.consent.decide(asked, message.arguments, wait=wait, says=says)
        if answered.verdict is Verdict.DENY:
            raise _denied(message, answered, context)
        return answered

    def _says(self, tool: str | None, server: Server) -> SeenTool | None:
        """What a tool said of itself when it was approved."""
        pinning = self._parts.pinning
        approved, _ = pinning.known(server).get(tool or "", (None, None))
        return seen_tool(approved, pinning.others(server.name)) if approved else None

    async def _passed(
        self,
        request: Received,
        handling: Handling,
        response: UpstreamResponse,
        server: Server,
        waits: Wait | None,
    ) -> Outbound:
        context, body, asked = handling.call.context, response.body, request.body
        review = partial(self._review, context, server, waits)
        rewritten = context is not None and self._looks_into(request, context, server)
        if rewritten:
            body = await cut(response, review, partial(self._instead, handling))
        elif asked is not None and self._parts.pinning.watches(server):
            body = without_strays(response, partial(Looks, review, asked.owed))
        if asked is not None and asked.tools and context is not None and may_begin(body):
            body = self._noting(asked.tools[0], context, response, body)
        headers = headers_down(response.headers, rewritten=rewritten)
        counted = handling.call.counted(body, response.status)
        return made(Outbound, (response.status, headers, counted, None))

    async def _review(
        self,
        context: AuthContext | None,
        server: Server,
        waits: Wait | None,
        tools: Sequence[Tool],
    ) -> list[bool]:
        """Which tools of a list are approved and may be seen."""
        approved = await self._parts.pinning.review(server, tools, waits)
        return [
            one and (context is None or self._shown(context, server, tool.get("name")))
            for one, tool in zip(approved, tools, strict=True)
        ]

    def _noting(
        self,
        tool: str,
        context: AuthContext,
        response: UpstreamResponse,
        body: AsyncIterator[bytes],
    ) -> AsyncIterator[bytes]:
        """The body as it comes; a task that a tool with another account begins is noted."""
        client, server = context.client.name, context.server or ""
        if context.account == self._resolver.account(client, server, None):
            return body
        return self._begun_tasks.noting((client, server, tool), response.headers, body)

    async def _instead(self, handling: Handling, error: Error) -> bytes:
        """What stands in a stream for a list that the person has not answered for."""
        refusal = self.reception.turn_away(handling, error)
        return b"".join([chunk async for chunk in refusal.body])

    def _looks_into(self, request: Received, context: AuthContext, server: Server) -> bool:
        # A stream may repeat, after a break, what another request was answered.
        body, streams = request.body, request.inbound.http_method == "GET"
        if not streams and (body is None or not body.lists_tools):
            return False
        return self._parts.pinning.watches(server) or may_deny_a_tool(
            self._parts.config(), client=context.client.name, server=server.name
        )

    def _shown(self, context: AuthContext, server: Server, tool: object) -> bool:
        if not isinstance(tool, str):
            return True
        facts = self._parts.pinning.facts(server, tool)
        ruling = self._judge.ruling(context.client.name, server.name, tool, context.account, facts)
        return ruling.verdict is not Verdict.DENY


def _routed(
    request: Received, context: AuthContext, server: Server, account: str | None
) -> AuthContext:
    first = request.body.calls[0] if request.body else None
    inbound, session = request.inbound, request.session
    session_id = session_digest(session)[:16] if session else inbound.connection_id
    method = first.method if first else inbound.http_method
    tool = first.tool if first else None
    routed = (session_id, server.name, method, tool, account)
    return made(AuthContext, (*context[:_SESSION_ID], *routed, *context[_VERDICT:]))


def _allowed(context: AuthContext, decided_by: str) -> AuthContext:
    return made(AuthContext, (*context[:_VERDICT], Verdict.ALLOW, context.pin, decided_by))


def _denied(message: rpc.Message | None, ruling: Ruling, context: AuthContext) -> AccessDenied:
    tool = message.tool if message else None
    what = f"call {tool}" if tool else "use this server"
    return AccessDenied(
        f"{context.client.name} may not {what} ({ruling.decided_by}).",
        "Change it in Keyfob, or with `keyfob rule`.",
    )
