"""Asking for a passphrase: once for one that is known, twice for a new one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from keyfob_core.stores.encrypted_file import SHORTEST_PASSPHRASE
from keyfob_desktop.widgets.fields import SecretField, form_of
from keyfob_desktop.widgets.labels import DimLabel

GOOD_LENGTH = 20
"""Characters from which guessing is out of the question for all that people make up."""


class PassphraseFields(QWidget):
    """One hidden field, or two that have to agree.

    Signals:
        changed: something was typed.
        entered: Return was pressed in the last field.
    """

    changed = Signal()
    entered = Signal()

    def __init__(self, *, new: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._new = new
        self.first = SecretField(self.tr("Passphrase"))
        self.again = SecretField(self.tr("Once more"))
        self.hint = DimLabel()
        rows: list[tuple[str, QWidget]] = [(self.tr("Passphrase"), self.first)]
        if new:
            rows.append((self.tr("Once more"), self.again))
        self.again.setVisible(new)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(form_of(*rows))
        column.addWidget(self.hint)
        self.hint.setVisible(new)
        self.first.textChanged.connect(self._review)
        self.again.textChanged.connect(self._review)
        self.first.returnPressed.connect(self._go_on)
        self.again.returnPressed.connect(self.entered)
        self._review()

    @property
    def text(self) -> str:
        """The passphrase exactly as it was typed."""
        return self.first.text()

    @property
    def complete(self) -> bool:
        """Whether it can be used: long enough and typed twice the same where it is new."""
        if not self._new:
            return bool(self.text)
        return len(self.text) >= SHORTEST_PASSPHRASE and self.text == self.again.text()

    def forget(self) -> None:
        """Empty the fields."""
        self.first.forget()
        self.again.forget()

    def _go_on(self) -> None:
        if self._new:
            self.again.setFocus()
        else:
            self.entered.emit()

    def _review(self) -> None:
        self.hint.show_text(self._hint())
        self.changed.emit()

    def _hint(self) -> str:
        length = len(self.text)
        if length < SHORTEST_PASSPHRASE:
            words = self.tr("At least {count} characters; several words are best.")
            return words.format(count=SHORTEST_PASSPHRASE)
        if self.again.text() and self.again.text() != self.text:
            return self.tr("The two are not the same yet.")
        if length < GOOD_LENGTH:
            return self.tr("{count} characters: it will do. Longer is better.").format(count=length)
        return self.tr("{count} characters: long, and good so.").format(count=length)
