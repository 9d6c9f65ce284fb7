"""The catalogue as tiles: a letter in a colour of its own, a name, and where it leads."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QListView, QStyleOptionViewItem, QWidget

from keyfob_core.words.plain import visible
from keyfob_desktop.connect.provider_answers import ProviderName
from keyfob_desktop.widgets.models import SUBTITLE_ROLE
from keyfob_desktop.widgets.two_lines import TwoLineDelegate

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_HUES = 18
_CONTRAST = 4.6
"""White on a tile, as WCAG 2.2 counts it; 4.5 is what it asks for text."""
_SIZES = (24, 32, 48, 64)
_NARROWEST = 26
"""Characters of a tile's width at least."""


def tile_colour(name: str) -> QColor:
    """The colour of a name: always the same, and dark enough for white letters."""
    hue = zlib.crc32(name.encode()) % _HUES / _HUES
    lightness = 0.45
    colour = QColor.fromHslF(hue, 0.55, lightness)
    while contrast(colour, QColor(Qt.GlobalColor.white)) < _CONTRAST:
        lightness -= 0.02
        colour = QColor.fromHslF(hue, 0.55, lightness)
    return colour


def contrast(one: QColor, other: QColor) -> float:
    """The contrast of two colours (WCAG 2.2, "contrast ratio"), from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def letter_icon(key: str, name: str) -> QIcon:
    """The first letter of the name, on the colour of the key."""
    letter = next((each for each in name if each.isalnum()), "?").upper()
    picture = QIcon()
    for size in _SIZES:
        picture.addPixmap(_drawn(letter, tile_colour(key), size))
    return picture


class TileModel(QAbstractListModel):
    """The providers by name, each with its letter and its host."""

    def __init__(self, providers: Sequence[ProviderName], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._providers = tuple(providers)
        self._icons = [letter_icon(each.id, each.name) for each in self._providers]

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many there are."""
        return 0 if parent.isValid() else len(self._providers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A provider's name, letter, host or value."""
        provider = self._providers[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return visible(provider.name)
            case Qt.ItemDataRole.DecorationRole:
                return self._icons[index.row()]
            case Qt.ItemDataRole.ToolTipRole:
                return visible(provider.url)
            case Qt.ItemDataRole.UserRole:
                return provider
            case _ if role == SUBTITLE_ROLE:
                return visible(urlsplit(provider.url).hostname or provider.id)
            case _:
                return None


class Found(QSortFilterProxyModel):
    """Those whose name, id or address has all of the words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []

    def narrow(self, text: str) -> None:
        """Look for these words."""
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether the row has all of them."""
        index = self.sourceModel().index(source_row, 0, source_parent)
        provider = index.data(Qt.ItemDataRole.UserRole)
        text = f"{provider.name} {provider.id} {provider.url}".casefold()
        return all(word in text for word in self._words)


class TileView(QListView):
    """Tiles in as many columns as there is room for; arrows and letters move among them."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("providers")
        self.setAccessibleName(name)
        self.found = Found(self)
        self.setItemDelegate(TileDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setModel(self.found)

    def show_providers(self, providers: Sequence[ProviderName]) -> None:
        """Show these."""
        self.found.setSourceModel(TileModel(providers, self))

    @property
    def current(self) -> ProviderName | None:
        """The chosen one."""
        index = self.currentIndex()
        return index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None

    def narrow(self, text: str) -> None:
        """Show what has these words alone."""
        self.found.narrow(text)
        self.doItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        # Qt leaves room for a scroll bar also while there is none.
        width = self.maximumViewportSize().width() - self.verticalScrollBar().sizeHint().width() - 2
        columns = max(1, width // (self.fontMetrics().averageCharWidth() * _NARROWEST))
        self.setGridSize(QSize(width // columns, _tile_height(self)))
        super().resizeEvent(event)
        # Qt itself waits a moment, in which the tiles would stand in the former columns.
        self.doItemsLayout()


class TileDelegate(TwoLineDelegate):
    """Paints a tile as large as the grid's cell."""

    picture = 2.0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The cell's size."""
        del index
        view = option.widget
        return view.gridSize() if isinstance(view, QListView) else QSize()


def _tile_height(widget: QWidget) -> int:
    return round(widget.fontMetrics().lineSpacing() * 2) + 24


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _drawn(letter: str, colour: QColor, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    box = QRectF(0, 0, size, size)
    painter.drawRoundedRect(box, size / 4, size / 4)
    font = QFont(painter.font())
    font.setPixelSize(round(size * 0.56))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), letter)
    painter.end()
    return pixmap
