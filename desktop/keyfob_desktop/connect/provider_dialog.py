"""Choosing a provider, for an account that no server brings along."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_desktop.connect.provider_answers import ProviderName
from keyfob_desktop.connect.tiles import TileView
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.fields import TextField, in_order
from keyfob_desktop.widgets.labels import DimLabel, TitleLabel
from keyfob_desktop.widgets.parts import Button

_LINES = 18


class ProviderDialog(GrowingDialog):
    """Tiles that grow fewer as one types.

    Signals:
        picked: the `ProviderName`.
    """

    picked = Signal(object)

    def __init__(self, providers: tuple[ProviderName, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add an account"))
        self.search = TextField(self.tr("Search"), self.tr("Search"))
        self.list = TileView(self.tr("Providers"), self)
        self.list.show_providers(providers)
        self.list.setMinimumHeight(self.fontMetrics().lineSpacing() * _LINES)
        self.go_button = Button(self.tr("Continue"), self)
        self.go_button.setDefault(True)
        self.cancel_button = Button(self.tr("Cancel"), self)
        self.cancel_button.setAutoDefault(False)
        self.search.textChanged.connect(self._narrow)
        self.list.selectionModel().currentChanged.connect(self._review)
        self.list.doubleClicked.connect(self._go)
        self.go_button.clicked.connect(self._go)
        self.cancel_button.clicked.connect(self.reject)
        self._lay_out()
        self._narrow()

    @property
    def current(self) -> ProviderName | None:
        """The chosen provider."""
        return self.list.current

    def _narrow(self) -> None:
        self.list.narrow(self.search.value)
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.list.found.index(0, 0))
        self._review()

    def _review(self) -> None:
        self.go_button.setEnabled(self.current is not None)

    def _go(self) -> None:
        chosen = self.current
        if chosen is not None:
            self.accept()
            self.picked.emit(chosen)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.go_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(TitleLabel(self.tr("Add an account")))
        words = self.tr(
            "For a provider without a server of yours: programs and servers that are described "
            "by a file can use it. A server's own account is connected on the server's page."
        )
        column.addWidget(DimLabel(words))
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)
        in_order(self.search, self.list, self.cancel_button, self.go_button)
        self.search.setFocus()
