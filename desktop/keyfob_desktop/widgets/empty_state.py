"""What a page shows while it has nothing: what it is for, and the one next step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, TitleLabel
from keyfob_desktop.widgets.parts import Button

_WIDE = 64


class EmptyState(QWidget):
    """A picture, a title, a few sentences and one button, in the middle of a page."""

    def __init__(
        self, picture: str, title: str, words: str, step: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.button = Button(step, self)
        self.button.setVisible(bool(step))
        side = self.fontMetrics().height() * 3
        drawing = QLabel(self)
        drawing.setPixmap(icon(picture).pixmap(side, side))
        self.title = TitleLabel(title, scale=1.2)
        self.words = DimLabel(words)
        for label in (drawing, self.title, self.words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle = QWidget(self)
        middle.setMaximumWidth(self.fontMetrics().averageCharWidth() * _WIDE)
        column = QVBoxLayout(middle)
        column.setSpacing(12)
        column.addWidget(drawing)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addSpacing(4)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(middle, 100)
        across.addStretch(1)
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        whole.addLayout(across)
        whole.addStretch(2)

    def say(self, title: str, words: str, step: str) -> None:
        """Say this instead."""
        self.title.show_text(title)
        self.words.show_text(words)
        self.button.setText(step)
        self.button.setVisible(bool(step))
