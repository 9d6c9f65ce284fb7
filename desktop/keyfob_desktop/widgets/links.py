"""An address that a person may open or copy; nothing opens by itself."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.addresses.origins import is_secure_url
from keyfob_desktop.widgets.labels import DimLabel
from keyfob_desktop.widgets.parts import Button, CopyField


class LinkRow(QWidget):
    """An address with Open and Copy; only one that is safe to open can be opened.

    Signals:
        open_wanted: the address, which the person wants to see in the browser.
    """

    open_wanted = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._address = ""
        self.words = DimLabel(name, self)
        self.field = CopyField(name, parent=self)
        self.open_button = Button(self.tr("Open"), self)
        self.open_button.setAutoDefault(False)
        self.open_button.clicked.connect(self._open)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.open_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addLayout(row)

    @property
    def address(self) -> str:
        """The address as it was given."""
        return self._address

    def show_address(self, address: str) -> None:
        """Offer the address, or nothing for an empty one."""
        self._address = address
        self.field.show_text(address)
        safe = is_secure_url(address)
        self.open_button.setEnabled(safe)
        host = urlsplit(address).netloc if safe else ""
        self.open_button.setAccessibleName(self.tr("Open {host}").format(host=host))
        self.setVisible(bool(address))

    def _open(self) -> None:
        self.open_wanted.emit(self._address)
