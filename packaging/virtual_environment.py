"""The locked virtual environments of a checkout, and the stamps that say what they hold."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
NODE = "requirements-node.txt"
PEERS = "requirements-peers.txt"
FASTMCP = "requirements-fastmcp.txt"
LOCKS = (RUNTIME, DEVELOPMENT, NODE, PEERS, FASTMCP)


@dataclass(frozen=True)
class Environment:
    """`.venv` of one checkout, or one that lies in it and holds other people's programs."""

    root: Path
    """The checkout."""
    name: str = ".venv"
    holds_checkout: bool = True

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.root / self.name

    @property
    def programs(self) -> Path:
        """The folder of its programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.programs / ("python.exe" if os.name == "nt" else "python")

    @property
    def site_packages(self) -> Path:
        """Where its packages lie."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"

    @property
    def stamp(self) -> Path:
        """Says what the environment holds; absent while it is being changed."""
        return self.folder / "keyfob-stamp.json"

    def ensure(self, locks: Iterable[str]) -> None:
        """Make it hold the packages of `locks`, and the checkout, editable; do nothing if it does.

        An environment that is broken, half made or made from other locks is made anew.

        Raises:
            SystemExit: pip or venv failed; what they said has been shown.
        """
        held = self._held()
        wanted = [name for name in locks if name not in held]
        sources = self._sources()
        if not wanted and held["sources"] == sources:
            return
        if not held:
            print(f"Making the virtual environment {self.name}", flush=True)
            self._make()
        else:
            self.stamp.unlink()
        for name in wanted:
            print(f"Installing the packages locked in packaging/{name}", flush=True)
            # The lock is complete, and pip takes no hash of `name` for `name[extra]`.
            self._pip("install", "--require-hashes", "--no-deps", "-r", str(self._lock(name)))
        if self.holds_checkout:
            self._pip("install", "--no-build-isolation", "--no-deps", "-e", str(self.root))
            self._compile()
        recorded = {name for name in LOCKS if name in held} | set(wanted)
        if DEVELOPMENT in recorded:
            recorded.add(RUNTIME)
        digests = {name: _digest(self._lock(name)) for name in recorded}
        self.stamp.write_text(json.dumps({**self._place(), **digests, "sources": sources}), "utf-8")

    def _held(self) -> dict[str, str]:
        """What the stamp says, or nothing where the environment cannot be built upon."""
        try:
            stamp: dict[str, str] = json.loads(self.stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        if any(stamp.get(key) != value for key, value in self._place().items()):
            return {}
        recorded = [name for name in LOCKS if name in stamp]
        if any(stamp[name] != _digest(self._lock(name)) for name in recorded):
            return {}
        return stamp if self._runs() else {}

    def _sources(self) -> str:
        """What an editable install has read of the checkout."""
        read = ("pyproject.toml", "core/keyfob_core/version.py") if self.holds_checkout else ()
        return _digest(*(self.root / name for name in read))

    def _place(self) -> dict[str, str]:
        """What an environment cannot outlive: its scripts and links name both."""
        return {"python": "{}.{}".format(*sys.version_info[:2]), "root": str(self.root)}

    def _runs(self) -> bool:
        probed = "pip, keyfob_core" if self.holds_checkout else "pip"
        try:
            probe = subprocess.run(
                [str(self.python), "-I", "-c", f"import {probed}"],
                check=False,
                capture_output=True,
            )
        except OSError:
            return False
        return probe.returncode == 0

    def _make(self) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        # Inside an environment, sys.executable may lie in the folder that was just removed.
        outside: str = getattr(sys, "_base_executable", sys.executable)
        _checked([outside, "-I", "-m", "venv", str(self.folder)])

    def _compile(self) -> None:
        # As pip does for what it copies. Else, with PYTHONDONTWRITEBYTECODE, each start would.
        folders = [str(self.root / name) for name in ("core", "desktop", "resources")]
        compiling = [str(self.python), "-I", "-m", "compileall", "-qq", *folders]
        subprocess.run(compiling, check=False, stdin=subprocess.DEVNULL)

    def _pip(self, *arguments: str) -> None:
        # -I keeps the checkout's own packaging/ folder off pip's import path.
        options = ["-q", "--disable-pip-version-check", "--no-input"]
        _checked([str(self.python), "-I", "-m", "pip", *options, *arguments])

    def _lock(self, name: str) -> Path:
        return self.root / "packaging" / name


def _checked(command: list[str]) -> None:
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit("The virtual environment could not be made; the reason stands above.")


def _digest(*paths: Path) -> str:
    content = hashlib.sha256()
    for path in paths:
        content.update(path.read_bytes())
    return content.hexdigest()
