"""A plain question before something is taken away."""

from __future__ import annotations

from PySide6.QtWidgets import QDialogButtonBox, QVBoxLayout, QWidget

from keyfob_core.plain import visible
from keyfob_desktop.dialog import GrowingDialog
from keyfob_desktop.labels import PlainLabel, TitleLabel
from keyfob_desktop.parts import Button


class ConfirmDialog(GrowingDialog):
    """Asks whether to go on; `accepted` is yes."""

    def __init__(self, title: str, text: str, go: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyfob")
        self.buttons = QDialogButtonBox(self)
        self.go_button = Button(go)
        self.stay_button = Button(self.tr("Cancel"))
        self.buttons.addButton(self.go_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.stay_button, QDialogButtonBox.ButtonRole.RejectRole)
        self.stay_button.setDefault(True)
        self.go_button.setAutoDefault(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(TitleLabel(visible(title), scale=1.15))
        column.addWidget(PlainLabel(text))
        column.addSpacing(4)
        column.addWidget(self.buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 52)
