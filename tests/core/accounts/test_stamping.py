"""Stamps on what is sent later for the same request of a client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from keyfob_core.accounts.owner import Accounts
from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.accounts.stamping import LaterStamps, Stamping
from keyfob_core.config import Server
from keyfob_core.errors import AccessDenied, CredentialMissing, SignInNeeded, UpstreamRefused
from keyfob_core.model import (
    ApiKey,
    Credential,
    Headers,
    Placement,
    PlacementKind,
    UpstreamRequest,
    UpstreamResponse,
)
from support.audit_log import RecordedAudit, SetClock
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryPauses, unlocked
from support.tokens import ORIGIN, token

URL = f"{ORIGIN}/mcp"
SERVER = Server("one", URL)
OWN = (("Accept", "application/json"),)


@dataclass
class World:
    """An account `work`, and what a request of its server is stamped with."""

    held: Credential
    server: Server = SERVER
    account: str | None = "work"
    clock: SetClock = field(default_factory=lambda: SetClock(1000.0))
    forbidden: Exception | None = None

    def __post_init__(self) -> None:
        self.issuer = RotatingIssuer(self.clock)
        audit, pauses, store = RecordedAudit(), MemoryPauses(), MemoryStore()
        self.accounts = Accounts(
            store, self.issuer, audit, self.clock, pauses, unlocked, lambda: None
        )
        self.stamping = Stamping(self.clock)
        self.later = LaterStamps(
            self.accounts, self.stamping, self.server, self.account, self._check
        )

    def _check(self) -> None:
        if self.forbidden is not None:
            raise self.forbidden

    async def stamped(
        self,
        request: UpstreamRequest | None = None,
        refusal: UpstreamResponse | None = None,
        *,
        ends: bool = False,
    ) -> UpstreamRequest:
        """What the stamps make of a request; of the client's own where none is given."""
        if request is None:
            await self.accounts.keep("work", self.held)
            request = self.sent()
        return await self.later(request, refusal, ends=ends)

    def sent(self) -> UpstreamRequest:
        """The client's request as the relay sends it."""
        prover = ("work", ORIGIN)
        stamped = self.stamping.stamp(self.held, "POST", self.server, prover)
        return UpstreamRequest("POST", URL, (*OWN, *stamped.headers), credential=self.held)


async def nothing() -> AsyncIterator[bytes]:
    for chunk in ():
        yield chunk


def refusal(*headers: tuple[str, str]) -> UpstreamResponse:
    return UpstreamResponse(401, headers or (("WWW-Authenticate", "Bearer"),), nothing())


def authorization(request: UpstreamRequest) -> list[str]:
    return [value for name, value in request.headers if name == "Authorization"]


async def test_a_credential_that_is_good_still_is_stamped_again() -> None:
    world = World(token())
    stamped = await world.stamped()
    assert stamped == world.sent()
    assert world.issuer.refreshes == 0


async def test_one_that_has_expired_meanwhile_is_renewed() -> None:
    world = World(token())
    sent = await world.stamped()
    world.clock.now = 9000.0
    stamped = await world.stamped(sent)
    assert stamped.headers == (*OWN, ("Authorization", "Bearer access-2"))
    assert stamped.credential is not None
    assert stamped.credential.generation == 2


async def test_one_that_is_refused_is_renewed_once_and_a_second_refusal_ends_it() -> None:
    world = World(token())
    sent = await world.stamped()
    again = await world.stamped(sent, refusal())
    assert authorization(again) == ["Bearer access-2"]
    with pytest.raises(UpstreamRefused, match="although its sign-in is fresh"):
        await world.stamped(again, refusal())
    with pytest.raises(UpstreamRefused):
        await world.stamped(sent._replace(credential=again.credential), refusal())
    assert world.issuer.refreshes == 1


async def test_many_that_are_refused_at_once_cause_one_renewal() -> None:
    world = World(token())
    sent = await world.stamped()
    found = await asyncio.gather(*(world.stamped(sent, refusal()) for _ in range(5)))
    assert {tuple(authorization(one)) for one in found} == {("Bearer access-2",)}
    assert world.issuer.refreshes == 1


async def test_a_key_that_is_refused_needs_the_person() -> None:
    world = World(ApiKey(secret="k", origin=ORIGIN, obtained_at=0.0))
    sent = await world.stamped()
    with pytest.raises(SignInNeeded):
        await world.stamped(sent, refusal())


async def test_an_account_that_is_connected_in_another_way_leaves_nothing_of_the_old() -> None:
    world = World(
        ApiKey(
            secret="old",
            origin=ORIGIN,
            obtained_at=0.0,
            placement=Placement(kind=PlacementKind.HEADER, name="X-Api-Key", template="{key}"),
        )
    )
    sent = await world.stamped()
    assert ("X-Api-Key", "old") in sent.headers
    await world.accounts.keep("work", token())
    stamped = await world.stamped(sent)
    assert stamped.headers == (*OWN, ("Authorization", "Bearer access-1"))
    in_query = Placement(kind=PlacementKind.QUERY, name="key", template="{key}")
    key = ApiKey(secret="new", origin=ORIGIN, obtained_at=0.0, placement=in_query)
    await world.accounts.keep("work", key)
    moved = await world.stamped(stamped)
    assert (moved.url, moved.headers) == (f"{URL}?key=new", OWN)
    await world.accounts.keep("work", token())
    assert (await world.stamped(moved)).url == URL


async def test_a_bound_token_proves_itself_anew_with_the_nonce_that_the_server_wants() -> None:
    key = new_proof_key()
    world = World(replace(token(), token_type="DPoP", dpop_key=key))
    sent = await world.stamped()
    headers: Headers = (
        ("WWW-Authenticate", 'DPoP error="use_dpop_nonce"'),
        ("DPoP-Nonce", "n-1"),
    )
    again = await world.stamped(sent, refusal(*headers))
    assert world.issuer.refreshes == 0
    claims = [_claims(one, key) for one in (sent, again)]
    assert [one.get("nonce") for one in claims] == [None, "n-1"]
    assert claims[0]["jti"] != claims[1]["jti"]
    renewed = await world.stamped(again, refusal(("WWW-Authenticate", 'DPoP error="invalid"')))
    assert authorization(renewed) == ["DPoP access-2"]
    assert _claims(renewed, key)["nonce"] == "n-1"


def _claims(request: UpstreamRequest, key: str) -> dict[str, object]:
    [proof] = [value for name, value in request.headers if name == "DPoP"]
    public = ECKey.import_key(json.loads(key))
    return jwt.decode(proof, public, algorithms=["ES256"]).claims


async def test_what_may_pass_no_more_is_not_stamped_unless_it_ends_something() -> None:
    world = World(token())
    sent = await world.stamped()
    world.forbidden = AccessDenied("No.")
    with pytest.raises(AccessDenied):
        await world.stamped(sent)
    assert authorization(await world.stamped(sent, ends=True)) == ["Bearer access-1"]


async def test_a_server_without_an_account_is_sent_nothing_and_its_refusal_asks_for_one() -> None:
    world = World(token(), account=None)
    bare = UpstreamRequest("POST", URL, OWN)
    assert await world.stamped(bare) is bare
    with pytest.raises(CredentialMissing, match="The server one wants a sign-in"):
        await world.stamped(bare, refusal())


async def test_what_goes_to_a_program_has_the_credential_beside_it_and_passes_the_same_check() -> (
    None
):
    world = World(token(origin="program:files"), Server("files", command=("run", "it")))
    await world.accounts.keep("work", world.held)
    sent = UpstreamRequest("POST", "", OWN, credential=world.held)
    world.clock.now = 9000.0
    stamped = await world.stamped(sent)
    assert (stamped.url, stamped.headers) == ("", OWN)
    assert stamped.credential is not None
    assert stamped.credential.generation == 2
    await world.accounts.erase("work")
    assert await world.stamped(stamped, ends=True) is stamped
    world.forbidden = AccessDenied("No.")
    with pytest.raises(AccessDenied):
        await world.stamped(sent)
