from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.source_code import ROOT, is_ours

PACKAGES = ("core/keyfob_core", "desktop/keyfob_desktop", "resources/keyfob_resources")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_three_packages_whole_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    ours = {
        path.relative_to((ROOT / package).parent).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and is_ours(path.relative_to(ROOT))
    }
    assert any(name.startswith("keyfob_resources/") and not name.endswith(".py") for name in ours)
    assert held == ours


def test_the_installed_wheel_says_its_version(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import keyfob_core.version as v;"
        "from importlib.metadata import distribution, entry_points;"
        "start, = entry_points(group='console_scripts', name='keyfob');"
        "print(v.__file__, v.__version__); sys.exit(start.load()(['--version']))"
    )

    said = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    file, version = said.stdout.splitlines()[0].rsplit(" ", 1)
    assert Path(file).is_relative_to(tmp_path)
    assert said.stdout.splitlines()[1:] == [f"keyfob {version}"]
    assert said.returncode == 0
