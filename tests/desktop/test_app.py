from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.system.paths import paths
from support.desk import DESK_PROGRAMS, Desk, private_desk, wait_for
from support.secret_service import PrivateSecretService, private_secret_service
from support.sni_host import SniHost

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, DESK_PROGRAMS)), reason="needs an X server, a tray and xdotool"
)
KEYFOB = "import sys; from keyfob_desktop.app import main; sys.exit(main(sys.argv[1:]))"
ICON_WIDTH = 60


class App:
    """The real tray app with the real engine, on a private desk with a home of its own."""

    def __init__(self, desk: Desk, home: Path) -> None:
        self.desk = desk
        self.home = home
        self._environment = {**desk.environment, "KEYFOB_HOME": str(home), "KEYFOB_PORT": "0"}
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

    def windows(self) -> list[int]:
        places = {each: self.desk.place_of(each) for each in self.desk.windows_of("keyfob")}
        return [window for window, place in places.items() if place[2] > ICON_WIDTH]

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


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with private_desk() as desk:
        yield desk


@pytest.fixture
def app(desk: Desk, tmp_path: Path) -> Iterator[App]:
    app = App(desk, tmp_path)
    yield app
    app.end()


def test_a_second_start_shows_the_first_ones_window_and_ends(app: App) -> None:
    with app.desk.tray():
        first = app.start("--background")
        wait_for(app.icons)
        wait_for(app.serves)
        assert app.windows() == []

        quiet = app.start("--background")
        assert quiet.wait(10) == 0
        assert app.windows() == []
        second = app.start()

        assert second.wait(10) == 0
        wait_for(app.windows)
        assert first.poll() is None


def test_the_trays_icon_opens_the_window_and_its_menu_quits_promptly(app: App) -> None:
    with app.desk.tray():
        process = app.start("--background")
        wait_for(app.icons)
        wait_for(app.serves)

        app.desk.click(*app.icons()[0])
        wait_for(app.windows)
        app.desk.click(*app.icons()[0], button=3)
        wait_for(lambda: len(app.windows()) == 2)
        app.desk.press("Up", "Return")
        clicked = time.monotonic()

        assert process.wait(10) == 0
        # Two seconds on a quiet machine; this one may be busy.
        assert time.monotonic() - clicked < 5
        assert app.log == ""


def test_an_icon_appears_in_a_tray_that_comes_later(app: App) -> None:
    app.start()
    wait_for(app.windows)
    assert app.icons() == []

    with app.desk.tray():
        wait_for(app.icons)


def test_without_a_tray_closing_the_window_asks_and_quits(app: App) -> None:
    process = app.start()
    wait_for(app.windows)
    wait_for(app.serves)
    (window,) = app.windows()

    app.desk.run("xdotool", "windowactivate", "--sync", str(window), "key", "alt+F4")
    wait_for(lambda: len(app.windows()) == 2)
    app.desk.press("Tab", "space")

    assert process.wait(10) == 0


def test_a_signal_ends_the_app_in_good_order(app: App) -> None:
    process = app.start()
    wait_for(app.windows)
    wait_for(app.serves)

    process.terminate()

    assert process.wait(5) == 0
    assert app.log == ""


def test_a_commands_question_waits_in_a_window_that_takes_no_focus(app: App) -> None:
    with app.desk.tray(), private_secret_service() as keychain:
        app.use_keychain(keychain)
        app.start()
        wait_for(app.windows)
        wait_for(app.serves)
        (window,) = app.windows()
        app.desk.run("xdotool", "windowactivate", "--sync", str(window))
        active = app.desk.active_window()

        command = app.command("server", "add", "wiki", "https://wiki.example/mcp")
        wait_for(lambda: len(app.windows()) == 2)
        prompt = next(each for each in app.windows() if each != window)

        assert app.desk.active_window() == active
        assert command.poll() is None

        def click_the_approving_corner() -> bool:
            x, y, width, height = app.desk.place_of(prompt)
            app.desk.click(x + width - 60, y + height - 32)
            return command.poll() is not None

        wait_for(click_the_approving_corner)
        assert command.wait() == 0
        assert app.windows() == [window]
        assert "wiki" in (app.home / "config.toml").read_text()
        app.end()


def test_a_host_over_dbus_sees_the_icon_and_clicks_its_menu(app: App) -> None:
    with SniHost(app.desk.environment["DBUS_SESSION_BUS_ADDRESS"]) as host:
        process = app.start("--background")
        item = host.wait_for_item()
        wait_for(app.serves)
        wait_for(lambda: len(host.labels(item)) > 2)

        assert host.labels(item) == [
            "This desktop has no keychain that Keyfob can use.",
            "Pause all calls",
            "Lock Keyfob",
            "Open Keyfob",
            "Quit",
        ]
        host.click(item, "Open Keyfob")
        wait_for(app.windows)
        host.click(item, "Quit")

        assert process.wait(10) == 0


def test_an_icon_registers_with_a_host_that_comes_later(app: App) -> None:
    app.start()
    wait_for(app.windows)

    with SniHost(app.desk.environment["DBUS_SESSION_BUS_ADDRESS"]) as host:
        item = host.wait_for_item()

        assert "Quit" in host.labels(item)
        assert host.properties(item)["IconPixmap"]
