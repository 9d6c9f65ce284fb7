"""Which of its tasks a program still works at, from what it says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from keyfob_core.transports.programs.messages import parse
from keyfob_core.transports.programs.tasks_underway import TasksUnderway
from support.audit_log import SetClock

RELATED = "io.modelcontextprotocol/related-task"


class Heard:
    """Tasks under way, and what tells of them."""

    def __init__(self) -> None:
        self.clock = SetClock(1000.0)
        self.tasks = TasksUnderway(self.clock)

    def answer(self, **result: Any) -> None:
        """The program answers with this result."""
        self.say({"id": 1, "result": result})

    def say(self, message: Any) -> None:
        """The program says this."""
        [heard] = parse(json.dumps({"jsonrpc": "2.0", **message}).encode())
        self.tasks.hear(heard)


def task(status: str = "working", **fields: Any) -> dict[str, Any]:
    return {"taskId": "t", "status": status, **fields}


def test_a_task_of_2025_11_25_is_under_way_until_its_result_was_fetched() -> None:
    heard = Heard()
    assert not heard.tasks
    heard.answer(task=task(ttl=60_000))
    assert heard.tasks
    assert "t" in heard.tasks
    assert "u" not in heard.tasks
    heard.answer(**task("completed", ttl=60_000))
    assert heard.tasks
    heard.answer(content=[], _meta={RELATED: {"taskId": "u"}})
    assert heard.tasks
    heard.answer(content=[], _meta={RELATED: {"taskId": "t"}})
    assert not heard.tasks


def test_a_task_of_2026_07_28_is_under_way_until_its_end_is_told() -> None:
    for end in (task("completed", result={}), task("failed", error={}), task("cancelled")):
        heard = Heard()
        heard.answer(resultType="task", **task(ttlMs=None))
        heard.say({"method": "notifications/tasks", "params": task("input_required")})
        assert heard.tasks
        heard.say({"method": "notifications/tasks", "params": end})
        assert not heard.tasks


def test_a_task_is_under_way_no_longer_than_its_program_keeps_it_and_a_day_at_most() -> None:
    for ttl, seconds in ((5000, 5), (None, 86400), (10**12, 86400), ("x", 86400), (-1, 86400)):
        heard = Heard()
        heard.answer(task=task(ttl=ttl))
        heard.clock.now += seconds - 0.01
        assert heard.tasks
        assert "t" in heard.tasks
        heard.clock.now += 0.02
        assert "t" not in heard.tasks
        assert not heard.tasks


def test_a_result_that_nobody_fetches_counts_for_five_minutes() -> None:
    heard = Heard()
    heard.answer(task=task(ttl=None))
    heard.say({"method": "notifications/tasks/status", "params": task("completed", ttl=None)})
    heard.clock.now += 299
    assert heard.tasks
    heard.clock.now += 2
    assert not heard.tasks


def test_no_more_tasks_are_remembered_than_a_program_can_have_at_once() -> None:
    heard = Heard()
    for number in range(300):
        heard.answer(task={"taskId": f"t{number}", "status": "working"})
    assert "t0" not in heard.tasks
    assert "t299" in heard.tasks
    heard.answer(task={"taskId": "x" * 1000, "status": "working"})
    assert "x" * 1000 not in heard.tasks


ANY = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["task", "taskId", "status", "ttl", "_meta", RELATED, "result"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@example([{"taskId": "t", "status": []}])
@example([{"task": {"taskId": "t", "status": {}, "ttl": []}}])
@given(st.lists(ANY, max_size=5))
def test_whatever_a_program_says_nothing_is_under_way_for_longer_than_a_day(
    said: list[Any],
) -> None:
    heard = Heard()
    for one in said:
        heard.say({"id": 1, "result": one})
        params = one if isinstance(one, dict) else {}
        heard.say({"method": "notifications/tasks", "params": params})
    heard.clock.now += 86401
    assert not heard.tasks
