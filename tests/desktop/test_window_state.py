from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QPushButton, QTabWidget
from pytestqt.qtbot import QtBot

from keyfob_desktop.window_state import WindowFile, WindowState, restore, size_within, state_of


def _window(qtbot: QtBot) -> QTabWidget:
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    tabs.addTab(QLabel(), "one")
    tabs.addTab(QPushButton(), "two")
    tabs.resize(300, 200)
    return tabs


def test_place_size_and_page_are_as_they_were_left(qtbot: QtBot, tmp_path: Path) -> None:
    file = WindowFile(tmp_path / "window.json")
    before = _window(qtbot)
    before.setGeometry(40, 50, 420, 310)
    before.setCurrentIndex(1)
    before.show()
    file.write(state_of(before, before))

    after = _window(qtbot)
    restore(file.read(), after, after)
    after.show()

    assert after.geometry() == before.geometry()
    assert after.currentIndex() == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b"{}",
        b'"text"',
        b'{"geometry": 5, "page": "x"}',
        b'{"geometry": "not base64!", "page": "x"}',
        b'{"geometry": "AdnQywADAAA=", "page": ["QPushButton"]}',
        b"[" * 70_000,
        json.dumps({"geometry": "AAAA" * 100, "page": "Window"}).encode(),
    ],
)
def test_an_invalid_state_is_none(qtbot: QtBot, tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "window.json").write_bytes(garbage)
    window = _window(qtbot)
    before = window.geometry()

    restore(WindowFile(tmp_path / "window.json").read(), window, window)

    assert window.geometry() == before
    assert window.currentIndex() == 0


def test_a_state_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for file in (WindowFile(tmp_path / "file" / "window.json"), WindowFile(None)):
        file.write(WindowState(b"x", "y"))
        assert file.read() == WindowState()


def test_a_new_window_is_not_larger_than_a_small_screen_has_room_for() -> None:
    wanted = QSize(780, 588)

    assert size_within(wanted, QSize(1366, 728)) == wanted
    small = size_within(wanted, QSize(683, 364))
    assert small.width() < 683
    assert small.height() < 340
