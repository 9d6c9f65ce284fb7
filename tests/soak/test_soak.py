"""Short forms of the soak, and in `make prove` the long ones: the engine's memory stays flat."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from bench.keyfob import Keyfob
from soak.trials import (
    MEBIBYTE,
    Watch,
    call_of_last,
    calls,
    download,
    soaked,
    status,
    streams,
    upload,
)

SERVERS = 200
LONG = bool(os.environ.get("PROVE_LONG"))
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="what others count as memory is not known"),
    pytest.mark.timeout(900 if LONG else 120),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyfob]:
    with soaked(tmp_path_factory.mktemp("soak"), servers=SERVERS) as found:
        yield found


def told(figures: str) -> None:
    """For the report of a long form."""
    print(f"figures: {figures}")


def test_a_great_answer_passes_through_without_being_kept(engine: Keyfob) -> None:
    size = (1024 if LONG else 96) * MEBIBYTE
    watch = Watch(engine.pid)
    before = watch.look()
    rate = download(engine, size, watch)
    assert max(watch.seen) - before < 24
    told(f"{size // MEBIBYTE} MiB down at {rate:.0f} MiB/s, memory +{max(watch.seen) - before:.1f}")


def test_great_requests_one_after_the_other_leave_nothing_behind(engine: Keyfob) -> None:
    size = (60 if LONG else 8) * MEBIBYTE
    count = 18 if LONG else 12
    watch = Watch(engine.pid)
    before = watch.look()
    rate = upload(engine, count, size, watch)
    most = (max(watch.seen) - before) / (size / MEBIBYTE)
    # Read whole, parsed and sent: several copies of one request at a time, which the allocator
    # gives back when it likes. Were each of them kept, there would be more than `count`.
    assert most < 9
    told(
        f"{count * size // MEBIBYTE} MiB up in {count} at {rate:.0f} MiB/s, memory at most "
        f"{most:.1f} times one"
    )


def test_many_slow_streams_cost_little_each_and_hold_up_nobody(engine: Keyfob) -> None:
    count = 1000 if LONG else 600
    each, p50 = streams(engine, count, Watch(engine.pid))
    assert each < 48
    assert p50 < 500
    told(f"{count} streams, {each:.1f} KiB each, p50 of a call beside them {p50:.2f} ms")


def test_memory_is_flat_over_many_calls(engine: Keyfob) -> None:
    count = 60_000 if LONG else 1_500
    calls(engine, count // 4, Watch(engine.pid))
    watch = Watch(engine.pid)
    watch.look()
    rate = calls(engine, count, watch)
    assert max(watch.seen) - watch.seen[0] < 4
    told(f"{count} calls at {rate:.0f}/s, memory {watch.seen[-1] - watch.seen[0]:+.1f} MiB")


def test_two_hundred_servers_with_a_thousand_rules_slow_nothing(engine: Keyfob) -> None:
    spent, named = status(engine)
    call = call_of_last(engine, SERVERS)
    assert named == SERVERS + 1
    assert engine.seconds_to_start < 20
    assert spent < 10
    assert call < 200
    told(f"start {engine.seconds_to_start:.2f} s, status {spent:.2f} s, a call {call:.2f} ms")
