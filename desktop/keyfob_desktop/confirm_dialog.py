"""A plain question before something is taken away."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from keyfob_desktop.parts import PlainLabel, TitleLabel
from keyfob_desktop.text import visible_text


class ConfirmDialog(QDialog):
    """Asks whether to go on; `accepted` is yes."""

    def __init__(self, title: str, text: str, go: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyfob")
        self.buttons = QDialogButtonBox(self)
        self.go_button = self.buttons.addButton(go, QDialogButtonBox.ButtonRole.AcceptRole)
        self.stay_button = self.buttons.addButton(
            self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole
        )
        self.stay_button.setDefault(True)
        self.go_button.setAutoDefault(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(TitleLabel(visible_text(title), scale=1.15))
        column.addWidget(PlainLabel(text))
        column.addSpacing(4)
        column.addWidget(self.buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 52)
