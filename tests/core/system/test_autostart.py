from __future__ import annotations

import configparser
import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.control.workings import Autostart
from keyfob_core.errors import ConfigInvalid
from keyfob_core.system.autostart import (
    LaunchAgent,
    NoAutostart,
    RunKey,
    XdgAutostart,
    autostart,
    tray_command,
)
from support.desk import wait_for

COMMAND = ("/opt/key fob/bin/python", "-I", "-m", "keyfob_core.cli.main", "--background")
HOME = {"KEYFOB_HOME": '/home/a "b" $c `d` \\e 100%'}
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"


class Registry:
    """Behaves like the module `winreg`, as far as one user's hive goes."""

    HKEY_CURRENT_USER = 0x80000001
    KEY_READ = 0x20019
    KEY_SET_VALUE = 0x0002
    REG_SZ = 1
    REG_BINARY = 3

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, tuple[Any, int]]] = {RUN: {}}
        self.refuses = False

    @contextmanager
    def _opened(self, path: str, access: int) -> Generator[tuple[str, int]]:
        yield path, access

    def OpenKey(self, hive: int, path: str, reserved: int = 0, access: int = KEY_READ) -> Any:
        assert hive == self.HKEY_CURRENT_USER
        if path not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return self._opened(path, access)

    def CreateKeyEx(self, hive: int, path: str, reserved: int, access: int) -> Any:
        assert hive == self.HKEY_CURRENT_USER
        if self.refuses:
            raise PermissionError(13, "Access is denied")
        self.keys.setdefault(path, {})
        return self._opened(path, access)

    def SetValueEx(self, key: tuple[str, int], name: str, _: int, kind: int, value: Any) -> None:
        self._may_write(key)
        self.keys[key[0]][name] = (value, kind)

    def DeleteValue(self, key: tuple[str, int], name: str) -> None:
        self._may_write(key)
        if name not in self.keys[key[0]]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        del self.keys[key[0]][name]

    def QueryValueEx(self, key: tuple[str, int], name: str) -> tuple[Any, int]:
        assert key[1] & 0x0001, "opened without KEY_QUERY_VALUE"
        if name not in self.keys[key[0]]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return self.keys[key[0]][name]

    def _may_write(self, key: tuple[str, int]) -> None:
        if not key[1] & self.KEY_SET_VALUE:
            raise PermissionError(13, "Access is denied")


@pytest.fixture(params=["xdg", "launchd", "registry"])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Autostart:
    if request.param == "xdg":
        return XdgAutostart(tmp_path / "config" / "autostart", COMMAND, HOME)
    if request.param == "launchd":
        return LaunchAgent(tmp_path / "Library" / "LaunchAgents", COMMAND, HOME)
    return RunKey(COMMAND, Registry())


def test_it_is_off_until_it_is_turned_on_and_off_again_after(one: Autostart) -> None:
    assert not one.is_on()
    one.turn(False)
    for _ in range(2):
        one.turn(True)
        assert one.is_on()
    assert one.place
    for _ in range(2):
        one.turn(False)
        assert not one.is_on()


def test_the_desktop_entry_starts_these_words_with_this_home(tmp_path: Path) -> None:
    one = XdgAutostart(tmp_path, COMMAND, {"KEYFOB_HOME": "/home/a b"})
    one.turn(True)
    entry = configparser.RawConfigParser(strict=True)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(one.place, "utf-8")
    fields = dict(entry["Desktop Entry"])
    assert fields["Type"] == "Application"
    assert fields["Terminal"] == "false"
    assert shlex.split(fields["Exec"]) == ["env", "KEYFOB_HOME=/home/a b", *COMMAND]


@pytest.mark.skipif(shutil.which("gio") is None, reason="needs glib's own reader")
def test_glib_starts_the_entry_with_the_same_words(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = tmp_path / 'a "program" $x `y` \\z 5%'
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$KEYFOB_HOME" "$@" > "{told}"\n')
    program.chmod(0o700)
    one = XdgAutostart(tmp_path, (str(program), "two words", "--background"), HOME)
    one.turn(True)
    subprocess.run(("gio", "launch", one.place), check=True, timeout=20)
    wait_for(lambda: told.exists() and told.read_text().endswith("--background\n"))
    assert told.read_text().splitlines() == [HOME["KEYFOB_HOME"], "two words", "--background"]


@pytest.mark.parametrize(
    "line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"], ids=["hidden", "gnome"]
)
def test_what_the_desktops_own_settings_switched_off_is_off_until_it_is_turned_on_again(
    tmp_path: Path, line: str
) -> None:
    one = XdgAutostart(tmp_path, COMMAND, {})
    one.turn(True)
    file = Path(one.place)
    kept = [each for each in file.read_text().splitlines() if each.split("=")[0] not in line]
    file.write_text("\n".join([*kept, line, "[Desktop Action x]", "Hidden=false"]))
    assert not one.is_on()
    one.turn(True)
    assert one.is_on()


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe\x00", b"[Desktop Entry]\nName=x\n"])
def test_an_entry_that_nothing_can_be_made_of_is_off(tmp_path: Path, garbage: bytes) -> None:
    for one in (XdgAutostart(tmp_path, COMMAND, {}), LaunchAgent(tmp_path, COMMAND, {})):
        Path(one.place).write_bytes(garbage)
        assert not one.is_on()


def test_the_agent_is_what_launchd_takes(tmp_path: Path) -> None:
    one = LaunchAgent(tmp_path, COMMAND, HOME)
    one.turn(True)
    told = plistlib.loads(Path(one.place).read_bytes())
    assert told["Label"] == Path(one.place).stem
    assert told["ProgramArguments"] == list(COMMAND)
    assert told["EnvironmentVariables"] == HOME
    assert told["RunAtLoad"] is True
    for changed in ({"Disabled": True}, {"RunAtLoad": False}):
        Path(one.place).write_bytes(plistlib.dumps(told | changed))
        assert not one.is_on()


def test_the_run_key_quotes_as_windows_reads_and_heeds_the_task_manager() -> None:
    registry = Registry()
    one = RunKey(COMMAND, registry)
    one.turn(True)
    assert registry.keys[RUN] == {
        "Keyfob": (
            '"/opt/key fob/bin/python" -I -m keyfob_core.cli.main --background',
            Registry.REG_SZ,
        )
    }
    registry.keys[APPROVED] = {"Keyfob": (bytes([3, *[0] * 11]), Registry.REG_BINARY)}
    assert not one.is_on()
    one.turn(True)
    assert one.is_on()
    registry.keys[APPROVED] = {"Keyfob": (bytes([2, *[0] * 11]), Registry.REG_BINARY)}
    assert one.is_on()


def test_what_cannot_be_written_is_told_with_its_place(tmp_path: Path) -> None:
    registry = Registry()
    registry.refuses = True
    (tmp_path / "file").write_text("")
    for one in (
        XdgAutostart(tmp_path / "file", COMMAND, {}),
        LaunchAgent(tmp_path / "file", COMMAND, {}),
        RunKey(COMMAND, registry),
    ):
        with pytest.raises(ConfigInvalid) as caught:
            one.turn(True)
        assert one.place in str(caught.value)


def test_each_system_has_its_way_and_the_demo_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    linux = autostart({"XDG_CONFIG_HOME": "relative", "KEYFOB_HOME": "~/k"}, "linux")
    assert linux.place == str(tmp_path / ".config" / "autostart" / "keyfob.desktop")
    linux.turn(True)
    assert f"Exec=env KEYFOB_HOME={tmp_path}/k /" in Path(linux.place).read_text()
    assert autostart({"XDG_CONFIG_HOME": "/c"}, "linux").place == "/c/autostart/keyfob.desktop"
    assert "LaunchAgents" in autostart({}, "darwin").place
    assert isinstance(autostart({}, "win32"), RunKey)
    demo = autostart({"KEYFOB_DEMO": "1"}, sys.platform)
    assert isinstance(demo, NoAutostart)
    demo.turn(False)
    with pytest.raises(ConfigInvalid):
        demo.turn(True)


def test_windows_starts_the_python_that_shows_no_console() -> None:
    command = tray_command("win32", r"C:\Program Files\Python\python.exe")
    assert command[0] == r"C:\Program Files\Python\pythonw.exe"
    assert os.path.isabs(tray_command("linux")[0])
