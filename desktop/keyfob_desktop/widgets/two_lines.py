"""A list's row in two lines: a picture, a name, and below it what there is to say."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from keyfob_desktop.widgets.models import SUBTITLE_ROLE

_PAD = 10
_TINT = 60


class TwoLineDelegate(QStyledItemDelegate):
    """Paints a row in two lines, in the system's fonts and the palette's colours."""

    picture = 1.2
    """The picture's side, in lines of text."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint the row."""
        row = QStyleOptionViewItem(option)
        self.initStyleOption(row, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_choice(painter, row)
        self._paint_picture(painter, row, index)
        self._paint_words(painter, row, index, row.palette.color(QPalette.ColorRole.Text))
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Two lines of text with air around them."""
        del index
        return QSize(0, QFontMetrics(option.font).lineSpacing() * 2 + 2 * _PAD)

    def words_box(self, row: QStyleOptionViewItem) -> QRect:
        """Where the two lines stand in the row."""
        left = self._picture_box(row).right() + _PAD
        return row.rect.adjusted(left - row.rect.left(), _PAD, -_PAD, -_PAD)

    def _paint_choice(self, painter: QPainter, row: QStyleOptionViewItem) -> None:
        chosen = bool(row.state & QStyle.StateFlag.State_Selected)
        focused = bool(row.state & QStyle.StateFlag.State_HasFocus)
        if not (chosen or focused):
            return
        accent = row.palette.color(QPalette.ColorRole.Highlight)
        tint = QColor(accent)
        tint.setAlpha(_TINT if chosen else 0)
        painter.setPen(QPen(accent, 1.5) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(row.rect.adjusted(2, 2, -2, -2), 6, 6)

    def _paint_picture(
        self,
        painter: QPainter,
        row: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        picture.paint(painter, self._picture_box(row), Qt.AlignmentFlag.AlignCenter)

    def _paint_words(
        self,
        painter: QPainter,
        row: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        colour: QColor,
    ) -> None:
        box = self.words_box(row)
        upper = QRect(box.left(), box.top(), box.width(), box.height() // 2)
        lower = upper.translated(0, box.height() // 2)
        name_font = QFont(row.font)
        name_font.setWeight(QFont.Weight.DemiBold)
        self._paint_line(painter, upper, name_font, colour, str(index.data()))
        soft = QColor(colour)
        soft.setAlpha(185)
        self._paint_line(painter, lower, row.font, soft, str(index.data(SUBTITLE_ROLE)))

    def _picture_box(self, row: QStyleOptionViewItem) -> QRect:
        side = round(QFontMetrics(row.font).height() * self.picture)
        top = row.rect.top() + (row.rect.height() - side) // 2
        return QRect(row.rect.left() + _PAD, top, side, side)

    def _paint_line(
        self, painter: QPainter, box: QRect, font: QFont, colour: QColor, text: str
    ) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)


def in_two_lines(view: QListView) -> None:
    """Have a list paint its rows so, and scroll smoothly."""
    view.setItemDelegate(TwoLineDelegate(view))
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setFrameShape(QListView.Shape.NoFrame)


def width_for(view: QListView, words: Iterable[str]) -> int:
    """How wide such a list is when each of the words stands in full as a second line."""
    view.ensurePolished()
    metrics = view.fontMetrics()
    row = round(metrics.height() * TwoLineDelegate.picture) + 3 * _PAD
    around = 2 * view.frameWidth() + view.verticalScrollBar().sizeHint().width()
    return max(map(metrics.horizontalAdvance, words)) + row + around
