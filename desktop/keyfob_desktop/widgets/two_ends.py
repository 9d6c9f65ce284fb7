"""Buttons at both ends of a line, which becomes several where the line is too short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

_SPACING = 8


class TwoEnds(QWidget):
    """Some buttons at the left and some at the right; what finds no room stands a line below.

    Those at the right stay together.
    """

    def __init__(
        self,
        left: Iterable[QPushButton],
        right: Iterable[QPushButton],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._left, self._right = [_row((one,), self) for one in left], _row(right, self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Whether the height follows the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As many lines as it takes."""
        return max((place.bottom() + 1 for _, place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """Both ends in one line."""
        sizes = [each.sizeHint() for each in self._shown()]
        wide = max(0, sum(size.width() + _SPACING for size in sizes) - _SPACING)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        """As wide as what is widest of what stays together."""
        size = QSize(0, 0)
        for each in self._shown():
            size = size.expandedTo(each.sizeHint())
        return size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines as the new width needs."""
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """Look again when a button has come, gone or changed its words."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._place()
        return super().event(event)

    def _shown(self) -> list[QWidget]:
        return [each for each in (*self._left, self._right) if not each.sizeHint().isEmpty()]

    def _places(self, width: int) -> Iterator[tuple[QWidget, QRect]]:
        left, top, tall = 0, 0, 0
        for each in self._shown():
            size = each.sizeHint()
            if left and left + size.width() > width:
                left, top, tall = 0, top + tall + _SPACING, 0
            at = width - size.width() if each is self._right else left
            yield each, QRect(QPoint(at, top), size)
            left, tall = left + size.width() + _SPACING, max(tall, size.height())

    def _place(self) -> None:
        for each, place in self._places(self.width()):
            each.setGeometry(place)


def _row(buttons: Iterable[QPushButton], parent: QWidget) -> QWidget:
    row = QWidget(parent)
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(_SPACING)
    for button in buttons:
        line.addWidget(button)
    return row
