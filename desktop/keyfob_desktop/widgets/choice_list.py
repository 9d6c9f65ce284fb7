"""A list of names of which one is chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QItemSelectionModel, QStringListModel, Signal
from PySide6.QtWidgets import QListView, QWidget

from keyfob_core.words.plain import visible


class ChoiceList(QListView):
    """Names as plain text, one below the other.

    Signals:
        chosen: another one is chosen, or none.
    """

    chosen = Signal()

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._names = QStringListModel(self)
        self.setModel(self._names)
        self.selectionModel().currentChanged.connect(self.chosen)

    def show_names(self, names: Iterable[str]) -> None:
        """Show these instead; none is chosen."""
        self._names.setStringList([visible(name) for name in names])

    @property
    def row(self) -> int:
        """The chosen one's place, -1 for none."""
        return self.currentIndex().row()

    def choose(self, row: int) -> None:
        """Choose the one at that place."""
        self.selectionModel().setCurrentIndex(
            self._names.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
