from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from keyfob_desktop.connect.tiles import contrast
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, name_label
from support.dark import fusion_dark

ADDRESS = "https://host.example/" + "a" * 300


def test_text_is_never_markup_and_never_hides_anything(qtbot: QtBot) -> None:
    label = PlainLabel("<b>bold</b>\u200b\nnext")
    qtbot.addWidget(label)

    assert label.text() == "<b>bold</b>⟨U+200B⟩\nnext"
    assert label.accessibleName() == label.text()


def test_a_word_longer_than_the_line_is_broken_and_counted(qtbot: QtBot) -> None:
    label = PlainLabel(ADDRESS)
    qtbot.addWidget(label)

    narrow, wide = label.heightForWidth(120), label.heightForWidth(1200)

    assert narrow > wide * 2
    assert label.sizeHint().width() < 1200


def test_the_painted_text_stays_inside_the_label(qtbot: QtBot) -> None:
    label = PlainLabel(ADDRESS)
    qtbot.addWidget(label)
    label.resize(QSize(120, label.heightForWidth(120)))
    label.show()

    image = label.grab().toImage()

    last_line = range(image.height() - label.fontMetrics().height(), image.height())
    colours = {image.pixelColor(x, y).name() for y in last_line for x in range(image.width())}
    assert len(colours) > 1


def test_a_name_is_never_broken(qtbot: QtBot) -> None:
    label = name_label("It calls itself")
    qtbot.addWidget(label)

    assert label.minimumSizeHint().width() == label.sizeHint().width()
    assert not label.hasHeightForWidth()


def test_soft_text_follows_the_palette(qtbot: QtBot) -> None:
    label = DimLabel("soft")
    qtbot.addWidget(label)
    bright, soft = label.ink().lightness(), label.ink().alpha()

    label.setPalette(QPalette(QColor(40, 40, 40), QColor(30, 30, 30)))

    assert bright < 100 < 200 < label.ink().lightness()
    assert soft < 255


@pytest.mark.parametrize("palette", [QPalette(QColor(239, 239, 239)), fusion_dark()])
def test_soft_text_can_be_read_on_light_and_on_dark_ground(qtbot: QtBot, palette: QPalette) -> None:
    label = DimLabel("soft")
    qtbot.addWidget(label)
    label.setPalette(palette)
    ground, ink = palette.color(QPalette.ColorRole.Window), label.ink()

    def through(front: float, back: float) -> float:
        return front * ink.alphaF() + back * (1 - ink.alphaF())

    painted = QColor.fromRgbF(
        through(ink.redF(), ground.redF()),
        through(ink.greenF(), ground.greenF()),
        through(ink.blueF(), ground.blueF()),
    )

    assert contrast(painted, ground) >= 4.5
