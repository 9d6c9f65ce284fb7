from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import node_toolchain
from node_toolchain import Node

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")

StandIn = Callable[[str, str], None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "package-lock.json").write_text("{}", "utf-8")
    return folder


@pytest.fixture
def only_stand_ins(stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return stand_in


def test_a_node_that_is_new_enough_is_taken(only_stand_ins: StandIn) -> None:
    only_stand_ins("node", "echo v20.1.0")
    only_stand_ins("npm", "")

    found = node_toolchain.on_path()

    assert found is not None
    assert Path(found.program).name == "node"
    assert Path(found.npm[0]).name == "npm"


@pytest.mark.parametrize("says", ["echo v18.19.0", "echo nonsense", "exit 1"])
def test_an_old_or_broken_node_is_passed_over(only_stand_ins: StandIn, says: str) -> None:
    only_stand_ins("node", says)
    only_stand_ins("npm", "")

    assert node_toolchain.on_path() is None


def test_a_node_without_npm_is_passed_over(only_stand_ins: StandIn) -> None:
    only_stand_ins("node", "echo v22.0.0")

    assert node_toolchain.on_path() is None


def test_packages_are_installed_once_for_each_lock(
    stand_in: StandIn, project: Path, calls: Path
) -> None:
    stand_in("npm", "rm -rf node_modules; mkdir node_modules")
    node = Node("node", ("npm",))

    node.ensure_packages(project)
    node.ensure_packages(project)
    assert calls.read_text("utf-8").count("npm ci --ignore-scripts") == 1

    (project / "package-lock.json").write_text('{"other": 1}', "utf-8")
    node.ensure_packages(project)
    assert calls.read_text("utf-8").count("npm ci --ignore-scripts") == 2


def test_packages_that_broke_off_are_installed_again(
    stand_in: StandIn, project: Path, calls: Path
) -> None:
    stand_in("npm", "rm -rf node_modules; mkdir node_modules; exit 1")
    node = Node("node", ("npm",))

    for _ in range(2):
        with pytest.raises(SystemExit, match="npm"):
            node.ensure_packages(project)

    assert calls.read_text("utf-8").count("npm ci") == 2


def test_the_programs_of_the_tests_find_this_node_first(tmp_path: Path) -> None:
    path = Node(str(tmp_path / "node"), ("npm",)).environment()["PATH"]

    assert path.startswith(f"{tmp_path}:")
