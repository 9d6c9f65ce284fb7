from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from keyfob_desktop.widgets.screens import Screens, visible_place

LEFT, RIGHT = QRect(0, 30, 1000, 770), QRect(1000, 0, 1920, 1080)


@pytest.mark.parametrize(
    "frame",
    [
        QRect(10, 40, 600, 400),
        QRect(1500, 500, 900, 900),
        QRect(900, 100, 600, 400),
        QRect(-500, 100, 600, 400),
        QRect(10, 0, 600, 400),
    ],
    ids=["inside", "low", "across", "half out", "under a panel"],
)
def test_a_window_that_a_person_can_move_stays(frame: QRect) -> None:
    assert visible_place(frame, [LEFT, RIGHT]) is None


@pytest.mark.parametrize(
    "frame",
    [
        QRect(1500, 100, 600, 400),
        QRect(10, 900, 600, 400),
        QRect(-590, 100, 600, 400),
        QRect(10, -390, 600, 400),
    ],
    ids=["on a screen that is gone", "below", "left", "above"],
)
def test_a_window_out_of_sight_goes_to_the_middle_of_the_main_screen(frame: QRect) -> None:
    place = visible_place(frame, [LEFT])
    assert place is not None
    assert LEFT.contains(place)
    assert place.size() == frame.size()
    assert visible_place(place, [LEFT]) is None


def test_one_that_is_larger_than_the_screen_that_is_left_is_made_to_fit() -> None:
    place = visible_place(QRect(1500, 100, 1500, 1000), [LEFT])
    assert place == LEFT


def test_without_any_screen_nothing_moves() -> None:
    assert visible_place(QRect(0, 0, 10, 10), []) is None


def test_a_change_of_the_screens_brings_the_window_back(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    screens = Screens(lambda: (window,), settle_ms=1, parent=window)
    window.show()
    window.move(5000, 5000)
    primary = QGuiApplication.primaryScreen()

    primary.availableGeometryChanged.emit(primary.availableGeometry())

    qtbot.waitUntil(lambda: primary.availableGeometry().intersects(window.frameGeometry()))
    window.move(5000, 5000)
    window.hide()
    screens.look()
    assert window.pos().x() == 5000
