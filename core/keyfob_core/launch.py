"""Starting an engine that outlives whoever needed it; standard library only, for the bridge."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

_LARGEST_LOG = 1 << 20
_PASSED_NAMES = frozenset(
    {
        "HOME",
        "USER",
        "LOGNAME",
        "PATH",
        "LANG",
        "TZ",
        "TMPDIR",
        "BROWSER",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "DBUS_SESSION_BUS_ADDRESS",
        "QT_QPA_PLATFORM",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    }
)
_PASSED_ON_WINDOWS = frozenset(
    {
        "APPDATA",
        "COMSPEC",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATHEXT",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "USERNAME",
        "USERPROFILE",
        "WINDIR",
    }
)
_PASSED_PREFIXES = ("LC_", "XDG_", "KEYFOB_")


class Launched(Protocol):
    """A process that was started and belongs to nobody."""

    def ended(self) -> bool:
        """Whether it is gone again."""
        ...

    def close(self) -> None:
        """Stop watching it."""
        ...


class Started(Protocol):
    """As much of a `subprocess.Popen` as this needs."""

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        ...


def start_engine(folder: str, command: Sequence[str] | None = None) -> Launched:
    """Start an engine whose output goes to `engine.log` in the folder; raises OSError.

    `command` stands in for the engine's own.
    """
    environ = engine_environment(os.environ)
    if sys.platform == "linux" and "KEYFOB_HOME" not in environ:
        environ = complete_environment(environ)
    words = list(command or engine_command(environ, sys.platform))
    log = os.open(
        os.path.join(folder, "engine.log"),
        os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0),
        0o600,
    )
    try:
        if os.fstat(log).st_size > _LARGEST_LOG:
            os.ftruncate(log, 0)
        launch = launch_detached if hasattr(os, "fork") else launch_unattached
        return launch(words, environ, log)
    finally:
        os.close(log)


def engine_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What an engine needs of a client's environment: no secret of the client's, no token."""
    passed = {
        name: value
        for name, value in environ.items()
        if name.upper() in _PASSED_NAMES | _PASSED_ON_WINDOWS
        or name.upper().startswith(_PASSED_PREFIXES)
        or name.upper().endswith("_PROXY")
    }
    passed.pop("KEYFOB_TOKEN", None)
    if passed.get("KEYFOB_HOME"):
        passed["KEYFOB_HOME"] = os.path.abspath(os.path.expanduser(passed["KEYFOB_HOME"]))
    return passed


def complete_environment(
    environ: Mapping[str, str], uid: int | None = None, systemctl: str = "/usr/bin/systemctl"
) -> dict[str, str]:
    """The environment with what a client kept back of the login session's variables.

    The official MCP clients hand on neither display nor bus: without them the engine would find
    neither the keychain nor a person to ask.
    """
    folder = f"/run/user/{os.getuid() if uid is None else uid}"
    complete = {name: value for name, value in environ.items() if value}
    if os.path.isdir(folder):
        complete.setdefault("XDG_RUNTIME_DIR", folder)
    elif "XDG_RUNTIME_DIR" not in complete:
        return complete
    bus = os.path.join(complete["XDG_RUNTIME_DIR"], "bus")
    if os.path.exists(bus):
        complete.setdefault("DBUS_SESSION_BUS_ADDRESS", f"unix:path={bus}")
    if not _has_display(environ, "linux") and os.path.exists(systemctl):
        complete = {**engine_environment(_session_variables(systemctl, complete)), **complete}
    return complete


def _session_variables(systemctl: str, environ: Mapping[str, str]) -> dict[str, str]:
    try:
        shown = subprocess.run(  # noqa: S603 - a fixed command
            [systemctl, "--user", "show-environment"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=2,
            check=False,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError):
        return {}
    pairs = (line.partition("=") for line in shown.splitlines())
    return {name: value for name, _, value in pairs if value and not value.startswith("$'")}


def _has_display(environ: Mapping[str, str], platform: str) -> bool:
    if platform in ("win32", "darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def engine_command(environ: Mapping[str, str], platform: str) -> list[str]:
    """How an engine is started: the tray app where a person can see it, else `serve`."""
    keyfob = keyfob_command()
    if _has_display(environ, platform) and _has_desktop():
        return [*keyfob, "--background"]
    return [*keyfob, "serve", "--background"]


def window_engine_command() -> list[str]:
    """How the tray app starts its engine, which it talks to over the standard pipes."""
    return [*keyfob_command(), "--engine-of-a-window"]


def keyfob_command() -> list[str]:
    """This very program, by an absolute path and with nothing of the caller's Python in it."""
    frozen = bool(getattr(sys, "frozen", False))
    return [sys.executable] if frozen else [sys.executable, "-I", "-m", "keyfob_core.cli.main"]


def _has_desktop() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) for name in ("keyfob_desktop", "PySide6", "qasync"))


class _Detached:
    def __init__(self, stdin: socket.socket) -> None:
        self._stdin = stdin

    def ended(self) -> bool:
        try:
            return not self._stdin.recv(1)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self._stdin.close()


def launch_detached(command: Sequence[str], environ: Mapping[str, str], log: int) -> Launched:
    """Start a process that is no child of ours.

    Clients end their servers by walking the process tree, which must not lead to the engine. Its
    stdin is a socket whose other end is ours, at its end for the reader: when it closes, the
    process is gone.
    """
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                os.dup2(theirs.fileno(), 0)
                os.dup2(log, 1)
                os.dup2(log, 2)
                os.closerange(3, 4096)
                os.chdir("/")
                os.execve(command[0], list(command), environ)  # noqa: S606 - no shell is wanted
        except OSError as error:
            os.write(2, f"{command[0]}: {error}\n".encode(errors="replace"))
        finally:
            os._exit(0)
    theirs.close()
    os.waitpid(child, 0)
    ours.shutdown(socket.SHUT_WR)
    ours.setblocking(False)
    return _Detached(ours)


class _Unattached:
    def __init__(self, started: Started) -> None:
        self._started = started

    def ended(self) -> bool:
        return self._started.poll() is not None

    def close(self) -> None:
        pass


def launch_unattached(
    command: Sequence[str],
    environ: Mapping[str, str],
    log: int,
    popen: Callable[..., Started] = subprocess.Popen,
) -> Launched:
    """The same for Windows: outside the client's job object, where the job lets it go.

    Raises PermissionError where Windows starts nothing at all.
    """
    # A console nobody sees, not none: a virtual environment's python.exe starts another one, which
    # would open a visible console where it finds none.
    no_window, new_group, breakaway = 0x08000000, 0x00000200, 0x01000000

    def start(flags: int) -> Launched:
        started = popen(
            list(command),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            creationflags=flags,
        )
        return _Unattached(started)

    try:
        return start(no_window | new_group | breakaway)
    except PermissionError:
        return start(no_window | new_group)
