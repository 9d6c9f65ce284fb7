"""A plain question before something is taken away."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.words.plain import visible
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.labels import PlainLabel, TitleLabel
from keyfob_desktop.widgets.parts import Button


class ConfirmDialog(GrowingDialog):
    """Asks whether to go on; `accepted` is yes."""

    def __init__(self, title: str, text: str, go: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyfob")
        self.stay_button = Button(self.tr("Cancel"), self)
        self.go_button = Button(go, self)
        self.stay_button.setDefault(True)
        self.go_button.setAutoDefault(False)
        self.go_button.clicked.connect(self.accept)
        self.stay_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.stay_button)
        row.addWidget(self.go_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(TitleLabel(visible(title), scale=1.15))
        column.addWidget(PlainLabel(text))
        column.addSpacing(4)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 52)
