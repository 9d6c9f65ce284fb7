"""What a server is told when a session ends here."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

import pytest

from keyfob_core.accounts.credentials import encode
from keyfob_core.accounts.owner import Accounts
from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.addresses.origins import origin_of
from keyfob_core.config import Config, Server
from keyfob_core.control.session_ends import SessionEnds
from keyfob_core.sessions.session_life import Ending
from keyfob_core.sessions.session_notes import Owner
from keyfob_core.sessions.upstream_sessions import Ended, session_digest
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.http.upstream import HttpUpstream
from support.audit_log import RecordedAudit, SetClock
from support.dpop_resource import checked_proof
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryPauses, unlocked
from support.tokens import token
from support.upstreams import Reply, ScriptedUpstream, in_turn, json_reply, scripted_upstream

OWNER = Owner("cursor", "one", "work")
KEY = new_proof_key()
REFUSED = json_reply(
    {},
    status=401,
    fields=(("WWW-Authenticate", 'DPoP error="use_dpop_nonce"'), ("DPoP-Nonce", "n1")),
)
INVALID = json_reply(
    {},
    status=401,
    fields=(("WWW-Authenticate", 'DPoP error="invalid_token"'), ("DPoP-Nonce", "n1")),
)


class Ends(NamedTuple):
    ends: SessionEnds
    forgotten: list[str]
    audit: RecordedAudit


@asynccontextmanager
async def ends_at(url: str, dpop_key: str | None) -> AsyncGenerator[Ends]:
    """What is told of sessions at that server, which have an account."""
    clock, audit, store = SetClock(2000.0), RecordedAudit(), MemoryStore()
    held = replace(token(origin=origin_of(url), obtained=2000.0), dpop_key=dpop_key)
    store.secrets["account/work"] = encode(held)
    accounts = Accounts(
        store, RotatingIssuer(clock), audit, clock, MemoryPauses(), unlocked, lambda: None
    )
    http = HttpUpstream(SystemNetwork())
    config = Config(servers={"one": Server(name="one", url=url)})
    forgotten: list[str] = []
    ends = SessionEnds(
        lambda: config, accounts, http, forgotten.append, forgotten.append, audit, clock
    )
    try:
        yield Ends(ends, forgotten, audit)
    finally:
        await accounts.close()
        await http.close()


@asynccontextmanager
async def told(
    *replies: Reply, dpop_key: str | None, why: Ending = Ending.PERSON
) -> AsyncGenerator[ScriptedUpstream]:
    """A session with a server ended, and the server once it was told."""
    async with (
        scripted_upstream(in_turn(*replies)) as upstream,
        ends_at(upstream.url, dpop_key) as (ends, forgotten, audit),
    ):
        ends.ended("d" * 64, Ended(owner=OWNER, session="s1", why=why))
        await ends.close()
        assert forgotten == ["d" * 16, "s1"]
        assert [event.event for event in audit.events] == ["session_ended"]
        yield upstream


async def test_a_server_that_wants_a_nonce_is_told_with_it() -> None:
    async with told(REFUSED, json_reply({}), dpop_key=KEY) as upstream:
        url = upstream.url
    nonces = [None, "n1"]
    assert len(upstream.requests) == 2
    for seen, nonce in zip(upstream.requests, nonces, strict=True):
        assert (seen.method, seen.header("mcp-session-id")) == ("DELETE", "s1")
        access = (seen.header("authorization") or "").removeprefix("DPoP ")
        checked_proof(seen.header("dpop") or "", "DELETE", url, access_token=access, nonce=nonce)


@pytest.mark.parametrize(
    ("reply", "key"), [(REFUSED, None), (INVALID, KEY), (json_reply({}, status=405), KEY)]
)
async def test_a_server_is_told_once_where_no_nonce_is_missing(
    reply: Reply, key: str | None
) -> None:
    async with told(reply, json_reply({}), dpop_key=key) as upstream:
        assert [seen.method for seen in upstream.requests] == ["DELETE"]


async def test_what_its_client_ended_is_not_told_again() -> None:
    async with told(json_reply({}), dpop_key=None, why=Ending.CLIENT) as upstream:
        assert upstream.requests == []


async def test_a_server_is_not_stormed_where_many_sessions_end_at_once() -> None:
    sessions = {f"s{number}" for number in range(200)}
    async with (
        scripted_upstream(json_reply({})) as upstream,
        ends_at(upstream.url, None) as (ends, _, _),
    ):
        for session in sessions:
            digest = session_digest(session)
            ends.ended(digest, Ended(owner=OWNER, session=session, why=Ending.PERSON))
        await ends.close()
        assert {seen.header("mcp-session-id") for seen in upstream.requests} == sessions
        assert upstream.connections <= 20
