from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.errors import RequestRefused
from keyfob_core.sessions.session_life import IDLE_AFTER, Ending, Life, Phase, SessionLimits
from keyfob_core.sessions.session_notes import Seal, SessionNotes
from keyfob_core.sessions.upstream_sessions import Ended, Sessions, session_digest
from support.audit_log import SetClock
from support.tables import MemorySessions

LIMITS = SessionLimits(max_age=1000, max_idle=400, per_client=2)


def test_a_session_goes_through_its_phases() -> None:
    life = Life(0.0)
    assert life.phase(1) is Phase.CREATED
    life = life.used(2)
    assert life.phase(3) is Phase.ACTIVE
    assert life.phase(2 + IDLE_AFTER) is Phase.IDLE
    life = life.suspended()
    assert life.phase(3) is Phase.SUSPENDED
    life = life.used(10)
    assert life.phase(11) is Phase.RECOVERED
    life = life.used(12)
    assert life.phase(13) is Phase.ACTIVE
    assert life.ended().phase(14) is Phase.ENDED


@given(st.lists(st.sampled_from(["use", "suspend", "end"]), max_size=20))
def test_what_has_ended_stays_so_and_only_a_use_ends_a_suspension(steps: list[str]) -> None:
    life, over, suspended = Life(0.0), False, False
    for at, step in enumerate(steps, start=1):
        if step == "use":
            life, suspended = life.used(at), False
        elif step == "suspend":
            life, suspended = life.suspended(), True
        else:
            life, over = life.ended(), True
        assert (life.phase(at) is Phase.ENDED) is over
        assert over or (life.phase(at) is Phase.SUSPENDED) is suspended


@pytest.mark.parametrize(
    ("life", "now", "why"),
    [
        (Life(0.0), 399, None),
        (Life(0.0), 400, Ending.IDLENESS),
        (Life(0.0, 700), 999, None),
        (Life(0.0, 700), 1000, Ending.AGE),
        (Life(500.0), 0, None),
    ],
)
def test_limits_are_on_age_and_idleness(life: Life, now: float, why: Ending | None) -> None:
    assert life.outlived(now, LIMITS) is why


class World:
    def __init__(self) -> None:
        self.clock, self.table = SetClock(0.0), MemorySessions()
        self.ended: list[Ended] = []
        notes = SessionNotes(self.table)
        notes.open(Seal(bytes(32), "ada"))
        self.sessions = Sessions(
            self.table,
            self.clock,
            limits=lambda: LIMITS,
            notes=notes,
            ended=lambda digest, ended: self.ended.append(ended),
        )


def test_an_outlived_session_is_refused_and_its_server_can_be_told() -> None:
    world = World()
    world.sessions.issue("id-at-the-server", "cursor", "github", None)
    world.clock.now = 399
    world.sessions.check("id-at-the-server", "cursor", "github", None)
    world.clock.now += 400
    with pytest.raises(RequestRefused) as caught:
        world.sessions.check("id-at-the-server", "cursor", "github", None)
    assert caught.value.status == 404
    [ended] = world.ended
    assert (ended.why, ended.session) == (Ending.IDLENESS, "id-at-the-server")
    assert world.table.notes == {}


def test_a_client_with_too_many_sessions_loses_the_one_it_used_least_lately() -> None:
    world = World()
    for number, name in enumerate(("first", "second")):
        world.clock.now = number
        world.sessions.issue(name, "cursor", "github", None)
    world.sessions.issue("another's", "zed", "github", None)
    world.clock.now = 5
    world.sessions.check("first", "cursor", "github", None)
    world.sessions.issue("third", "cursor", "github", None)
    assert [(ended.session, ended.why) for ended in world.ended] == [("second", Ending.NUMBER)]
    assert world.table.owner(session_digest("another's"))


def test_sessions_are_listed_by_an_id_that_opens_nothing_and_ended_by_it() -> None:
    world = World()
    world.sessions.issue("id-at-the-server", "cursor", "github", "work")
    [state] = world.sessions.list()
    assert (state.client, state.server, state.account) == ("cursor", "github", "work")
    assert state.id == session_digest("id-at-the-server")[:16]
    assert world.sessions.end_named("zzz") == 0
    assert world.sessions.end_named(state.id) == 1
    assert [ended.why for ended in world.ended] == [Ending.PERSON]
    assert world.sessions.list() == ()


def test_a_lock_suspends_and_the_next_use_recovers() -> None:
    world = World()
    world.sessions.issue("one", "cursor", "github", None)
    world.sessions.suspend()
    assert world.sessions.list()[0].phase is Phase.SUSPENDED
    world.sessions.check("one", "cursor", "github", None)
    assert world.sessions.list()[0].phase is Phase.RECOVERED


def test_the_hourly_sweep_ends_what_nobody_uses_any_more() -> None:
    world = World()
    world.sessions.issue("one", "cursor", "github", None)
    world.clock.now = 400
    world.sessions.sweep()
    assert [ended.why for ended in world.ended] == [Ending.IDLENESS]
