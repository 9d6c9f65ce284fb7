"""The table, and the ratios beside what was set as the goal."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.measuring import DIRECT, DIRECTS, SDK_RELAY, Results

RELAY = "keyfob, HTTP"
BRIDGE = "keyfob, stdio"
AGGREGATE = "keyfob, /mcp"
ENGINE = "keyfob serve"
MCP_REMOTE = "mcp-remote"
NGINX = "nginx"
BARE = "forwarding alone"

_HEADINGS = (
    "way",
    "p50 ms",
    "p99 ms",
    "added p50",
    "added p99",
    "calls/s x16",
    "of direct",
    "ready ms",
    "RSS MiB",
    "PSS MiB",
)


@dataclass(frozen=True)
class Goal:
    """A ratio and its bound."""

    text: str
    value: float
    bound: float
    at_most: bool

    @property
    def reached(self) -> bool:
        """Whether the bound holds."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def __str__(self) -> str:
        mark = "reached" if self.reached else "MISSED"
        sign = "at most" if self.at_most else "at least"
        return f"{self.text}: {self.value:.3f} ({sign} {self.bound:.3f}) {mark}"


def goals(results: Results) -> tuple[Goal, ...]:
    """The goals that this run can tell about."""
    found: list[Goal] = []
    added = results.added(RELAY)
    if NGINX in results.latency:
        text = "added p50 of the relay over that of nginx stamping the header"
        found.append(Goal(text, added / results.added(NGINX), 4, at_most=True))
    if BARE in results.latency:
        text = "added p50 of the relay over that of its forwarding alone, without the other steps"
        found.append(Goal(text, added / results.added(BARE), 2, at_most=True))
    if results.peers:
        best = min(results.peers, key=results.added)
        text = f"added p50 of the relay over that of the best peer, {best}"
        found.append(Goal(text, added / results.added(best), 1 / 5, at_most=True))
    text = "added p50 of the bridge over that of the relay"
    found.append(Goal(text, results.added(BRIDGE) / added, 2, at_most=True))
    if AGGREGATE in results.latency:
        text = "added p50 of /mcp over that of the relay"
        found.append(Goal(text, results.added(AGGREGATE) / added, 2, at_most=True))
    text = "throughput kept by the relay at 16 connections"
    found.append(Goal(text, results.kept(RELAY), 0.6, at_most=False))
    if SDK_RELAY in results.throughput:
        text = "the same before a server on the official SDK"
        found.append(Goal(text, results.kept(SDK_RELAY), 0.6, at_most=False))
    if MCP_REMOTE in results.latency:
        ready = median(results.ready[MCP_REMOTE]) / median(results.ready[BRIDGE])
        found.append(Goal("start of mcp-remote over that of the bridge", ready, 10, at_most=False))
        text = "memory (RSS) of the bridge over that of mcp-remote"
        value = results.memory[BRIDGE].rss / results.memory[MCP_REMOTE].rss
        found.append(Goal(text, value, 1 / 8, at_most=True))
    return tuple(found)


def table(results: Results) -> str:
    """All ways, one a line, as Markdown that also reads well as it is."""
    names = [*results.latency, *(name for name in results.memory if name not in results.latency)]
    rows = [_HEADINGS, *(_row(name, results) for name in names)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [_line(row, widths) for row in rows]
    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:]), ""])
    return "\n".join([lines[0], rule, *lines[1:]])


def machine(results: Results, seconds: float, load: float | None) -> str:
    """What it was measured on, in one line; `load` is the load average before it began."""
    rounds = len(results.latency[DIRECT])
    before = "" if load is None else f"load {load:.1f} before; "
    return (
        f"{platform.platform(terse=True)}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}; "
        f"{before}{rounds} interleaved rounds, medians; {seconds:.0f} s in all"
    )


def _row(name: str, results: Results) -> tuple[str, ...]:
    cells = [name]
    if name in results.latency:
        cells += [f"{results.p50(name):.2f}", f"{results.p99(name):.2f}"]
    else:
        cells += ["", ""]
    if name in results.latency and name not in DIRECTS:
        added = results.added(name), results.added(name, lambda each: each.p99)
        cells += [f"{value:+.2f}" for value in added]
    else:
        cells += ["", ""]
    if name in results.throughput:
        cells += [f"{median(results.throughput[name]):.0f}", f"{results.kept(name):.2f}"]
    else:
        cells += ["", ""]
    ready = results.ready.get(name)
    cells.append(f"{median(ready) * 1000:.0f}" if ready else "")
    memory = results.memory.get(name)
    cells.append(f"{memory.rss:.1f}" if memory else "")
    cells.append(f"{memory.pss:.1f}" if memory and memory.pss is not None else "")
    return tuple(cells)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "| " + " | ".join(cells) + " |"
