from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from bench.load import Load
from bench.measuring import Results, Round, percentile
from bench.processes import Memory, memory_of, run_load, stdio_client, upstream
from bench.report import BRIDGE, MCP_REMOTE, RELAY, goals, table

ECHO = """
import json, sys
print("a line that is no answer", file=sys.stderr)
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "method": "notifications/message"}))
        text = message["params"].get("arguments", {}).get("text")
        result = {"content": [{"type": "text", "text": text}], "isError": False}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("upstream") / "log"
    with upstream("secret", os.environ, log) as found:
        yield found


def test_the_load_makes_as_many_calls_as_it_should(url: str) -> None:
    measured = run_load(Load(url, "secret", calls=20))
    assert len(measured.milliseconds) == 20
    assert all(0 < spent < 1000 for spent in measured.milliseconds)
    assert sum(measured.milliseconds) <= measured.seconds * 1000


def test_the_load_keeps_all_connections_busy_for_its_time(url: str) -> None:
    measured = run_load(Load(url, "secret", connections=4, seconds=0.2))
    assert len(measured.milliseconds) > 4
    assert measured.seconds >= 0.2
    # Four at a time: together they waited for longer than the clock ran.
    assert sum(measured.milliseconds) / 1000 > measured.seconds


def test_a_load_that_is_refused_is_no_result(url: str) -> None:
    with pytest.raises(RuntimeError, match="401"):
        run_load(Load(url, "another secret", calls=1))


def test_a_stdio_program_is_measured_past_what_else_it_says() -> None:
    with stdio_client([sys.executable, "-c", ECHO], os.environ) as client:
        client.start()
        assert len(client.calls(5).milliseconds) == 5
        assert memory_of(client.pid).rss > 1


def test_a_program_that_dies_is_no_result() -> None:
    command = [sys.executable, "-c", "exit('what went wrong')"]
    with (
        stdio_client(command, os.environ) as client,
        pytest.raises((RuntimeError, BrokenPipeError)),
    ):
        client.start()


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile([5, 1, 4, 2, 3], 0.99) == 5
    assert percentile([7], 0.99) == 7


def results(relay: float, kept: float, ready: float, rss: float) -> Results:
    return Results(
        latency={
            "direct": [Round(1, 2), Round(2, 4), Round(3, 5)],
            RELAY: [Round(1 + relay, 3), Round(2 + relay, 4), Round(9, 9)],
            BRIDGE: [Round(2, 3)] * 3,
            MCP_REMOTE: [Round(4, 6), Round(5, 6), Round(6, 6)],
        },
        throughput={"direct": [100, 200, 300], RELAY: [100 * kept, 200 * kept, 0]},
        ready={BRIDGE: [0.1, ready, 9], MCP_REMOTE: [1, 1, 1]},
        memory={BRIDGE: Memory(rss, None), MCP_REMOTE: Memory(80, 70)},
    )


@pytest.mark.parametrize(
    ("relay", "kept", "ready", "rss", "reached"),
    [
        (0.9, 0.4, 0.05, 9, [True, True, True, True]),
        (1.1, 0.4, 0.05, 9, [False, True, True, True]),
        (0.9, 0.3, 0.05, 9, [True, False, True, True]),
        (0.9, 0.4, 0.2, 9, [True, True, False, True]),
        (0.9, 0.4, 0.05, 11, [True, True, True, False]),
    ],
)
def test_goals_are_judged_by_medians_of_ratios_within_a_round(
    relay: float, kept: float, ready: float, rss: float, reached: list[bool]
) -> None:
    found = results(relay, kept, ready, rss)
    judged = goals(found)
    assert [goal.reached for goal in judged] == reached
    assert judged[0].value == pytest.approx(relay / 3)
    assert judged[1].value == pytest.approx(kept)


def test_without_mcp_remote_only_the_rest_is_judged() -> None:
    found = results(0.9, 0.4, 0.05, 9)
    less = Results(
        {name: rounds for name, rounds in found.latency.items() if name != MCP_REMOTE},
        found.throughput,
        {},
        {},
    )
    assert len(goals(less)) == 1


def test_the_table_has_a_line_for_each_way_and_holds_together() -> None:
    lines = table(results(0.9, 0.4, 0.05, 9)).splitlines()
    assert len(lines) == 2 + 4
    assert len({len(line) for line in lines}) == 1
    assert len({line.count("|") for line in lines}) == 1
    assert "+0.90" in lines[3]
    assert "0.40" in lines[3]
