"""Buttons at both ends of a line, which becomes two where the line is too short."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

_SPACING = 8


class TwoEnds(QWidget):
    """Some buttons at the left and some at the right; the latter move below if they must."""

    def __init__(
        self,
        left: Iterable[QPushButton],
        right: Iterable[QPushButton],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._left, self._right = _row(left, self), _row(right, self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Whether the height follows the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """One line, or two."""
        left, right = self._left.sizeHint().height(), self._right.sizeHint().height()
        return max(left, right) if self._fits(width) else left + _SPACING + right

    def sizeHint(self) -> QSize:
        """Both ends in one line."""
        left, right = self._left.sizeHint(), self._right.sizeHint()
        wide = left.width() + _SPACING + right.width()
        return QSize(wide, max(left.height(), right.height()))

    def minimumSizeHint(self) -> QSize:
        """As wide as the wider end."""
        return self._left.sizeHint().expandedTo(self._right.sizeHint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take one line or two."""
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """Look again when a button has come, gone or changed its words."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._place()
        return super().event(event)

    def _fits(self, width: int) -> bool:
        return self.sizeHint().width() <= width

    def _place(self) -> None:
        left, right = self._left.sizeHint(), self._right.sizeHint()
        self._left.setGeometry(QRect(QPoint(0, 0), left))
        top = 0 if self._fits(self.width()) else left.height() + _SPACING
        self._right.setGeometry(QRect(QPoint(self.width() - right.width(), top), right))


def _row(buttons: Iterable[QPushButton], parent: QWidget) -> QWidget:
    row = QWidget(parent)
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(_SPACING)
    for button in buttons:
        line.addWidget(button)
    return row
