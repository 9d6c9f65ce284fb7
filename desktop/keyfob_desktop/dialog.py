"""A dialog that grows with what it has to show."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialog


class GrowingDialog(QDialog):
    """Never lower than its text needs at its width, as far as the screen allows.

    Qt counts wrapped text when a dialog first opens, and not when more of it appears.
    """

    def event(self, event: QEvent) -> bool:
        """Look at the height again when the content has changed."""
        handled = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            self._grow()
        return handled

    def _grow(self) -> None:
        layout = self.layout()
        if layout is None:
            return
        layout.activate()
        needed = layout.totalHeightForWidth(self.width())
        limit = round(self.screen().availableGeometry().height() * 0.9)
        if self.height() < min(needed, limit):
            self.resize(self.width(), min(needed, limit))
