"""The pictures, drawn from the SVG files in resources at each size a desktop asks for."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SIZES = (16, 20, 22, 24, 32, 44, 48, 64, 128)


def icon(name: str) -> QIcon:
    """The icon `icons/NAME.svg`; raises FileNotFoundError where there is none."""
    drawing = files("keyfob_resources") / "icons" / f"{name}.svg"
    renderer = QSvgRenderer(QByteArray(drawing.read_bytes()))
    picture = QIcon()
    for size in _SIZES:
        picture.addPixmap(_drawn(renderer, size))
    return picture


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
