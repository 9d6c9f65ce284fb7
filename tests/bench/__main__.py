"""Measures a tool call direct, through Keyfob and through others, in one run.

cd tests && python -m bench [--rounds N] [--quick] [--report FILE] [--check]
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.keyfob import SERVER, keyfob
from bench.load import Load, answers
from bench.measuring import (
    DIRECT,
    SDK_DIRECT,
    SDK_RELAY,
    UVLOOP_DIRECT,
    UVLOOP_RELAY,
    Effort,
    Program,
    Results,
    Way,
    measure_calls,
    measure_starts,
    say,
)
from bench.peers import nginx, peers
from bench.processes import Memory, bare, memory_of, stdio_client, upstream
from bench.report import AGGREGATE, BARE, BRIDGE, ENGINE, NGINX, RELAY, goals, machine, table

_OTHER_SERVERS = (
    (UVLOOP_DIRECT, UVLOOP_RELAY, "bench.upstream", "uvloop"),
    (SDK_DIRECT, SDK_RELAY, "bench.sdk_upstream"),
)
QUICK = Effort(rounds=3, calls=100, seconds=0.5, slices=1, starts=3)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; with --check a goal that is missed is exit status 1."""
    args = _arguments(words)
    effort = QUICK if args.quick else Effort(rounds=args.rounds, starts=args.rounds)
    began = time.monotonic()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    with ExitStack() as stack:
        results = _measure(effort, stack)
    text = "\n".join(
        [
            machine(results, time.monotonic() - began, load),
            "",
            table(results),
            "",
            *(f"- {goal}" for goal in goals(results)),
        ]
    )
    print(text)
    if args.report:
        args.report.write_text(f"{text}\n", encoding="utf-8")
    return int(args.check and not all(goal.reached for goal in goals(results)))


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=Effort.rounds, help="how often, by turns")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write it there as well")
    parser.add_argument("--check", action="store_true", help="fail where a goal is missed")
    return parser.parse_args(words)


def _measure(effort: Effort, stack: ExitStack) -> Results:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    environ = dict(os.environ)
    secret = secrets.token_urlsafe(32)
    url = stack.enter_context(upstream(secret, environ, folder / "upstream.log"))
    engine = stack.enter_context(keyfob(url, secret, environ))
    others: list[Way] = []
    for direct, relayed, *server in _OTHER_SERVERS:
        there = stack.enter_context(upstream(secret, environ, folder / "others.log", *server))
        before = stack.enter_context(keyfob(there, secret, environ))
        others.append(Way(direct, Load(there, secret)))
        others.append(Way(relayed, Load(before.url, before.token)))
    floor = stack.enter_context(nginx(url, secret, environ, folder))
    found, missing = peers(url, secret, environ, folder)
    for name in missing:
        say(f"{name} is not here: not measured")
    programs = [Program(BRIDGE, engine.bridge, engine.environ)]
    programs += [Program(name, peer.command, peer.environ) for name, peer in found.items()]

    ready = measure_starts(programs, effort)
    ready[ENGINE] = [engine.seconds_to_start]
    ways = [Way(DIRECT, Load(url, secret)), Way(RELAY, Load(engine.url, engine.token))]
    without_steps = stack.enter_context(bare(url, secret, environ, folder / "bare.log"))
    ways.append(Way(BARE, Load(without_steps, "none")))
    ways += others
    if floor is not None:
        ways.append(Way(NGINX, Load(floor[0], "none")))
    everything = Load(engine.aggregate, engine.token, tool=f"{SERVER}__echo", modern=True)
    if answers(everything):
        ways.append(Way(AGGREGATE, everything))
    pids = {ENGINE: engine.pid}
    for program in programs:
        client = stack.enter_context(stdio_client(program.command, program.environ))
        client.start()
        ways.append(Way(program.name, client=client))
        pids[program.name] = client.pid
    latency, throughput = measure_calls(ways, effort)
    memory: dict[str, Memory] = {name: memory_of(pid) for name, pid in pids.items()}
    return Results(latency, throughput, ready, memory, tuple(found))


if __name__ == "__main__":
    sys.exit(main())
