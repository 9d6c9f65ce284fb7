"""A keychain, a clock, an issuer or a network that fails in the middle of a token's life."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx2
import pytest

from keyfob_core.accounts.owner import Accounts
from keyfob_core.control.timers import RenewalTimers
from keyfob_core.errors import (
    StoreLocked,
    StoreUnavailable,
    UpstreamUnreachable,
)
from keyfob_core.model import Token
from keyfob_core.states import AccountCondition, StoreCondition
from support.audit_log import SetClock
from support.engine import Home, RunningEngine, new_home, running_engine
from support.eventually import eventually
from support.rotating_server import Gate, RotatingServer, rotating_server
from support.secret_service import RestartableSecretService
from support.token_owner import token_owner
from support.user_agent import UserAgent

NOW = 1_800_000_000.0
LIFE = 3600.0
DAY = 86_400.0


@pytest.fixture
def service() -> Generator[RestartableSecretService]:
    """A keychain of this test's own, since it is going to suffer."""
    with RestartableSecretService() as started:
        yield started


@pytest.fixture
def own_home(service: RestartableSecretService) -> Generator[Home]:
    with new_home(service) as made:
        yield made


@dataclass(frozen=True)
class Fault:
    """What befalls a keychain, how it heals, and what it is called meanwhile."""

    strike: Callable[[RestartableSecretService], None]
    heal: Callable[[RestartableSecretService], None]
    error: type[Exception]
    condition: StoreCondition


FAULTS = {
    "locked": Fault(
        RestartableSecretService.lock,
        RestartableSecretService.unlock,
        StoreLocked,
        StoreCondition.LOCKED,
    ),
    "killed and restarted": Fault(
        RestartableSecretService.kill,
        RestartableSecretService.restart,
        StoreUnavailable,
        StoreCondition.MISSING,
    ),
    "frozen": Fault(
        RestartableSecretService.freeze,
        RestartableSecretService.thaw,
        StoreUnavailable,
        StoreCondition.FROZEN,
    ),
}


def condition(accounts: Accounts) -> tuple[AccountCondition, str | None]:
    state = accounts.state("job", "oauth")
    return state.condition, state.reason


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_keychain_that_fails_between_a_token_s_answer_and_its_write_loses_nothing(
    service: RestartableSecretService, own_home: Home, fault: Fault
) -> None:
    clock, gate = SetClock(NOW), Gate("rotated")
    async with rotating_server() as server:
        async with token_owner(own_home, clock=clock, timeout=1.0) as accounts:
            await accounts.keep("job", server.signed_in(NOW))
            clock.now += LIFE + 1
            server.moment = gate
            asking = asyncio.create_task(accounts.credential("job", server.origin))
            await gate.reached.wait()
            fault.strike(service)
            gate.opened.set()
            with pytest.raises(fault.error):
                await asking
            for _ in range(3):
                with pytest.raises(fault.error):
                    await accounts.credential("job", server.origin)
            how, why = condition(accounts)
            assert how is AccountCondition.NEEDS_YOU
            assert "Secret Service" in (why or "")
            assert server.count("rotated") == 1
            fault.heal(service)
            fresh = await healed(accounts, server)
            assert fresh.refresh_token == server.current
            assert condition(accounts) == (AccountCondition.HEALTHY, None)
        async with token_owner(own_home, clock=clock) as accounts:
            assert await accounts.credential("job", server.origin) == fresh
        assert (server.count("rotated"), server.count("reused"), server.sign_ins) == (1, 0, 1)


async def healed(accounts: Accounts, server: RotatingServer) -> Token:
    """The credential, as soon as the keychain lets it be read again."""
    async with asyncio.timeout(10):
        while True:
            try:
                credential = await accounts.credential("job", server.origin)
                assert isinstance(credential, Token)
                return credential
            except (StoreLocked, StoreUnavailable):
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_keychain_that_fails_before_a_refresh_keeps_the_issuer_from_rotating(
    service: RestartableSecretService, own_home: Home, fault: Fault
) -> None:
    clock = SetClock(NOW)
    async with (
        rotating_server() as server,
        token_owner(own_home, clock=clock, timeout=1.0, patience=0.2) as accounts,
    ):
        token = server.signed_in(NOW)
        await accounts.keep("job", token)
        fault.strike(service)
        clock.now += LIFE - 10
        assert await accounts.credential("job", server.origin) == token
        await accounts.renew_ahead("job")
        clock.now += 11
        with pytest.raises(fault.error):
            await accounts.credential("job", server.origin)
        assert condition(accounts)[0] is AccountCondition.NEEDS_YOU
        assert server.asked == []
        fault.heal(service)
        await healed(accounts, server)
        assert (server.count("rotated"), server.sign_ins) == (1, 1)


async def call(keyfob: RunningEngine, token: str) -> dict[str, object]:
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as http:
        answer = await http.post(
            f"{keyfob.url}/s/job/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}},
            headers={"Authorization": f"Bearer {token}"},
        )
    return answer.json()


def code(answer: dict[str, object]) -> object:
    error = answer["error"]
    assert isinstance(error, dict)
    return error["code"]


async def test_what_a_refresh_under_way_makes_is_revoked_on_disconnecting(home: Home) -> None:
    gate = Gate("rotated")
    async with (
        rotating_server() as server,
        running_engine(home, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        server.moment = gate
        refreshing = asyncio.create_task(keyfob.do("account.refresh", name="job"))
        await gate.reached.wait()
        leaving = asyncio.create_task(keyfob.do("account.disconnect", name="job"))
        await keyfob.do("account.list")
        gate.opened.set()
        await refreshing
        assert await leaving == {"note": None}
        assert server.revoked[0] == server.current
        assert len(server.revoked) == 2


@pytest.mark.parametrize("name", ["locked", "killed and restarted"])
async def test_a_client_is_told_of_a_keychain_that_fails_and_goes_on_when_it_is_back(
    service: RestartableSecretService, own_home: Home, name: str
) -> None:
    fault, ahead = FAULTS[name], 0.0
    async with (
        rotating_server() as server,
        running_engine(own_home, browser=UserAgent(), clock=lambda: time.time() + ahead) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        issued = await keyfob.token("client")
        assert "result" in await call(keyfob, issued.token)
        ahead, gate = LIFE + 1, Gate("rotated")
        server.moment = gate
        calling = asyncio.create_task(call(keyfob, issued.token))
        await gate.reached.wait()
        fault.strike(service)
        gate.opened.set()
        assert code(await calling) == fault.error.rpc_code  # type: ignore[attr-defined]
        status = await keyfob.engine.status()
        assert status.store.condition is fault.condition
        assert status.store.hint
        assert status.accounts[0].condition is AccountCondition.NEEDS_YOU
        fault.heal(service)
        assert "result" in await call(keyfob, issued.token)
        assert (await keyfob.engine.status()).accounts[0].condition is AccountCondition.HEALTHY
        assert (server.count("rotated"), server.sign_ins) == (1, 1)
        assert keyfob.prompter.asked == []


async def test_a_clock_that_was_wrong_over_restarts_costs_a_refresh_and_a_401_and_no_sign_in(
    home: Home,
) -> None:
    clock = SetClock(NOW)
    async with rotating_server() as server:
        async with token_owner(home, clock=clock) as accounts:
            await accounts.keep("job", server.signed_in(NOW))
        clock.now = NOW + 400 * DAY
        async with token_owner(home, clock=clock) as accounts:
            ahead = await accounts.credential("job", server.origin)
            assert await accounts.credential("job", server.origin) == ahead
            assert server.count("rotated") == 1
        clock.now = NOW + 600
        async with token_owner(home, clock=clock) as accounts:
            assert await accounts.credential("job", server.origin) == ahead
            assert server.count("rotated") == 1
            # By now the server's clock says that it is over.
            clock.now = NOW + 2 * LIFE
            renewed = await accounts.renew("job", ahead)
            assert renewed.expires_at == clock.now + LIFE
        clock.now = NOW - 400 * DAY
        async with token_owner(home, clock=clock) as accounts:
            assert await accounts.credential("job", server.origin) == renewed
        assert (server.count("rotated"), server.count("reused"), server.sign_ins) == (2, 0, 1)


async def test_a_night_s_sleep_costs_one_refresh_for_each_account_and_no_request_waits(
    home: Home,
) -> None:
    clock = SetClock(NOW)
    async with rotating_server() as server, token_owner(home, clock=clock) as accounts:
        names = ["job", "home"]
        for name in names:
            await accounts.keep(name, server.signed_in(NOW))
        timers = RenewalTimers(accounts, lambda: names, clock, longest_nap=0.05)
        timers.update()
        # They lie down by the old clock.
        await asyncio.sleep(0)
        clock.now += 8 * LIFE
        await eventually(lambda: server.count("rotated") == 2)
        await timers.close()
        for name in names:
            assert (await accounts.credential(name, server.origin)).generation == 2
        assert (server.count("rotated"), server.count("reused")) == (2, 0)


async def test_a_storm_of_5xx_is_ridden_out_over_restarts_without_a_sign_in(home: Home) -> None:
    clock = SetClock(NOW)
    async with rotating_server() as server:
        async with token_owner(home, clock=clock) as accounts:
            await accounts.keep("job", server.signed_in(NOW))
        clock.now += LIFE
        server.status = 503
        for _ in range(10):
            async with token_owner(home, clock=clock) as accounts:
                for _ in range(6):
                    clock.now += 10.0
                    with pytest.raises(UpstreamUnreachable):
                        await accounts.credential("job", server.origin)
                assert condition(accounts)[0] is AccountCondition.FAILED
                assert "503" in (condition(accounts)[1] or "")
        # In ten minutes: pauses of 1, 2, 4 ... 256 seconds and then of 300, give or take.
        assert 7 <= server.count("away") <= 11
        server.status = 200
        clock.now += 400.0
        async with token_owner(home, clock=clock) as accounts:
            assert (await accounts.credential("job", server.origin)).generation == 2
            assert condition(accounts) == (AccountCondition.HEALTHY, None)
        assert (server.count("rotated"), server.sign_ins) == (1, 1)


async def test_an_issuer_out_of_reach_does_not_stop_calls_that_the_token_is_good_for(
    home: Home,
) -> None:
    ahead = 0.0
    async with (
        rotating_server() as server,
        running_engine(home, browser=UserAgent(), clock=lambda: time.time() + ahead) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        issued = await keyfob.token("client")
        server.status = 0
        ahead = LIFE - 10
        for _ in range(3):
            assert "result" in await call(keyfob, issued.token)
        assert server.calls == 3
        [account] = await keyfob.do("account.list")
        assert account.condition is AccountCondition.FAILED
        ahead = LIFE + 10
        assert code(await call(keyfob, issued.token)) == UpstreamUnreachable.rpc_code
        server.status = 200
        ahead += 400.0
        assert "result" in await call(keyfob, issued.token)
        assert (server.count("rotated"), server.sign_ins) == (1, 1)
        assert keyfob.prompter.asked == []
