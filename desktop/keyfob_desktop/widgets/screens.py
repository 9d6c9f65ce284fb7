"""Windows stay where they can be seen when screens come, go or change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

SETTLE_MS = 400
"""Desktops change several things one after the other when a screen is plugged in or out."""
_GRIP = 80
"""Pixels of a window's upper edge that have to be seen for a person to move it."""


def visible_place(frame: QRect, screens: Sequence[QRect]) -> QRect | None:
    """Where a window goes whose upper edge cannot be seen; None where it can stay.

    `screens` are the areas that windows may use, the main one first.
    """
    if not screens:
        return None
    edge = QRect(frame.left(), frame.top(), frame.width(), min(frame.height(), _GRIP))
    for screen in screens:
        seen = screen.intersected(edge)
        if seen.width() >= min(_GRIP, frame.width()) and seen.height() >= min(
            _GRIP // 2, edge.height()
        ):
            return None
    main = screens[0]
    place = QRect(frame)
    place.setSize(frame.size().boundedTo(main.size()))
    place.moveCenter(main.center())
    return place


class Screens(QObject):
    """Brings windows back that a change of the screens has put out of sight."""

    def __init__(
        self,
        windows: Callable[[], Iterable[QWidget]],
        settle_ms: int = SETTLE_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._windows = windows
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(settle_ms)
        self._settle.timeout.connect(self.look)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._watch)
            app.screenRemoved.connect(self._changed)
            app.primaryScreenChanged.connect(self._changed)
        for screen in QGuiApplication.screens():
            self._watch(screen)

    def look(self) -> None:
        """Bring back what is out of sight now."""
        main = QGuiApplication.primaryScreen()
        screens = sorted(QGuiApplication.screens(), key=lambda screen: screen is not main)
        areas = [screen.availableGeometry() for screen in screens]
        for window in self._windows():
            if not window.isVisible() or window.isMinimized():
                continue
            place = visible_place(window.frameGeometry(), areas)
            if place is not None:
                window.resize(place.size())
                window.move(place.topLeft())

    def close(self) -> None:
        """Look no more: the windows go."""
        self._windows = tuple

    def _watch(self, screen: QScreen) -> None:
        screen.availableGeometryChanged.connect(self._changed)
        self._changed()

    def _changed(self) -> None:
        self._settle.start()
