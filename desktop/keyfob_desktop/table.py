"""A table that is read, row by row."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QTreeView, QWidget


class PlainTable(QTreeView):
    """Rows under headings, in the style of a list."""

    def __init__(
        self, kind: str, name: str, model: QAbstractItemModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(kind)
        self.setAccessibleName(name)
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.header().setHighlightSections(False)
