from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keyfob_desktop.prompts.prompt_dialog import GUARD_MS
from support.desk import DESK_PROGRAMS, Desk, private_desk, started, wait_for
from support.notifications import NotificationDaemon
from support.secret_service import private_secret_service
from support.sni_host import SniHost
from support.tray_app import App

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, DESK_PROGRAMS)), reason="needs an X server, a tray and xdotool"
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with private_desk() as desk:
        yield desk


@pytest.fixture
def app(desk: Desk, tmp_path: Path) -> Iterator[App]:
    app = App(desk, tmp_path)
    yield app
    app.end()


@contextmanager
def typist(desk: Desk, folder: Path) -> Generator[Path]:
    """Another program's window, in which a person types; answers the file with what they did."""
    written = folder / "typed"
    program = (sys.executable, str(Path(__file__).with_name("typist.py")), str(written))
    with started(program, desk.environment):
        wait_for(lambda: desk.windows_of("typist"))
        (field,) = desk.windows_of("typist")
        desk.run("xdotool", "windowactivate", "--sync", str(field))
        yield written


def test_a_second_start_shows_the_first_ones_window_and_ends(app: App) -> None:
    with app.desk.tray():
        first = app.start("--background")
        wait_for(app.icons)
        wait_for(app.serves)
        assert app.titled("Keyfob") == []

        quiet = app.start("--background")
        assert quiet.wait(10) == 0
        assert app.titled("Keyfob") == []
        second = app.start()

        assert second.wait(10) == 0
        wait_for(lambda: app.titled("Keyfob"))
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
        assert (app.home / "window.json").exists()
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

        def approve() -> bool:
            app.approve(prompt)
            return command.poll() is not None

        wait_for(approve)
        assert command.wait() == 0
        assert app.windows() == [window]
        assert "wiki" in (app.home / "config.toml").read_text()
        app.end()


def test_what_a_person_types_elsewhere_stays_there_and_answers_no_question(
    app: App, tmp_path: Path
) -> None:
    desk = app.desk
    with desk.tray(), typist(desk, tmp_path) as written:
        app.start("--background")
        wait_for(app.icons)
        wait_for(app.serves)
        active = desk.active_window()

        command = app.command("server", "add", "wiki", "https://wiki.example/mcp")
        typed = 0
        while not app.prompts():
            desk.press("space", "Return", "a")
            typed += 1
        # Longer than the moment for which the approving button stays shut.
        end = time.monotonic() + 2 * GUARD_MS / 1000
        while time.monotonic() < end:
            desk.press("space", "Return", "a")
            typed += 1

        wait_for(lambda: written.read_text() == " \na" * typed)
        assert desk.active_window() == active
        assert command.poll() is None

        (prompt,) = app.waiting_prompts()
        desk.run("xdotool", "windowactivate", "--sync", str(prompt))
        desk.press("space", "Return", "space")
        assert command.poll() is None
        desk.press("Escape")
        assert command.wait(10) == 1
    assert not (app.home / "config.toml").exists()


def test_a_host_over_dbus_sees_the_icon_and_clicks_its_menu(app: App) -> None:
    with SniHost(app.desk.environment["DBUS_SESSION_BUS_ADDRESS"]) as host:
        process = app.start("--background")
        item = host.wait_for_item()
        wait_for(app.serves)
        wait_for(lambda: len(host.labels(item)) > 2)

        assert host.labels(item) == [
            "This desktop has no keychain that Keyfob can use.",
            "Recent activity",
            "Pause all calls",
            "Lock Keyfob",
            "Open Keyfob",
            "Quit",
        ]
        assert host.labels_under(item, "Recent activity") == ["Show all activity"]
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


def test_a_click_on_a_notification_brings_the_question_to_the_front(
    app: App, tmp_path: Path
) -> None:
    desk, bus = app.desk, app.desk.environment["DBUS_SESSION_BUS_ADDRESS"]
    with NotificationDaemon(bus) as daemon, SniHost(bus) as host, typist(desk, tmp_path):
        app.start("--background")
        host.wait_for_item()
        wait_for(app.serves)
        command = app.command("server", "add", "wiki", "https://wiki.example/mcp")
        wait_for(app.prompts)
        wait_for(lambda: any(each.title == "Keyfob has a question" for each in daemon.shown))
        (question,) = (each for each in daemon.shown if each.title == "Keyfob has a question")
        assert question.text == "A command asks to allow more"
        (prompt,) = app.waiting_prompts()
        assert desk.active_window().split()[-1] != hex(prompt)

        daemon.click(question)

        wait_for(lambda: desk.active_window().split()[-1] == hex(prompt))
        desk.press("Escape")
        assert command.wait(10) == 1


def test_the_icon_comes_back_when_the_tray_starts_again(app: App) -> None:
    with app.desk.tray():
        app.start("--background")
        wait_for(app.icons)
    wait_for(lambda: not app.icons())

    with app.desk.tray():
        wait_for(app.icons)
        app.desk.click(*app.icons()[0])
        wait_for(app.windows)


def test_the_icon_registers_again_when_its_host_starts_again(app: App) -> None:
    bus = app.desk.environment["DBUS_SESSION_BUS_ADDRESS"]
    with SniHost(bus) as host:
        app.start("--background")
        assert "Quit" in host.labels(host.wait_for_item())

    with SniHost(bus) as host:
        item = host.wait_for_item()
        host.click(item, "Open Keyfob")
        wait_for(app.windows)
