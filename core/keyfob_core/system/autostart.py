"""Starting the tray app at login: XDG autostart, a LaunchAgent, or Windows' Run key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import Any, cast

from keyfob_core.errors import ConfigInvalid

_NAME = "Keyfob"
_LABEL = "keyfob.tray"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_./=:,+@-]+")
_SPECIAL = re.compile(r'(["`$\\])')


def autostart(
    environ: Mapping[str, str], platform: str
) -> XdgAutostart | LaunchAgent | RunKey | NoAutostart:
    """The way of this system; `platform` is `sys.platform`."""
    if environ.get("KEYFOB_DEMO"):
        return NoAutostart()
    command, home = tray_command(platform), Path(os.path.expanduser("~"))
    if platform == "win32":
        return RunKey(command)
    own = {name: environ[name] for name in ("KEYFOB_HOME", "KEYFOB_PORT") if environ.get(name)}
    if "KEYFOB_HOME" in own:
        own["KEYFOB_HOME"] = os.path.abspath(os.path.expanduser(own["KEYFOB_HOME"]))
    if platform == "darwin":
        return LaunchAgent(home / "Library" / "LaunchAgents", command, own)
    told = environ.get("XDG_CONFIG_HOME", "")
    # The specification has relative paths ignored.
    folder = Path(told) if os.path.isabs(told) else home / ".config"
    return XdgAutostart(folder / "autostart", command, own)


def tray_command(platform: str, executable: str = sys.executable) -> tuple[str, ...]:
    """How the tray app is started without its window, by absolute path."""
    if getattr(sys, "frozen", False):
        return (executable, "--background")
    if platform == "win32":
        # The other one would show a console for as long as Keyfob runs.
        windowed = PureWindowsPath(executable).with_name("pythonw.exe")
        executable = str(windowed)
    return (executable, "-I", "-m", "keyfob_core.cli.main", "--background")


class NoAutostart:
    """The demo's, which leaves nothing behind."""

    place = ""

    def is_on(self) -> bool:
        """Never."""
        return False

    def turn(self, on: bool) -> None:
        """Refuse to have the demo start at login."""
        if on:
            hint = "Start Keyfob itself with `keyfob` to turn it on."
            raise ConfigInvalid("autostart", "is not for the demo, which is removed", hint)


class XdgAutostart:
    """`keyfob.desktop` in the autostart folder (Desktop Application Autostart Specification)."""

    def __init__(self, folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._file = folder / "keyfob.desktop"
        self._command = command
        self._environ = environ

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file)

    def is_on(self) -> bool:
        """Whether the file is there and no desktop's own settings have switched it off."""
        fields = _desktop_entry(self._file)
        hidden = fields.get("Hidden", "").lower() == "true"
        off = fields.get("X-GNOME-Autostart-enabled", "").lower() == "false"
        return bool(fields.get("Exec")) and not hidden and not off

    def turn(self, on: bool) -> None:
        """Write the file, or remove it."""
        if not on:
            _remove(self._file)
            return
        variables = [f"{name}={value}" for name, value in self._environ.items()]
        words = [*(["env", *variables] if variables else []), *self._command]
        text = (
            "[Desktop Entry]\n"
            "Type=Application\n"
            f"Name={_NAME}\n"
            "Comment=Holds the keys for your MCP servers\n"
            "Icon=keyfob\n"
            f"Exec={' '.join(map(_exec_word, words))}\n"
            "Terminal=false\n"
            "X-GNOME-Autostart-enabled=true\n"
        )
        _write(self._file, text.encode())


class LaunchAgent:
    """A property list that launchd reads at login (launchd.plist(5))."""

    def __init__(self, folder: Path, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._file = folder / f"{_LABEL}.plist"
        self._command = command
        self._environ = environ

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file)

    def is_on(self) -> bool:
        """Whether the file is there and starts something at login."""
        import plistlib  # macOS alone has such files
        from xml.parsers.expat import ExpatError

        try:
            told: Any = plistlib.loads(self._file.read_bytes())
        except (OSError, ValueError, ExpatError, plistlib.InvalidFileException):
            return False
        if not isinstance(told, dict):
            return False
        agent = cast("dict[str, object]", told)
        return agent.get("RunAtLoad") is True and agent.get("Disabled") is not True

    def turn(self, on: bool) -> None:
        """Write the file, or remove it; launchd follows at the next login."""
        import plistlib

        if not on:
            _remove(self._file)
            return
        agent = {
            "Label": _LABEL,
            "ProgramArguments": list(self._command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
            # Not for a login over ssh, which has no menu bar.
            "LimitLoadToSessionType": "Aqua",
            **({"EnvironmentVariables": dict(self._environ)} if self._environ else {}),
        }
        _write(self._file, plistlib.dumps(agent))


class RunKey:
    """A value under HKEY_CURRENT_USER's Run, which the Task Manager may have switched off."""

    def __init__(self, command: Sequence[str], registry: Any = None) -> None:
        """`registry` stands in for the module `winreg`."""
        self._command = command
        self._given = registry

    @property
    def place(self) -> str:
        """The value."""
        return rf"HKEY_CURRENT_USER\{_RUN}\{_NAME}"

    def is_on(self) -> bool:
        """Whether the value is there and approved."""
        if not self._value(_RUN):
            return False
        approved = self._value(_APPROVED)
        # An odd first byte says that the person switched it off in the Task Manager.
        return not (isinstance(approved, bytes) and approved and approved[0] & 1)

    def turn(self, on: bool) -> None:
        """Write the value, or remove it."""
        registry = self._registry
        try:
            with registry.CreateKeyEx(
                registry.HKEY_CURRENT_USER, _RUN, 0, registry.KEY_SET_VALUE
            ) as key:
                if on:
                    line = subprocess.list2cmdline(self._command)
                    registry.SetValueEx(key, _NAME, 0, registry.REG_SZ, line)
                else:
                    with suppress(FileNotFoundError):
                        registry.DeleteValue(key, _NAME)
            self._forget_approval()
        except OSError as error:
            raise _unwritable(self.place, error) from error

    @property
    def _registry(self) -> Any:
        if self._given is None:
            import winreg

            self._given = winreg
        return self._given

    def _forget_approval(self) -> None:
        registry = self._registry
        with (
            suppress(FileNotFoundError),
            registry.OpenKey(
                registry.HKEY_CURRENT_USER, _APPROVED, 0, registry.KEY_SET_VALUE
            ) as key,
        ):
            registry.DeleteValue(key, _NAME)

    def _value(self, path: str) -> object:
        registry = self._registry
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, path) as key:
                return registry.QueryValueEx(key, _NAME)[0]
        except OSError:
            return None


def _desktop_entry(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    fields: dict[str, str] = {}
    group = ""
    for line in map(str.strip, lines):
        if line.startswith("["):
            group = line
        elif group == "[Desktop Entry]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            fields[name.strip()] = value.strip()
    return fields


def _exec_word(word: str) -> str:
    """A word of an Exec line (Desktop Entry Specification, "The Exec key").

    Within quotes four characters are escaped; the whole is a string, whose backslashes are too.
    """
    word = word.replace("%", "%%")
    if not _PLAIN_WORD.fullmatch(word):
        quoted = _SPECIAL.sub(r"\\\1", word)
        word = f'"{quoted}"'
    return word.replace("\\", "\\\\")


def _write(file: Path, data: bytes) -> None:
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise _unwritable(str(file), error) from error


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(str(file), error) from error


def _unwritable(place: str, error: OSError) -> ConfigInvalid:
    reason = error.strerror or error
    return ConfigInvalid(place, f"cannot be written ({reason})", "Check who may write there.")
