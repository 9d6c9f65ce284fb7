"""Bringing the answer of a browser on another machine back to the sign-in that waits here."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_desktop.widgets.fields import SecretField
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel
from keyfob_desktop.widgets.parts import Button, Disclosure


class PasteField(QWidget):
    """Takes the address that the browser ended on.

    Signals:
        pasted: the address.
    """

    pasted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The address carries a code that is good for one sign-in: it is not shown.
        self.address = SecretField(self.tr("Address that the browser ended on"))
        self.address.setPlaceholderText("http://127.0.0.1:…/callback?code=…")
        self.use_button = Button(self.tr("Use it"), self)
        self.use_button.setAutoDefault(False)
        self.use_button.setEnabled(False)
        self.complaint = PlainLabel()
        self.complaint.hide()
        self.address.textChanged.connect(self._review)
        self.address.returnPressed.connect(self._use)
        self.use_button.clicked.connect(self._use)
        panel = QWidget(self)
        row = QHBoxLayout()
        row.addWidget(self.address, 1)
        row.addWidget(self.use_button)
        words = self.tr(
            "Sign in there with the address above. In the end that browser shows a page that "
            "cannot be reached: paste its address here."
        )
        column = QVBoxLayout(panel)
        column.setContentsMargins(22, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(DimLabel(words))
        column.addLayout(row)
        column.addWidget(self.complaint)
        self.more = Disclosure(self.tr("Browser on another machine?"), panel)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.more)

    def complain(self, words: str) -> None:
        """Say why the address was no good."""
        self.complaint.show_text(words)
        self.complaint.setVisible(bool(words))

    def forget(self) -> None:
        """Empty the field."""
        self.address.forget()
        self.complain("")
        self.use_button.setEnabled(False)

    def _review(self) -> None:
        self.use_button.setEnabled(bool(self.address.value))

    def _use(self) -> None:
        if self.address.value:
            address = self.address.value
            self.forget()
            self.pasted.emit(address)
