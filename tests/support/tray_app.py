"""The real tray app as a process on a private desk."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from keyfob_core.system.paths import paths
from support.desk import Desk, wait_for
from support.secret_service import PrivateSecretService

KEYFOB = "import sys; from keyfob_desktop.app import main; sys.exit(main(sys.argv[1:]))"
ICON_WIDTH = 60


class App:
    """The real tray app with the real engine, on a private desk with a home of its own."""

    def __init__(self, desk: Desk, home: Path, **environment: str) -> None:
        self.desk = desk
        self.home = home
        self._environment = {
            **desk.environment,
            "KEYFOB_HOME": str(home),
            "KEYFOB_PORT": "0",
            **environment,
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def use_keychain(self, keychain: PrivateSecretService) -> None:
        """Let what is started from now on find this keychain."""
        self._environment["DBUS_SESSION_BUS_ADDRESS"] = keychain.address

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the tray app."""
        return self._launch(sys.executable, "-c", KEYFOB, *arguments)

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the command line."""
        return self._launch(sys.executable, "-m", "keyfob_core.cli.main", *words)

    def _launch(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.home / "app.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._started.append(process)
        return process

    @property
    def log(self) -> str:
        return (self.home / "app.log").read_text()

    def serves(self) -> bool:
        """Whether the engine listens for commands."""
        return paths(self._environment, sys.platform).control_socket.exists()

    def approve(self, prompt: int) -> None:
        """Click where a question's approving button is."""
        x, y, width, height = self.desk.place_of(prompt)
        self.desk.click(x + width - 60, y + height - 32)

    def windows(self) -> list[int]:
        places = {each: self.desk.place_of(each) for each in self.desk.windows_of("keyfob")}
        return [window for window, place in places.items() if place[2] > ICON_WIDTH]

    def prompts(self) -> list[int]:
        """The windows of questions."""
        return self.titled("Keyfob asks")

    def waiting_prompts(self) -> list[int]:
        """The windows of questions, once there are any.

        A search can come back empty when some other window goes in the middle of it.
        """
        found: list[int] = []
        wait_for(lambda: found.extend(self.prompts()) or found)
        return found

    def titled(self, title: str) -> list[int]:
        """The visible windows of this title, as the window manager may lengthen it."""
        name = f"^{title}( — Keyfob)?$"
        found = self.desk.run("xdotool", "search", "--onlyvisible", "--name", name)
        return [int(each) for each in found.split()]

    def icons(self) -> list[tuple[int, int]]:
        """The middles of the icons in the tray."""
        places = [self.desk.place_of(each) for each in self.desk.windows_of("keyfob")]
        return [(x + w // 2, y + h // 2) for x, y, w, h in places if 0 < w <= ICON_WIDTH]

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait(10)
