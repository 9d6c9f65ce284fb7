from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from keyfob_desktop.widgets.polish import Polish

POLISHED = Qt.WidgetAttribute.WA_WState_Polished


def page_of(qtbot: QtBot, labels: int) -> tuple[QWidget, list[QLabel]]:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    made = [QLabel(str(number)) for number in range(labels)]
    for label in made:
        column.addWidget(label)
    return page, made


def test_every_widget_of_a_page_is_prepared_before_anybody_sees_it(qtbot: QtBot) -> None:
    page, labels = page_of(qtbot, 25)
    polish = Polish([page], page)
    assert not any(each.testAttribute(POLISHED) for each in labels)

    polish.start()
    assert polish.busy
    qtbot.waitUntil(lambda: not polish.busy)

    assert all(each.testAttribute(POLISHED) for each in (page, *labels))
    assert not page.isVisible()


def test_what_is_deleted_meanwhile_is_left_out(qtbot: QtBot) -> None:
    page, labels = page_of(qtbot, 25)
    polish = Polish([page], page)

    polish.start()
    labels[20].deleteLater()
    qtbot.waitUntil(lambda: not polish.busy)

    assert labels[24].testAttribute(POLISHED)
