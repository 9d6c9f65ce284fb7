"""Pages of which one shows, taking no more room than that one needs."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget


class OnePage(QWidget):
    """Unlike QStackedWidget it is as high as the page that shows, not as the highest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def current(self) -> QWidget | None:
        """The page that shows."""
        return next((each for each in self._pages if not each.isHidden()), None)

    def add(self, page: QWidget) -> None:
        """Add a page; the first one shows."""
        page.setVisible(not self._pages)
        self._pages.append(page)
        self._column.addWidget(page)

    def turn_to(self, page: QWidget) -> None:
        """Show this page and hide the others."""
        for each in self._pages:
            if each is not page:
                each.hide()
        page.show()
