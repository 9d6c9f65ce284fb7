from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from pytestqt.qtbot import QtBot

from keyfob_core.states import Need, ServerNeeds
from keyfob_core.system.catalogue import load_catalogue
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.tiles import contrast, letter_icon, tile_colour
from keyfob_desktop.servers.add_server_dialog import AddServerDialog
from keyfob_desktop.servers.server_names import free_name, name_for
from keyfob_desktop.servers.servers_page import ServersPage
from support.desktop import Running, opened, top_level, until
from support.fake_engine import EMPTY, server

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[ServersPage]:
    page = ServersPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    running.door.status_changed.connect(page.show_status)
    page.show_status(EMPTY)
    page.show()
    yield page
    assert running.failures == []


async def _adding(page: ServersPage) -> AddServerDialog:
    page.add_server()
    dialog: AddServerDialog = await opened(AddServerDialog)
    await until(lambda: dialog.tiles.found.rowCount() > 20)
    return dialog


def _shown(dialog: AddServerDialog) -> list[str]:
    found = dialog.tiles.found
    return [found.index(row, 0).data() for row in range(found.rowCount())]


async def test_a_tile_is_searched_clicked_and_connected(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    dialog = await _adding(page)
    qtbot.keyClicks(dialog.search, "linear")
    assert _shown(dialog) == ["Linear"]
    tile = dialog.tiles.visualRect(dialog.tiles.found.index(0, 0)).center()

    qtbot.mouseClick(dialog.tiles.viewport(), LEFT, pos=tile)

    assert (dialog.name.text(), dialog.url.text()) == ("linear", "https://mcp.linear.app/mcp")
    qtbot.mouseClick(dialog.add_button, LEFT)
    connecting: ConnectDialog = await opened(ConnectDialog)
    assert not top_level(AddServerDialog)
    assert connecting._target.title == "linear"
    connecting.reject()


async def test_tiles_stand_side_by_side_also_after_a_search(
    page: ServersPage, qtbot: QtBot
) -> None:
    dialog = await _adding(page)
    qtbot.keyClicks(dialog.search, "google")
    assert len(_shown(dialog)) > 2
    places = [dialog.tiles.visualRect(dialog.tiles.found.index(row, 0)) for row in range(2)]
    assert places[0].top() == places[1].top()
    assert places[0].right() < places[1].left()
    await until(lambda: not dialog.tiles.verticalScrollBar().isVisible())
    places = [dialog.tiles.visualRect(dialog.tiles.found.index(row, 0)) for row in range(2)]
    assert places[0].top() == places[1].top()
    dialog.reject()


async def test_return_chooses_what_was_found_and_a_second_one_adds_it(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    dialog = await _adding(page)
    qtbot.keyClicks(dialog.search, "sentry")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.name.text() == "sentry"
    assert running.verbs() == ["provider.list"]
    assert dialog.focusWidget() is dialog.add_button

    qtbot.keyClick(dialog.add_button, Qt.Key.Key_Return)

    connecting: ConnectDialog = await opened(ConnectDialog)
    connecting.reject()


async def test_an_address_that_is_pasted_into_the_search_is_taken_as_one(
    page: ServersPage, qtbot: QtBot
) -> None:
    dialog = await _adding(page)
    QGuiApplication.clipboard().setText("https://mcp.example-wiki.org/v1/mcp")

    qtbot.keyClick(dialog.search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    assert dialog.url.text() == "https://mcp.example-wiki.org/v1/mcp"
    assert dialog.name.text() == "example-wiki"
    assert dialog.search.text() == ""
    assert dialog.add_button.isEnabled()
    dialog.reject()


async def test_the_name_that_a_person_typed_stays(page: ServersPage, qtbot: QtBot) -> None:
    dialog = await _adding(page)
    qtbot.keyClicks(dialog.name, "mine")
    dialog.url.setText("https://mcp.linear.app/mcp")
    assert dialog.name.text() == "mine"
    dialog.reject()


async def test_what_works_without_a_sign_in_is_not_asked_for_one(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    dialog = await _adding(page)
    qtbot.keyClicks(dialog.search, "deepwiki")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    qtbot.mouseClick(dialog.add_button, LEFT)
    await until(lambda: page.list.current and page.list.current.name == "deepwiki")
    assert not top_level(ConnectDialog)


async def test_a_name_that_is_taken_gets_a_number_and_nothing_found_is_said(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    await running.tell(servers=(server("linear"),))
    dialog = await _adding(page)
    qtbot.keyClicks(dialog.search, "linear")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.name.text() == "linear-2"
    assert not dialog.none_found.isVisible()
    dialog.search.setText("no such provider")
    assert dialog.none_found.isVisible()
    dialog.reject()


def test_every_tile_of_the_catalogue_has_its_letter_and_a_colour_of_enough_contrast() -> None:
    white = QColor(Qt.GlobalColor.white)
    providers = load_catalogue(Path("nothing.toml")).all()
    assert len({tile_colour(each.id).name() for each in providers}) > 10
    for each in providers:
        assert contrast(tile_colour(each.id), white) >= 4.5
        assert tile_colour(each.id) == tile_colour(each.id)
        assert not letter_icon(each.id, each.name).isNull()
    assert round(contrast(QColor("black"), white), 1) == 21.0
    assert round(contrast(QColor("#767676"), white), 2) == 4.54


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://mcp.linear.app/mcp", "linear"),
        ("https://api.githubcopilot.com/mcp/", "githubcopilot"),
        ("https://huggingface.co/mcp", "huggingface"),
        ("http://localhost:8000/mcp", "localhost"),
        ("http://127.0.0.1:8000/mcp", "local"),
        ("https://[::1]/mcp", "local"),
        ("https://mcp.example/", "mcp"),
        ("https://Café.example/", "caf"),
        ("not an address", ""),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_a_server_s_name_comes_from_its_address(url: str, name: str) -> None:
    assert name_for(url) == name


def test_a_free_name_is_found() -> None:
    assert free_name("a", {"a", "a-2", "a-4"}) == "a-3"
    assert free_name("b", {"a"}) == "b"


@pytest.mark.parametrize(
    ("needs", "words", "way"),
    [
        (ServerNeeds(need=Need.NOTHING), "answers without an account", "browser"),
        (ServerNeeds(need=Need.KEY), "asks for a key", "api_key"),
        (
            ServerNeeds(need=Need.SIGN_IN, issuer="https://login.example"),
            "sign in at https://login.example",
            "browser",
        ),
        (
            ServerNeeds(need=Need.OWN_APP, issuer="https://login.example"),
            "an OAuth app of your own",
            "browser",
        ),
    ],
)
async def test_what_a_pasted_server_needs_is_found_out(
    running: Running, page: ServersPage, qtbot: QtBot, needs: ServerNeeds, words: str, way: str
) -> None:
    running.engine.needs = needs
    running.engine.held.add("server.needs")
    dialog = await _adding(page)
    dialog.url.setText("https://mcp.wiki.example/mcp")
    qtbot.mouseClick(dialog.add_button, LEFT)
    connecting: ConnectDialog = await opened(ConnectDialog)
    await until(lambda: connecting.form.about.isVisible())
    assert connecting.form.about.text() == "Asking the server what it needs…"

    running.loop.call_soon_threadsafe(running.engine.hold.set)

    await until(lambda: words in connecting.form.about.text())
    assert getattr(connecting.form, way).isChecked()
    assert connecting.form.device.isVisible() is (needs.issuer is None)
    connecting.reject()


async def test_a_choice_that_was_made_meanwhile_stays(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    running.engine.needs = ServerNeeds(need=Need.KEY)
    running.engine.held.add("server.needs")
    dialog = await _adding(page)
    dialog.url.setText("https://mcp.wiki.example/mcp")
    qtbot.mouseClick(dialog.add_button, LEFT)
    connecting: ConnectDialog = await opened(ConnectDialog)
    await until(connecting.form.about.isVisible)
    connecting.form.device.click()
    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(lambda: "asks for a key" in connecting.form.about.text())
    assert connecting.form.device.isChecked()
    connecting.reject()
