from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

StandIn = Callable[[str, str], None]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """The file in which stand-in programs note how they were called, a line each."""
    noted = tmp_path / "calls"
    noted.touch()
    return noted


@pytest.fixture
def stand_in(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Puts a shell script of a given name first on the path; it notes its calls."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), "/usr/bin", "/bin"]))

    def make(name: str, script: str) -> None:
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{calls}"\n{script}\n', "utf-8")
        program.chmod(0o755)

    return make
