"""A private desk: an X server, a window manager, perhaps a tray, each ended by its own pid."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 10.0

DESK_PROGRAMS = ("Xvfb", "openbox", "trayer", "xdotool", "xprop", "xwininfo", "dbus-daemon")
"""What the tests with a real desk need; absent, they are skipped."""

_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class Desk:
    """A running desk; `environment` is what its programs need."""

    display: str
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a program on the desk and answer what it prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout

    def windows_of(self, name: str) -> list[int]:
        """The visible windows whose class is exactly this."""
        found = self.run("xdotool", "search", "--onlyvisible", "--class", f"^{name}$")
        return [int(each) for each in found.split()]

    def place_of(self, window: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of a window."""
        told = self.run("xwininfo", "-id", str(window))
        values = dict(line.strip().split(":", 1) for line in told.splitlines() if ": " in line)
        names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        x, y, width, height = (int(values.get(name, 0)) for name in names)
        return x, y, width, height

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Move the pointer there and click."""
        self.run("xdotool", "mousemove", str(x), str(y), "click", str(button))

    def press(self, *keys: str) -> None:
        """Press these keys one after the other."""
        self.run("xdotool", "key", *keys)

    def active_window(self) -> str:
        """The window that has the keyboard, as the window manager tells."""
        return self.run("xprop", "-root", "_NET_ACTIVE_WINDOW").strip()

    @contextmanager
    def tray(self) -> Generator[None]:
        """An XEmbed tray in the upper right corner."""
        with started(_TRAYER, self.environment):
            wait_for(lambda: self.run("xdotool", "search", "--class", "trayer").strip())
            yield


_TRAYER = (
    *("trayer", "--edge", "top", "--align", "right", "--widthtype", "request"),
    *("--height", "28", "--SetDockType", "true", "--expand", "true"),
)


@contextmanager
def private_desk(size: str = "1400x1000x24") -> Generator[Desk]:
    """An X server with a window manager and a session bus that starts nothing by itself."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="keyfob-desk-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        bare = {k: v for k, v in os.environ.items() if not k.startswith(("WAYLAND", "DBUS"))}
        bare |= {"XDG_RUNTIME_DIR": str(folder), "NO_AT_BRIDGE": "1", "GTK_A11Y": "none"}
        display = stack.enter_context(_x_server(size, bare))
        bus = stack.enter_context(_session_bus(folder, bare))
        environment = bare | {
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "QT_QPA_PLATFORM": "xcb",
        }
        desk = Desk(display, environment)
        stack.enter_context(started(("openbox", "--sm-disable"), environment))
        check = ("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
        wait_for(lambda: "window id" in desk.run(*check))
        yield desk


@contextmanager
def started(
    command: Sequence[str], environment: dict[str, str], pass_fds: Sequence[int] = ()
) -> Generator[subprocess.Popen[bytes]]:
    """A program that is ended when the block is left."""
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=pass_fds,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def wait_for(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until the condition holds; raises TimeoutError."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("what the desk was waited for did not happen")
        time.sleep(0.02)


@contextmanager
def _x_server(size: str, environment: dict[str, str]) -> Generator[str]:
    reading, writing = os.pipe()
    # Without -noreset the server starts over when xprop leaves before openbox has come.
    command = ("Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-noreset")
    with started(command, environment, (writing,)):
        os.close(writing)
        with open(reading, "rb") as told:
            number = told.readline().decode().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"


@contextmanager
def _session_bus(folder: Path, environment: dict[str, str]) -> Generator[str]:
    # Without service folders nothing starts by itself: no notification daemon, no keychain.
    config, socket = folder / "bus.conf", folder / "bus"
    config.write_text(_BUS_CONFIG.format(socket=socket))
    command = ("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={config}")
    with started(command, environment):
        wait_for(socket.exists)
        yield f"unix:path={socket}"
