from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QRadioButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from keyfob_desktop.connect.tiles import contrast
from keyfob_desktop.widgets.outlines import draw_outlines
from support.dark import fusion_dark

NON_TEXT = 3.0
"""WCAG 2.2, success criterion 1.4.11."""


@pytest.fixture(params=["light", "dark"])
def palette(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[QPalette]:
    before = QPalette(qapp.palette())
    palette = fusion_dark() if request.param == "dark" else before
    qapp.setPalette(palette)
    yield palette
    qapp.setPalette(before)


def strongest(image: QImage, ground: QColor) -> float:
    """The highest contrast to the ground on the left side of a box, up to its middle."""
    row, across = image.height() // 2, range(image.height() // 2)
    return max(contrast(image.pixelColor(x, row), ground) for x in across)


@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_a_box_that_is_not_ticked_can_be_seen(
    qtbot: QtBot,
    qapp: QApplication,
    palette: QPalette,
    kind: type[QCheckBox] | type[QRadioButton],
) -> None:
    draw_outlines(qapp)
    around = QWidget()
    box = kind("Lock", around)
    column = QVBoxLayout(around)
    column.addWidget(box)
    qtbot.addWidget(around)
    around.show()
    column.activate()
    ground = palette.color(QPalette.ColorRole.Window)

    image = around.grab().toImage().copy(box.geometry())

    assert strongest(image, ground) >= NON_TEXT
    assert image.pixelColor(image.width() - 1, 0).name() == ground.name()
