"""Measures questions to an audit log beside grep over the same files, and beside reading them.

cd tests && python -m bench.audit [--events N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from keyfob_core.audit.files import file_name, log_files
from keyfob_core.audit.query import query
from keyfob_core.audit.selection import Selection

_FILE_EVENTS = 40_000
_BEGAN = 1_790_000_000.0
RARE = "once_in_a_while"
QUESTIONS = {
    "a client's last 200": Selection(client="client-3"),
    "a tool that was called 10 times, long ago": Selection(tool=RARE),
    "what was denied on one server": Selection(server="server-7", outcome="denied"),
    "an hour in the middle": Selection(since=_BEGAN + 5000, until=_BEGAN + 8600, account="a-2"),
    "a call by its id": Selection(request_id="q_77"),
}
_COUNT = 200


def write_log(folder: Path, events: int) -> None:
    """A log of so many events, without codes that nobody checks here."""
    for first in range(1, events + 1, _FILE_EVENTS):
        last = min(first + _FILE_EVENTS, events + 1)
        lines = [_line(number, events) for number in range(first, last)]
        (folder / file_name(first)).write_text("".join(lines), encoding="ascii")


def measure(folder: Path, rounds: int) -> dict[str, tuple[float, float, int]]:
    """For each question the median of its time over grep's and over reading all, and the hits."""
    files = [str(path) for path in log_files(folder)]
    found: dict[str, tuple[float, float, int]] = {}
    for name, selection in QUESTIONS.items():
        needle = (selection.needle or b"").decode()
        ways = (
            lambda wanted=selection: len(query(folder, wanted, _COUNT)),
            lambda wanted=needle: _grep(wanted, files),
            lambda wanted=needle: _read(wanted, files),
        )
        rounds_of = [[_timed(way) for way in ways] for _ in range(rounds)]
        over_grep = median(ours[0] / grep[0] for ours, grep, _ in rounds_of)
        over_reading = median(ours[0] / reading[0] for ours, _, reading in rounds_of)
        found[name] = over_grep, over_reading, rounds_of[0][0][1]
    return found


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    hits = work()
    return time.perf_counter() - began, hits


def _grep(needle: str, files: Sequence[str]) -> int:
    done = subprocess.run(["grep", "-chF", needle, *files], capture_output=True, check=False)
    return sum(map(int, done.stdout.split()))


def _read(needle: str, files: Sequence[str]) -> int:
    hits = 0
    for name in files:
        with open(name, encoding="ascii") as file:
            hits += sum(needle in line and bool(json.loads(line)) for line in file)
    return hits


def _line(number: int, events: int) -> str:
    moment = _BEGAN + number * 86_400 / events
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    rare = number <= events // 2 and number % max(1, events // 20) == 0
    event = {
        "seq": number,
        "time": f"{stamp}.{number % 1000:03}Z",
        "event": "outcome" if number % 2 else "forwarding",
        "request_id": f"q_{number // 2:x}",
        "client": f"client-{number % 12}",
        "server": f"server-{number % 40}",
        "tool": RARE if rare else f"tool_{number % 300}",
        "account": f"a-{number % 5}",
        "outcome": "denied" if number % 97 == 0 else "ok",
        "details": {"method": "tools/call", "listener": "http", "decided_by": "rule r7"},
        "mac": "0" * 64,
    }
    return json.dumps(event, separators=(",", ":")) + "\n"


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.audit")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        write_log(folder, args.events)
        size = sum(path.stat().st_size for path in log_files(folder)) >> 20
        print(f"{args.events:,} events, {size} MiB, {args.rounds} rounds by turns, medians\n")
        print("| question | hits | of grep's time over all | of the time of reading it all |")
        print("|---|---:|---:|---:|")
        for name, (grep, reading, hits) in measure(folder, args.rounds).items():
            print(f"| {name} | {hits} | {grep:.3f} | {reading:.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
