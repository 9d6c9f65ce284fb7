import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keyfob_core import launch

SYSTEMCTL = """#!/bin/sh
test "$2" = show-environment || exit 1
printf '%s\\n' DISPLAY=:7 SECRET=s "XDG_DATA_DIRS=\\$'a'" XDG_SEAT=one
"""


class Refusing:
    """A Windows whose job objects let nothing out."""

    def __init__(self, refused: int) -> None:
        self.refused = refused
        self.flags: list[int] = []
        self.code: int | None = None

    def __call__(self, command: list[str], **options: Any) -> "Refusing":
        assert command == ["keyfob.exe", "serve"]
        assert options["stdin"] == subprocess.DEVNULL
        self.flags.append(options["creationflags"])
        if len(self.flags) <= self.refused:
            raise PermissionError
        return self

    def poll(self) -> int | None:
        return self.code


def test_an_engine_gets_what_it_needs_of_a_clients_environment_and_no_more() -> None:
    passed = {
        "HOME": "/h",
        "PATH": "/bin",
        "LC_ALL": "C",
        "XDG_DATA_HOME": "/d",
        "https_proxy": "http://p",
        "KEYFOB_PORT": "1",
        "SystemRoot": "C:/Windows",
    }
    kept_back = {
        "KEYFOB_TOKEN": "kf_1",
        "GITHUB_TOKEN": "g",
        "PYTHONPATH": "/evil",
        "LD_PRELOAD": "/evil.so",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    assert launch.engine_environment(passed | kept_back) == passed


def test_a_relative_home_still_means_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert launch.engine_environment({"KEYFOB_HOME": "k"}) == {"KEYFOB_HOME": str(tmp_path / "k")}


def test_the_login_sessions_display_and_bus_are_added_where_a_client_kept_them_back(
    tmp_path: Path,
) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(SYSTEMCTL)
    systemctl.chmod(0o755)
    (tmp_path / "bus").touch()
    known = {"XDG_RUNTIME_DIR": str(tmp_path)}
    bus = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus"}
    found = {"DISPLAY": ":7", "XDG_SEAT": "one"}
    assert launch.complete_environment(known, 7, str(systemctl)) == known | bus | found


def test_what_a_client_did_hand_on_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "bus").touch()
    given = {
        "XDG_RUNTIME_DIR": str(tmp_path),
        "DISPLAY": ":1",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/b",
    }
    assert launch.complete_environment(given, 7, "/missing") == given


def test_without_a_login_session_nothing_is_added() -> None:
    assert launch.complete_environment({"HOME": "/h"}, 4_000_000_001) == {"HOME": "/h"}


@pytest.mark.parametrize(
    ("environ", "platform", "words"),
    [
        ({}, "linux", ["serve", "--background"]),
        ({"DISPLAY": ":1"}, "linux", ["--background"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ["--background"]),
        ({}, "darwin", ["--background"]),
        ({}, "win32", ["--background"]),
    ],
)
def test_the_tray_app_is_started_where_there_is_a_display(
    environ: dict[str, str], platform: str, words: list[str]
) -> None:
    python = [sys.executable, "-I", "-m", "keyfob_core.cli.main"]
    assert launch.engine_command(environ, platform) == [*python, *words]


def test_a_bundle_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert launch.engine_command({}, "linux") == [sys.executable, "serve", "--background"]


@pytest.mark.parametrize("refused", [0, 1])
def test_on_windows_the_engine_leaves_the_clients_job_where_it_may(refused: int) -> None:
    windows = Refusing(refused)
    started = launch.launch_unattached(["keyfob.exe", "serve"], {}, 2, windows)
    breakaway, new_group, no_window = 0x01000000, 0x200, 0x08000000
    wanted = [breakaway | new_group | no_window, new_group | no_window]
    assert windows.flags == wanted[: refused + 1]
    assert not started.ended()
    windows.code = 1
    assert started.ended()
    started.close()


def test_a_client_whose_job_lets_nothing_start_is_told() -> None:
    with pytest.raises(PermissionError):
        launch.launch_unattached(["keyfob.exe", "serve"], {}, 2, Refusing(2))


def test_a_long_log_is_begun_anew(keyfob_home: Path) -> None:
    keyfob_home.mkdir()
    log = keyfob_home / "engine.log"
    log.write_bytes(b"x" * (1 << 20) + b"x")
    done = launch.start_engine(str(keyfob_home), [sys.executable, "-c", ""])
    assert log.stat().st_size == 0
    done.close()
