"""Measures the tray app's start and memory beside other programs that live in the tray.

cd tests && python -m bench.start [--rounds N] [--report FILE]

Each starts on a private X server with a tray, with a home of its own that it has seen once: how
long until its icon is in the tray, and what it and its children hold five seconds later. The peers
are what Debian calls `keepassxc` and `copyq`, both Qt programs in C++; those that are not installed
are left out.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from support.desk import Desk, private_desk, started, wait_for

_SETTLED_SECONDS = 5.0
_PATIENCE = 60.0
_KEEPASSXC_SETTINGS = """[General]
ConfigVersion=2
UpdateCheckMessageShown=true

[GUI]
ShowTrayIcon=true
MinimizeOnStartup=true
CheckForUpdates=false
"""


@dataclass(frozen=True)
class Starter:
    """A program that puts an icon into the tray, and what it finds in its home before."""

    name: str
    command: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()


@dataclass
class Seen:
    """What one program took, a value a round."""

    seconds: list[float] = field(default_factory=list[float])
    mebibytes: list[float] = field(default_factory=list[float])


PROGRAMS = (
    Starter("Keyfob", (sys.executable, "-I", "-m", "keyfob_core.cli.main", "--background")),
    Starter(
        "KeePassXC", ("keepassxc",), ((".config/keepassxc/keepassxc.ini", _KEEPASSXC_SETTINGS),)
    ),
    Starter("CopyQ", ("copyq",)),
)


def main(words: Sequence[str] | None = None) -> int:
    """Measure all in turns and print medians, with ratios to Keyfob's."""
    parser = argparse.ArgumentParser(prog="bench.start")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", type=Path)
    args = parser.parse_args(words)
    found = [each for each in PROGRAMS if shutil.which(each.command[0])]
    seen = {each.name: Seen() for each in found}
    with private_desk() as desk, desk.tray(), ExitStack() as stack:
        homes = {each.name: stack.enter_context(home_of(each)) for each in found}
        for number in range(args.rounds + 1):
            for each in found:
                seconds, mebibytes = one_start(desk, each, homes[each.name])
                # The first one makes what a program keeps of its first start.
                if number:
                    seen[each.name].seconds.append(seconds)
                    seen[each.name].mebibytes.append(mebibytes)
    text = told(seen, args.rounds)
    print(text)
    if args.report:
        args.report.write_text(f"{text}\n", "utf-8")
    return 0


@contextmanager
def home_of(starter: Starter) -> Generator[Path]:
    """A folder with what the program finds there."""
    folder = Path(tempfile.mkdtemp(prefix="kf-"))
    try:
        for name, text in starter.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def one_start(desk: Desk, starter: Starter, home: Path) -> tuple[float, float]:
    """Seconds until the icon is there, and the MiB that its processes hold for themselves."""
    environ = {
        **desk.environment,
        "HOME": str(home),
        "KEYFOB_HOME": str(home / "keyfob"),
        "KEYFOB_PORT": "0",
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
    }
    began = time.perf_counter()
    with started(starter.command, environ) as process:
        wait_for(lambda: icons(desk), _PATIENCE)
        seconds = time.perf_counter() - began
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SETTLED_SECONDS)
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        held = sum(each.memory_full_info().pss for each in family)
    wait_for(lambda: not icons(desk), _PATIENCE)
    return seconds, held / (1 << 20)


def icons(desk: Desk) -> int:
    """How many icons the tray holds."""
    tray = desk.run("xdotool", "search", "--name", "^panel$").split()
    listed = desk.run("xwininfo", "-children", "-id", tray[0]) if tray else ""
    count = re.search(r"(\d+) child", listed)
    # One child is the tray's own.
    return int(count[1]) - 1 if count else 0


def told(seen: dict[str, Seen], rounds: int) -> str:
    """The report: medians, and ratios of Keyfob to each other."""
    ours = seen["Keyfob"]
    lines = [
        f"From the start to the icon in the tray, and memory (PSS of all its processes) "
        f"{_SETTLED_SECONDS:.0f} s later; medians of {rounds} starts in turns, "
        f"load {os.getloadavg()[0]:.1f}",
    ]
    for name, one in seen.items():
        line = f"{name:<10} {median(one.seconds):6.2f} s  {median(one.mebibytes):7.1f} MiB"
        if one is not ours:
            slower = median(ours.seconds) / median(one.seconds)
            larger = median(ours.mebibytes) / median(one.mebibytes)
            line += f"   Keyfob takes {slower:.2f} of its time, {larger:.2f} of its memory"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
