"""Python's cycle collector, run on the Qt thread alone."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 250


class Collector(QObject):
    """Collects garbage where Qt objects may die.

    Python collects on whichever thread happens to allocate. On the engine's it would delete
    windows and timers that sit in reference cycles, which Qt allows on its own thread only.
    """

    def __init__(self, look_ms: int = LOOK_MS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(look_ms)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Take collecting over from Python; what is there by now is never looked through again."""
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Collect once more and give it back."""
        self._timer.stop()
        gc.unfreeze()
        gc.collect()
        gc.enable()

    def look(self) -> None:
        """Collect each generation that is due, as Python itself would."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation]:
                gc.collect(generation)
                return
