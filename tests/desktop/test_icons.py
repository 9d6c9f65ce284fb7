from __future__ import annotations

from importlib.resources import files

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from keyfob_core.providers.provider import Risk
from keyfob_core.states import AccountCondition
from keyfob_desktop.connect.risk import risk_icon
from keyfob_desktop.standing import Standing, condition_icon
from keyfob_desktop.widgets.icons import icon

STANDINGS = tuple(each.value for each in Standing)
CONDITIONS = tuple(condition_icon(each) for each in AccountCondition)
RISKS = tuple(risk_icon(each) for each in Risk)
NAMES = (*STANDINGS, *CONDITIONS, *RISKS)
PANELS = (QColor("white"), QColor("#202020"))


def _image(name: str, size: int) -> QImage:
    return icon(name).pixmap(size, size).toImage()


def _luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(each) for each in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _solid(image: QImage) -> set[tuple[int, int]]:
    return {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 128
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_stands_out_on_light_and_on_dark_panels(qtbot: QtBot, name: str) -> None:
    image = _image(name, 64)

    opaque = [image.pixelColor(x, y) for x, y in _solid(image)]
    solid = {colour.name() for colour in opaque if colour.alpha() == 255}

    assert solid
    for colour in solid:
        assert min(_contrast(QColor(colour), panel) for panel in PANELS) >= 3


@pytest.mark.parametrize("names", [STANDINGS, CONDITIONS, RISKS])
@pytest.mark.parametrize("size", [16, 22])
def test_states_differ_by_shape_and_not_by_colour_alone(
    qtbot: QtBot, names: tuple[str, ...], size: int
) -> None:
    shapes = {name: _solid(_image(name, size)) for name in names}

    for one in names:
        for other in names:
            if one != other:
                assert len(shapes[one] ^ shapes[other]) >= size // 3, (one, other)


def test_every_drawing_is_used_and_an_unknown_one_is_refused(qtbot: QtBot) -> None:
    drawn = {each.name for each in (files("keyfob_resources") / "icons").iterdir()}

    assert {f"{name}.svg" for name in NAMES} == {each for each in drawn if each.endswith(".svg")}
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")
