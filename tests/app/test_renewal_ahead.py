"""Tokens that are renewed while nobody uses them."""

from __future__ import annotations

import itertools
import time

from keyfob_core.control.timers import RenewalTimers
from keyfob_core.states import AccountCondition
from support.engine import Home, running_engine
from support.eventually import eventually
from support.oidc_provider import oidc_provider
from support.protected_server import SCOPE, protected_server
from support.rotating_server import rotating_server
from support.token_owner import token_owner
from support.user_agent import UserAgent

SECONDS = 5
IDLE = 15.0
ACCOUNTS = [f"account-{number}" for number in range(10)]


async def test_five_second_tokens_stay_alive_while_idle_by_one_refresh_a_life(home: Home) -> None:
    browser = UserAgent()
    async with (
        oidc_provider(access_token_seconds=SECONDS, scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        await keyfob.do("connect", server="notes")
        issued = await keyfob.token("client")
        obtained: list[float] = []

        async def watched() -> bool:
            [account] = await keyfob.do("account.list")
            if account.expires_at not in obtained:
                obtained.append(account.expires_at)
            assert account.condition in (AccountCondition.HEALTHY, AccountCondition.REFRESHING)
            assert account.expires_at > time.time(), "it was let die"
            return time.time() - began >= IDLE

        began = time.time()
        await eventually(watched, within=IDLE + 5)
        lives = [later - earlier for earlier, later in itertools.pairwise(obtained)]
        refreshed = [event["event"] for event in home.events()].count("refreshed")
        assert refreshed == len(lives)
        assert IDLE / SECONDS - 1 <= refreshed <= IDLE / (SECONDS * 0.75)
        # Nine tenths of a life at most, and never two refreshes in one.
        assert all(SECONDS * 0.75 <= life <= SECONDS for life in lives)
        async with keyfob.http_client("notes", issued.token) as client:
            await client.call_tool("whoami", {})
    assert server.refused == []
    assert len(browser.urls) == 1
    assert keyfob.prompter.asked == []


async def test_ten_accounts_of_one_age_do_not_refresh_in_the_same_instant(home: Home) -> None:
    async with (
        rotating_server(life=4.0) as server,
        token_owner(home, clock=time.time) as accounts,
    ):
        now = time.time()
        tokens = [server.signed_in(now) for _ in ACCOUNTS]
        for name, token in zip(ACCOUNTS, tokens, strict=True):
            await accounts.keep(name, token)
        timers = RenewalTimers(accounts, lambda: ACCOUNTS, time.time)
        timers.update()
        await eventually(lambda: server.count("rotated") >= len(ACCOUNTS), within=8)
        await timers.close()
        # A round is over before any second one begins.
        assert server.count("rotated") == len(ACCOUNTS)
        assert server.count("reused") == 0
    moments = sorted(one.at for one in server.asked)
    # A tenth of a life is four tenths of a second, over which they are spread.
    assert moments[-1] - moments[0] >= 0.2
    assert sum(later - earlier < 0.002 for earlier, later in itertools.pairwise(moments)) <= 2


async def test_accounts_of_an_hour_are_renewed_over_half_a_minute(home: Home) -> None:
    async with rotating_server() as server, token_owner(home, clock=time.time) as accounts:
        now = time.time()
        for name in ACCOUNTS:
            await accounts.keep(name, server.signed_in(now))
        dues = sorted(accounts.due_at(name) or 0.0 for name in ACCOUNTS)
        assert all(now + 3600 - 67 < due < now + 3600 - 35 for due in dues)
        assert dues[-1] - dues[0] > 10
        assert len({round(due, 2) for due in dues}) == len(dues)
