"""What the window shows before there is a server: what to do first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import PlainLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import Button


class Welcome(QWidget):
    """Three steps and the button for the first.

    Signals:
        add_wanted: the person wants to add a server.
    """

    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add_button = Button(self.tr("Add your first server…"), self)
        self.add_button.setDefault(True)
        self.add_button.clicked.connect(self.add_wanted)
        side = self.fontMetrics().height() * 4
        picture = QLabel(self)
        picture.setPixmap(icon("keyfob").pixmap(side, side))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = TitleLabel(self.tr("Keyfob holds the keys for your MCP servers"))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle = QWidget(self)
        middle.setFixedWidth(self.fontMetrics().averageCharWidth() * 76)
        column = QVBoxLayout(middle)
        column.setSpacing(18)
        column.addWidget(picture)
        column.addWidget(title)
        column.addLayout(self._steps())
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignCenter)
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(middle)
        across.addStretch(1)
        whole.addLayout(across)
        whole.addStretch(2)

    def _steps(self) -> QGridLayout:
        steps = (
            self.tr("Add a server by its name and address."),
            self.tr("Connect it: sign in with your browser, once."),
            self.tr("Point your MCP clients at Keyfob. They never see the key."),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, words in enumerate(steps):
            grid.addWidget(name_label(f"{row + 1}."), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(PlainLabel(words), row, 1)
        return grid
