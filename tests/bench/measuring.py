"""The rounds: every way in turn, so that a noisy minute touches all of them alike."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TypeVar

from bench.load import Load, Measured
from bench.processes import Memory, StdioClient, run_load, stdio_client

T = TypeVar("T")

DIRECT = "direct"
UVLOOP_DIRECT = "direct, on uvloop"
UVLOOP_RELAY = "keyfob before uvloop's"
SDK_DIRECT = "direct, SDK's server"
SDK_RELAY = "keyfob before the SDK's"
DIRECTS = (DIRECT, UVLOOP_DIRECT, SDK_DIRECT)
_BASES = {
    UVLOOP_DIRECT: UVLOOP_DIRECT,
    UVLOOP_RELAY: UVLOOP_DIRECT,
    SDK_DIRECT: SDK_DIRECT,
    SDK_RELAY: SDK_DIRECT,
}
"""What a way is compared with, where that is not the lean server."""
CONNECTIONS = 16


@dataclass(frozen=True)
class Effort:
    """How much to measure."""

    rounds: int = 7
    calls: int = 400
    seconds: float = 0.75
    slices: int = 4
    """How often in each round all ways are under load for so many seconds, one behind the other."""
    starts: int = 7


@dataclass(frozen=True)
class Way:
    """One way to the server: by HTTP, or by a stdio program."""

    name: str
    load: Load | None = None
    client: StdioClient | None = None

    def calls(self, count: int) -> Measured:
        """Call so many times, one after the other."""
        if self.client is not None:
            return self.client.calls(count)
        assert self.load is not None
        return run_load(replace(self.load, calls=count))


@dataclass(frozen=True)
class Program:
    """How a stdio program is started."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Round:
    """One way's milliseconds in one round."""

    p50: float
    p99: float


@dataclass(frozen=True)
class Results:
    """What all rounds gave, by way."""

    latency: Mapping[str, Sequence[Round]]
    throughput: Mapping[str, Sequence[float]]
    """Calls in a second over 16 connections."""
    ready: Mapping[str, Sequence[float]]
    """Seconds from the start of a program to its first answer."""
    memory: Mapping[str, Memory]
    peers: Sequence[str] = ()
    """The ways of other people."""

    def p50(self, way: str) -> float:
        """Milliseconds."""
        return median(each.p50 for each in self.latency[way])

    def p99(self, way: str) -> float:
        """Milliseconds."""
        return median(each.p99 for each in self.latency[way])

    def added(self, way: str, value: Callable[[Round], float] = lambda each: each.p50) -> float:
        """Milliseconds over direct in the same round."""
        pairs = zip(self.latency[way], self.latency[base_of(way)], strict=True)
        return median(value(ours) - value(direct) for ours, direct in pairs)

    def kept(self, way: str) -> float:
        """The part of direct throughput in the same slice of a round."""
        pairs = zip(self.throughput[way], self.throughput[base_of(way)], strict=True)
        return median(ours / direct for ours, direct in pairs)


def base_of(way: str) -> str:
    """The same calls without anything between."""
    return _BASES.get(way, DIRECT)


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which that part of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def measure_calls(
    ways: Sequence[Way], effort: Effort
) -> tuple[dict[str, list[Round]], dict[str, list[float]]]:
    """Latency one call at a time, and throughput of the ways by HTTP."""
    latency: dict[str, list[Round]] = {way.name: [] for way in ways}
    throughput: dict[str, list[float]] = {way.name: [] for way in ways if way.load}
    for way in ways:
        way.calls(50)
    for number in range(effort.rounds):
        say(f"round {number + 1} of {effort.rounds}")
        for way in _turned(ways, number):
            spent = way.calls(effort.calls).milliseconds
            latency[way.name].append(Round(percentile(spent, 0.5), percentile(spent, 0.99)))
        for part in range(effort.slices):
            for way in _turned([way for way in ways if way.load], number + part):
                assert way.load is not None
                load = replace(way.load, connections=CONNECTIONS, seconds=effort.seconds)
                throughput[way.name].append(run_load(load).per_second)
    return latency, throughput


def measure_starts(programs: Sequence[Program], effort: Effort) -> dict[str, list[float]]:
    """Seconds from the start of each program to its answer to `initialize`."""
    ready: dict[str, list[float]] = {program.name: [] for program in programs}
    for number in range(effort.starts):
        say(f"start {number + 1} of {effort.starts}")
        for program in _turned(programs, number):
            began = time.perf_counter()
            with stdio_client(program.command, program.environ) as client:
                client.start()
                ready[program.name].append(time.perf_counter() - began)
    return ready


def say(text: str) -> None:
    """Tell who waits how far it is."""
    print(text, file=sys.stderr, flush=True)


def _turned(items: Sequence[T], by: int) -> list[T]:
    by %= max(1, len(items))
    return [*items[by:], *items[:by]]
