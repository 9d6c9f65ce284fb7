"""A dialog that grows with what it has to show."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialog, QWidget

_CHANGED = frozenset({QEvent.Type.LayoutRequest, QEvent.Type.Show})
_REPEATS = 3


class GrowingDialog(QDialog):
    """Never lower than its text needs at its width, as far as the screen allows.

    Qt counts wrapped text when a dialog first opens, and not when more of it appears.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._repeats = 0

    def event(self, event: QEvent) -> bool:
        """Look at the height again when the content or the width has changed."""
        handled = super().event(event)
        if event.type() in _CHANGED:
            self._repeats = _REPEATS
            self._grow()
        elif event.type() == QEvent.Type.Resize:
            self._grow()
        return handled

    def _grow(self) -> None:
        layout = self.layout()
        if layout is None:
            return
        layout.activate()
        limit = round(self.screen().availableGeometry().height() * 0.9)
        least = min(layout.totalHeightForWidth(self.width()), limit)
        if self.minimumHeight() != least:
            self.setMinimumHeight(least)
        if self.height() < least and self._repeats:
            # A window manager may undo a resize that comes while it maps the window; one that
            # sizes windows itself would undo it for ever.
            self._repeats -= 1
            self.resize(self.width(), least)
