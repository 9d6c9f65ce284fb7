"""A Secret Service of our own, for machines that have none: the demo's and the tests'."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import jeepney  # pyright: ignore[reportMissingTypeStubs]

from keyfob_core.errors import StoreUnavailable
from keyfob_core.states import StoreCondition
from keyfob_core.stores.session_bus import (
    SECRETS_PATH,
    Connection,
    call,
    connect,
    default_collection,
    secret_service_condition,
    session_bus_address,
)

# Without service directories nothing is activated behind our back: a caller that came before the
# daemon would start a second, locked one. Without eavesdrop calls hang for 25 seconds.
_BUS_CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_LONGEST_FOLDER = 80
"""A socket's path holds 107 bytes."""
_PATIENCE = 10.0
_WARDEN = 'pids=$(cat); kill -9 $pids; exec rm -rf -- "$1"'
"""Reads process ids until its pipe closes, which is when the program that holds it has died."""
_DBUS_ERROR = cast("type[Exception]", cast("Any", jeepney).DBusErrorResponse)


class PrivateSecretService:
    """A real gnome-keyring on a real D-Bus, both private to one temporary folder.

    Its default collection is unlocked. Should this program be killed, a warden ends both daemons
    and removes the folder.
    """

    def __init__(self) -> None:
        self._password = secrets.token_urlsafe()
        self._folder: Path | None = None
        self._warden: subprocess.Popen[bytes] | None = None
        self._bus: subprocess.Popen[bytes] | None = None
        self._keyring: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def folder(self) -> Path:
        """Where all its files lie; removed by `stop`."""
        if self._folder is None:
            raise RuntimeError("not started")
        return self._folder

    @property
    def address(self) -> str:
        """The D-Bus address of its bus."""
        return f"unix:path={self.folder / 'bus'}"

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to find it."""
        return {"DBUS_SESSION_BUS_ADDRESS": self.address}

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes, the warden included."""
        children = (self._warden, self._bus, self._keyring)
        return tuple(child.pid for child in children if child is not None)

    def start(self) -> None:
        """Start both daemons and wait until secrets can be kept; raises StoreUnavailable."""
        self._folder = _new_folder()
        try:
            self._warden = _start_warden(self._folder)
            configuration = self._folder / "bus.conf"
            configuration.write_text(
                _BUS_CONFIGURATION.format(socket=self._folder / "bus"), encoding="utf-8"
            )
            self._bus = self._spawn("dbus-daemon", f"--config-file={configuration}", "--nofork")
            self._wait_until_ready(keyring_expected=False)
            self._keyring = self._spawn(
                "gnome-keyring-daemon",
                "--foreground",
                "--unlock",
                "--components=secrets",
                f"--control-directory={self._folder / 'control'}",
                stdin=self._password,
            )
            self._wait_until_ready(keyring_expected=True)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End both daemons and remove every file of theirs."""
        # The warden first: the process ids it knows are about to become somebody else's.
        for child in (self._warden, self._keyring, self._bus):
            if child is not None:
                _end(child)
        self._warden = self._keyring = self._bus = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def lock(self) -> None:
        """Lock the default collection, as a desktop does on request."""
        with closing(connect(self.address)) as connection:
            call(
                connection,
                SECRETS_PATH,
                "org.freedesktop.Secret.Service.Lock",
                "ao",
                [_collection(connection)],
                limit=_PATIENCE,
            )

    def unlock(self) -> None:
        """Unlock the default collection without a prompt, as a desktop's login does."""
        with closing(connect(self.address)) as connection:
            _, session = call(
                connection,
                SECRETS_PATH,
                "org.freedesktop.Secret.Service.OpenSession",
                "sv",
                "plain",
                ("s", ""),
                limit=_PATIENCE,
            )
            call(
                connection,
                SECRETS_PATH,
                "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword",
                "o(oayays)",
                _collection(connection),
                (session, b"", self._password.encode(), "text/plain"),
                limit=_PATIENCE,
            )

    def kill(self) -> None:
        """Kill the keyring daemon and leave the bus."""
        if self._keyring is not None:
            self._keyring.kill()
            self._keyring.wait(_PATIENCE)

    def freeze(self) -> None:
        """Stop the keyring daemon in its tracks: it stays on the bus and answers nothing."""
        if self._keyring is not None:
            self._keyring.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen keyring daemon go on."""
        if self._keyring is not None:
            self._keyring.send_signal(signal.SIGCONT)

    def _spawn(self, name: str, *arguments: str, stdin: str = "") -> subprocess.Popen[bytes]:
        program = shutil.which(name)
        if program is None:
            raise StoreUnavailable(
                f"{name} is not installed.",
                "Install the packages gnome-keyring and dbus, or start a Secret Service yourself.",
            )
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
                [program, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=_child_environment(self.folder, self.address),
                # Ctrl-C is for the demo, which then ends its children in order.
                start_new_session=True,
            )
        if self._warden is not None:
            _write(self._warden, f"{child.pid} ")
        # A child that has died already is reported with its log by the wait that follows.
        with suppress(BrokenPipeError), cast("IO[bytes]", child.stdin):
            _write(child, stdin)
        return child

    def _wait_until_ready(self, *, keyring_expected: bool) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self._is_ready(keyring_expected):
            ended = [
                child for child in (self._bus, self._keyring) if child and child.poll() is not None
            ]
            if ended or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                raise StoreUnavailable(
                    f"A private Secret Service could not be started: {log[-500:].strip()}",
                    "Start gnome-keyring or KWallet in this session.",
                )
            # The daemons announce themselves nowhere.
            time.sleep(0.01)

    def _is_ready(self, keyring_expected: bool) -> bool:
        try:
            with closing(connect(self.address)) as connection:
                return not keyring_expected or default_collection(connection, 1.0) is not None
        except (OSError, _DBUS_ERROR):
            return False


def secret_service_present(environ: Mapping[str, str], limit: float = 3.0) -> bool:
    """Whether the session has a Secret Service that can be used, found without a prompt.

    A locked one counts where there is a display for its prompt. `limit` is in seconds, for each of
    two answers.
    """
    address = session_bus_address(environ)
    if address is None:
        return False
    try:
        condition = secret_service_condition(address, limit)
    except (OSError, ValueError, RuntimeError, _DBUS_ERROR):
        return False
    if condition is StoreCondition.LOCKED:
        return bool(environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY"))
    return True


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="keyfob-"))
    if len(os.fsencode(folder)) > _LONGEST_FOLDER:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="keyfob-", dir="/tmp"))
    for name in ("run", "data", "config", "cache"):
        (folder / name).mkdir(mode=0o700)
    return folder


def _child_environment(folder: Path, address: str) -> dict[str, str]:
    """No display and no other bus: nothing can prompt, nothing touches the person's own files."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "DBUS_SESSION_BUS_ADDRESS": address,
    }


def _collection(connection: Connection) -> str:
    path = default_collection(connection, _PATIENCE)
    if path is None:
        raise StoreUnavailable("The private Secret Service has no default collection.")
    return path


def _start_warden(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - a fixed script; the folder is an argument of its own
        ["/bin/sh", "-c", _WARDEN, "keyfob-warden", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _write(child: subprocess.Popen[bytes], text: str) -> None:
    pipe = cast("IO[bytes]", child.stdin)
    pipe.write(text.encode())
    pipe.flush()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    child.send_signal(signal.SIGCONT)
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(3)
    finally:
        if child.stdin is not None:
            child.stdin.close()
