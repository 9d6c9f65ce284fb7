from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.accounts.credentials import decode, encode
from keyfob_core.accounts.owner import Accounts
from keyfob_core.errors import (
    AuditUnavailable,
    CredentialMissing,
    OAuthFailed,
    SignInNeeded,
    StateUnavailable,
    StoreLocked,
    UpstreamRefused,
    UpstreamUnreachable,
)
from keyfob_core.model import ApiKey, Token
from keyfob_core.ports import Pause
from keyfob_core.renewals import EnterpriseManaged, ServiceClient, WorkloadIdentity
from keyfob_core.states import AccountCondition, StoreCondition
from support.audit_log import RecordedAudit, SetClock
from support.eventually import eventually
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryPauses, unlocked
from support.tokens import ORIGIN, token

KEY = "account/work"


@dataclass
class World:
    """Accounts with all their neighbours."""

    clock: SetClock = field(default_factory=lambda: SetClock(1000.0))
    store: MemoryStore = field(default_factory=MemoryStore)
    audit: RecordedAudit = field(default_factory=RecordedAudit)
    pauses: MemoryPauses = field(default_factory=MemoryPauses)
    life: float | None = 3600.0

    def __post_init__(self) -> None:
        self.issuer = RotatingIssuer(self.clock, self.life)
        self.accounts = self.restarted()

    def restarted(self) -> Accounts:
        """Accounts that know nothing but what the store holds."""
        return Accounts(
            self.store,
            self.issuer,
            self.audit,
            self.clock,
            self.pauses,
            unlocked,
            lambda: None,
        )

    def stored(self) -> Token:
        found = decode(self.store.secrets[KEY])
        assert isinstance(found, Token)
        return found

    @property
    def condition(self) -> AccountCondition:
        return self.accounts.state("work", "oauth").condition


async def test_a_fresh_credential_is_handed_out_as_it_is() -> None:
    world = World()
    await world.accounts.keep("work", token())
    assert await world.accounts.credential("work", ORIGIN) == token()
    assert world.issuer.refreshes == 0


async def test_ten_clients_that_meet_an_expired_token_cause_one_refresh() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    asks = [asyncio.create_task(world.accounts.credential("work", ORIGIN)) for _ in range(10)]
    await world.issuer.asked.wait()
    world.issuer.gate.set()
    found = await asyncio.gather(*asks)
    assert {one.generation for one in found} == {2}
    assert world.issuer.refreshes == 1
    assert world.stored().access_token == "access-2"


async def test_ten_clients_whose_token_was_refused_cause_one_refresh() -> None:
    world = World()
    await world.accounts.keep("work", token())
    asks = [asyncio.create_task(world.accounts.renew("work", token())) for _ in range(10)]
    assert {one.generation for one in await asyncio.gather(*asks)} == {2}
    assert (await world.accounts.renew("work", token())).generation == 2
    assert world.issuer.refreshes == 1


async def test_a_client_that_goes_away_does_not_cut_a_refresh_in_two() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    ask.cancel()
    await asyncio.gather(ask, return_exceptions=True)
    world.issuer.gate.set()
    await world.accounts.close()
    assert world.stored().generation == 2


@given(
    life=st.floats(0.5, 100_000),
    steps=st.lists(st.floats(0.001, 0.5), min_size=1, max_size=60),
)
def test_a_token_is_refreshed_at_most_once_in_its_life(life: float, steps: list[float]) -> None:
    async def run() -> None:
        world = World(life=life)
        await world.accounts.keep("work", token(life=life))
        lived = 0.0
        for step in steps:
            world.clock.now += life * step
            lived += step
            await world.accounts.credential("work", ORIGIN)
        # Nine tenths of a life pass before a refresh, and a leap over several lives is one.
        assert world.issuer.refreshes <= lived / 0.89 + 1e-6

    asyncio.run(run())


async def test_a_refreshed_token_outlives_a_restart() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    await world.accounts.credential("work", ORIGIN)
    again = await world.restarted().credential("work", ORIGIN)
    assert again.generation == 2
    assert world.issuer.refreshes == 1


async def test_the_token_is_written_before_it_is_used() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    world.store.condition = StoreCondition.LOCKED
    world.issuer.gate.set()
    with pytest.raises(StoreLocked):
        await ask
    assert world.condition is AccountCondition.NEEDS_YOU
    # The issuer has rotated: the answer that could not be written must not be lost.
    world.store.condition = StoreCondition.READY
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.issuer.refreshes == 1
    assert world.stored().generation == 2
    assert world.condition is AccountCondition.HEALTHY


@pytest.mark.parametrize(
    "failure",
    [UpstreamUnreachable("away"), OAuthFailed("bad_response", "a page about the weather")],
    ids=["network", "another page"],
)
async def test_a_failed_refresh_keeps_the_token_and_backs_off(failure: Exception) -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = failure
    for _ in range(5):
        with pytest.raises((UpstreamUnreachable, OAuthFailed)):
            await world.accounts.credential("work", ORIGIN)
    assert world.stored() == token()
    world.issuer.failure = None
    with pytest.raises(UpstreamUnreachable):
        await world.accounts.credential("work", ORIGIN)
    world.clock.now += 2.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.issuer.refreshes == 1


async def test_a_token_that_is_only_nearly_expired_serves_while_its_issuer_is_away() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 1000.0 + 3600.0 - 5.0
    world.issuer.failure = UpstreamUnreachable("away")
    assert await world.accounts.credential("work", ORIGIN) == token()


async def test_only_invalid_grant_on_the_current_token_asks_the_person() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed("invalid_grant", "dead")
    for _ in range(3):
        with pytest.raises(SignInNeeded):
            await world.accounts.credential("work", ORIGIN)
    assert world.condition is AccountCondition.NEEDS_YOU
    assert [event.event for event in world.audit.events] == ["refresh_failed"]
    await world.accounts.keep("work", token(generation=2, obtained=5000.0))
    assert world.condition is AccountCondition.HEALTHY


@pytest.mark.parametrize("code", ["bad_refresh_token", "refresh_token_not_found"])
async def test_a_refresh_token_that_is_dead_by_another_name_asks_the_person_each_time(
    code: str,
) -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed(code, "The issuer gave no token.")
    await world.accounts.renew_ahead("work")
    for _ in range(3):
        with pytest.raises(SignInNeeded, match="gave no token"):
            await world.accounts.credential("work", ORIGIN)
    assert world.condition is AccountCondition.NEEDS_YOU
    assert len(world.audit.events) == 1
    world.issuer.failure = None
    world.clock.now += 2.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.condition is AccountCondition.HEALTHY


async def test_an_issuer_that_calls_our_request_wrong_is_asked_again_before_it_is_believed() -> (
    None
):
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed("invalid_request", "The token request is invalid.")
    with pytest.raises(OAuthFailed):
        await world.accounts.credential("work", ORIGIN)
    world.clock.now += 14.0
    with pytest.raises(UpstreamUnreachable, match="request is invalid"):
        await world.accounts.credential("work", ORIGIN)
    assert world.condition is AccountCondition.FAILED
    world.clock.now += 12.0
    for _ in range(3):
        with pytest.raises(SignInNeeded, match="request is invalid"):
            await world.accounts.credential("work", ORIGIN)
    assert len(world.audit.events) == 2
    assert world.condition is AccountCondition.NEEDS_YOU
    await world.accounts.keep("work", token(generation=2, obtained=world.clock.now))
    assert world.condition is AccountCondition.HEALTHY


async def test_an_issuer_that_does_not_know_our_client_is_asked_again_before_it_is_believed() -> (
    None
):
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed("invalid_client", "Who are you?")
    for _ in range(3):
        with pytest.raises(UpstreamUnreachable):
            await world.accounts.credential("work", ORIGIN)
    assert world.condition is AccountCondition.FAILED
    assert len(world.audit.events) == 1
    assert not world.accounts.is_client_unknown("work")
    world.clock.now += 14.0
    with pytest.raises(UpstreamUnreachable):
        await world.accounts.credential("work", ORIGIN)
    assert len(world.audit.events) == 1
    world.clock.now += 12.0
    for _ in range(3):
        with pytest.raises(SignInNeeded) as needed:
            await world.accounts.credential("work", ORIGIN)
        assert "registers anew" in needed.value.hint
    assert len(world.audit.events) == 2
    assert world.condition is AccountCondition.NEEDS_YOU
    assert world.stored() == token()


async def test_a_client_that_is_unknown_for_a_moment_costs_no_sign_in() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed("invalid_client", "Who are you?")
    with pytest.raises(UpstreamUnreachable):
        await world.accounts.credential("work", ORIGIN)
    world.issuer.failure = None
    world.clock.now += 26.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.condition is AccountCondition.HEALTHY


async def test_that_our_client_is_unknown_outlives_a_restart_and_a_network_failure() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    for failure in (
        OAuthFailed("invalid_client", "Who are you?"),
        UpstreamUnreachable("away"),
        OAuthFailed("unauthorized_client", "Not you."),
    ):
        world.issuer.failure = failure
        with pytest.raises((UpstreamUnreachable, SignInNeeded)):
            await world.accounts.credential("work", ORIGIN)
        world.clock.now += 400.0
    world.accounts = world.restarted()
    await world.accounts.load("work")
    assert world.condition is AccountCondition.NEEDS_YOU
    assert world.accounts.is_client_unknown("work")
    world.issuer.failure = None
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert not world.accounts.is_client_unknown("work")


async def test_a_client_of_the_persons_own_that_is_refused_is_theirs_to_look_at() -> None:
    world = World()
    own = replace(token().registration, dynamic=False)
    await world.accounts.keep("work", replace(token(), registration=own))
    world.issuer.failure = OAuthFailed("invalid_client", "Not with this secret.")
    with pytest.raises(UpstreamUnreachable):
        await world.accounts.refresh("work")
    with pytest.raises(SignInNeeded) as needed:
        await world.accounts.refresh("work")
    assert "client ID" in needed.value.message
    assert "registers" not in needed.value.hint


async def test_a_refused_fresh_token_is_not_refreshed_for_ever() -> None:
    world = World()
    await world.accounts.keep("work", token())
    renewed = await world.accounts.renew("work", token())
    world.accounts.refused("work", renewed)
    for _ in range(5):
        with pytest.raises(UpstreamRefused):
            await world.accounts.renew("work", renewed)
    assert world.issuer.refreshes == 1


async def test_a_server_that_refused_a_fresh_token_for_a_while_costs_no_sign_in() -> None:
    world = World(life=None)
    await world.accounts.keep("work", token(life=None))
    renewed = await world.accounts.renew("work", token(life=None))
    world.accounts.refused("work", renewed)
    # It takes it again, until one day the token ends.
    world.clock.now += 86400.0
    assert (await world.accounts.renew("work", renewed)).generation == 3
    assert world.condition is AccountCondition.HEALTHY
    world.accounts.refused("work", token(generation=3, life=None))
    world.clock.now -= 86400.0
    assert (await world.accounts.renew("work", token(generation=3, life=None))).generation == 4


async def test_a_token_without_expiry_is_used_until_a_401_and_then_refreshed() -> None:
    world = World(life=None)
    await world.accounts.keep("work", token(life=None))
    world.clock.now = 1e9
    assert (await world.accounts.credential("work", ORIGIN)).generation == 1
    assert (await world.accounts.renew("work", token(life=None))).generation == 2


async def test_an_api_key_that_is_refused_asks_the_person() -> None:
    world = World()
    key = ApiKey(secret="k", origin=ORIGIN, obtained_at=0.0)
    await world.accounts.keep("work", key)
    with pytest.raises(SignInNeeded):
        await world.accounts.renew("work", key)
    assert world.condition is AccountCondition.NEEDS_YOU


async def test_a_credential_never_goes_to_another_origin() -> None:
    world = World()
    await world.accounts.keep("work", token())
    with pytest.raises(CredentialMissing):
        await world.accounts.credential("work", "https://evil.example.com")
    with pytest.raises(CredentialMissing):
        await world.accounts.credential("work", ORIGIN.replace("https", "http"))


async def test_a_clock_set_back_costs_no_refresh_and_one_set_forward_costs_one() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = -50_000.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 1
    world.clock.now = 900_000.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.issuer.refreshes == 1


async def test_an_erased_account_is_not_connected() -> None:
    world = World()
    await world.accounts.keep("work", token())
    await world.accounts.erase("work")
    assert world.store.secrets == {}
    assert world.condition is AccountCondition.NOT_CONNECTED
    with pytest.raises(CredentialMissing):
        await world.accounts.credential("work", ORIGIN)


async def test_what_is_erased_is_what_a_refresh_that_was_under_way_has_made() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    erasing = asyncio.create_task(world.accounts.erase("work"))
    world.issuer.gate.set()
    erased, _ = await asyncio.gather(erasing, ask)
    assert isinstance(erased, Token)
    assert erased.refresh_token == "refresh-2"
    assert world.store.secrets == {}
    assert await world.accounts.erase("work") is None


async def test_what_is_erased_is_an_answer_that_the_store_had_not_taken() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    world.store.condition = StoreCondition.LOCKED
    world.issuer.gate.set()
    with pytest.raises(StoreLocked):
        await ask
    world.store.condition = StoreCondition.READY
    erased = await world.accounts.erase("work")
    assert isinstance(erased, Token)
    assert erased.refresh_token == "refresh-2"


async def test_looking_at_an_account_never_reads_the_store() -> None:
    world = World()
    world.store.secrets[KEY] = encode(token())
    world.store.condition = StoreCondition.LOCKED
    assert world.condition is AccountCondition.NOT_CONNECTED
    await world.accounts.load("work")
    assert world.condition is AccountCondition.UNREAD
    world.store.condition = StoreCondition.READY
    await world.accounts.load("work")
    assert world.condition is AccountCondition.HEALTHY


async def test_a_full_disk_does_not_cost_a_sign_in() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.audit.failure = AuditUnavailable("full")
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2


async def test_a_refresh_that_finds_a_newer_token_does_nothing() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    # The person signs in anew while the old token's refresh is under way.
    keep = asyncio.create_task(world.accounts.keep("work", token(generation=9, obtained=5000.0)))
    world.issuer.gate.set()
    await asyncio.gather(ask, keep)
    assert world.stored().generation == 9
    assert (await world.accounts.credential("work", ORIGIN)).generation == 9


RENEWED = replace(token(refresh=None), renewal=WorkloadIdentity(token_file="/run/token"))


async def test_a_service_account_is_renewed_before_it_expires_and_when_it_is_refused() -> None:
    world = World()
    await world.accounts.keep("work", RENEWED)
    world.clock.now = 5000.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    held = await world.accounts.held("work")
    assert held is not None
    assert (await world.accounts.renew("work", held)).generation == 3
    assert (await world.accounts.refresh("work")).generation == 4


async def test_a_service_account_that_is_refused_once_is_tried_again_after_a_pause() -> None:
    world = World()
    await world.accounts.keep("work", RENEWED)
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed("invalid_grant", "The assertion is not good yet.")
    with pytest.raises(SignInNeeded):
        await world.accounts.credential("work", ORIGIN)
    assert world.condition is AccountCondition.FAILED
    world.issuer.failure = None
    world.clock.now += 2.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.condition is AccountCondition.HEALTHY


class TwoSteps:
    """A `Refresher` whose identity provider rotates before the token can be had."""

    def __init__(self) -> None:
        self.sent: list[str | None] = []
        self.failure: Exception | None = None

    async def refresh(self, token: Token) -> Token:
        renewal = token.renewal
        assert isinstance(renewal, EnterpriseManaged)
        self.sent.append(renewal.id_token or renewal.refresh_token)
        if renewal.id_token is None:
            bought = replace(renewal, id_token="id-2", refresh_token="idp-refresh-2")
            return replace(token, renewal=bought)
        if self.failure is not None:
            raise self.failure
        return replace(token, access_token="access-2", expires_at=9e9, generation=2)


MANAGED = replace(
    token(refresh=None),
    renewal=EnterpriseManaged(
        idp_token_endpoint="https://idp.example/token",
        idp_client=ServiceClient(client_id="us", method="none"),
        client=ServiceClient(client_id="us"),
        refresh_token="idp-refresh-1",
    ),
)


async def test_a_rotated_refresh_token_of_an_identity_provider_outlives_what_fails_next() -> None:
    world, steps = World(), TwoSteps()
    accounts = Accounts(
        world.store, steps, world.audit, world.clock, world.pauses, unlocked, lambda: None
    )
    await accounts.keep("work", MANAGED)
    world.clock.now = 5000.0
    steps.failure = UpstreamUnreachable("away")
    with pytest.raises(UpstreamUnreachable):
        await accounts.credential("work", ORIGIN)
    stored = world.stored()
    assert isinstance(stored.renewal, EnterpriseManaged)
    assert stored.renewal.refresh_token == "idp-refresh-2"
    assert (stored.access_token, stored.generation) == ("access-1", 1)
    steps.failure = None
    world.clock.now += 2.0
    again = Accounts(
        world.store, steps, world.audit, world.clock, world.pauses, unlocked, lambda: None
    )
    assert (await again.credential("work", ORIGIN)).generation == 2
    assert steps.sent == ["idp-refresh-1", "id-2", "id-2"]
    assert world.stored().access_token == "access-2"


async def test_a_locked_store_asks_no_issuer_for_a_token_that_could_not_be_kept() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.store.condition = StoreCondition.LOCKED
    with pytest.raises(StoreLocked):
        await world.accounts.credential("work", ORIGIN)
    assert not world.issuer.asked.is_set()
    assert world.condition is AccountCondition.NEEDS_YOU


async def test_a_pause_after_a_failure_outlives_a_restart() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = UpstreamUnreachable("away")
    with pytest.raises(UpstreamUnreachable):
        await world.accounts.credential("work", ORIGIN)
    world.issuer.failure = None
    again = world.restarted()
    with pytest.raises(UpstreamUnreachable):
        await again.credential("work", ORIGIN)
    assert world.issuer.refreshes == 0
    assert again.state("work", "oauth").condition is AccountCondition.FAILED
    world.clock.now += 2.0
    assert (await again.credential("work", ORIGIN)).generation == 2
    assert world.pauses.pause("work") is None


async def test_a_pause_from_another_clock_holds_nobody_up() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.pauses.keep("work", Pause(3, 9e9, "away"))
    world.clock.now = 5000.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2


async def test_what_another_process_has_refreshed_is_taken_and_not_refreshed_again() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    other = world.restarted()
    assert (await other.credential("work", ORIGIN)).generation == 2
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2
    assert world.issuer.refreshes == 1


@given(life=st.floats(1.0, 1e6), name=st.text(min_size=1, max_size=10))
def test_a_token_is_renewed_ahead_of_requests_and_late_in_its_life(life: float, name: str) -> None:
    async def run() -> None:
        world = World(life=life)
        await world.accounts.keep(name, token(life=life))
        due = world.accounts.due_at(name)
        assert due is not None
        assert 1000.0 + life * 0.77 <= due < 1000.0 + life
        world.clock.now = due
        assert await world.accounts.credential(name, ORIGIN) == token(life=life)
        await world.accounts.renew_ahead(name)
        assert world.issuer.refreshes == 1
        await world.accounts.renew_ahead(name)
        assert world.issuer.refreshes == 1

    asyncio.run(run())


@pytest.mark.parametrize("held", [token(refresh=None), token(life=None), token(life=-1.0)])
async def test_what_cannot_be_renewed_has_no_timer(held: Token) -> None:
    world = World()
    await world.accounts.keep("work", held)
    assert world.accounts.due_at("work") is None
    world.clock.now = 1e9
    await world.accounts.renew_ahead("work")
    assert world.issuer.refreshes == 0


async def test_a_renewal_ahead_that_fails_is_a_state_and_not_an_error() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.issuer.failure = OAuthFailed("invalid_grant", "dead")
    world.clock.now = 1000.0 + 3590.0
    await world.accounts.renew_ahead("work")
    assert world.condition is AccountCondition.NEEDS_YOU
    assert world.accounts.due_at("work") is None


@pytest.mark.parametrize("code", ["bad_response", "insecure_url"])
async def test_what_a_captive_portal_answers_asks_nobody_to_sign_in(code: str) -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = OAuthFailed(code, "a page about the weather")
    with pytest.raises(OAuthFailed):
        await world.accounts.credential("work", ORIGIN)
    with pytest.raises(UpstreamUnreachable):
        await world.accounts.credential("work", ORIGIN)
    assert world.condition is AccountCondition.FAILED
    world.issuer.failure = None
    world.clock.now += 2.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 2


NEARLY_OVER = 1000.0 + 3600.0 - 5.0


async def test_a_token_that_is_still_good_serves_while_the_store_is_shut() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = NEARLY_OVER
    world.store.condition = StoreCondition.LOCKED
    assert await world.accounts.credential("work", ORIGIN) == token()
    assert world.condition is AccountCondition.NEEDS_YOU
    world.clock.now += 10.0
    with pytest.raises(StoreLocked):
        await world.accounts.credential("work", ORIGIN)


async def test_a_token_that_is_still_good_is_not_held_up_by_what_hangs() -> None:
    world = World()
    accounts = Accounts(
        world.store, world.issuer, world.audit, world.clock, world.pauses, unlocked,
        lambda: None, patience=0.01,
    )  # fmt: skip
    await accounts.keep("work", token())
    world.clock.now = NEARLY_OVER
    world.issuer.gate.clear()
    assert await accounts.credential("work", ORIGIN) == token()
    world.issuer.gate.set()
    await accounts.close()
    assert (await accounts.credential("work", ORIGIN)).generation == 2
    assert world.issuer.refreshes == 1


async def test_a_renewal_ahead_makes_no_keychain_ask_the_person() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = NEARLY_OVER
    world.store.condition = StoreCondition.LOCKED
    world.store.asked = 0
    await world.accounts.renew_ahead("work")
    assert world.store.asked == 0
    assert world.condition is AccountCondition.NEEDS_YOU
    world.store.condition = StoreCondition.READY
    await world.accounts.renew_ahead("work")
    assert world.condition is AccountCondition.HEALTHY
    assert world.stored().generation == 2


async def test_a_pause_from_another_clock_does_not_put_a_renewal_ahead_off() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.pauses.keep("work", Pause(3, 9e9, "away"))
    due = world.accounts.due_at("work")
    assert due is not None
    assert due < 1000.0 + 3600.0


async def test_a_failed_renewal_backs_off_although_the_disk_is_full() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.failure = UpstreamUnreachable("away")
    world.pauses.failure = StateUnavailable("The disk is full.")
    for _ in range(3):
        with pytest.raises(UpstreamUnreachable):
            await world.accounts.credential("work", ORIGIN)
    assert [event.event for event in world.audit.events] == ["refresh_failed"]


async def test_an_answer_that_was_not_written_never_replaces_a_newer_one() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    world.store.condition = StoreCondition.LOCKED
    world.issuer.gate.set()
    with pytest.raises(StoreLocked):
        await ask
    world.store.condition = StoreCondition.READY
    newer = token(access="signed-in-elsewhere", refresh="r-9", obtained=5000.0, generation=2)
    world.store.secrets[KEY] = encode(newer)
    assert await world.accounts.credential("work", ORIGIN) == newer
    world.clock.now = 9000.0
    assert (await world.accounts.credential("work", ORIGIN)).generation == 3
    assert world.condition is AccountCondition.HEALTHY


async def test_a_refresh_that_fails_after_its_client_went_away_is_a_state_and_no_surprise() -> None:
    world = World()
    await world.accounts.keep("work", token())
    world.clock.now = 5000.0
    world.issuer.gate.clear()
    ask = asyncio.create_task(world.accounts.credential("work", ORIGIN))
    await world.issuer.asked.wait()
    ask.cancel()
    await asyncio.gather(ask, return_exceptions=True)
    world.issuer.failure = UpstreamUnreachable("away")
    world.issuer.gate.set()
    await eventually(lambda: world.condition is AccountCondition.FAILED)
    await asyncio.sleep(0)
    gc.collect()


READING = """
import asyncio, sys
from dataclasses import replace
from keyfob_core.accounts.credentials import encode
from keyfob_core.accounts.owner import Accounts
from support.audit_log import RecordedAudit, SetClock
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryPauses, unlocked
from support.tokens import token

async def read() -> None:
    store, clock = MemoryStore(), SetClock(1000.0)
    key = "a key" if sys.argv[1] == "bound" else None
    store.secrets["account/work"] = encode(replace(token(), dpop_key=key))
    issuer = RotatingIssuer(clock, 3600.0)
    told = lambda: None
    accounts = Accounts(store, issuer, RecordedAudit(), clock, MemoryPauses(), unlocked, told)
    assert await accounts.held("work")
    print(*sys.modules)

asyncio.run(read())
"""


@pytest.mark.parametrize("kind", ["bound", "bearer"])
def test_what_signs_is_imported_with_a_bound_token_and_not_in_a_call(kind: str) -> None:
    tests = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [tests, os.environ.get("PYTHONPATH")]))
    told = subprocess.run(
        [sys.executable, "-c", READING, kind],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert ("joserfc.jwt" in told.stdout.split()) == (kind == "bound")
