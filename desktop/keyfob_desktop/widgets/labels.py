"""Labels that show any text as it is, wrap it anywhere, and so never cut it off."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from keyfob_core.words.plain import visible

_DIM_ALPHA = 180
_WIDE = 60
"""Characters a line has where the layout leaves the choice to the label."""
_NARROW = 6


class PlainLabel(QLabel):
    """Plain text, its invisible characters shown, broken inside a word where it must be.

    QLabel itself breaks at spaces only: a long address would run out of sight, and what a person
    is asked to allow has to be readable to its end.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sizes: dict[int, QSize] = {}
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show the text."""
        self.setText(visible(text, lines=True))
        self.setAccessibleName(self.text())

    def setText(self, text: str) -> None:
        """Show the text as it stands."""
        self._sizes.clear()
        super().setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Measure anew in another font."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._sizes.clear()
        super().changeEvent(event)

    def setWordWrap(self, on: bool) -> None:
        """Wrap, or keep each line whole."""
        self._sizes.clear()
        super().setWordWrap(on)
        across = QSizePolicy.Policy.Expanding if on else QSizePolicy.Policy.Preferred
        policy = QSizePolicy(across, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(on)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Whether the height follows the width."""
        return self.wordWrap()

    def heightForWidth(self, width: int) -> int:
        """How high the text is when this wide."""
        return self._size_at(width).height()

    def sizeHint(self) -> QSize:
        """The text in lines of a readable length."""
        widest = self.fontMetrics().averageCharWidth() * _WIDE
        return self._size_at(widest if self.wordWrap() else 1 << 20)

    def minimumSizeHint(self) -> QSize:
        """A few characters wide, unless lines are kept whole."""
        if not self.wordWrap():
            return self.sizeHint()
        few = self.fontMetrics().averageCharWidth() * _NARROW
        return QSize(min(few, self.sizeHint().width()), self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text."""
        del event
        layout, size = self._laid_out(self.width())
        painter = QPainter(self)
        painter.setPen(self.ink())
        spare = max(0, self.height() - size.height())
        top = spare // 2 if self.alignment() & Qt.AlignmentFlag.AlignVCenter else 0
        layout.draw(painter, QPointF(0, top))
        painter.end()

    def ink(self) -> QColor:
        """The colour of the text."""
        return QColor(self.palette().color(self.foregroundRole()))

    def _size_at(self, width: int) -> QSize:
        """The size that the text takes when this wide; a layout asks for the same ones often."""
        known = self._sizes.get(width)
        if known is None:
            known = self._sizes[width] = self._laid_out(width)[1]
        return QSize(known)

    def _laid_out(self, width: int) -> tuple[QTextLayout, QSize]:
        """The text as it is painted when this wide, with the size that it takes."""
        option = QTextOption(self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask)
        wrap = QTextOption.WrapMode
        option.setWrapMode(
            wrap.WrapAtWordBoundaryOrAnywhere if self.wordWrap() else wrap.ManualWrap
        )
        layout = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        layout.setTextOption(option)
        layout.beginLayout()
        taken, top = 0.0, 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, top))
            taken, top = max(taken, line.naturalTextWidth()), top + line.height()
        layout.endLayout()
        high = max(math.ceil(top), self.fontMetrics().height())
        return layout, QSize(math.ceil(taken) + 1, high)


class TitleLabel(PlainLabel):
    """A label in the system's font, larger by `scale` and bold."""

    def __init__(
        self, text: str = "", *, scale: float = 1.35, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)


class DimLabel(PlainLabel):
    """A label that steps back, in a softer shade of the palette's text."""

    def ink(self) -> QColor:
        """The palette's colour, partly let through."""
        colour = super().ink()
        colour.setAlpha(_DIM_ALPHA)
        return colour


def name_label(text: str) -> DimLabel:
    """The name of a value beside it: soft, and never broken."""
    label = DimLabel(text)
    label.setWordWrap(False)
    return label
