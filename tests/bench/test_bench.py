from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.audit import QUESTIONS, measure, write_log
from bench.load import Load, answers
from bench.measuring import (
    SDK_DIRECT,
    SDK_RELAY,
    UVLOOP_DIRECT,
    UVLOOP_RELAY,
    Results,
    Round,
    percentile,
)
from bench.processes import (
    Memory,
    bare,
    memory_of,
    run_load,
    running,
    stdio_client,
    upstream,
)
from bench.report import AGGREGATE, BARE, BRIDGE, MCP_REMOTE, NGINX, RELAY, goals, table

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


SERVERS = [("bench.upstream",), ("bench.upstream", "uvloop"), ("bench.sdk_upstream",)]


@pytest.mark.parametrize("server", SERVERS, ids=" ".join)
def test_each_server_answers_calls_and_refuses_another_token(
    tmp_path: Path, server: tuple[str, ...]
) -> None:
    with upstream("secret", os.environ, tmp_path / "log", *server) as url:
        assert len(run_load(Load(url, "secret", calls=3)).milliseconds) == 3
        with pytest.raises(RuntimeError, match="401"):
            run_load(Load(url, "another secret", calls=1))


def test_a_client_without_a_handshake_is_measured_too(url: str) -> None:
    load = Load(url, "secret", calls=5, modern=True)
    assert len(run_load(load).milliseconds) == 5
    assert answers(load)
    assert not answers(Load(f"{url}/nothing", "secret", modern=True))


def test_forwarding_is_measured_without_the_other_steps(url: str, tmp_path: Path) -> None:
    with bare(url, "secret", os.environ, tmp_path / "log") as alone:
        assert len(run_load(Load(alone, "none", calls=5)).milliseconds) == 5
    with (
        bare(url, "another secret", os.environ, tmp_path / "log") as alone,
        pytest.raises(RuntimeError, match="401"),
    ):
        run_load(Load(alone, "none", calls=1))


def test_a_stdio_program_is_measured_past_what_else_it_says() -> None:
    with stdio_client([sys.executable, "-c", ECHO], os.environ) as client:
        client.start()
        assert len(client.calls(5).milliseconds) == 5
        assert len(client.calls(2).milliseconds) == 2
        assert memory_of(client.pid).rss > 1


def test_a_program_that_dies_is_no_result() -> None:
    command = [sys.executable, "-c", "exit('what went wrong')"]
    with (
        stdio_client(command, os.environ) as client,
        pytest.raises((RuntimeError, BrokenPipeError)),
    ):
        client.start()


def test_what_came_too_late_for_a_program_leaves_its_pipes_closed(tmp_path: Path) -> None:
    with running([sys.executable, "-c", ""], os.environ, tmp_path / "log") as process:
        process.wait(10)
        assert process.stdin is not None
        process.stdin.write(b"too late")
    assert process.stdin.closed
    assert process.stdout is not None
    assert process.stdout.closed


def test_a_program_that_answers_with_an_error_is_no_result() -> None:
    refusing = ECHO.replace('"isError": False', '"isError": "id" in message and message["id"] > 2')
    with stdio_client([sys.executable, "-c", refusing], os.environ) as client:
        client.start()
        assert len(client.calls(2).milliseconds) == 2
        with pytest.raises(RuntimeError, match="answered"):
            client.calls(1)


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile([5, 1, 4, 2, 3], 0.99) == 5
    assert percentile([7], 0.99) == 7


def results(
    relay: float,
    bridge: float,
    aggregate: float,
    kept: float,
    ready: float,
    rss: float,
    bare: float = 0.5,
    kept_before_sdk: float = 0.9,
) -> Results:
    """What a way adds is 1 ms for nginx, and 10 and 5 for two peers."""

    def rounds(added: float) -> list[Round]:
        return [Round(1 + added, 2), Round(2 + added, 4), Round(3 + added, 5)]

    return Results(
        latency={
            "direct": rounds(0),
            # The last round's noise moves no median.
            RELAY: [*rounds(relay)[:2], Round(90, 90)],
            NGINX: rounds(1),
            BARE: rounds(bare),
            UVLOOP_DIRECT: rounds(-0.5),
            UVLOOP_RELAY: rounds(0.25),
            SDK_DIRECT: rounds(9),
            SDK_RELAY: rounds(9.5),
            AGGREGATE: rounds(aggregate),
            BRIDGE: rounds(bridge),
            MCP_REMOTE: rounds(10),
            "another": rounds(5),
        },
        throughput={
            "direct": [100, 200, 300],
            RELAY: [100 * kept, 200 * kept, 0],
            UVLOOP_DIRECT: [200, 400, 600],
            UVLOOP_RELAY: [110, 220, 330],
            SDK_DIRECT: [10, 20, 30],
            SDK_RELAY: [10 * kept_before_sdk, 20 * kept_before_sdk, 0],
        },
        ready={BRIDGE: [0.1, ready, 9], MCP_REMOTE: [1, 1, 1]},
        memory={BRIDGE: Memory(rss, None), MCP_REMOTE: Memory(80, 70)},
        peers=(MCP_REMOTE, "another"),
    )


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ((0.9, 1.7, 1.7, 0.7, 0.05, 9), []),
        ((4.1, 5, 5, 0.7, 0.05, 9, 3), ["nginx", "best peer, another"]),
        ((1.1, 1.7, 1.7, 0.7, 0.05, 9, 1), ["best peer, another"]),
        ((0.9, 1.9, 1.7, 0.7, 0.05, 9), ["of the bridge over that of the relay"]),
        ((0.9, 1.7, 1.9, 0.7, 0.05, 9), ["/mcp"]),
        ((0.9, 1.7, 1.7, 0.5, 0.05, 9), ["throughput"]),
        ((0.9, 1.7, 1.7, 0.7, 0.2, 9), ["start of"]),
        ((0.9, 1.7, 1.7, 0.7, 0.05, 11), ["memory"]),
        ((0.9, 1.7, 1.7, 0.7, 0.05, 9, 0.4), ["forwarding alone"]),
        ((0.9, 1.7, 1.7, 0.7, 0.05, 9, 0.5, 0.5), ["official SDK"]),
    ],
)
def test_goals_are_judged_by_medians_of_rounds(
    figures: tuple[float, ...], missed: list[str]
) -> None:
    judged = goals(results(*figures))
    assert len(judged) == 9
    texts = [goal.text for goal in judged if not goal.reached]
    assert len(texts) == len(missed)
    assert all(part in text for part, text in zip(missed, texts, strict=True))


def test_only_what_was_measured_is_judged() -> None:
    found = results(0.9, 1.7, 1.7, 0.7, 0.05, 9)
    alone = {name: found.latency[name] for name in ("direct", RELAY, BRIDGE)}
    throughput = {name: found.throughput[name] for name in ("direct", RELAY)}
    less = Results(alone, throughput, {}, {})
    assert [goal.reached for goal in goals(less)] == [True, True]


def test_the_table_has_a_line_for_each_way_and_holds_together() -> None:
    lines = table(results(0.9, 1.7, 1.7, 0.4, 0.05, 9)).splitlines()
    assert len(lines) == 2 + 12
    assert len({len(line) for line in lines}) == 1
    assert len({line.count("|") for line in lines}) == 1
    assert "+0.90" in lines[3]
    assert "0.40" in lines[3]
    before_sdk = next(line for line in lines if SDK_RELAY in line)
    assert "+0.50" in before_sdk
    assert "0.90" in before_sdk
    before_uvloop = next(line for line in lines if UVLOOP_RELAY in line)
    assert "+0.75" in before_uvloop
    assert "0.55" in before_uvloop
    themselves = [line for line in lines if SDK_DIRECT in line or UVLOOP_DIRECT in line]
    assert [" 1.00 " in line for line in themselves] == [True, True]


def test_a_server_on_a_loop_that_uvicorn_has_not_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="none of uvicorn's loops"),
        upstream("secret", os.environ, tmp_path / "log", "bench.upstream", "no loop"),
    ):
        pass


def test_the_questions_to_a_log_find_what_is_in_it(tmp_path: Path) -> None:
    write_log(tmp_path, 2000)
    found = measure(tmp_path, 1)
    assert found.keys() == QUESTIONS.keys()
    hits = [hits for _, _, hits in found.values()]
    assert hits[:2] == [167, 10]
    assert hits[4] == 2
    assert all(grep > 0 and reading > 0 for grep, reading, _ in found.values())


def test_the_window_s_thread_is_measured_without_load_and_with_it() -> None:
    command = (sys.executable, "-m", "bench.window", "--seconds", "1")
    done = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"p50 +[0-9.]+  p99 +[0-9.]+  worst +[0-9.]+ ms", done.stdout)) == 3
    assert "calls a second" in done.stdout
