from __future__ import annotations

import asyncio
import time

from keyfob_core.accounts.owner import Accounts
from keyfob_core.control.timers import RenewalTimers
from keyfob_core.states import StoreCondition
from support.audit_log import RecordedAudit, SetClock
from support.eventually import eventually
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryPauses, unlocked
from support.tokens import token


async def test_tokens_are_renewed_ahead_of_need_once_a_life_and_only_where_they_are_held() -> None:
    issuer = RotatingIssuer(time.time, life=0.4)
    accounts = Accounts(
        MemoryStore(), issuer, RecordedAudit(), time.time, MemoryPauses(), unlocked, lambda: None
    )
    await accounts.keep("work", token(obtained=time.time(), life=0.4))
    names = ["work", "not connected"]
    timers = RenewalTimers(accounts, lambda: names, time.time)
    began = time.time()
    timers.update()
    await eventually(lambda: issuer.refreshes >= 3)
    assert issuer.refreshes <= (time.time() - began) / (0.4 * 0.7) + 1
    assert accounts.state("work", "oauth").reason is None
    names.remove("work")
    timers.update()
    await accounts.close()
    held = issuer.refreshes
    await eventually(lambda: time.time() > began + 2.0)
    assert issuer.refreshes == held
    await timers.close()


async def test_a_clock_that_leaps_past_an_expiry_is_noticed() -> None:
    clock = SetClock(1000.0)
    issuer = RotatingIssuer(clock)
    accounts = Accounts(
        MemoryStore(), issuer, RecordedAudit(), clock, MemoryPauses(), unlocked, lambda: None
    )
    await accounts.keep("work", token())
    timers = RenewalTimers(accounts, lambda: ["work"], clock, longest_nap=0.05)
    timers.update()
    # It lies down by the old clock.
    await asyncio.sleep(0)
    clock.now += 100_000.0
    await eventually(lambda: issuer.refreshes == 1)
    await timers.close()
    await accounts.close()


async def test_a_keychain_that_is_shut_is_looked_at_again_and_not_stormed() -> None:
    clock, store = SetClock(1000.0), MemoryStore()
    issuer = RotatingIssuer(clock)
    accounts = Accounts(
        store, issuer, RecordedAudit(), clock, MemoryPauses(), unlocked, lambda: None
    )
    await accounts.keep("work", token())
    timers = RenewalTimers(accounts, lambda: ["work"], clock, longest_nap=0.4)
    clock.now += 3590.0
    store.condition = StoreCondition.LOCKED
    looked, began = store.looked, time.monotonic()
    timers.update()
    await eventually(lambda: store.looked >= looked + 2)
    assert time.monotonic() - began >= 0.4
    assert issuer.refreshes == 0
    store.condition = StoreCondition.READY
    await eventually(lambda: issuer.refreshes == 1)
    await timers.close()
    await accounts.close()
