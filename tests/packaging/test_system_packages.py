from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import system_packages
from system_packages import Machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="apt-get is Linux only")

StandIn = Callable[[str, str], None]
KNOWN = "for name in $*; do case $name in policy) ;; *) echo '  Candidate: 1.0';; esac; done"
ROOT_USER = Machine(root=True, terminal=False)


@pytest.fixture
def debian(stand_in: StandIn) -> StandIn:
    """A Debian that has libgl1, and libglib2.0-0 under its later name."""
    stand_in(
        "dpkg-query",
        "printf 'installed\\tlibgl1\\t\\n"
        "installed\\tlibglib2.0-0t64\\tlibglib2.0-0 (= 2.80), libgio\\n"
        "config-files\\txvfb\\t\\n'",
    )
    stand_in("apt-cache", KNOWN)
    stand_in("apt-get", "exit 0")
    stand_in("sudo", 'exec "$@"')
    return stand_in


def installs(calls: Path) -> list[str]:
    """What apt-get and sudo were called for, without their options."""
    options = "-qq -o DPkg::Lock::Timeout=120 "
    lines = [line.replace(options, "") for line in calls.read_text("utf-8").splitlines()]
    return [line for line in lines if line.startswith(("apt-get", "sudo"))]


@pytest.mark.usefixtures("debian")
def test_what_is_installed_or_provided_is_left_alone(calls: Path) -> None:
    system_packages.ensure(["libgl1", "libglib2.0-0"], ROOT_USER)

    assert installs(calls) == []


@pytest.mark.usefixtures("debian")
def test_root_installs_exactly_what_is_missing(calls: Path) -> None:
    system_packages.ensure(["libgl1", "xvfb", "openbox"], ROOT_USER)

    assert installs(calls) == ["apt-get install -y --no-install-recommends xvfb openbox"]


def test_package_lists_are_fetched_only_where_they_know_too_little(
    debian: StandIn, calls: Path
) -> None:
    debian("apt-cache", "echo '  Candidate: (none)'")

    system_packages.ensure(["xvfb"], ROOT_USER)

    assert installs(calls) == [
        "apt-get update",
        "apt-get install -y --no-install-recommends xvfb",
    ]


def test_stale_package_lists_are_fetched_anew_and_a_lasting_failure_is_told(
    debian: StandIn, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    debian("apt-get", "echo 404 Not Found; exit 100")

    with pytest.raises(SystemExit, match="apt-get install -y --no-install-recommends xvfb"):
        system_packages.ensure(["xvfb"], ROOT_USER)

    assert [line.split()[1] for line in installs(calls)] == ["install", "update", "install"]
    assert "404 Not Found" in capsys.readouterr().err


@pytest.mark.usefixtures("debian")
def test_without_root_and_terminal_the_command_is_told_and_nothing_is_asked(calls: Path) -> None:
    asked: list[str] = []
    machine = Machine(root=False, terminal=False, ask=lambda text: asked.append(text) or "y")

    with pytest.raises(SystemExit) as stopped:
        system_packages.ensure(["xvfb"], machine)

    assert "sudo apt-get install -y --no-install-recommends xvfb" in str(stopped.value)
    assert asked == []
    assert installs(calls) == []


@pytest.mark.usefixtures("debian")
def test_a_person_who_declines_gets_the_command_and_no_change(calls: Path) -> None:
    with pytest.raises(SystemExit, match="Nothing was installed"):
        system_packages.ensure(["xvfb"], Machine(root=False, terminal=True, ask=lambda _: "n"))

    assert installs(calls) == []


@pytest.mark.usefixtures("debian")
def test_a_person_who_agrees_installs_by_sudo(calls: Path) -> None:
    system_packages.ensure(["xvfb"], Machine(root=False, terminal=True, ask=lambda _: ""))

    through_sudo, by_apt = installs(calls)
    assert through_sudo.startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get install")
    assert by_apt == "apt-get install -y --no-install-recommends xvfb"


def test_on_another_linux_the_needs_are_named_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    system_packages.ensure(["libgl1", "xvfb"], ROOT_USER)

    assert "libgl1 xvfb" in capsys.readouterr().out


def test_the_demo_needs_a_keychain_only_where_no_desktop_brings_one(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    assert "gnome-keyring" in system_packages.for_demo()

    stand_in("kwalletd6", "")
    stand_in("dbus-daemon", "")

    assert "gnome-keyring" not in system_packages.for_demo()


def test_the_tests_take_the_browser_that_is_there(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    assert "chromium" in system_packages.for_tests()

    stand_in("google-chrome", "")

    assert "chromium" not in system_packages.for_tests()
