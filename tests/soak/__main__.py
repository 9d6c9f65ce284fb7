"""A million calls through one engine, and what its memory does meanwhile.

cd tests && python -m soak [--calls N] [--report FILE]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import say
from soak.trials import Watch, audit_bytes, calls, soaked

SHARES = 20
"""How often the run is looked at."""


def main(words: Sequence[str] | None = None) -> int:
    """Run it and print the report; 1 where the memory grew."""
    parser = argparse.ArgumentParser(prog="soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000_000, help="how many")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write it there as well")
    args = parser.parse_args(words)
    share = max(1, args.calls // SHARES)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.platform(terse=True)}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}; "
        f"16 connections, all eight steps, {args.calls} calls",
        "",
        "     calls  calls/s  RSS MiB",
    ]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, soaked(Path(folder)) as engine:
        watch = Watch(engine.pid)
        calls(engine, min(share, 5_000), Watch(engine.pid))
        watch.look()
        for number in range(SHARES):
            rate = calls(engine, share, Watch(engine.pid))
            lines.append(f"{(number + 1) * share:10} {rate:8.0f} {watch.look():8.1f}")
            say(lines[-1])
        written = audit_bytes(engine)
    # The first quarter fills caches and tables that are bounded.
    settled = watch.seen[SHARES // 4 :]
    grown = settled[-1] - settled[0]
    flat = grown < 4
    lines += [
        "",
        f"after the first quarter {grown:+.1f} MiB: {'flat' if flat else 'GROWING'}; "
        f"{time.monotonic() - began:.0f} s in all; {written / 2**20:.0f} MiB of audit log",
    ]
    text = "\n".join(lines)
    print(text)
    if args.report:
        args.report.write_text(f"{text}\n", encoding="utf-8")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
