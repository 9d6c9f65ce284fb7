from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from virtual_environment import DEVELOPMENT, LOCKS, NODE, PEERS, RUNTIME, Environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")

StandIn = Callable[[str, str], None]
Done = Callable[[], list[str]]

MAKES_A_PYTHON = """
for folder; do :; done
mkdir -p "$folder/bin"
cp "$(dirname "$0")/inner" "$folder/bin/python"
"""


@pytest.fixture
def checkout(stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A checkout whose interpreters are stand-ins that note what they were asked for."""
    root = tmp_path / "checkout"
    for name in LOCKS:
        lock = root / "packaging" / name
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text(name, "utf-8")
    version = root / "core" / "keyfob_core" / "version.py"
    version.parent.mkdir(parents=True)
    version.write_text("", "utf-8")
    (root / "pyproject.toml").write_text("", "utf-8")
    stand_in("inner", "exit 0")
    stand_in("outer", MAKES_A_PYTHON)
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "programs" / "outer"))
    return Environment(root)


@pytest.fixture
def done(calls: Path) -> Done:
    """What was done since the last time: venv, the locks installed, editable."""

    def since() -> list[str]:
        lines = calls.read_text("utf-8").splitlines()
        calls.write_text("", "utf-8")
        return [step for line in lines for step in _steps(line)]

    return since


def _steps(line: str) -> list[str]:
    if "-m venv" in line:
        return ["venv"]
    if "--no-build-isolation --no-deps -e" in line:
        return ["editable"]
    return [Path(line).name] if "--require-hashes --no-deps -r" in line else []


def test_an_environment_is_made_once(checkout: Environment, done: Done) -> None:
    checkout.ensure([RUNTIME])
    assert done() == ["venv", RUNTIME, "editable"]

    checkout.ensure([RUNTIME])
    assert done() == []


def test_the_checkout_is_compiled_when_it_is_installed(checkout: Environment, calls: Path) -> None:
    checkout.ensure([RUNTIME])
    _, compiled = calls.read_text("utf-8").split("-m compileall -qq ")
    folders = [str(checkout.root / name) for name in ("core", "desktop", "resources")]
    assert compiled.split() == folders


def test_more_packages_go_on_top_and_bring_the_fewer_with_them(
    checkout: Environment, done: Done
) -> None:
    checkout.ensure([RUNTIME])
    done()

    checkout.ensure([DEVELOPMENT])
    assert done() == [DEVELOPMENT, "editable"]
    checkout.ensure([DEVELOPMENT, NODE])
    assert done() == [NODE, "editable"]
    checkout.ensure([RUNTIME])
    assert done() == []


def test_the_development_lock_alone_is_enough_for_running(
    checkout: Environment, done: Done
) -> None:
    checkout.ensure([DEVELOPMENT])
    done()

    checkout.ensure([RUNTIME])

    assert done() == []


def test_another_lock_makes_the_environment_anew(checkout: Environment, done: Done) -> None:
    checkout.ensure([RUNTIME])
    done()
    (checkout.root / "packaging" / RUNTIME).write_text("other", "utf-8")

    checkout.ensure([RUNTIME])

    assert done() == ["venv", RUNTIME, "editable"]


@pytest.mark.parametrize("source", ["pyproject.toml", "core/keyfob_core/version.py"])
def test_another_project_file_only_installs_the_checkout_again(
    checkout: Environment, done: Done, source: str
) -> None:
    checkout.ensure([RUNTIME])
    done()
    (checkout.root / source).write_text("# other", "utf-8")

    checkout.ensure([RUNTIME])

    assert done() == ["editable"]


def test_a_moved_checkout_makes_the_environment_anew(checkout: Environment, done: Done) -> None:
    checkout.ensure([RUNTIME])
    done()
    moved = Environment(checkout.root.rename(checkout.root.with_name("moved")))

    moved.ensure([RUNTIME])

    assert done() == ["venv", RUNTIME, "editable"]


@pytest.mark.parametrize("damage", ["exit 1", None])
def test_a_broken_environment_is_made_anew(
    checkout: Environment, done: Done, damage: str | None
) -> None:
    checkout.ensure([RUNTIME])
    done()
    if damage is None:
        checkout.python.unlink()
    else:
        checkout.python.write_text(f"#!/bin/sh\n{damage}\n", "utf-8")

    checkout.ensure([RUNTIME])

    assert done() == ["venv", RUNTIME, "editable"]


def test_an_environment_that_broke_off_half_way_is_made_anew(
    checkout: Environment, done: Done, stand_in: StandIn
) -> None:
    stand_in("inner", 'case "$*" in *--no-deps*) exit 1;; esac')
    with pytest.raises(SystemExit, match="could not be made"):
        checkout.ensure([RUNTIME])
    stand_in("inner", "exit 0")
    done()

    checkout.ensure([RUNTIME])

    assert done() == ["venv", RUNTIME, "editable"]


def test_an_addition_that_broke_off_half_way_makes_the_environment_anew(
    checkout: Environment, done: Done
) -> None:
    checkout.ensure([RUNTIME])
    whole = checkout.python.read_text("utf-8")
    failing = whole.replace("exit 0", 'case "$*" in *-r*) exit 1;; esac')
    checkout.python.write_text(failing, "utf-8")
    with pytest.raises(SystemExit, match="could not be made"):
        checkout.ensure([DEVELOPMENT])
    done()

    checkout.ensure([RUNTIME])

    assert done() == ["venv", RUNTIME, "editable"]


def test_an_environment_of_peers_holds_their_programs_alone(
    checkout: Environment, done: Done
) -> None:
    peers = Environment(checkout.root, ".venv/peers", holds_checkout=False)

    peers.ensure([PEERS])
    assert done() == ["venv", PEERS]
    (checkout.root / "pyproject.toml").write_text("# other", "utf-8")
    peers.ensure([PEERS])
    assert done() == []
