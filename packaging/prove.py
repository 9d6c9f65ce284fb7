"""Breaks each listed guard in a copy of the checkout and sees the test that watches it fail.

`tests/breakages.toml` lists the guards: a file, the line as it is, the line broken, the tests.
A test that still passes over a broken guard proves nothing, and is named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".git", ".venv", "node_modules", "__pycache__", ".pytest_cache", ".hypothesis")
PASSED, FAILED = 0, 1


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """One guard, how to break it, and the tests that have to notice."""

    says: str
    """What is true only while the guard stands."""
    file: str
    old: str
    """Text that occurs exactly once in `file`; empty where the file is new."""
    new: str
    tests: tuple[str, ...]
    """As pytest is given them."""


def breakages(listing: Path) -> list[Breakage]:
    """Read the list."""
    return [
        Breakage(
            says=entry["says"],
            file=entry["file"],
            old=entry["old"],
            new=entry["new"],
            tests=tuple(entry["tests"]),
        )
        for entry in tomllib.loads(listing.read_text("utf-8"))["breakage"]
    ]


def apply(breakage: Breakage, copy: Path) -> None:
    """Break the guard in `copy`.

    Raises:
        SystemExit: The text to replace is not there exactly once.
    """
    target = copy / breakage.file
    before = target.read_text("utf-8") if breakage.old else ""
    if breakage.old and before.count(breakage.old) != 1:
        raise SystemExit(f"{breakage.file} does not hold this exactly once: {breakage.old!r}")
    if not breakage.old and target.exists():
        raise SystemExit(f"{breakage.file} was to be made, and is there already.")
    after = before.replace(breakage.old, breakage.new) if breakage.old else breakage.new
    target.write_text(after, "utf-8")


def verdict(breakage: Breakage, checkout: Path, scratch: Path) -> str:
    """`proven`, or why not; works on a copy of `checkout` in `scratch`."""
    copy = scratch / "checkout"
    shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    modules = checkout / "tests" / "node" / "node_modules"
    if modules.is_dir() and os.name != "nt":
        (copy / "tests" / "node" / "node_modules").symlink_to(modules)
    try:
        if _run(breakage.tests, copy) != PASSED:
            return "the tests do not pass before it is broken"
        apply(breakage, copy)
        status = _run(breakage.tests, copy)
        return "proven" if status == FAILED else f"not noticed: pytest ended with {status}"
    finally:
        shutil.rmtree(copy)


def _run(tests: Sequence[str], copy: Path) -> int:
    folders = [str(copy / name) for name in ("core", "desktop", "resources")]
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        check=False,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode


def main(words: Sequence[str]) -> int:
    """Prove all, or those whose sentence holds one of `words`; 1 if any is not proven."""
    listed = breakages(ROOT / "tests" / "breakages.toml")
    chosen = [b for b in listed if not words or any(word in b.says for word in words)]
    unproven = 0
    with tempfile.TemporaryDirectory(prefix="keyfob-prove-") as scratch:
        for breakage in chosen:
            outcome = verdict(breakage, ROOT, Path(scratch))
            unproven += outcome != "proven"
            print(f"{outcome}: {breakage.says}", flush=True)
    print(f"{len(chosen) - unproven} of {len(chosen)} proven")
    return 1 if unproven or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
