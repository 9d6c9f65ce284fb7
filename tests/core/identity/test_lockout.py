from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.errors import RequestRefused
from keyfob_core.identity.lockout import Lockout, Patience
from keyfob_core.model import Inbound, Listener, Peer
from support.audit_log import SetClock


def inbound(pid: int | None = None) -> Inbound:
    peer = Peer(pid, "/opt/client", 1.0) if pid is not None else None
    return Inbound(listener=Listener.HTTP, http_method="POST", server="", headers=(), peer=peer)


def is_out(lockout: Lockout, source: Inbound) -> bool:
    try:
        lockout.check(source)
    except RequestRefused as error:
        return (error.status, error.rule) == (429, "locked-out") and bool(error.retry_after)
    return False


def test_one_wrong_token_too_many_locks_its_source_out_for_a_while() -> None:
    clock = SetClock()
    lockout = Lockout(clock)
    for _ in range(9):
        lockout.wrong(inbound())
    assert not is_out(lockout, inbound())
    lockout.wrong(inbound())
    assert is_out(lockout, inbound())
    clock.now += 30
    assert not is_out(lockout, inbound())


def test_slow_mistakes_lock_nobody_out() -> None:
    clock = SetClock()
    lockout = Lockout(clock)
    for _ in range(50):
        lockout.wrong(inbound())
        clock.now += 10
    assert not is_out(lockout, inbound())


def test_each_process_counts_for_itself_and_tcp_as_one() -> None:
    lockout = Lockout(SetClock())
    for _ in range(10):
        lockout.wrong(inbound(1))
    assert is_out(lockout, inbound(1))
    assert not is_out(lockout, inbound(2))
    assert not is_out(lockout, inbound())


def test_who_goes_on_is_locked_out_for_longer_each_time_up_to_a_limit() -> None:
    clock = SetClock()
    lockout = Lockout(clock, Patience(tries=2, first=30, longest=100))
    lengths: list[int] = []
    for _ in range(5):
        lockout.wrong(inbound())
        lockout.wrong(inbound())
        with pytest.raises(RequestRefused) as refused:
            lockout.check(inbound())
        lengths.append(refused.value.retry_after or 0)
        clock.now += lengths[-1]
    assert lengths == [30, 60, 100, 100, 100]
    clock.now += 1000
    lockout.wrong(inbound())
    lockout.wrong(inbound())
    clock.now += 30
    assert not is_out(lockout, inbound())


def test_a_clock_that_is_set_back_locks_nobody_out_for_long() -> None:
    clock = SetClock()
    lockout = Lockout(clock)
    for _ in range(10):
        lockout.wrong(inbound())
    clock.now -= 10_000
    assert not is_out(lockout, inbound())


@given(st.lists(st.integers(0, 2000), max_size=600))
def test_any_number_of_sources_costs_a_bounded_memory(pids: list[int]) -> None:
    lockout = Lockout(SetClock())
    for pid in (*pids, *range(300)):
        lockout.wrong(inbound(pid))
    assert len(lockout._tries) <= 256
