"""The rules of the house that no single module's test can hold."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.source_code import PRODUCT, ROOT, calls, imports, is_ours, mentioning, sources

SLEEPERS = {
    "core/keyfob_core/audit/files.py": "a thread that reads a whole log lets others get on",
    "core/keyfob_core/bridge.py": "has no event loop; a thread of its own watches the parent",
    "core/keyfob_core/demo/secret_service.py": "waits for daemons that announce themselves nowhere",
    "tests/bench/keyfob.py": "waits for a process that announces itself nowhere",
    "tests/bench/peers.py": "the same, for other people's programs",
    "tests/support/desk.py": "the same, for a screen and its tray",
}
DIALOG_STATICS = re.compile(
    r"(QMessageBox\.(about|aboutQt|critical|information|question|warning)"
    r"|QInputDialog\.get\w+|QFileDialog\.get\w+|QColorDialog\.getColor)$"
)
MODAL = re.compile(r"\.exec_?$")
AMBIENT_KEYRING = re.compile(r"keyring(\.core)?\.(get|set|delete|init)_\w+$")

PROBE = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
ballast = [None, True, False] * 200_000
app, calls = QApplication([]), 20_000
widget, timer = QWidget(), QTimer()
stolen = []
for value, call in (
    (None, widget.update), (True, widget.isEnabled), (False, widget.isVisible),
    (None, widget.parent), (None, lambda: timer.setInterval(5)),
):
    before = sys.getrefcount(value)
    for _ in range(calls):
        call()
    change = (sys.getrefcount(value) - before) / calls
    # Immortal from 3.12 on, with a count that lasts for four thousand million calls.
    if abs(change) > 0.05 and sys.version_info < (3, 12):
        stolen.append(f"{value}: {change:+.2f} references a call")
print(*stolen, sep="; ", flush=True)
os._exit(bool(stolen))
"""

QT_PROBE = """
import importlib, pkgutil, sys
import keyfob_core
for module in pkgutil.walk_packages(keyfob_core.__path__, "keyfob_core."):
    importlib.import_module(module.name)
tops = {name.partition(".")[0] for name in sys.modules}
print(*sorted(tops & {"PySide6", "shiboken6", "qasync"}))
"""


LINT_IMPORTS = """
from importlinter.cli import lint_imports
raise SystemExit(lint_imports(no_cache=True, no_logo=True))
"""


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter, from the checkout's folder."""
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )


def test_the_import_contracts_are_kept() -> None:
    # In an interpreter of its own: it switches off every logger that is there.
    linting = python(LINT_IMPORTS)

    assert linting.returncode == 0, linting.stdout
    assert "0 broken" in linting.stdout


def test_importing_all_of_the_core_brings_no_qt() -> None:
    importing = python(QT_PROBE)

    assert importing.stderr == ""
    assert importing.stdout.split() == []


def test_the_bridge_imports_nothing_but_the_standard_library() -> None:
    alone = ("core/keyfob_core/bridge.py", "core/keyfob_core/launch.py")

    brought = {name for path in alone for _, name in imports(Path(path))}

    own = {name for name in brought if name.startswith("keyfob_core.launch.")}
    assert {name.partition(".")[0] for name in brought - own} <= sys.stdlib_module_names


def test_no_window_runs_a_nested_event_loop() -> None:
    made = [call for path in sources("desktop") for call in calls(path)]

    nested = [call for call in made if MODAL.search(call[1]) or DIALOG_STATICS.search(call[1])]

    assert made
    assert nested == []


def test_keyring_is_never_asked_which_backend_it_likes() -> None:
    asked = [
        (where, name)
        for path in mentioning("keyring", "core", "desktop")
        for where, name in (*calls(path), *imports(path))
        if AMBIENT_KEYRING.search(name)
    ]

    assert asked == []


def test_no_test_patches_modules_by_mocks() -> None:
    mocks = [
        (where, name)
        for path in mentioning("mock", "tests")
        for where, name in imports(path)
        if name.split(".")[0] in {"mock", "pytest_mock"} or name.startswith("unittest.mock")
    ]

    assert mocks == []


def test_nothing_sleeps_where_it_could_wait() -> None:
    sleeping = [
        (where, name)
        for path in mentioning("sleep", *PRODUCT, "tests")
        if path.as_posix() not in SLEEPERS
        for where, name in (*calls(path), *imports(path))
        if name == "time.sleep"
    ]

    assert sleeping == []


def test_modules_stay_below_four_hundred_lines() -> None:
    lengths = {
        str(path): (ROOT / path).read_text("utf-8").count("\n") for path in sources(*PRODUCT)
    }

    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_the_packaging_folder_does_not_shadow_the_real_packaging() -> None:
    importing = python("import packaging; print(packaging.__file__)")

    assert not list((ROOT / "packaging").rglob("__init__.py"))
    assert "site-packages" in Path(importing.stdout.strip()).parts


def test_the_version_is_the_same_everywhere() -> None:
    written = re.search(
        r'__version__ = "(.+)"', (ROOT / "core/keyfob_core/version.py").read_text("utf-8")
    )
    assert written is not None

    releases = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert importlib.metadata.version("keyfob") == written[1]
    assert releases[:2] in (["Unreleased", written[1]], [written[1], *releases[1:2]])


def test_every_place_names_the_same_oldest_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    oldest = re.match(r">=(\d+)\.(\d+),", project["project"]["requires-python"])
    assert oldest is not None

    named = ".".join(oldest.groups())

    assert project["tool"]["pyright"]["pythonVersion"] == named
    assert project["tool"]["ruff"]["target-version"] == "py" + named.replace(".", "")


def test_qt_steals_no_references_on_this_python() -> None:
    probe = python(PROBE)

    assert probe.stdout.strip() == ""
    assert probe.returncode == 0


def text_files() -> list[Path]:
    """Files of the checkout that are kept: text, ours, not ignored by name."""
    kept: list[Path] = []
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT)
        if is_ours(inside) and path.is_file() and b"\0" not in path.read_bytes():
            kept.append(inside)
    return kept


def test_no_file_names_a_package_registry_or_a_place_on_one_machine() -> None:
    hosts = ("py" + "pi.org", "files.pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com")
    places = ("/wor" + "k/main", "/wor" + "k/shared", "../shar" + "ed/", "/ro" + "ot/")
    debian = ("deb.debian" + ".org", "snapshot.debian" + ".org", "yarnpkg" + ".com")
    unwanted = re.compile("|".join(map(re.escape, (*hosts, *places, *debian))))

    naming = [
        (str(path), found[0])
        for path in text_files()
        if (found := unwanted.search((ROOT / path).read_text("utf-8", errors="replace")))
    ]

    assert naming == []


@pytest.mark.parametrize("folder", ["tests/node", "tests/bench/node"])
def test_the_npm_lock_pins_by_digest_and_names_no_address(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))

    entries = {name: entry for name, entry in lock["packages"].items() if name}

    assert entries
    assert [name for name, entry in entries.items() if "resolved" in entry] == []
    assert [name for name, entry in entries.items() if "integrity" not in entry] == []


def test_running_and_development_are_locked_to_the_same_versions() -> None:
    running = pins(ROOT / "packaging/requirements.txt")
    development = pins(ROOT / "packaging/requirements-dev.txt")

    assert running
    assert running <= development


def pins(lock: Path) -> set[str]:
    """The lines of a lock file that name a package and its version."""
    return set(re.findall(r"^\w[^ ]*==[^ ]+", lock.read_text("utf-8"), re.M))
