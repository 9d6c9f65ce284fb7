"""Widgets prepared before they are first seen, so that the first look at a page is no jerk."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

_AT_ONCE = 10
_PAUSE_MS = 5


class Polish(QObject):
    """Applies style and fonts to the pages' widgets, a few at a time, from `start` on."""

    def __init__(self, pages: Iterable[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._pages = tuple(pages)
        self._left: deque[QWidget] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._some)

    @property
    def busy(self) -> bool:
        """Whether some are left."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin, once: what comes later is prepared when it is shown."""
        for page in self._pages:
            self._left += (page, *page.findChildren(QWidget))
        self._pages = ()
        if self._left:
            self._timer.start()

    def _some(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._left))):
            # One that was deleted meanwhile needs nothing any more.
            with contextlib.suppress(RuntimeError):
                self._left.popleft().ensurePolished()
        if not self._left:
            self._timer.stop()
