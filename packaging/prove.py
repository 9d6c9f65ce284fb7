"""Breaks each listed guard in a copy of the checkout and sees the test that watches it fail.

`tests/breakages.toml` lists the guards: a file, the line as it is, the line broken, the tests.
A test that still passes over a broken guard proves nothing, and is named. The list's long forms are
tests that do in a hundred turns here what they do in a dozen elsewhere. What came of each is kept
in `tests/reports/prove.txt`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".git", ".venv", "node_modules", "__pycache__", ".pytest_cache", ".hypothesis")
PASSED, FAILED = 0, 1
LISTING = Path("tests/breakages.toml")
REPORT = Path("tests/reports/prove.txt")
FIGURES = "figures: "
"""Begins the lines of a long form's output that the report keeps."""


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


@dataclass(frozen=True, kw_only=True)
class LongForm:
    """Tests that take their time, and what they show."""

    says: str
    tests: tuple[str, ...]
    marked: str | None = None
    """Run only those of them that bear this mark."""


def long_forms(listing: Path) -> list[LongForm]:
    """Read the long forms of the list."""
    entries = tomllib.loads(listing.read_text("utf-8")).get("long", [])
    return [
        LongForm(says=entry["says"], tests=tuple(entry["tests"]), marked=entry.get("marked"))
        for entry in entries
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


def long_verdict(form: LongForm, checkout: Path) -> str:
    """`shown` with the figures that the tests printed, or that they failed."""
    options = ["-q", "-rP", "-p", "no:cacheprovider"]
    if form.marked is not None:
        options += ["-m", form.marked]
    ended = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *options, *form.tests],
        check=False,
        cwd=checkout,
        env={**os.environ, "PROVE_LONG": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if ended.returncode != PASSED:
        return "failed"
    lines = ended.stdout.splitlines()
    figures = [line.removeprefix(FIGURES) for line in lines if line.startswith(FIGURES)]
    return f"shown ({'; '.join(figures)})"


def keep(report: Path, names: Sequence[str], outcomes: Mapping[str, str]) -> None:
    """Put the outcomes into the report, which has a line for each name, and keep the others'."""
    known = dict[str, str]()
    if report.is_file():
        for line in report.read_text("utf-8").splitlines():
            outcome, _, says = line.partition(": ")
            known[says] = outcome
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    for says, outcome in outcomes.items():
        # A colon ends the outcome in a line.
        known[says] = f"{today} {outcome.replace(':', ';')}"
    report.parent.mkdir(exist_ok=True)
    lines = [f"{known.get(says, 'not run')}: {says}\n" for says in names]
    report.write_text("".join(lines), "utf-8")


def main(words: Sequence[str]) -> int:
    """Prove all, or those whose sentence holds one of `words`; 1 if any is not proven."""
    listing = ROOT / LISTING
    guards, forms = breakages(listing), long_forms(listing)
    names = [one.says for one in (*guards, *forms)]
    chosen = [says for says in names if not words or any(word in says for word in words)]
    outcomes = dict[str, str]()

    def tell(says: str, outcome: str) -> None:
        outcomes[says] = outcome
        print(f"{outcome}: {says}", flush=True)
        keep(ROOT / REPORT, names, outcomes)

    with tempfile.TemporaryDirectory(prefix="keyfob-prove-") as scratch:
        for guard in guards:
            if guard.says in chosen:
                tell(guard.says, verdict(guard, ROOT, Path(scratch)))
    for form in forms:
        if form.says in chosen:
            tell(form.says, long_verdict(form, ROOT))
    proven = sum(outcome.startswith(("proven", "shown")) for outcome in outcomes.values())
    print(f"{proven} of {len(chosen)} proven")
    return 1 if proven < len(chosen) or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
