"""What a server that binds tokens to a key gets from the relay (RFC 9449)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from keyfob_core.accounts.owner import Accounts
from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.addresses.origins import origin_of
from keyfob_core.calls import Call
from keyfob_core.config import Server
from keyfob_core.errors import SignInNeeded, UpstreamRefused
from keyfob_core.forwarding import Forwarding, Opened, Passage, Received
from keyfob_core.messages.headers import headers_down
from keyfob_core.model import (
    AuthContext,
    Client,
    Inbound,
    KnownBy,
    Listener,
    Token,
    UpstreamResponse,
)
from keyfob_core.sessions.upstream_sessions import Sessions
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.http.upstream import HttpUpstream
from keyfob_core.waits import Wait
from support.audit_log import RecordedAudit, SetClock
from support.dpop_resource import checked_proof
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryPauses, MemorySessions, unlocked
from support.tokens import token
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    in_turn,
    json_reply,
    scripted_upstream,
)

KEY = new_proof_key()
USE_NONCE = 'DPoP error="use_dpop_nonce", error_description="..."'


def refusal(nonce: str | None, challenge: str = USE_NONCE) -> Reply:
    nonces = (("DPoP-Nonce", nonce),) if nonce else ()
    return json_reply({}, status=401, fields=(("WWW-Authenticate", challenge), *nonces))


def granted(nonce: str | None = None) -> Reply:
    return json_reply({}, fields=(("DPoP-Nonce", nonce),) if nonce else ())


@dataclass
class World:
    """Steps 5 to 7 with the real owner of tokens and a server that a test scripts."""

    upstream: ScriptedUpstream
    held: Token
    clock: SetClock = field(default_factory=lambda: SetClock(2000.0))

    def __post_init__(self) -> None:
        self.http = HttpUpstream(SystemNetwork())
        self.audit = RecordedAudit()
        self.issuer = RotatingIssuer(self.clock)
        self.accounts = Accounts(
            MemoryStore(),
            self.issuer,
            self.audit,
            self.clock,
            MemoryPauses(),
            unlocked,
            lambda: None,
        )
        self.forwarding = Forwarding(
            self.accounts,
            Sessions(MemorySessions(), self.clock),
            self.http,
            no_sign_in,
            self.clock,
        )

    async def send(self, *fields: tuple[str, str], account: str = "work") -> UpstreamResponse:
        inbound = Inbound(
            listener=Listener.HTTP, http_method="POST", server="s", headers=fields, body=b"{}"
        )
        request = Received(inbound, {}, None, None)
        context = AuthContext(
            request_id="q",
            listener=Listener.HTTP,
            client=Client("cursor", KnownBy.TOKEN),
            person="ann",
            account=account,
        )
        server = Server("s", f"{self.upstream.url}?tenant=7")
        call = Call(self.audit, "q")
        async with AsyncExitStack() as stack:
            opened = Opened()
            stack.push_async_callback(opened.close)
            passage = Passage(request, call, server, lambda request, context: None, opened, Wait(5))
            context, held = await self.forwarding.credential(passage, context)
            return await self.forwarding.response(passage, context, held)

    def proven(self, number: int, nonce: str | None, access: str = "access-1") -> str:
        """The `jti` of a request's proof, which is good for it and has this nonce."""
        seen = self.upstream.requests[number]
        assert seen.header("authorization") == f"DPoP {access}"
        _, claims = checked_proof(
            seen.header("dpop") or "", "POST", self.upstream.url, access_token=access, nonce=nonce
        )
        assert claims["iat"] == 2000
        return claims["jti"]


async def no_sign_in(
    context: AuthContext, reason: str, challenge: str | None, *, step_up: bool, wait: Wait
) -> str:
    raise SignInNeeded(reason)


@asynccontextmanager
async def world(
    respond: Reply | Callable[[Seen], Reply], *, bound: bool = True
) -> AsyncGenerator[World]:
    async with scripted_upstream(respond) as upstream:
        held = token(obtained=2000.0, origin=origin_of(upstream.url))
        if bound:
            held = replace(held, token_type="DPoP", dpop_key=KEY)
        it = World(upstream, held)
        await it.accounts.keep("work", held)
        try:
            yield it
        finally:
            await it.http.close()


async def test_each_request_has_a_proof_of_its_own_and_the_client_s_is_dropped() -> None:
    async with world(granted()) as it:
        await it.send(("DPoP", "the client's own"), ("Authorization", "DPoP local"))
        await it.send()
        assert it.proven(0, None) != it.proven(1, None)


async def test_a_nonce_is_put_in_and_the_request_sent_again_without_a_refresh() -> None:
    async with world(in_turn(refusal("n-1"), granted())) as it:
        assert (await it.send()).status == 200
        assert it.proven(0, None) != it.proven(1, "n-1")
        assert it.upstream.requests[1].body == b"{}"
    assert it.issuer.refreshes == 0


async def test_the_last_nonce_of_any_response_is_used_from_then_on() -> None:
    async with world(in_turn(refusal("n-1"), granted("n-2"), granted(), granted("n-3"))) as it:
        for _ in range(4):
            await it.send()
        assert [it.proven(n, nonce) for n, nonce in enumerate((None, "n-1", "n-2", "n-2", "n-3"))]
        assert len(it.upstream.requests) == 5


async def test_a_challenge_that_says_nothing_but_a_nonce_is_about_the_nonce() -> None:
    async with world(in_turn(refusal("n-1", 'DPoP algs="ES256"'), granted())) as it:
        assert (await it.send()).status == 200
    assert it.issuer.refreshes == 0


async def test_a_nonce_that_is_wanted_in_the_second_of_two_fields_is_put_in() -> None:
    both = (("WWW-Authenticate", 'Bearer error="invalid_token"'), ("WWW-Authenticate", USE_NONCE))
    refused = json_reply({}, status=401, fields=(*both, ("DPoP-Nonce", "n-1")))
    async with world(in_turn(refused, granted())) as it:
        assert (await it.send()).status == 200
        assert it.proven(0, None) != it.proven(1, "n-1")
    assert it.issuer.refreshes == 0


@pytest.mark.parametrize("nonce", ["n-1", None])
async def test_a_token_that_is_refused_is_refreshed_whatever_the_nonce(nonce: str | None) -> None:
    expired = refusal(nonce, 'DPoP error="invalid_token"')
    async with world(in_turn(expired, granted())) as it:
        assert (await it.send()).status == 200
        it.proven(1, nonce, "access-2")
        assert len(it.upstream.requests) == 2
    assert it.issuer.refreshes == 1


async def test_a_server_that_asks_for_nonces_for_ever_is_asked_four_times() -> None:
    async with world(in_turn(*(refusal(f"n-{number}") for number in range(9)))) as it:
        with pytest.raises(UpstreamRefused):
            await it.send()
        assert len(it.upstream.requests) == 4
    assert it.issuer.refreshes == 1


async def test_a_new_nonce_with_a_refreshed_token_is_no_refusal_of_it() -> None:
    expired = refusal(None, 'DPoP error="invalid_token"')
    async with world(in_turn(expired, refusal("n-1"), granted())) as it:
        assert (await it.send()).status == 200
        it.proven(2, "n-1", "access-2")
    assert it.issuer.refreshes == 1


async def test_two_accounts_share_no_nonce() -> None:
    async with world(in_turn(granted("n-1"), granted())) as it:
        await it.accounts.keep("other", it.held)
        await it.send()
        await it.send(account="other")
        it.proven(0, None)
        it.proven(1, None)


async def test_a_bearer_token_proves_nothing_and_takes_no_nonce() -> None:
    async with world(in_turn(refusal("n-1"), granted("n-2")), bound=False) as it:
        assert (await it.send()).status == 200
        assert [seen.header("dpop") for seen in it.upstream.requests] == [None, None]
        assert it.upstream.requests[1].header("authorization") == "Bearer access-2"
    assert it.issuer.refreshes == 1


def test_a_nonce_is_ours_and_not_the_client_s() -> None:
    assert headers_down((("DPoP-Nonce", "n-1"), ("X-Own", "1"))) == (("X-Own", "1"),)
