"""What of a credential goes up, and that nothing of it is seen anywhere else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from keyfob_core.accounts.owner import Accounts
from keyfob_core.addresses.origins import origin_of
from keyfob_core.calls import Call
from keyfob_core.config import Server
from keyfob_core.errors import Error, SignInNeeded, UpstreamRefused, UpstreamUnreachable
from keyfob_core.forwarding import Forwarding, Opened, Passage, Received
from keyfob_core.model import (
    ApiKey,
    AuthContext,
    Client,
    Inbound,
    KeyPart,
    KnownBy,
    Listener,
    Placement,
    PlacementKind,
    UpstreamRequest,
    UpstreamResponse,
)
from keyfob_core.ports import Upstream
from keyfob_core.sessions.upstream_sessions import Sessions
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.http.upstream import HttpUpstream
from keyfob_core.transports.programs.streams import WholeBody
from keyfob_core.waits import Wait
from support.audit_log import RecordedAudit, SetClock
from support.tables import MemorySessions
from support.upstreams import Drop, Reply, ScriptedUpstream, json_reply, scripted_upstream

MARK = "marked-secret-a83d"
IN_QUERY = Placement(kind=PlacementKind.QUERY, name="api_key", template="{key}")


@dataclass
class World:
    """Steps 5 to 7 between a client and a server over HTTP."""

    upstream: ScriptedUpstream
    key: ApiKey
    clock: SetClock = field(default_factory=lambda: SetClock(1000.0))
    audit: RecordedAudit = field(default_factory=RecordedAudit)

    async def send(
        self,
        *fields: tuple[str, str],
        server: Server | None = None,
        upstream: Upstream | None = None,
    ) -> bytes:
        """The answer to one request of a client that sends these fields."""
        http = HttpUpstream(SystemNetwork())
        accounts = cast("Accounts", OneKey(self.key))
        sessions = Sessions(MemorySessions(), self.clock)
        way = upstream or http
        forwarding = Forwarding(accounts, sessions, way, no_sign_in, self.clock)
        inbound = Inbound(
            listener=Listener.HTTP, http_method="POST", server="s", headers=fields, body=b"{}"
        )
        request = Received(inbound, {}, None, None)
        client = Client("cursor", KnownBy.TOKEN)
        context = AuthContext(
            request_id="q", listener=Listener.HTTP, client=client, person="ann", account="work"
        )
        server = server or Server("s", self.upstream.url)
        call = Call(self.audit, "q")
        try:
            async with AsyncExitStack() as stack:
                stack.callback(call.finish)
                opened = Opened()
                stack.push_async_callback(opened.close)
                passage = Passage(request, call, server, recheck, opened, Wait(5))
                context, held = await forwarding.credential(passage, context)
                try:
                    response = await forwarding.response(passage, context, held)
                    return b"".join([chunk async for chunk in response.body])
                except Error as error:
                    call.failed(error)
                    raise
        finally:
            await http.close()


@dataclass
class OneKey:
    """Accounts that hold one API key; what they do beside is not looked at here."""

    key: ApiKey

    def ready(self, account: str, origin: str) -> None:
        return None

    async def credential(self, account: str, origin: str) -> ApiKey:
        assert (account, origin) == ("work", self.key.origin)
        return self.key

    async def renew(self, account: str, refused: ApiKey) -> ApiKey:
        raise SignInNeeded(f"The server no longer accepts the account {account}.")


async def no_sign_in(
    context: AuthContext, reason: str, challenge: str | None, *, step_up: bool, wait: Wait
) -> str:
    raise SignInNeeded(reason)


def recheck(request: Received, context: AuthContext) -> None:
    """Lets everything pass: nobody changes the account here."""


@asynccontextmanager
async def world(reply: Reply, placement: Placement, *parts: KeyPart) -> AsyncGenerator[World]:
    async with scripted_upstream(reply) as upstream:
        upstream.url += "?tenant=7"
        yield World(
            upstream,
            ApiKey(
                secret=MARK,
                origin=origin_of(upstream.url),
                obtained_at=0,
                placement=placement,
                parts=parts,
            ),
        )


async def test_a_key_goes_up_in_the_query_and_nowhere_else() -> None:
    async with world(json_reply({}), IN_QUERY) as it:
        assert await it.send(("Authorization", "Bearer local")) == b"{}"
        (seen,) = it.upstream.requests
    assert seen.target == f"/mcp?tenant=7&api_key={MARK}"
    assert seen.header("authorization") is None
    assert MARK not in str(seen.fields)


async def test_a_key_of_two_parts_takes_the_place_of_what_the_client_sent_there() -> None:
    second = KeyPart(placement=Placement(name="X-App-Key", template="{key}"), secret="second")
    first = Placement(name="X-Api-Key", template="{key}")
    async with world(json_reply({}), first, second) as it:
        await it.send(("x-api-key", "the client's own"), ("X-Other", "1"))
        (seen,) = it.upstream.requests
    assert seen.header("X-Api-Key") == MARK
    assert seen.header("X-App-Key") == "second"
    assert seen.header("X-Other") == "1"


class Noted:
    """A way to a server that keeps what it was asked, and answers nothing."""

    def __init__(self) -> None:
        self.requests: list[UpstreamRequest] = []

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        self.requests.append(request)
        yield UpstreamResponse(status=202, headers=(), body=WholeBody())


async def test_a_program_s_credential_is_stamped_onto_no_request() -> None:
    program, way = Server("s", command=("run",), env={"TOKEN": "{secret}"}), Noted()
    async with world(json_reply({}), IN_QUERY) as it:
        it.key = replace(it.key, origin=program.origin)
        await it.send(("Authorization", "Bearer local"), server=program, upstream=way)
    [request] = way.requests
    assert MARK not in f"{request.url} {request.headers} {request.body!r}"
    assert "authorization" not in {name.lower() for name, _ in request.headers}
    assert request.credential == it.key
    assert MARK not in repr(request)


FAILURES = [
    (Reply(status=401), SignInNeeded),
    (Reply(status=403), UpstreamRefused),
    (Reply(status=307, fields=(("Location", "https://elsewhere/"),)), UpstreamUnreachable),
    (Reply(fields=(("Content-Length", "9"),), chunks=(b"x", Drop())), UpstreamUnreachable),
    (Reply(fields=(("Bad Name", "x"),)), UpstreamUnreachable),
    (Reply(fields=(("Content-Length", "nine"),)), UpstreamUnreachable),
    (Reply(fields=(("X-Long", "x" * 70_000),)), UpstreamUnreachable),
]


@pytest.mark.parametrize(("reply", "kind"), FAILURES)
async def test_a_key_in_the_query_shows_in_no_error_log_or_audit(
    reply: Reply, kind: type[Error], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(reply, IN_QUERY) as it:
        with pytest.raises(Error) as failed:
            await it.send()
        assert it.upstream.requests[0].target.endswith(MARK)
    assert isinstance(failed.value, kind)
    assert MARK not in "".join(traceback.format_exception(failed.value))
    assert MARK not in all_that_chains(failed.value)
    assert MARK not in repr(it.audit.events)
    assert MARK not in caplog.text


def all_that_chains(error: BaseException) -> str:
    """The texts of an error, its causes and what was under way when each was raised."""
    told, left = "", [error]
    while left:
        one = left.pop()
        told += f"{one!r} {one} {one.args!r}\n"
        left += [other for other in (one.__cause__, one.__context__) if other is not None]
    return told
