"""The pictures, drawn from the SVG files in resources at each size a desktop asks for."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

_SIZES = (16, 20, 22, 24, 32, 44, 48, 64, 128)


def icon(name: str) -> QIcon:
    """The icon `icons/NAME.svg`; raises FileNotFoundError where there is none."""
    picture = QIcon()
    for pixmap in _kept(name) or _drawn_anew(name):
        picture.addPixmap(pixmap)
    return picture


def _kept(name: str) -> list[QPixmap]:
    """The pixmaps that Qt's own cache has still, where it has all."""
    kept: list[QPixmap] = []
    for size in _SIZES:
        pixmap = QPixmap()
        if not QPixmapCache.find(_key(name, size), pixmap):
            return []
        kept.append(pixmap)
    return kept


def _drawn_anew(name: str) -> list[QPixmap]:
    drawing = files("keyfob_resources") / "icons" / f"{name}.svg"
    renderer = QSvgRenderer(QByteArray(drawing.read_bytes()))
    drawn = [_drawn(renderer, size) for size in _SIZES]
    for size, pixmap in zip(_SIZES, drawn, strict=True):
        QPixmapCache.insert(_key(name, size), pixmap)
    return drawn


def _key(name: str, size: int) -> str:
    return f"keyfob/{name}/{size}"


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
